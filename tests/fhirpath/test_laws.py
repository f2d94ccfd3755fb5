"""Laws that hold for any values: logic with unknown, exact arithmetic, dates, sets, and speed."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartapp.fhirpath import Date, DateTime, compile

UNKNOWN = None
THREE = (True, False, UNKNOWN)
SCORES = st.lists(st.integers(0, 10), min_size=1, max_size=12)
MONEY = st.decimals(-1000, 1000, places=2)
FROM, UNTIL = map(datetime.fromisoformat, ("1900-01-01", "2100-01-01"))
CLOCKS = st.datetimes(FROM, UNTIL)
few = settings(max_examples=40, deadline=None)


def logic(evaluate, operator, left, right):
    """Evaluate an operator on yes, no or unknown."""
    found = evaluate(f"%a {operator} %b", a=left, b=right)
    return found[0] if found else UNKNOWN


@pytest.mark.parametrize("left", THREE)
@pytest.mark.parametrize("right", THREE)
class TestThreeValues:
    """The truth tables of FHIRPath 2.0.0, section "Boolean logic"."""

    def test_and_is_the_lesser(self, evaluate, left, right):
        rank = {False: 0, UNKNOWN: 1, True: 2}
        assert logic(evaluate, "and", left, right) is min(left, right, key=rank.get)

    def test_or_is_the_greater(self, evaluate, left, right):
        rank = {False: 0, UNKNOWN: 1, True: 2}
        assert logic(evaluate, "or", left, right) is max(left, right, key=rank.get)

    def test_xor_is_known_if_both_are(self, evaluate, left, right):
        expected = UNKNOWN if UNKNOWN in (left, right) else left != right
        assert logic(evaluate, "xor", left, right) is expected

    def test_implies_is_not_left_or_right(self, evaluate, left, right):
        turned = {True: False, False: True, UNKNOWN: UNKNOWN}[left]
        expected = logic(evaluate, "or", turned, right)
        assert logic(evaluate, "implies", left, right) is expected


@few
@given(scores=SCORES)
def test_sum_and_mean_are_exact(evaluate, scores):
    assert evaluate("%s.sum()", s=scores) == [sum(scores)]
    (mean,) = evaluate("%s.avg()", s=scores)
    assert abs(Fraction(mean) - Fraction(sum(scores), len(scores))) < Fraction(1, 10**28)


@few
@given(a=MONEY, b=MONEY)
def test_addition_and_its_reverse_lose_nothing(evaluate, a, b):
    assert evaluate("%a + %b - %b = %a", a=a, b=b) == [True]
    assert evaluate("%a * %b", a=a, b=b) == [a * b]


@few
@given(a=st.integers(-500, 500), b=st.integers(-9, 9).filter(bool))
def test_div_and_mod_belong_together(evaluate, a, b):
    """Both cut towards zero."""
    assert evaluate("(%a div %b) * %b + (%a mod %b)", a=a, b=b) == [a]
    assert evaluate("%a div %b", a=a, b=b) == [int(Fraction(a, b))]


@few
@given(day=st.dates(date(1900, 1, 1), date(2100, 1, 1)), days=st.integers(-9999, 9999))
def test_days_are_counted_as_the_calendar_does(evaluate, day, days):
    expected = (day + timedelta(days=days)).isoformat()
    sign = "+" if days >= 0 else "-"
    assert str(evaluate(f"@{day} {sign} {abs(days)} days")[0]) == expected


@few
@given(moment=CLOCKS, zone=st.integers(-840, 840))
def test_the_same_instant_is_equal_in_every_zone(evaluate, moment, zone):
    there = moment + timedelta(minutes=zone)
    given = [
        DateTime((m.year, m.month, m.day, m.hour, m.minute, m.second), z)
        for m, z in ((moment, 0), (there, zone))
    ]
    assert evaluate("%a = %b and %a >= %b and (%a | %b).count() = 1", a=given[0], b=given[1]) == [
        True
    ]


@few
@given(moment=CLOCKS, zone=st.integers(-840, 840))
def test_a_moment_reads_what_it_writes(moment, zone):
    second = Decimal(moment.second) + Decimal(moment.microsecond).scaleb(-6)
    written = DateTime(
        (moment.year, moment.month, moment.day, moment.hour, moment.minute, second), zone
    )
    assert DateTime.read(str(written)) == written
    assert Date.read(str(moment.date())) == Date(written.parts[:3])


@few
@given(a=SCORES, b=SCORES)
def test_sets_behave_like_sets(evaluate, a, b):
    assert set(evaluate("%a | %b", a=a, b=b)) == set(a) | set(b)
    assert set(evaluate("%a.intersect(%b)", a=a, b=b)) == set(a) & set(b)
    assert set(evaluate("%a.exclude(%b)", a=a, b=b)) == set(a) - set(b)
    assert evaluate("%a.subsetOf(%a | %b) and (%a | %b).supersetOf(%b)", a=a, b=b) == [True]
    assert evaluate("%a.distinct().isDistinct()", a=a) == [True]


def test_a_total_of_nine_answers_is_worked_out(answered):
    response = answered({"valueInteger": 1})
    response["item"] = [response["item"][0] | {"linkId": f"q{n}"} for n in range(9)]
    total = compile(" + ".join(f"item.where(linkId='q{n}').answer.value" for n in range(9)))
    assert total.evaluate(response, now=datetime.now(UTC)) == [9]
