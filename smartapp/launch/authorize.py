"""The authorization request (SMART App Launch 2.2, 2.0.9) and the check of its answer.

``state`` has 256 bits, is good once, for ten minutes, and only in the browser that holds the cookie
set beside it. PKCE is S256, always. The order of the checks is: error, state, iss, code.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from authlib.integrations.requests_client import OAuth2Session

from smartapp.config import Site
from smartapp.errors import (
    CookieMissing,
    IssuerMismatch,
    LaunchDenied,
    StateExpired,
    StateInvalid,
    TokenRefused,
)
from smartapp.launch.context import Server
from smartapp.launch.discovery import SmartConfiguration
from smartapp.launch.scopes import wanted
from smartapp.launch.store import LaunchStore, Pending, digest

PENDING_FOR = timedelta(minutes=10)


@dataclass(frozen=True, repr=False)
class Begun:
    """A launch on its way: where to send the browser, and the secret for its cookie."""

    url: str
    pending: Pending
    secret: str


def begin(
    site: Site, found: SmartConfiguration, redirect_uri: str, launch: str | None, now: datetime
) -> Begun:
    """Make the authorization request; ``launch`` is the EHR's opaque token, None standalone."""
    secret = secrets.token_urlsafe(32)
    pending = Pending(
        state=secrets.token_urlsafe(32),
        browser=digest(secret),
        site=site.name,
        server=_server(found),
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(64),
        scopes=wanted(site, found, standalone=launch is None),
        launch=launch,
        created=now,
    )
    url = _url(site, found.authorization_endpoint, redirect_uri, pending)
    return Begun(url, pending, secret)


def _server(found: SmartConfiguration) -> Server:
    return Server(
        issuer=found.issuer,
        token_endpoint=found.token_endpoint,
        revocation_endpoint=found.revocation_endpoint,
        jwks_uri=found.jwks_uri,
        sends_issuer=found.sends_issuer,
        assertion_algorithms=found.assertion_algorithms,
    )


def _url(site: Site, endpoint: str, redirect_uri: str, pending: Pending) -> str:
    oauth = OAuth2Session(
        site.client_id,
        redirect_uri=redirect_uri,
        scope=" ".join(pending.scopes),
        code_challenge_method="S256",
    )
    extra = {"launch": pending.launch} if pending.launch is not None else {}
    url, _ = oauth.create_authorization_url(
        endpoint,
        state=pending.state,
        code_verifier=pending.verifier,
        nonce=pending.nonce,
        aud=site.issuer,
        **extra,
    )
    return str(url)


def pending_cookie(state: str) -> str:
    """The name of the cookie that binds a state to its browser; two launches have two."""
    return f"__Host-pending-{digest(state)[:16]}"


def check_callback(
    store: LaunchStore, answer: Mapping[str, str], cookies: Mapping[str, str], now: datetime
) -> Pending:
    """The pending launch this callback belongs to, spent by asking.

    Raises LaunchDenied, StateInvalid, StateExpired, CookieMissing (the state is not spent),
    IssuerMismatch or TokenRefused (no code).
    """
    state = answer.get("state", "")
    if "error" in answer:
        _discard(store, state, cookies)
        raise LaunchDenied
    _check_state(store.waiting(state), cookies, now)
    pending = store.take(state)
    if pending is None:
        raise StateInvalid
    _check_issuer(pending, answer.get("iss"))
    if not answer.get("code"):
        raise TokenRefused
    return pending


def _check_state(pending: Pending | None, cookies: Mapping[str, str], now: datetime) -> None:
    if pending is None:
        raise StateInvalid
    if now - pending.created > PENDING_FOR:
        raise StateExpired
    secret = cookies.get(pending_cookie(pending.state))
    if secret is None:
        raise CookieMissing
    if not secrets.compare_digest(digest(secret), pending.browser):
        raise StateInvalid


def _discard(store: LaunchStore, state: str, cookies: Mapping[str, str]) -> None:
    """A refused launch is over, if it is this browser's."""
    pending = store.waiting(state)
    if pending and digest(cookies.get(pending_cookie(state), "")) == pending.browser:
        store.take(state)


def _check_issuer(pending: Pending, iss: str | None) -> None:
    """RFC 9207: checked when present, required when the server says that it sends it."""
    if iss != pending.server.issuer and (iss is not None or pending.server.sends_issuer):
        raise IssuerMismatch
