"""The security headers of every answer."""

from collections.abc import Iterable

from flask import Flask, Response, g, request

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors {ancestors}"
)


def register(app: Flask, frame_ancestors: Iterable[str]) -> None:
    """Send a strict Content-Security-Policy; only the sites' EHRs may frame a page.

    A launch narrows ``frame-ancestors`` to its own site through ``g.frame_ancestors``.
    """
    everyone = tuple(frame_ancestors)

    @app.after_request
    def _headers(response: Response) -> Response:
        ancestors = g.get("frame_ancestors", everyone)
        policy = POLICY.format(ancestors=" ".join(ancestors) or "'none'")
        response.headers["Content-Security-Policy"] = policy
        response.headers["X-Content-Type-Options"] = "nosniff"
        # Flask-WTF compares the Referer on https; no other origin may see a launch's address.
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        _keep_nothing(response)
        return response


def _keep_nothing(response: Response) -> None:
    if request.endpoint == "static":
        response.headers["Cache-Control"] = "public, max-age=3600"
    elif request.endpoint != "launch.jwks":
        response.headers["Cache-Control"] = "no-store"
