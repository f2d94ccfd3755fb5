"""Getting worse beyond a published threshold is told, and told with its source."""

from dataclasses import replace
from fractions import Fraction

import pytest

from smartapp.program.instrument import Reliability
from smartapp.program.outcomes.change import Outcome
from smartapp.program.outcomes.deterioration import deterioration


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [
        (40, 45, ()),
        (40, 40, ()),
        (40, 35, ()),
        (40, 34, ("a meaningful change for the worse (Chiarotto 2016)",)),
        (
            40,
            28,
            (
                "a meaningful change for the worse (Chiarotto 2016)",
                "a reliable change for the worse (measurely)",
            ),
        ),
    ],
)
def test_each_threshold_passed_is_a_reason(pseq, first, last, told):
    known = Reliability("measurely", mdc95=Fraction("11.52"))
    scale = replace(pseq.scales[0], reliability=known)
    assert deterioration(Outcome(scale, Fraction(first), Fraction(last))) == told


def test_without_known_error_the_thresholds_stand_alone(peg):
    outcome = Outcome(peg.scales[0], Fraction(5), Fraction(8))
    assert len(deterioration(outcome)) == 2
