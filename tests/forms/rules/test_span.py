"""What can be compared, and what is certainly above what."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from smartapp.forms.rules.span import UCUM, is_above, span

EAST = timezone(timedelta(hours=2))
NOW = datetime(2026, 11, 23, tzinfo=EAST)


def of(kind, value):
    return span(f"value{kind}", value, NOW)


def unit(value, code, **more):
    return {"value": value, "system": UCUM, "code": code, **more}


@pytest.mark.parametrize(
    ("kind", "low", "high"),
    [
        ("Integer", 1, 2),
        ("Decimal", Decimal("0.10"), Decimal("0.1000000000000000000000000000000000001")),
        ("Decimal", Decimal("-1E+300"), Decimal("1E-300")),
        ("Date", "2026", "2027"),
        ("Date", "2026-11", "2026-12-01"),
        ("Date", "2024-02-29", "2024-03"),
        ("Date", "0001-01-01", "9999-12-31"),
        ("DateTime", "2026-11-23T10:00:00Z", "2026-11-23T10:00:00.000000001Z"),
        ("DateTime", "2026-11-23T12:00:00+02:00", "2026-11-23T09:00:01-01:30"),
        ("DateTime", "2026-11-22T21:59:59Z", "2026-11-23"),
        ("DateTime", "2026-11-23", "2026-11-23T22:00:00Z"),
        ("DateTime", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"),
        ("Time", "09:59:59.9", "10:00:00"),
        ("Quantity", unit(999, "g"), unit(1, "kg")),
        ("Quantity", unit(1, "[lb_av]"), unit(Decimal("0.46"), "kg")),
        ("Quantity", unit(59, "s"), unit(1, "min")),
        ("Quantity", unit(5, "kg", comparator="<"), unit(6, "kg")),
        ("Quantity", unit(5, "kg"), unit(6, "kg", comparator=">=")),
    ],
)
def test_the_one_is_above_the_other(kind, low, high):
    assert is_above(of(kind, high), of(kind, low))
    assert not is_above(of(kind, low), of(kind, high))


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("Decimal", Decimal("1.0"), Decimal("1.00")),
        ("Date", "2026", "2026-11-23"),
        ("Date", "2026-11", "2026-11-01"),
        ("DateTime", "2026-11-23", "2026-11-22T22:00:00Z"),
        ("DateTime", "2026-11-23", "2026-11-23T21:59:59.999Z"),
        ("DateTime", "2026-11-23T10:00:00Z", "2026-11-23T12:00:00+02:00"),
        ("Quantity", unit(1000, "g"), unit(1, "kg")),
        ("Quantity", unit(5, "kg", comparator="<"), unit(3, "kg")),
        ("Quantity", unit(5, "kg", comparator=">"), unit(7, "kg", comparator="<")),
    ],
)
def test_neither_is_certainly_above_the_other(kind, one, other):
    assert not is_above(of(kind, one), of(kind, other))
    assert not is_above(of(kind, other), of(kind, one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (unit(1, "kg"), unit(1, "m")),
        (unit(1, "kg"), {"value": 1, "unit": "kg"}),
        (unit(1, "kg"), {"value": 1, "system": "http://example.org/u", "code": "kg"}),
        (unit(1, "mo"), unit(30, "d")),
        ({"value": 1, "unit": "cup"}, {"value": 1, "unit": "mug"}),
    ],
)
def test_amounts_of_different_measure_say_so(one, other):
    assert of("Quantity", one).measure != of("Quantity", other).measure


@pytest.mark.parametrize(
    ("kind", "value"), [("String", "a"), ("Boolean", True), ("Coding", {}), ("Quantity", {})]
)
def test_what_has_no_order_has_no_span(kind, value):
    assert of(kind, value) is None


def test_a_clock_without_zone_is_greenwichs():
    naive = NOW.replace(tzinfo=None)
    assert span("valueDate", "2026-11-23", naive) == span(
        "valueDate", "2026-11-23", NOW.replace(tzinfo=UTC)
    )
