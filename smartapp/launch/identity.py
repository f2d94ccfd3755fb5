"""Who the user is: the id_token, fully verified (OpenID Connect Core 1.0, 3.1.3.7).

Signature against the issuer's key set, asymmetric algorithms only, issuer, audience, expiry, issue
time, and the nonce where it is echoed.
"""

import hmac
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key

from smartapp.errors import IdentityInvalid
from smartapp.launch.fetch import fetch_json

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
KEY_TYPES = {"RS": "RSA", "PS": "RSA", "ES": "EC"}
LEEWAY = 60
"""Seconds two clocks may differ."""

KEPT_FOR = timedelta(hours=1)
"""How long a key the issuer has withdrawn is still believed."""

REFERENCE = re.compile(
    r"(?:^|/)((?:Practitioner|PractitionerRole|Patient|RelatedPerson|Person)/[A-Za-z0-9\-.]{1,64})"
    r"(?:/_history/[^/]*)?$"
)


@dataclass(frozen=True, repr=False)
class Identity:
    """The user: a relative FHIR reference (or None), a name to show and the issuer's own ("sub").

    Name and ``subject`` are "" where the token has none.
    """

    user: str | None
    name: str
    subject: str = ""


@dataclass(frozen=True)
class Expected:
    """What an id_token must say: its issuer, its audience, the nonce sent with the request."""

    issuer: str
    client_id: str
    nonce: str
    jwks_uri: str | None


@dataclass
class Identities:
    """Verifies id_tokens and remembers key sets; ``now`` gives an aware datetime."""

    now: Callable[[], datetime]
    _kept: dict[str, tuple[datetime, tuple[Key, ...]]] = field(default_factory=dict, repr=False)

    def verify(self, id_token: object, expected: Expected) -> Identity:
        """The user in a verified id_token; raises IdentityInvalid, the reason kept to ourselves."""
        if not isinstance(id_token, str) or not expected.jwks_uri:
            raise IdentityInvalid
        try:
            claims = self._signed(id_token, expected.jwks_uri)
            self._check(claims, expected)
        except (JoseError, ValueError):
            raise IdentityInvalid from None
        return Identity(fhir_user(claims), _name(claims), _text(claims.get("sub")))

    def _signed(self, id_token: str, jwks_uri: str) -> dict[str, Any]:
        """The claims, once a key fits; an unknown key is looked for once more at the issuer."""
        header = _header(id_token)
        for fresh in (False, True):
            for key in _fitting(self._keys(jwks_uri, fresh=fresh), header):
                try:
                    return jwt.decode(id_token, key, algorithms=ALGORITHMS).claims
                except JoseError:
                    continue
        raise IdentityInvalid

    def _keys(self, jwks_uri: str, *, fresh: bool) -> tuple[Key, ...]:
        at, keys = self._kept.get(jwks_uri, (None, ()))
        if fresh or at is None or self.now() - at >= KEPT_FOR:
            raw = (fetch_json(jwks_uri) or {}).get("keys")
            keys = tuple(_import(raw if isinstance(raw, list) else []))
            self._kept[jwks_uri] = (self.now(), keys)
        return keys

    def _check(self, claims: dict[str, Any], expected: Expected) -> None:
        rules = jwt.JWTClaimsRegistry(
            now=int(self.now().timestamp()),
            leeway=LEEWAY,
            iss={"essential": True, "value": expected.issuer},
            aud={"essential": True, "value": expected.client_id},
            exp={"essential": True},
            azp={"value": expected.client_id},
        )
        rules.validate(claims)
        nonce = claims.get("nonce")
        if nonce is not None and not hmac.compare_digest(
            str(nonce).encode(), expected.nonce.encode()
        ):
            raise IdentityInvalid


def fhir_user(claims: Mapping[str, Any]) -> str | None:
    """The ``fhirUser`` claim, absolute or relative, as a relative reference; else ``profile``."""
    found = (REFERENCE.search(_text(claims.get(name))) for name in ("fhirUser", "profile"))
    return next((match[1] for match in found if match), None)


def _header(id_token: str) -> dict[str, Any]:
    """The protected header; raises JoseError when malformed, IdentityInvalid for its algorithm."""
    header = dict(jws.extract_compact(id_token.encode()).headers())
    if header.get("alg") not in ALGORITHMS:
        raise IdentityInvalid
    return header


def _fitting(keys: Iterable[Key], header: Mapping[str, Any]) -> Iterable[Key]:
    """The keys this token may be signed with: by kid where it has one, by type and use."""
    kid, kind = header.get("kid"), KEY_TYPES[header["alg"][:2]]
    for key in keys:
        named = kid is None or key.kid is None or key.kid == kid
        if named and key.key_type == kind and key.get("use", "sig") == "sig":
            yield key


def _import(raw: Iterable[object]) -> Iterable[Key]:
    """The keys we understand; one odd key does not spoil the set."""
    for entry in raw:
        try:
            yield JWKRegistry.import_key(json.loads(json.dumps(entry)))
        except (JoseError, ValueError, TypeError, KeyError):
            continue


def _name(claims: Mapping[str, Any]) -> str:
    parts = (_text(claims.get(part)) for part in ("given_name", "family_name"))
    return _text(claims.get("name")) or " ".join(part for part in parts if part)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
