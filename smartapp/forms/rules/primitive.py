"""How FHIR writes its simple values (rules 17, 27 and 29).

Source: FHIR R4, "Data Types"; the patterns are those of its table of primitive types.
"""

import binascii
import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

LONGEST = 1024 * 1024
"""Characters of a string (FHIR R4, "string")."""
MOST_DIGITS = 400
"""Of a decimal: far beyond any measurement, and short enough to calculate with."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_DATE = r"(?!0000)\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?"
_CLOCK = r"([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d{1,18})?"
_ZONE = r"(Z|[+-]((0\d|1[0-3]):[0-5]\d|14:00))"
_DAY = re.compile(_DATE, re.ASCII)
_MOMENT = re.compile(rf"{_DATE}|(?!0000)\d{{4}}-\d\d-\d\dT{_CLOCK}{_ZONE}", re.ASCII)
_TIME = re.compile(_CLOCK, re.ASCII)
_CODE = re.compile(r"\S+( \S+)*")
_UUID = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_OID = re.compile(r"urn:oid:[0-2](\.(0|[1-9]\d*))+", re.ASCII)
_SPACE = re.compile(r"\s")


class Fault(NamedTuple):
    """Why a value breaks a rule."""

    rule: int
    sentence: str


Check = Callable[[Any], Fault | None]


def _wrong(sentence: str) -> Fault:
    return Fault(27, sentence)


def text(value: Any) -> Fault | None:
    """Check a string: not blank, at most ``LONGEST``, no control characters but tab and lines."""
    if not isinstance(value, str):
        return _wrong("This must be text.")
    if len(value) > LONGEST:
        return Fault(29, "This is too long to be kept. Shorten it.")
    if not value.strip():
        return Fault(17, "This has nothing but blanks in it. Enter an answer or leave it out.")
    if _CONTROL.search(value):
        return Fault(29, "This has characters in it that cannot be kept. Type it again.")
    return None


def _written(pattern: re.Pattern[str], sentence: str) -> Check:
    def check(value: Any) -> Fault | None:
        fault = text(value)
        return fault or (None if pattern.fullmatch(value) else _wrong(sentence))

    return check


def boolean(value: Any) -> Fault | None:
    """Check a boolean."""
    return None if isinstance(value, bool) else _wrong("Choose yes or no.")


def integer(value: Any) -> Fault | None:
    """Check a whole number of 32 bits."""
    if type(value) is not int:
        return _wrong("This must be a whole number like 12.")
    if not -(2**31) <= value < 2**31:
        return _wrong("This number is too large to be kept.")
    return None


def size(value: Any) -> Fault | None:
    """Check an unsignedInt."""
    fault = integer(value)
    return fault or (_wrong("A size is never below zero.") if value < 0 else None)


def decimal(value: Any) -> Fault | None:
    """Check a number; NaN and infinity are none, and digits have an end."""
    if type(value) is int:
        return _wrong("This number is too large to be kept.") if abs(value) >> 1400 else None
    if isinstance(value, float):
        value = Decimal(repr(value))
    if not isinstance(value, Decimal) or not value.is_finite():
        return _wrong("This must be a number like 12.5.")
    if len(value.as_tuple().digits) > MOST_DIGITS or abs(value.adjusted()) > MOST_DIGITS:
        return _wrong("This number is too long to be kept.")
    return None


def day(value: Any) -> Fault | None:
    """Check a date: a year, a month or a day of the calendar."""
    fault = text(value)
    if fault:
        return fault
    if not _DAY.fullmatch(value) or not _in_calendar(value):
        return _wrong("This must be a date like 2026-11-23.")
    return None


def moment(value: Any) -> Fault | None:
    """Check a dateTime: a date, or a day with a time to the second and its zone."""
    fault = text(value)
    if fault:
        return fault
    if not _MOMENT.fullmatch(value) or not _in_calendar(value[:10]):
        return _wrong("This must be a date and time like 2026-11-23T14:30:00+01:00.")
    return None


def _in_calendar(value: str) -> bool:
    if len(value) < 10:
        return True
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def uri(value: Any) -> Fault | None:
    """Check a uri: no blanks; a UUID in small letters; an OID in its grammar."""
    fault = text(value)
    if fault:
        return fault
    if _SPACE.search(value):
        return _wrong("A web address has no blanks in it. Type it again.")
    for start, pattern in (("urn:uuid:", _UUID), ("urn:oid:", _OID)):
        if value.lower().startswith(start) and not pattern.fullmatch(value):
            return _wrong("This is not a complete address. Copy it again.")
    return None


def base64(value: Any) -> Fault | None:
    """Check base64Binary; blanks between are allowed, and so is any length."""
    if not isinstance(value, str) or not value or decoded_size(value) is None:
        return _wrong("This file did not arrive whole. Attach it again.")
    return None


def decoded(value: str, most: int | None = None) -> bytes | None:
    """Return the bytes (of the first ``most`` characters, a multiple of 4), None if damaged."""
    try:
        return binascii.a2b_base64("".join(value[:most].split()), strict_mode=True)
    except (binascii.Error, ValueError):
        return None


def decoded_size(value: str) -> int | None:
    """Return the number of bytes, None if it is no base64."""
    content = decoded(value)
    return None if content is None else len(content)


time = _written(_TIME, "This must be a time like 14:30:00.")
code = _written(_CODE, "A code has no blanks before, after or doubled in it.")

SIMPLE: Mapping[str, Check] = {
    "valueBoolean": boolean,
    "valueInteger": integer,
    "valueDecimal": decimal,
    "valueDate": day,
    "valueDateTime": moment,
    "valueTime": time,
    "valueString": text,
    "valueUri": uri,
}
