"""A score beside what a described group of people scored."""

from dataclasses import replace
from fractions import Fraction

import pytest

from smartapp.program.instrument import Norm
from smartapp.program.outcomes.norm import sentence, standings

EPPOC = Norm("People referred to a pain clinic", Fraction("20.7"), "Nicholas 2019")
T_SCORE = Norm("US adults", Fraction(50), "HealthMeasures", Fraction(10), normal=True)


def _standing(pseq, norm, value):
    (found,) = standings(replace(pseq.scales[0], norms=(norm,)), Fraction(value))
    return found


def test_against_a_mean_alone_the_difference_is_all_there_is(pseq):
    found = _standing(pseq, EPPOC, 30)
    assert (found.difference, found.deviations, found.percentile) == (Fraction("9.3"), None, None)


@pytest.mark.parametrize(
    ("value", "percentile"), [(50, 50), (60, 84), (40, 16), (70, 98), (5, 1), (99, 99)]
)
def test_a_t_score_has_a_percentile(pseq, value, percentile):
    """The normal distribution's: one SD above the mean is the 84th, two the 98th."""
    assert _standing(pseq, T_SCORE, value).percentile == percentile


def test_no_percentile_where_no_normal_distribution_is_claimed(pseq):
    found = _standing(pseq, replace(T_SCORE, normal=False), 55)
    assert (found.deviations, found.percentile) == (Fraction(1, 2), None)


def test_a_scale_without_norms_has_no_standing(peg):
    assert standings(peg.scales[0], Fraction(5)) == ()


@pytest.mark.parametrize(
    ("norm", "value", "said"),
    [
        (EPPOC, 30, "9.3 points above the mean of 20.7: People referred to a pain clinic"),
        (EPPOC, "20.7", "At the mean of 20.7: People referred"),
        (T_SCORE, 40, "10 points below the mean of 50: US adults (HealthMeasures). 16 of 100"),
    ],
)
def test_the_sentence_says_how_far_from_whose_mean(pseq, norm, value, said):
    assert sentence(_standing(pseq, norm, value)).startswith(said)
