"""How a draft is sealed: nobody without the keys reads any of it, or whose it is."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

import msgspec
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from smartapp.drafts.draft import Start

T = TypeVar("T")
_ENCODER = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True)
class Whose:
    """One patient of one EHR: the FHIR base and the id there."""

    issuer: str
    patient: str


@dataclass(frozen=True)
class Head:
    """What of a draft does not change with its answers; ``reason`` is why it was discarded."""

    start: Start
    secret: str
    reason: str = ""


class Seal:
    """Encryption and pseudonyms under the app's ``keys`` (Fernet keys, the newest first)."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        self._named = [hmac.digest(key, b"draft patient", hashlib.sha256) for key in keys]

    def names(self, whose: Whose) -> list[str]:
        """The pseudonyms the patient may have, under the newest key first."""
        told = f"{whose.issuer.rstrip('/')}|{whose.patient}".encode()
        return [hmac.new(key, told, hashlib.sha256).hexdigest() for key in self._named]

    def close(self, told: Any) -> bytes:
        """Plain data or dataclasses, sealed."""
        return self._fernet.encrypt(_ENCODER.encode(told))

    def open(self, body: bytes, kind: type[T]) -> T | None:
        """What was sealed; None for what was wiped, or sealed under a key that is gone."""
        try:
            told = self._fernet.decrypt(body) if body else None
        except InvalidToken:
            return None
        return _decoder(kind).decode(told) if told else None


def _decoder(kind: type[T]) -> msgspec.json.Decoder[T]:
    """JSON numbers with a point stay exact."""
    return msgspec.json.Decoder(kind, float_hook=Decimal)
