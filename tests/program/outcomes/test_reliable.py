"""Reliable change, against published and computed worked examples."""

from dataclasses import replace
from fractions import Fraction

import pytest

from smartapp.program.instrument import Cutoff, Reliability
from smartapp.program.outcomes.change import Outcome
from smartapp.program.outcomes.reliable import course, reliable, sentence

JACOBSON = Reliability("Jacobson & Truax 1991", sd=Fraction("7.5"), coefficient=Fraction("0.8"))


@pytest.fixture
def outcome(instrument):
    """Return a maker of outcomes on a scale from 0 to 100, higher better, clinical up to 50."""

    def make(first, last, known=JACOBSON, cutoff=50, better="higher"):
        (scale,) = instrument("x", ["a"], 100).scales
        mark = None if cutoff is None else Cutoff(Fraction(cutoff), "us")
        made = replace(scale, reliability=known, cutoff=mark, better=better)
        return Outcome(made, Fraction(first), Fraction(last))

    return make


def test_jacobson_and_truaxs_own_example(outcome):
    """SD 7.5, r .80: the difference's standard error is 4.74; 32.5 to 47.5 is RC 3.16."""
    found = reliable(outcome("32.5", "47.5"))
    assert found.reliable
    assert round(found.needed / Fraction("1.96"), 2) == Fraction("4.74")
    assert round(15 / (found.needed / Fraction("1.96")), 2) == Fraction("3.16")


@pytest.mark.parametrize(
    ("sd", "coefficient", "points"), [("12", "0.73", "17.3"), ("6.1", "0.84", "6.8")]
)
def test_the_points_needed_for_a_reliable_change(outcome, sd, coefficient, points):
    """Computed by hand: 1.96 * sqrt(2) * SD * sqrt(1 - r)."""
    known = Reliability("hand", sd=Fraction(sd), coefficient=Fraction(coefficient))
    assert round(reliable(outcome(0, 1, known)).needed, 1) == Fraction(points)


def test_the_standard_error_says_the_same_as_sd_and_coefficient(outcome):
    by_sem = Reliability("hand", sem=Fraction(3))
    by_sd = Reliability("hand", sd=Fraction(6), coefficient=Fraction(3, 4))
    found = [reliable(outcome(0, 1, known)).needed for known in (by_sem, by_sd)]
    assert found[0] == found[1] == Fraction("8.315575")


@pytest.mark.parametrize(("last", "is_reliable"), [(10, False), ("10.01", True), ("-10.01", True)])
def test_a_change_must_be_larger_than_what_chance_can_do(outcome, last, is_reliable):
    known = Reliability("hand", mdc95=Fraction(10))
    found = reliable(outcome(0, last, known))
    assert (found.reliable, found.needed) == (is_reliable, 10)


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [
        (40, 60, "recovered"),
        (50, 70, "recovered"),
        (20, 40, "improved"),
        (60, 80, "improved"),
        (46, 55, "unchanged"),
        (60, 40, "deteriorated"),
    ],
)
def test_the_four_classes(outcome, first, last, told):
    assert course(outcome(first, last)) == told


def test_where_lower_is_better_the_clinical_side_is_the_upper_one(outcome):
    assert course(outcome(70, 49, better="lower")) == "recovered"
    assert course(outcome(70, 50, better="lower")) == "improved"


def test_without_its_inputs_nothing_is_told(outcome):
    assert reliable(outcome(0, 90, known=None)) is None
    assert course(outcome(0, 90, known=None)) is course(outcome(0, 90, cutoff=None)) is None


def test_the_sentence_says_beyond_how_many_points(outcome):
    assert sentence(reliable(outcome("32.5", "47.5"))) == (
        "A reliable change: more than 9.30 points (Jacobson & Truax 1991)."
    )
    assert sentence(reliable(outcome(40, 41))) == (
        "Not a reliable change: it may be the measure's own error, which reaches 9.30 points "
        "(Jacobson & Truax 1991)."
    )
