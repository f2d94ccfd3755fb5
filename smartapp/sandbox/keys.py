"""The sandbox's signing keys and the id_tokens it signs (RS256, or ES384 where a client asks)."""

import json
import time
from collections.abc import Callable
from functools import cached_property
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from smartapp.sandbox.records import Records

ALGORITHMS = ("RS256", "ES384")
IDENTITY_LIFE = 300


def _make() -> str:
    rsa = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256", "kid": "sandbox-rs256"})
    curve = ECKey.generate_key("P-384", {"use": "sig", "alg": "ES384", "kid": "sandbox-es384"})
    return json.dumps({"keys": [rsa.as_dict(private=True), curve.as_dict(private=True)]})


class SigningKeys:
    """One key an algorithm, made on first use and kept in the sandbox's file."""

    def __init__(self, records: Records, clock: Callable[[], float] = time.time) -> None:
        self._records, self._clock = records, clock

    @cached_property
    def _keys(self) -> KeySet:
        return KeySet.import_key_set(json.loads(self._records.setting("signing-keys", _make)))

    def public(self) -> dict[str, Any]:
        """The JWK Set to publish: public halves only."""
        return dict(self._keys.as_dict(private=False))

    def identity(self, claims: dict[str, Any], algorithm: str) -> str:
        """A signed id_token of these claims, living five minutes from now."""
        key = next(key for key in self._keys if key.alg == algorithm)
        now = int(self._clock())
        header = {"typ": "JWT", "alg": algorithm, "kid": key.kid}
        body = {**claims, "iat": now, "exp": now + IDENTITY_LIFE}
        return jwt.encode(header, body, key, algorithms=list(ALGORITHMS))
