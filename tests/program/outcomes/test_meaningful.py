"""Verdicts against published thresholds, and the sentence a clinician reads."""

from dataclasses import replace
from fractions import Fraction

import pytest

from smartapp.program.assessment import shown
from smartapp.program.instrument import Threshold
from smartapp.program.outcomes.change import Outcome
from smartapp.program.outcomes.meaningful import amount, asked, judge, sentence

# PEG sums of eight people before and after. Shown as means rounded to one decimal they are
# 6.3 7.0 5.7 8.0 4.3 6.7 7.3 5.0 and 4.0 6.0 5.7 6.3 3.0 4.7 7.7 3.3, from which the sixth person's
# exact 30% (20 to 14) would come out as 29.9%.
BEFORE = (19, 21, 17, 24, 13, 20, 22, 15)
AFTER = (12, 18, 17, 19, 9, 14, 23, 10)


@pytest.fixture
def verdicts(peg):
    """Return a judge of two PEG sums, giving one verdict per threshold."""
    return lambda first, last: judge(_peg(peg, first, last))


def _peg(peg, first, last):
    return Outcome(peg.scales[0], Fraction(first, 3), Fraction(last, 3))


def _said(outcome):
    return sentence(outcome, judge(outcome))


def _reached(judged):
    better = [[v.met and v.direction == "better" for v in verdicts] for verdicts in judged]
    return [sum(column) for column in zip(*better, strict=True)]


def test_of_eight_six_improve_by_a_point_and_four_by_30_percent(verdicts):
    pairs = zip(BEFORE, AFTER, strict=True)
    assert _reached(verdicts(*pair) for pair in pairs) == [6, 4]


def test_rounded_means_would_lose_one_of_the_four(verdicts):
    pairs = zip(BEFORE, AFTER, strict=True)
    rounded = ([3 * Fraction(shown(Fraction(n, 3), 1)) for n in pair] for pair in pairs)
    assert _reached(verdicts(*pair) for pair in rounded) == [6, 3]


@pytest.mark.parametrize(("last", "met"), [(17, True), (18, False)])
def test_a_threshold_is_met_by_exactly_its_amount(verdicts, last, met):
    assert verdicts(20, last)[0].met is met


@pytest.mark.parametrize(("last", "way"), [(14, "better"), (26, "worse"), (20, "same")])
def test_a_verdict_tells_its_direction(verdicts, last, way):
    assert {verdict.direction for verdict in verdicts(20, last)} == {way}


def test_worse_is_held_against_the_same_amounts(verdicts):
    assert [verdict.met for verdict in verdicts(20, 26)] == [True, True]


def test_from_zero_a_percent_threshold_is_not_met(verdicts):
    assert [verdict.met for verdict in verdicts(0, 9)] == [True, False]


def test_from_zero_a_percent_threshold_does_not_apply(verdicts, peg):
    """a baseline of 0 makes the share undefined, and is told as not applicable."""
    assert [verdict.applies for verdict in verdicts(0, 9)] == [True, False]
    assert all(verdict.applies for verdict in verdicts(3, 9))
    assert _said(_peg(peg, 0, 9)).endswith("; a 30% change has no meaning from 0 (CDC 2022)")


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (
            20,
            14,
            "Better by 2.0 points (30%): a meaningful change (at least 1 point; Reed 2023); "
            "a 30% change (at least 30%; CDC 2022)",
        ),
        (
            17,
            12,
            "Better by 1.7 points (29.4%): a meaningful change (at least 1 point; Reed 2023); "
            "less than a 30% change (at least 30%; CDC 2022)",
        ),
        (
            10,
            14,
            "Worse by 1.3 points (40%): a meaningful change for the worse (at least 1 point; "
            "Reed 2023); a 30% change for the worse (at least 30%; CDC 2022)",
        ),
        (
            0,
            1,
            "Worse by 0.3 points: less than a meaningful change (at least 1 point; Reed 2023); "
            "a 30% change has no meaning from 0 (CDC 2022)",
        ),
        (
            20,
            20,
            "No change: less than a meaningful change (at least 1 point; Reed 2023); "
            "less than a 30% change (at least 30%; CDC 2022)",
        ),
    ],
)
def test_the_sentence_says_how_much_which_way_and_why(peg, first, last, said):
    assert _said(_peg(peg, first, last)) == said


def test_the_sentence_gives_a_half_point_threshold_exactly(pseq):
    assert _said(Outcome(pseq.scales[0], Fraction(20), Fraction(26))) == (
        "Better by 6 points: a meaningful change (at least 5.5 points; Chiarotto 2016)"
    )


@pytest.mark.parametrize(
    ("first", "last", "met"),
    [(20, 27, False), (14, 20, False), (14, 21, True), (35, 28, True), (31, 38, False)],
)
def test_eppocs_rule_asks_for_7_points_and_another_band(pseq, first, last, met):
    """measurely.com.au, after ePPOC: at least 7 points, and a change of severity band."""
    rule = Threshold("absolute", Fraction(7), "an ePPOC change", "ePPOC", band_change=True)
    scale = replace(pseq.scales[0], thresholds=(rule,))
    (verdict,) = judge(Outcome(scale, Fraction(first), Fraction(last)))
    assert verdict.met is met
    assert asked(rule) == "7 points and a change of band"


def test_without_a_threshold_the_sentence_says_so(instrument):
    outcome = Outcome(instrument("x", ["a"], 3).scales[0], Fraction(1), Fraction(2))
    assert _said(outcome) == "Better by 1 point: no published threshold is known to us"


def test_no_share_is_told_of_a_scale_that_does_not_start_at_zero(peg):
    scale = replace(peg.scales[0], least=Fraction(1), thresholds=())
    assert amount(Outcome(scale, Fraction(6), Fraction(3))) == "Better by 3.0 points"
