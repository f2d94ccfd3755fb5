"""Assessments: answers are whole or refused, missing is never zero, scores are exact."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartapp.program.assessment import (
    Occasion,
    Response,
    Score,
    answer,
    attainable,
    band,
    prompts,
    score,
    session_number,
    shown,
    unanswered,
    unscored,
)
from smartapp.program.instrument import Prompt


@pytest.fixture
def entry():
    return {"peg.pain": "7", "peg.enjoyment": "7", "peg.activity": "6"}


def test_answers_are_read_as_numbers(peg, entry):
    response = answer(peg, entry)
    assert response.answers == {"pain": 7, "enjoyment": 7, "activity": 6}
    assert unanswered(response) == ()


def test_zero_is_an_answer(peg, entry):
    zeros = dict.fromkeys(entry, "0")
    assert score(answer(peg, zeros))[0].value == 0


def test_a_mean_is_exact_and_says_how_it_was_reached(peg, entry):
    (made,) = score(answer(peg, entry))
    assert made.value == Fraction(20, 3)
    assert made.how == "3 answers add up to 20, divided by 3; all 3 answered."


def test_a_sum_is_exact_and_says_how_it_was_reached(pseq):
    (made,) = score(Response(pseq, {str(n): 4 for n in range(1, 11)}))
    assert (made.value, made.how) == (40, "10 answers add up to 40; all 10 answered.")


def test_a_half_answered_instrument_names_each_missing_question(pseq, problems):
    half = {f"pseq.{n}": "3" for n in range(1, 6)}
    assert list(problems(answer, pseq, half)) == [f"pseq.{n}" for n in range(6, 11)]


@pytest.mark.parametrize("typed", ["11", "-1", "7.0", "seven", "07", "٧"])
def test_only_the_numbers_offered_are_answers(peg, entry, problems, typed):
    refused = problems(answer, peg, entry | {"peg.pain": typed})
    assert refused == {"peg.pain": "Choose one of the answers offered."}


def test_wrong_and_missing_answers_are_named_together(peg, problems):
    refused = problems(answer, peg, {"peg.pain": "99", "peg.activity": "1"})
    assert set(refused) == {"peg.pain", "peg.enjoyment"}


def test_a_score_is_refused_while_an_answer_is_missing(peg, problems):
    response = Response(peg, {"pain": 7, "activity": 6})
    assert list(problems(score, response)) == ["peg.enjoyment"]
    assert [item.link_id for item in unanswered(response)] == ["enjoyment"]


@pytest.mark.parametrize(
    ("method", "value", "how"),
    [
        ("sum", 4, "3 answers add up to 3, divided by 3 and multiplied by 4; {}"),
        ("mean", 1, "3 answers add up to 3, divided by 3; {}"),
    ],
)
def test_a_scale_that_may_do_with_fewer_takes_the_mean_for_the_missing(
    instrument, problems, method, value, how
):
    lenient = instrument("ab", ["a", "b", "c", "d"], 3, method=method, answers_needed=3)
    (made,) = score(answer(lenient, {"ab.a": "0", "ab.b": "1", "ab.d": "2"}))
    missing = "3 of 4 answered, without question 3."
    assert (made.value, made.how) == (value, how.format(missing))
    assert set(problems(answer, lenient, {"ab.a": "0"})) == {"ab.b", "ab.c", "ab.d"}


def test_what_can_be_scored_is_scored_and_the_rest_is_named(peg, instrument):
    """An incomplete subscale is never totalled, and takes no other scale with it."""
    (whole,) = peg.scales
    part = replace(whole, items=("pain",), answers_needed=1)
    both = replace(peg, scales=(whole, part))
    response = Response(both, {"pain": 7, "activity": 6})
    assert [(made.scale, made.value) for made in attainable(response)] == [(part, 7)]
    assert unscored(response) == (whole,)


@pytest.mark.parametrize(("kind", "told"), [("below", [19]), ("at-least", [20, 21])])
def test_a_prompt_is_told_on_its_side_of_the_mark(pseq, kind, told):
    marked = replace(pseq.scales[0], prompts=(Prompt(kind, Fraction(20), "Think.", "us"),))
    made = [Score(marked, Fraction(value), {}, "") for value in (19, 20, 21)]
    assert [score.value for score in made if prompts(score)] == told


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (0, "severe"),
        (19, "severe"),
        (Fraction(39, 2), "severe"),
        (20, "moderate"),
        (30, "moderate"),
        (31, "mild"),
        (40, "mild"),
        (41, "minimal"),
        (60, "minimal"),
    ],
)
def test_a_score_falls_in_the_highest_band_it_reaches(pseq, value, code):
    assert band(Score(pseq.scales[0], Fraction(value), {}, "")).code == code


def test_a_scale_without_bands_has_none(peg):
    assert band(Score(peg.scales[0], Fraction(5), {}, "")) is None


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (Fraction(20, 3), 1, "6.7"),
        (Fraction(13, 2), 0, "7"),
        (Fraction(1, 4), 1, "0.3"),
        (Fraction(-1, 4), 1, "-0.3"),
        (Fraction(-1, 100), 1, "0.0"),
        (Fraction(1, 20), 2, "0.05"),
        (Fraction(0), 0, "0"),
        (Fraction(60), 0, "60"),
    ],
)
def test_a_value_is_shown_rounded_half_away_from_zero(value, decimals, text):
    assert shown(value, decimals) == text


@given(st.fractions(), st.integers(0, 6))
def test_a_shown_value_is_never_further_than_half_a_digit(value, decimals):
    assert abs(Fraction(shown(value, decimals)) - value) <= Fraction(1, 2 * 10**decimals)


@pytest.mark.parametrize("typed", ["1", "8"])
def test_a_session_is_one_of_those_planned(typed):
    assert session_number({"session_number": typed}, Occasion.SESSION, 8) == int(typed)


@pytest.mark.parametrize("typed", ["0", "9", "", "one"])
def test_a_session_not_planned_is_refused(problems, typed):
    entry = {"session_number": typed}
    assert list(problems(session_number, entry, Occasion.SESSION, 8)) == ["session_number"]


def test_a_session_needs_an_enrollment(problems):
    entry = {"session_number": "1"}
    assert "Enroll" in problems(session_number, entry, Occasion.SESSION, None)["occasion"]


def test_only_a_session_has_a_number():
    assert session_number({"session_number": "3"}, Occasion.BASELINE, 8) is None
