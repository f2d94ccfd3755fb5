"""Answers as spans from the least to the most they can mean, so that any two can be compared.

A month is all its moments, ``<5`` is all below five. A limit is broken only by an answer of which
no part keeps it: 2022-06-30 keeps a most of 2022-06, and so does 2022. Source: FHIRPath
"Comparison" leaves such cases open, and what is open is not the patient's fault.
"""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from smartapp.fhirpath.quantity import Quantity

UCUM = "http://unitsofmeasure.org"
_DAY = 86_400


class Span(NamedTuple):
    """The least and the most of a value, None where it is open; ``measure`` must be the same."""

    measure: str
    low: Fraction | None
    high: Fraction | None


def span(kind: str, value: Any, now: datetime) -> Span | None:
    """Return the span of a sound value, None of what has no order; ``now`` gives the zone."""
    if kind in {"valueInteger", "valueDecimal"}:
        return Span("number", exact(value), exact(value))
    if kind in {"valueDate", "valueDateTime", "valueInstant"}:
        return Span("moment", *_moments(value, now.utcoffset() or timedelta()))
    if kind == "valueTime":
        return Span("time", _clock(value), _clock(value))
    return _amounts(value) if kind == "valueQuantity" else None


def is_above(one: Span, other: Span) -> bool:
    """Tell whether all of the one is above all of the other."""
    return None not in (one.low, other.high) and _of(one.low) > _of(other.high)


def exact(number: Any) -> Fraction:
    """Return the number as it is written."""
    return Fraction(Decimal(repr(number)) if isinstance(number, float) else number)


def _of(end: Fraction | None) -> Fraction:
    return end or Fraction(0)


def _moments(text: str, zone: timedelta) -> tuple[Fraction, Fraction]:
    if "T" in text:
        moment = _instant(text)
        return moment, moment
    year, month, day = ([int(part) for part in text.split("-")] + [0, 0])[:3]
    first = date(year, month or 1, day or 1)
    last_month = month or 12
    last = date(year, last_month, day or monthrange(year, last_month)[1])
    shift = _seconds(zone)
    return first.toordinal() * _DAY - shift, (last.toordinal() + 1) * _DAY - shift - _TICK


_TICK = Fraction(1, 10**18)
"""The smallest part of a second that can be written."""


def _instant(text: str) -> Fraction:
    day, _, clock = text.partition("T")
    zone = timedelta()
    if not clock.endswith("Z"):
        hours, minutes = int(clock[-5:-3]), int(clock[-2:])
        zone = timedelta(hours=hours, minutes=minutes) * (-1 if clock[-6] == "-" else 1)
    time = clock[:-1] if clock.endswith("Z") else clock[:-6]
    return date.fromisoformat(day).toordinal() * _DAY + _clock(time) - _seconds(zone)


def _clock(text: str) -> Fraction:
    hours, minutes, seconds = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds)


def _seconds(zone: timedelta) -> Fraction:
    return Fraction(round(zone.total_seconds()))


def _amounts(quantity: Mapping[str, Any]) -> Span | None:
    """Return the span of an amount in its dimension's own unit; UCUM's units are converted."""
    if "value" not in quantity:
        return None
    measure, size = _measure(quantity)
    comparator = quantity.get("comparator", "")
    low = None if comparator.startswith("<") else size
    high = None if comparator.startswith(">") else size
    return Span(measure, low, high)


def _measure(quantity: Mapping[str, Any]) -> tuple[str, Fraction]:
    number = exact(quantity["value"])
    system, code = quantity.get("system"), quantity.get("code")
    if system == UCUM and code:
        dimension, factor = Quantity(1, code).size
        return f"UCUM {dimension}", number * Fraction(factor)
    if system and code:
        return f"{system}|{code}", number
    return f"no formal unit: {quantity.get('unit', '')}", number
