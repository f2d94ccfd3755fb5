"""The token endpoint: code for tokens, refresh, revocation (RFC 6749, RFC 7009).

The grant type is always given: Authlib guesses one where it is not, and guesses wrong.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import requests
from authlib.integrations.base_client import OAuthError

from smartapp.config import Site
from smartapp.errors import TokenRefused
from smartapp.launch.assertion import client
from smartapp.launch.context import Server, Tokens
from smartapp.launch.store import Pending

log = logging.getLogger(__name__)
ERRORS = frozenset(
    {
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_scope",
    }
)
"""The error codes of RFC 6749, 5.2: what we log of a refusal, and nothing else of it."""


def exchange(
    site: Site, pending: Pending, code: str, redirect_uri: str, now: datetime
) -> tuple[Tokens, Mapping[str, Any]]:
    """Spend the code; the tokens and the whole answer. Raises TokenRefused."""
    try:
        with client(site, pending.server) as http:
            answer = http.fetch_token(
                pending.server.token_endpoint,
                grant_type="authorization_code",
                code=code,
                redirect_uri=redirect_uri,
                code_verifier=pending.verifier,
                allow_redirects=False,
            )
        return read_tokens(answer, now), answer
    except (OAuthError, requests.RequestException, ValueError) as error:
        more = {"site": site.name}
        log.warning(
            "The token endpoint of %s refused the code: %s.", site.name, reason(error), extra=more
        )
        raise TokenRefused from None


def refresh(site: Site, server: Server, tokens: Tokens, now: datetime) -> Tokens:
    """Spend the refresh token; a new one replaces it where the answer has one.

    Raises OAuthError when refused, RequestException or ValueError when there was no usable answer.
    """
    with client(site, server) as http:
        answer = http.refresh_token(
            server.token_endpoint, refresh_token=tokens.refresh, allow_redirects=False
        )
    return read_tokens(answer, now)


def revoke(site: Site, server: Server, tokens: Tokens) -> bool:
    """Revoke the refresh and the access token; whether the server confirmed both."""
    held = {"refresh_token": tokens.refresh, "access_token": tokens.access}
    return all([_revoke(site, server, token, hint) for hint, token in held.items() if token])


def _revoke(site: Site, server: Server, token: str, hint: str) -> bool:
    if server.revocation_endpoint is None:
        return False
    try:
        with client(site, server) as http:
            answer = http.revoke_token(
                server.revocation_endpoint, token, hint, withhold_token=True, allow_redirects=False
            )
    except requests.RequestException as error:
        more = {"site": site.name}
        log.warning("%s did not revoke the %s: %s.", site.name, hint, reason(error), extra=more)
        return False
    return bool(answer.status_code == requests.codes.ok)


def read_tokens(answer: Mapping[str, Any], now: datetime) -> Tokens:
    """The tokens of an answer; raises ValueError without a bearer token."""
    access, kind = answer.get("access_token"), answer.get("token_type", "Bearer")
    if not isinstance(access, str) or not access or str(kind).lower() != "bearer":
        raise ValueError("no bearer token")
    refresh_token = answer.get("refresh_token")
    return Tokens(
        access,
        refresh_token if isinstance(refresh_token, str) and refresh_token else None,
        _expires(answer.get("expires_in"), now),
    )


def _expires(seconds: object, now: datetime) -> datetime | None:
    """Some servers send the number as a string, some send none."""
    try:
        return now + timedelta(seconds=int(str(seconds)))
    except (ValueError, OverflowError):
        return None


def reason(error: Exception) -> str:
    """What may be logged of a failure: a known code, or the kind of it."""
    code = getattr(error, "error", None)
    return code if code in ERRORS else type(error).__name__
