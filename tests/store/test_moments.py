"""Dates as ranges: half-open, in UTC, as wide as what is left open."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartapp.store.kept import EPOCH, instant
from smartapp.store.moments import BEGINNING, END, period, range_of, span


def at(*parts, zone=UTC):
    return (datetime(*parts, tzinfo=zone) - EPOCH) // timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("2026", at(2026, 1, 1), at(2027, 1, 1)),
        ("2026-12", at(2026, 12, 1), at(2027, 1, 1)),
        ("2028-02", at(2028, 2, 1), at(2028, 3, 1)),
        ("2028-02-29", at(2028, 2, 29), at(2028, 3, 1)),
        ("2026-11-02T10:30Z", at(2026, 11, 2, 10, 30), at(2026, 11, 2, 10, 31)),
        ("2026-11-02T10:30:05Z", at(2026, 11, 2, 10, 30, 5), at(2026, 11, 2, 10, 30, 6)),
        (
            "2026-11-02T10:30:05.7Z",
            at(2026, 11, 2, 10, 30, 5, 700_000),
            at(2026, 11, 2, 10, 30, 5, 800_000),
        ),
        (
            "2026-11-02T10:30:05.1234567Z",
            at(2026, 11, 2, 10, 30, 5, 123_456),
            at(2026, 11, 2, 10, 30, 5, 123_457),
        ),
    ],
)
def test_a_date_spans_what_it_leaves_open(text, low, high):
    assert span(text) == (low, high)


def test_zones_are_taken_into_account():
    west = timezone(-timedelta(hours=5))
    assert span("2026-11-02T22:00:00-05:00")[0] == at(2026, 11, 2, 22, zone=west)
    assert span("2026-11-02T22:00:00-05:00") == span("2026-11-03T03:00:00Z")


def test_a_period_is_open_where_nothing_is_said():
    assert period(None, "2026") == (BEGINNING, at(2027, 1, 1))
    assert period("2026", None) == (at(2026, 1, 1), END)
    assert range_of({"event": ["2026"]}) is None
    assert range_of(7) is None


@pytest.mark.parametrize("text", ["", "26", "2026-1", "2026-11-2", "2026-11-02T10", "0000", "x"])
def test_other_text_is_a_value_error(text):
    with pytest.raises(ValueError, match=r".+"):
        span(text)


FIRST = datetime(1900, 1, 1)  # noqa: DTZ001 - hypothesis wants its bounds naive


@given(st.datetimes(FIRST, timezones=st.just(UTC)))
def test_every_instant_we_write_is_read_back_to_the_millisecond(moment):
    milliseconds = (moment - EPOCH) // timedelta(milliseconds=1)
    assert span(instant(milliseconds * 1000)) == (milliseconds * 1000, milliseconds * 1000 + 1000)


@given(st.dates())
def test_a_day_lies_in_its_month_and_its_year(day):
    low, high = span(day.isoformat())
    for wider in (day.isoformat()[:7], day.isoformat()[:4]):
        assert span(wider)[0] <= low < high <= span(wider)[1]
