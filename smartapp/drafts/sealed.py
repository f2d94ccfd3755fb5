"""How a draft is sealed: nobody without the keys reads any of it, or whose it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from smartapp.drafts.draft import Start
from smartapp.sealed import Sealing

T = TypeVar("T")
_ENCODER = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True)
class Head:
    """What of a draft does not change with its answers; ``reason`` is why it was discarded.

    ``by_sheet``: each sheet tells who gave its answers; else ``start`` tells it of all together.
    """

    start: Start
    secret: str
    reason: str = ""
    by_sheet: bool = False


class Seal(Sealing):
    """Sealing of plain data under the app's ``keys`` (Fernet keys, the newest first)."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        super().__init__(keys, b"draft patient")

    def close(self, told: Any) -> bytes:
        """Plain data or dataclasses, sealed."""
        return self.shut(_ENCODER.encode(told))

    def open(self, body: bytes, kind: type[T]) -> T | None:
        """What was sealed; None for what was wiped, or sealed under a key that is gone."""
        told = self.reveal(body)
        return _decoder(kind).decode(told) if told else None


def _decoder(kind: type[T]) -> msgspec.json.Decoder[T]:
    """JSON numbers with a point stay exact."""
    return msgspec.json.Decoder(kind, float_hook=Decimal)
