"""What this API says when it does not do what was asked."""

from collections.abc import Mapping

from smartapp.store.outcome import Refused


class Denied(Refused):
    """A refusal that carries header fields: 401, 405, 429."""

    def __init__(self, status: int, code: str, sentence: str, headers: Mapping[str, str]) -> None:
        super().__init__(status, code, sentence)
        self.headers = dict(headers)


def unauthorized() -> Denied:
    """401: no token, or none that lives (RFC 6750 section 3)."""
    challenge = {"WWW-Authenticate": 'Bearer realm="fhir", error="invalid_token"'}
    return Denied(401, "login", "A live access token is needed.", challenge)


def forbidden(kind: str) -> Refused:
    """403: the token's scopes do not cover it."""
    return Refused(403, "forbidden", f"The token's scopes do not allow this on {kind}.")


def not_offered(allowed: str) -> Denied:
    """405: nothing is written through this API."""
    sentence = f"This address takes {allowed}; nothing is written through this API."
    return Denied(405, "not-supported", sentence, {"Allow": allowed})


def too_fast(seconds: int) -> Denied:
    """429: ask again after so many seconds."""
    sentence = f"Too many requests. Ask again in {seconds} seconds."
    return Denied(429, "throttled", sentence, {"Retry-After": str(seconds)})
