"""private_key_jwt: which registered system a signed assertion comes from.

SMART App Launch 2.2, "Asymmetric Authentication", and RFC 7523 section 3: RS384 or ES384, a ``kid``
of the system's own keys, iss = sub = client id, aud = the token URL, exp at most five minutes
ahead, and a jti that was never seen before in any process.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
from joserfc import jws, jwt
from joserfc.errors import JoseError

from smartapp.systems.keys import KeysUnreadable, PublicKeys
from smartapp.systems.records import Records
from smartapp.systems.registered import SystemClient

ALGORITHMS = {"RS384": "RSA", "ES384": "EC"}
TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST_LIFE = 300
LONGEST = 16_000
LONGEST_ID = 255

Claims = Mapping[str, Any]


class NotProven(Exception):
    """The assertion proves nobody; the sentence says which rule it breaks, without its content."""


class Assertions:
    """Checks assertions for one token URL; ``now`` gives epoch seconds."""

    def __init__(
        self,
        clients: Iterable[SystemClient],
        token_url: str,
        records: Records,
        now: Callable[[], float],
        keys: PublicKeys | None = None,
    ) -> None:
        self._clients = {client.client_id: client for client in clients}
        self._token_url, self._records, self._now = token_url, records, now
        self._keys = keys or PublicKeys()

    def prove(self, assertion: str) -> SystemClient:
        """The system that signed it; raises NotProven. Works once for each assertion."""
        header, unproven = _parts(assertion)
        client = self._clients.get(str(unproven.get("iss")))
        if client is None:
            raise NotProven("The assertion's issuer is not a registered system.")
        claims = self._verified(assertion, header, client)
        self._check(claims, client)
        self._use(claims, client)
        return client

    def _verified(self, assertion: str, header: Claims, client: SystemClient) -> Claims:
        kid, kind = _signer(header, client)
        try:
            keys = [key for key in self._keys.find(client, kid) if key.key_type == kind]
        except KeysUnreadable as error:
            raise NotProven("The system's JWK Set could not be read.") from error
        for key in keys:
            try:
                return jwt.decode(assertion, key, algorithms=list(ALGORITHMS)).claims
            except (JoseError, ValueError):
                continue
        raise NotProven("No key of the system with this kid verifies the signature.")

    def _check(self, claims: Claims, client: SystemClient) -> None:
        if (claims.get("iss"), claims.get("sub")) != (client.client_id, client.client_id):
            raise NotProven("iss and sub must both be the client id.")
        audience = claims.get("aud")
        if self._token_url not in (audience if isinstance(audience, list) else [audience]):
            raise NotProven("aud must be the token URL.")
        now, expires = self._now(), _number(claims, "exp")
        if not now < expires <= now + LONGEST_LIFE:
            raise NotProven("exp must be ahead, by five minutes at most.")
        if "nbf" in claims and _number(claims, "nbf") > now:
            raise NotProven("nbf is still to come.")

    def _use(self, claims: Claims, client: SystemClient) -> None:
        jti = claims.get("jti")
        if not isinstance(jti, str) or not 0 < len(jti) <= LONGEST_ID:
            raise NotProven("jti must be a text of 1 to 255 characters.")
        with self._records.writing() as connection:
            connection.execute("DELETE FROM assertion WHERE expires < ?", (self._now(),))
            sql = "INSERT OR IGNORE INTO assertion (client, jti, expires) VALUES (?, ?, ?)"
            new = connection.execute(sql, (client.client_id, jti, claims["exp"])).rowcount
        if not new:
            raise NotProven("This assertion was used before.")


def _parts(assertion: str) -> tuple[Claims, Claims]:
    """Header and claims, not verified yet."""
    if len(assertion) > LONGEST:
        raise NotProven("The assertion is too long.")
    try:
        found = jws.extract_compact(assertion.encode())
        return found.headers(), msgspec.json.decode(found.payload, type=dict[str, Any])
    except (JoseError, ValueError, RecursionError) as error:
        raise NotProven("The assertion is not a signed JWT.") from error


def _signer(header: Claims, client: SystemClient) -> tuple[str, str]:
    """(kid, key type) the header names."""
    kind, kid = ALGORITHMS.get(str(header.get("alg"))), header.get("kid")
    if kind is None or header.get("typ", "JWT") != "JWT":
        raise NotProven("The header must say typ JWT and alg RS384 or ES384.")
    if not isinstance(kid, str):
        raise NotProven("The header must name a key by its kid.")
    if header.get("jku", client.jwks_url) != client.jwks_url:
        raise NotProven("jku is not the JWKS URL that was registered.")
    return kid, kind


def _number(claims: Claims, name: str) -> float:
    value = claims.get(name)
    if type(value) not in (int, float):
        raise NotProven(f"{name} must be a number of seconds.")
    return float(value)  # type: ignore[arg-type]  # the line above leaves numbers only
