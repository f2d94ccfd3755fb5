"""How the app proves itself at the token endpoint (SMART App Launch 2.2, client authentication)."""

import secrets
import time
from typing import Any
from urllib.parse import urlencode

from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt

from smartapp.config import ClientAuth, Site
from smartapp.launch.context import Server
from smartapp.launch.fetch import TIMEOUT
from smartapp.launch.keys import SigningKey, signing_key

LIFE = 240
"""Seconds an assertion is good for; the specification allows 300."""

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def assertion(client_id: str, audience: str, key: SigningKey) -> str:
    """A signed client assertion for the token URL ``audience``, good once."""
    now = int(time.time())
    alg = str(key.alg)
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": audience,
        "iat": now,
        "exp": now + LIFE,
        "jti": secrets.token_urlsafe(32),
    }
    return jwt.encode({"alg": alg, "kid": key.kid, "typ": "JWT"}, claims, key, algorithms=[alg])


def client(site: Site, server: Server) -> OAuth2Session:
    """A session for the token and revocation endpoints, authenticated the way the site wants."""
    methods = {
        ClientAuth.PUBLIC: "none",
        ClientAuth.SECRET: "client_secret_basic",
        ClientAuth.PRIVATE_KEY: _PrivateKey(site, server),
    }
    http = OAuth2Session(
        site.client_id,
        site.secret or None,
        token_endpoint_auth_method=methods[site.client_auth],
        revocation_endpoint_auth_method=methods[site.client_auth],
        default_timeout=TIMEOUT,
    )
    http.trust_env = False
    return http


class _PrivateKey:
    """Adds a fresh assertion to a request's form; Authlib's own lives an hour and has no kid."""

    def __init__(self, site: Site, server: Server) -> None:
        self.site, self.server = site, server

    def __call__(
        self, _client: Any, _method: str, uri: str, headers: Any, body: str
    ) -> tuple[str, Any, str]:
        assert self.site.key_folder, "the configuration gives every private-key site a folder"
        key = signing_key(self.site.key_folder, self.server.assertion_algorithms)
        signed = assertion(self.site.client_id, self.server.token_endpoint, key)
        fields = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": signed}
        body = f"{body}&{urlencode(fields)}"
        headers["Content-Length"] = str(len(body))
        return uri, headers, body
