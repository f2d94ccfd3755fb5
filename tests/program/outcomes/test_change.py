"""Change on one scale, exact: rounded means would misclassify."""

from fractions import Fraction

import pytest

from smartapp.program.outcomes.change import Outcome


def test_peg_from_20_to_14_is_exactly_30_percent(peg):
    outcome = Outcome(peg.scales[0], Fraction(20, 3), Fraction(14, 3))
    assert (outcome.change, outcome.improvement) == (-2, 2)
    assert outcome.percent == Fraction(3, 10)


def test_from_the_rounded_means_it_would_be_less_than_30_percent(peg):
    outcome = Outcome(peg.scales[0], Fraction("6.7"), Fraction("4.7"))
    assert outcome.percent < Fraction(3, 10)


def test_where_higher_is_better_a_rise_is_an_improvement(pseq):
    outcome = Outcome(pseq.scales[0], Fraction(20), Fraction(30))
    assert (outcome.change, outcome.improvement, outcome.percent) == (10, 10, Fraction(1, 2))


@pytest.mark.parametrize("name", ["peg", "pseq"])
def test_from_zero_no_share_can_be_taken(request, name):
    scale = request.getfixturevalue(name).scales[0]
    assert Outcome(scale, Fraction(0), Fraction(3)).percent is None
