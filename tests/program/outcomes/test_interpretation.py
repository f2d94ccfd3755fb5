"""What is said of a score and of a change: only what a source gives, and never more."""

from dataclasses import replace
from fractions import Fraction

import pytest

from smartapp.content import load
from smartapp.program.instrument import Norm
from smartapp.program.outcomes.change import Outcome
from smartapp.program.outcomes.interpretation import UNKNOWN, Said, change, direction, standing


@pytest.fixture(scope="module")
def scales():
    """Every scale of the shipped instruments, by the code of its score."""
    every = load().instruments.values()
    return {scale.title: scale for one in every for scale in one.scales}


def words(said):
    return [one.words for one in said]


def moved(scale, first, last):
    return change(Outcome(scale, Fraction(first), Fraction(last)))


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ("PEG score", "Lower is better, from 0 to 10."),
        ("PSEQ total", "Higher is better, from 0 to 60."),
        ("General health", "Lower is better, from 1 to 5."),
    ],
)
def test_the_direction_is_said_in_words(scales, title, told):
    assert direction(scales[title]) == Said(told)


@pytest.mark.parametrize(
    ("value", "band", "cutoff"),
    [
        (9, "Band: Mild (5 to 9).", "Below the cut-off of 10."),
        (10, "Band: Moderate (10 to 14).", "At or above the cut-off of 10."),
    ],
)
def test_a_score_has_its_band_and_side_of_the_cutoff(scales, value, band, cutoff):
    scale = scales["PHQ-9 total"]
    assert standing(scale, Fraction(value)) == (
        Said(band, scale.bands_source),
        Said(cutoff, scale.cutoff.source),
    )


def test_where_higher_is_better_the_cutoff_is_reached_from_above(scales):
    assert "At or below the cut-off of 30." in words(standing(scales["PSEQ total"], Fraction(30)))
    better = words(standing(scales["PSEQ total"], Fraction(31)))
    assert "Above the cut-off of 30." in better


def test_a_band_of_one_value_is_said_as_one(scales):
    (said,) = standing(scales["Global impression of change"], Fraction(3))
    assert said.words == "Band: Minimally improved: minimal (3)."


def test_without_bands_cutoff_and_norm_nothing_is_said(scales):
    assert standing(scales["PEG score"], Fraction(5)) == ()


def test_a_norm_is_named_with_whose_it_is(scales):
    (said,) = standing(scales["Confidence in managing the condition"], Fraction(6))
    assert said.words.startswith("0.8 points above the mean of 5.17: 605 people")


def test_of_zero_no_share_is_asked(scales):
    told = words(moved(scales["PEG score"], 0, 1))
    assert told[1].startswith("Not applicable, because there is no share of 0: the CDC mark")


def test_a_percentile_is_given_only_where_the_norm_allows_it(scales):
    plain = scales["PEG score"]
    told = Norm("people", Fraction(5), "a source", Fraction(2), normal=True)
    (said,) = standing(replace(plain, norms=(told,)), Fraction(5))
    assert said.words.endswith("50 of 100 of them score lower.")


def test_each_threshold_says_whether_it_is_reached_and_who_says_so(scales):
    scale = scales["PEG score"]
    assert moved(scale, 6, 5) == (
        Said("Reached, for the better: a meaningful change, at least 1 point.", SOURCES[0]),
        Said("Not reached: the CDC mark for a meaningful change, at least 30%.", SOURCES[1]),
    )


def test_a_change_for_the_worse_is_said_to_be_one(scales):
    assert words(moved(scales["GAD-7 total"], 5, 9)) == [
        "Reached, for the worse: a meaningful change, at least 4 points."
    ]


@pytest.mark.parametrize(
    "title", ["PHQ-4 total", "Unhealthy days", "Global impression of change", "General health"]
)
def test_without_a_threshold_no_verdict_is_given(scales, title):
    assert moved(scales[title], 4, 2) == (Said(UNKNOWN),)


def test_a_reliable_change_is_said_even_without_a_threshold(scales):
    scale = scales["Confidence in managing the condition"]
    unknown, told = moved(scale, 3, 5)
    assert unknown == Said(UNKNOWN)
    assert told.words.startswith("A reliable change: more than 1.85 points (Stanford")


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [
        (10, 40, "By Jacobson and Truax: recovered, reliably better and past the cut-off."),
        (10, 25, "By Jacobson and Truax: reliably improved."),
        (10, 12, "By Jacobson and Truax: unchanged."),
        (40, 10, "By Jacobson and Truax: reliably deteriorated."),
    ],
)
def test_the_class_of_the_course_is_said_where_its_inputs_are_known(scales, first, last, told):
    assert words(moved(scales["PSEQ total"], first, last))[-1] == told


SOURCES = [threshold.source for threshold in load().instruments["peg"].scales[0].thresholds]
