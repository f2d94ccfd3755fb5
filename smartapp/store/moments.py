"""FHIR dates as half-open ranges of microseconds since 1970 UTC.

A date is the range it does not exclude: ``2026-11`` runs from the first of November to the first of
December (https://hl7.org/fhir/R4/search.html#date). A time without zone cannot occur in FHIR; a
date alone is taken in UTC, so that the answer does not depend on where the server stands.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from smartapp.store.kept import EPOCH

Range = tuple[int, int]

BEGINNING = -(2**62)
END = 2**62

_SHAPE = re.compile(
    r"(?P<year>\d{4})(-(?P<month>\d\d)(-(?P<day>\d\d)"
    r"(T(?P<hour>\d\d):(?P<minute>\d\d)(:(?P<second>\d\d)(\.(?P<fraction>\d+))?)?"
    r"(?P<zone>Z|[+-]\d\d:\d\d)?)?)?)?"
)
_MICROSECOND = timedelta(microseconds=1)
_STEPS = {
    "day": timedelta(days=1),
    "minute": timedelta(minutes=1),
    "second": timedelta(seconds=1),
}


def span(text: str) -> Range:
    """The range of a date, dateTime or instant of any precision; ``ValueError`` for other text."""
    found = _SHAPE.fullmatch(text)
    if not found:
        raise ValueError("not a FHIR date")
    parts = {name: value for name, value in found.groupdict().items() if value is not None}
    start = _start(parts)
    low = (start - EPOCH) // _MICROSECOND
    try:
        return low, (_after(start, parts) - EPOCH) // _MICROSECOND
    except (ValueError, OverflowError):
        return low, END  # 9999-12-31, which some systems write for "for ever"


def period(start: str | None, end: str | None) -> Range:
    """The range of a Period; a side that is not given is open."""
    return span(start)[0] if start else BEGINNING, span(end)[1] if end else END


def range_of(value: Any) -> Range | None:
    """The range of a date or a Period as JSON; None for anything else (a Timing)."""
    if isinstance(value, str):
        return span(value)
    if isinstance(value, dict) and ("start" in value or "end" in value):
        return period(value.get("start"), value.get("end"))
    return None


def _start(parts: dict[str, str]) -> datetime:
    names = ("year", "month", "day", "hour", "minute", "second")
    numbers = [int(parts.get(name, "1" if name in names[:3] else "0")) for name in names]
    zone = datetime.strptime(parts.get("zone", "Z"), "%z").tzinfo or UTC
    fraction = int(parts.get("fraction", "0").ljust(6, "0")[:6])
    year, month, day, hour, minute, second = numbers
    return datetime(year, month, day, hour, minute, second, fraction, tzinfo=zone)


def _after(start: datetime, parts: dict[str, str]) -> datetime:
    if "fraction" in parts:
        return start + timedelta(microseconds=10 ** max(0, 6 - len(parts["fraction"])))
    for name in ("second", "minute", "day"):
        if name in parts:
            return start + _STEPS[name]
    if "month" in parts:
        return (start + timedelta(days=32)).replace(day=1)
    return start.replace(year=start.year + 1)
