"""A date plus or minus a duration (FHIRPath 2.0.0, section "Date/Time Arithmetic").

A duration finer than the date's precision is first reduced to it: 2024 plus 30 months is 2026.
"""

from decimal import Decimal
from typing import Any

from smartapp.errors import PathFailed
from smartapp.fhirpath.moment import Date, DateTime, Moment, Time, months_later, shifted
from smartapp.fhirpath.quantity import CALENDAR, Quantity, calendar_word

_SECONDS: dict[str, int | Decimal] = {
    "week": 604800,
    "day": 86400,
    "hour": 3600,
    "minute": 60,
    "second": 1,
    "millisecond": Decimal("0.001"),
}
_WORDS = {
    "wk": "week",
    "d": "day",
    "h": "hour",
    "min": "minute",
    "s": "second",
    "ms": "millisecond",
}
_OF_PART = ("year", "month", "day", "hour", "minute", "second")
_DAY = 86400


def moved(start: Any, duration: Quantity, sign: int) -> Moment:
    """Return the moment later by ``sign`` times the duration, as precise as it was before.

    A text is read as a date or a time. A duration in UCUM's years or months is refused: these are
    no calendar's.
    """
    moment = start if isinstance(start, Moment) else _read(start)
    word = calendar_word(duration.unit) or _WORDS.get(duration.unit, "")
    if moment is None or not word:
        raise PathFailed("+ and - need a date and a calendar duration, such as 2 months")
    parts = _later(moment, Decimal(duration.value) * sign, word)
    return type(moment)(parts, moment.zone)


def _read(text: str) -> Moment | None:
    return Date.read(text) or DateTime.read(text) or Time.read(text)


def _later(moment: Moment, amount: Decimal, word: str) -> tuple[int | Decimal, ...]:
    if isinstance(moment, Time):
        return _in_a_day(moment, amount, word)
    if CALENDAR.index(word) < 2:
        return _months_later(moment, int(amount) * (12 if word == "year" else 1))
    seconds = (amount if word in ("second", "millisecond") else int(amount)) * _SECONDS[word]
    return _seconds_later(moment, Decimal(seconds))


def _months_later(moment: Moment, months: int) -> tuple[int | Decimal, ...]:
    if len(moment.parts) == 1:
        months = int(months / 12) * 12
    return months_later(moment.parts, months)


def _seconds_later(moment: Moment, seconds: Decimal) -> tuple[int | Decimal, ...]:
    finest = _OF_PART[len(moment.parts) - 1]
    if finest in ("year", "month"):
        days = int(seconds / _DAY)
        months = int(days / 365) * 12 if finest == "year" else int(days / 30)
        return months_later(moment.parts, months)
    unit = _SECONDS[finest]
    whole = seconds if finest == "second" else int(seconds / unit) * unit
    return shifted(moment.parts, Decimal(whole))


def _in_a_day(time: Time, amount: Decimal, word: str) -> tuple[int | Decimal, ...]:
    if word not in ("hour", "minute", "second", "millisecond"):
        raise PathFailed("a time of day moves by hours, minutes and seconds only")
    day = (2000, 1, 2, *time.parts)
    return _seconds_later(DateTime(day), amount * _SECONDS[word] % _DAY)[3:]
