"""The wire: bytes to dict and back, losing nothing.

A FHIR decimal's precision is clinical (``0.40`` is not ``0.4``), so numbers with a point or an
exponent become ``Decimal`` and are written with the same digits (an exponent as ``E+2``).
Everything else (instants as text, ``_element`` siblings, unknown extensions, the order of keys) is
kept as it stands; only white space between tokens is not.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from smartapp.errors import EhrNonsense

_DECODER = msgspec.json.Decoder(float_hook=Decimal)
_ENCODER = msgspec.json.Encoder(decimal_format="number")


def decode(body: bytes) -> dict[str, Any]:
    """Read one JSON object; raises ``EhrNonsense`` when the bytes are anything else."""
    try:
        resource = _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, InvalidOperation) as error:
        raise EhrNonsense("not JSON") from error
    if not isinstance(resource, dict):
        raise EhrNonsense("not a JSON object")
    return resource


def encode(resource: Mapping[str, Any]) -> bytes:
    """Write one JSON object as UTF-8 without white space, keys in their order."""
    return _ENCODER.encode(resource)
