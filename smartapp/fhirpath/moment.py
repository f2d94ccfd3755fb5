"""Dates, times and both together, each as precise as it was written (FHIRPath "Date", "Time").

A comparison that the missing precision leaves open has no answer: it is None here and empty there.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Self, TypeVar

from smartapp.errors import PathFailed

Part = int | Decimal

_TIME = r"(\d\d)(?::(\d\d)(?::(\d\d(?:\.\d{1,9})?))?)?"
_DATE = r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?"
_LEAST: tuple[Part, ...] = (1, 1, 1, 0, 0, 0)
_MOST: tuple[Part, ...] = (9999, 12, 31, 23, 59, Decimal("59.999999999"))


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time; ``parts`` from the largest to the smallest given, seconds as Decimal.

    ``zone`` are minutes east of UTC, None when not given.
    """

    parts: tuple[Part, ...]
    zone: int | None = None

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Return what the text says, None if it is no such moment."""
        raise NotImplementedError


_M = TypeVar("_M", bound=Moment)


class Date(Moment):
    """A day, a month or a year."""

    __slots__ = ()
    _PATTERN = re.compile(_DATE, re.ASCII)

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Read ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``."""
        return _checked(cls, _parts(cls._PATTERN.fullmatch(text)))

    def __str__(self) -> str:
        return _date_text(self.parts)


class DateTime(Moment):
    """A date, perhaps with a time of day and a zone."""

    __slots__ = ()
    _PATTERN = re.compile(rf"{_DATE}(?:T(?:{_TIME})?(Z|[+-]\d\d:\d\d)?)?", re.ASCII)

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Read FHIR's dateTime and instant, and FHIRPath's with a bare T."""
        match = cls._PATTERN.fullmatch(text)
        if match is None or (match[4] and not match[3]):
            return None
        return _checked(cls, _parts(match), _zone(match[7]))

    def __str__(self) -> str:
        if len(self.parts) <= 3:
            return _date_text(self.parts)
        return f"{_date_text(self.parts[:3])}T{_time_text(self.parts[3:])}{_zone_text(self.zone)}"


class Time(Moment):
    """A time of day; never with a zone."""

    __slots__ = ()
    _PATTERN = re.compile(_TIME, re.ASCII)

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Read ``hh``, ``hh:mm`` or ``hh:mm:ss`` with fractions."""
        return _checked(cls, _parts(cls._PATTERN.fullmatch(text)))

    def __str__(self) -> str:
        return _time_text(self.parts)


def at(now: datetime) -> DateTime:
    """Return an aware time of the clock, to the millisecond."""
    second = Decimal(now.second) + Decimal(now.microsecond // 1000).scaleb(-3)
    parts = (now.year, now.month, now.day, now.hour, now.minute, second)
    return DateTime(parts, minutes_of(now))


def minutes_of(now: datetime) -> int:
    """Return the zone of an aware time, in minutes east of UTC; a naive one counts as UTC."""
    return int((now.utcoffset() or timedelta()).total_seconds() // 60)


def compare(left: Moment, right: Moment, zone: int) -> int | None:
    """Return -1, 0 or 1, None when their precision leaves it open; raise if not comparable.

    ``zone`` is taken for a time that has none (FHIRPath "Comparison", DateTime).
    """
    if isinstance(left, Time) != isinstance(right, Time):
        raise PathFailed("a time of day cannot be compared with a date")
    ours, theirs = _in_one_zone(left, right, zone)
    for mine, other in zip(ours, theirs, strict=False):
        if mine != other:
            return -1 if mine < other else 1
    return 0 if len(ours) == len(theirs) else None


def _in_one_zone(left: Moment, right: Moment, zone: int) -> tuple[tuple[Part, ...], ...]:
    have_times = len(left.parts) > 3 and len(right.parts) > 3
    if left.zone == right.zone or not have_times:
        return left.parts, right.parts
    return in_utc(left, zone), in_utc(right, zone)


def in_utc(moment: Moment, zone: int) -> tuple[Part, ...]:
    """Return the parts of a date with a time of day in UTC; any other moment's as they are."""
    if len(moment.parts) <= 3:
        return moment.parts
    east = zone if moment.zone is None else moment.zone
    return shifted(moment.parts, Decimal(-60 * east))


def shifted(parts: tuple[Part, ...], seconds: Decimal) -> tuple[Part, ...]:
    """Move a date, with or without its time of day, by seconds; its precision stays."""
    whole = (*parts, *_LEAST[len(parts) :])
    moved, rest = divmod(Decimal(whole[5]) + seconds, 1)
    if rest < 0:
        moved, rest = moved - 1, rest + 1
    try:
        year, month, day, hour, minute = map(int, whole[:5])
        clock = datetime(year, month, day, hour, minute) + timedelta(seconds=int(moved))  # noqa: DTZ001 (zones are ours)
    except (OverflowError, ValueError):
        raise PathFailed("a date is outside the years 1 to 9999") from None
    after = (clock.year, clock.month, clock.day, clock.hour, clock.minute, clock.second + rest)
    return after[: len(parts)]


def months_later(parts: tuple[Part, ...], months: int) -> tuple[Part, ...]:
    """Move a date by calendar months; a day that the month has not becomes its last."""
    year, month, *rest = [*parts, *_LEAST[len(parts) : 2]]
    years, index = divmod(int(year) * 12 + int(month) - 1 + months, 12)
    if not 1 <= years <= 9999:
        raise PathFailed("a date is outside the years 1 to 9999")
    if rest:
        rest[0] = min(int(rest[0]), monthrange(years, index + 1)[1])
    return (years, index + 1, *rest)[: len(parts)]


def _parts(match: re.Match[str] | None) -> tuple[Part, ...]:
    given = [text for text in match.groups()[:6] if text and text[0].isdigit()] if match else []
    return tuple(Decimal(text) if "." in text else int(text) for text in given)


def _checked(cls: type[_M], parts: tuple[Part, ...], zone: int | None = None) -> _M | None:
    start = 3 if cls is Time else 0
    inside = all(
        least <= part <= most
        for part, least, most in zip(parts, _LEAST[start:], _MOST[start:], strict=False)
    )
    if not parts or not inside or (start == 0 and not _is_day(parts)):
        return None
    return cls(parts, zone)


def _is_day(parts: tuple[Part, ...]) -> bool:
    return len(parts) < 3 or parts[2] <= monthrange(int(parts[0]), int(parts[1]))[1]


def _zone(text: str | None) -> int | None:
    if not text:
        return None
    if text == "Z":
        return 0
    minutes = int(text[1:3]) * 60 + int(text[4:])
    return -minutes if text[0] == "-" else minutes


def _date_text(parts: tuple[Part, ...]) -> str:
    return "-".join([f"{parts[0]:04}", *(f"{part:02}" for part in parts[1:])])


def _time_text(parts: tuple[Part, ...]) -> str:
    return ":".join(f"{int(part):02}{str(part % 1)[1:]}" for part in parts)


def _zone_text(zone: int | None) -> str:
    if zone is None:
        return ""
    return (
        "Z" if zone == 0 else f"{'-' if zone < 0 else '+'}{abs(zone) // 60:02}:{abs(zone) % 60:02}"
    )
