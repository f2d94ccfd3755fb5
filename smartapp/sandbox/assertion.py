"""private_key_jwt: who a signed client assertion comes from (RFC 7523, SMART asymmetric clients).

RS384 and ES384 only; iss = sub = client id, aud = the token URL, exp at most five minutes ahead,
a jti never seen before; keys by the registered JWKS URL, fetched again once on an unknown kid.
"""

import time
from collections.abc import Callable
from typing import Any

import requests
from authlib.oauth2.rfc6749.errors import InvalidClientError
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from smartapp.sandbox.clients import Client
from smartapp.sandbox.tickets import Tickets

ALGORITHMS = ["RS384", "ES384"]
LONGEST_LIFE = 300


def fetch(url: str) -> dict[str, Any]:
    """The JWK Set at a registered URL; InvalidClientError when it cannot be had."""
    try:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.get(url, timeout=(3.05, 5), allow_redirects=False)
        answer.raise_for_status()
        return dict(answer.json())
    except (requests.RequestException, ValueError) as error:
        raise InvalidClientError(description="The client's JWKS could not be read.") from error


class PublicKeys:
    """JWK Sets by URL, kept in memory until a kid turns up that is not among them."""

    def __init__(self, fetch: Callable[[str], dict[str, Any]] = fetch) -> None:
        self._fetch = fetch
        self._kept: dict[str, KeySet] = {}

    def at(self, url: str, kid: str | None) -> KeySet:
        """The keys of a URL, fresh when ``kid`` is unknown so far."""
        kept = self._kept.get(url)
        if kept is None or kid not in {key.kid for key in kept}:
            kept = self._kept[url] = KeySet.import_key_set(self._fetch(url))  # type: ignore[arg-type]  # joserfc checks the shape itself
        return kept


class ClientAssertion(JWTBearerClientAssertion):  # type: ignore[misc]  # Authlib ships no types
    """Authlib's assertion check with SMART's algorithms, lifetime and key lookup."""

    CLIENT_AUTH_METHOD = "private_key_jwt"

    def __init__(
        self,
        token_url: str,
        tickets: Tickets,
        keys: PublicKeys,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(leeway=5)
        self._audience = token_url
        self._tickets = tickets
        self._keys = keys
        self._clock = clock

    def __call__(self, query_client: Callable[[str], Client | None], request: Any) -> Client | None:
        """The client an assertion proves, None when the request carries no assertion."""
        form = request.form
        if form.get("client_assertion_type") != self.CLIENT_ASSERTION_TYPE:
            return None
        assertion = form.get("client_assertion", "")
        header, claims = self.extract_assertion(assertion)
        client = query_client(str(claims.get("sub")))
        if client is None or client.auth != self.CLIENT_AUTH_METHOD:
            raise InvalidClientError(description="No such client, or it does not sign assertions.")
        self.verify_claims(self._verified(assertion, client, header.get("kid")))
        return client

    def _verified(self, assertion: str, client: Client, kid: str | None) -> dict[str, Any]:
        keys = self._keys.at(client.jwks_uri, kid)
        try:
            claims = jwt.decode(assertion, keys, algorithms=ALGORITHMS).claims
        except (JoseError, ValueError) as error:
            raise InvalidClientError(description="The assertion does not verify.") from error
        expires = claims.get("exp")
        if not isinstance(expires, int) or expires > self._clock() + LONGEST_LIFE:
            raise InvalidClientError(description="exp must be at most five minutes ahead.")
        return claims

    def get_audiences(self) -> list[str]:
        """Only the token URL."""
        return [self._audience]

    def validate_jti(self, claims: dict[str, Any], jti: str) -> bool:
        """True once for each client and jti."""
        return self._tickets.first_use(claims["sub"], jti, claims["exp"])
