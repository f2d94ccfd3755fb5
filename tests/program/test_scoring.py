"""The arithmetic of published instruments: subscales, reversing, recoding, factors, tables."""

from dataclasses import replace
from fractions import Fraction

import pytest

from smartapp.program.assessment import Response, score
from smartapp.program.instrument import Code, Conversion, Item, Option, Recode
from smartapp.program.scoring import plain


def _made(instrument, *answers):
    links = [item.link_id for item in instrument.items]
    (made,) = score(Response(instrument, dict(zip(links, answers, strict=False))))
    return made


def test_a_subscale_of_dass_21_is_its_sum_doubled_and_names_its_questions(instrument):
    """Lovibond & Lovibond 1995: seven questions, 0 to 3, the sum times 2."""
    links = [str(n) for n in range(1, 22)]
    depression = ("3", "5", "10", "13", "16", "17", "21")
    dass = instrument("dass", links, 3, items=depression, factor=Fraction(2), answers_needed=7)
    made = _made(dass, *([1] * 21))
    assert made.value == 14
    assert made.how == (
        "7 answers (questions 3, 5, 10, 13, 16, 17, 21) add up to 7, times 2; all 7 answered."
    )


def test_one_missing_answer_is_prorated_before_the_factor(instrument):
    dass = instrument("d", list("abcdefg"), 3, factor=Fraction(2), answers_needed=6)
    made = _made(dass, 2, 2, 2, 2, 2, 2)
    assert made.value == 28
    assert "divided by 6 and multiplied by 7, times 2; 6 of 7 answered" in made.how


@pytest.mark.parametrize(
    ("pain", "counts"), [(0, 5), (1, 4), (3, 4), (4, 3), (6, 3), (7, 2), (9, 2), (10, 1)]
)
def test_the_pain_of_promis_global_10_is_recoded(instrument, pain, counts):
    """0 counts 5, 1-3 count 4, 4-6 count 3, 7-9 count 2, 10 counts 1."""
    table = [5, 4, 4, 4, 3, 3, 3, 2, 2, 2, 1]
    recode = Recode("g07", {n: Fraction(worth) for n, worth in enumerate(table)})
    made = _made(instrument("g", ["g07"], 10, recodes=(recode,)), pain)
    assert (made.value, made.answers) == (counts, {"g07": pain})
    assert made.how == f"The answer (1 recoded) is {counts}."


def test_each_recoding_is_of_its_own_item(instrument):
    tables = tuple(Recode(i, {0: Fraction(worth)}) for i, worth in (("a", 1), ("b", 20)))
    made = _made(instrument("ab", ["a", "b"], 3, recodes=tables), 0, 0)
    assert (made.value, "(2 recoded) add up to 21;" in made.how) == (21, True)


def test_a_scale_of_one_question_says_which_it_is(instrument):
    days = instrument("d", ["physical", "mental"], 30)
    one = replace(days.scales[0], items=("mental",), answers_needed=1)
    made = _made(replace(days, scales=(one,)), 3, 14)
    assert made.how == "The answer (question 2) is 14."


def test_a_reversed_answer_counts_from_the_other_end(instrument):
    made = _made(instrument("r", ["a", "b"], 3, reverse=("b",)), 3, 1)
    assert (made.value, made.how) == (5, "2 answers (1 reversed) add up to 5; all 2 answered.")


def test_reversing_keeps_the_ends_of_a_scale_that_starts_at_1(instrument):
    made = instrument("r", ["a"], 5, reverse=("a",))
    likert = replace(made, items=(replace(made.items[0], minimum=1),))
    assert _made(likert, 5).value == 1


def test_a_table_turns_the_raw_sum_into_points(instrument):
    """CMS ACCESS's example: PROMIS pain interference 6a, raw 15, is T 58.6."""
    table = Conversion({Fraction(15): Fraction("58.6")}, "manual")
    made = _made(instrument("pi6a", list("abcdef"), 5, conversion=table), 3, 3, 3, 2, 2, 2)
    assert made.value == Fraction("58.6")
    assert "15, which the table turns into 58.6 (manual); all 6" in made.how


def test_unhealthy_days_are_counted_as_at_most_30(instrument):
    """CDC, Measuring Healthy Days (2000): physical and mental together, with a maximum of 30."""
    days = instrument("d", ["physical", "mental"], 30, ceiling=Fraction(30))
    assert (_made(days, 20, 15).value, _made(days, 5, 15).value) == (30, 20)
    assert "counted as at most 30" in _made(days, 20, 15).how


def test_an_index_starts_from_its_offset(instrument):
    worse = Recode("a", {n: Fraction(-n, 10) for n in range(4)})
    made = _made(instrument("i", ["a"], 3, recodes=(worse,), offset=Fraction(1)), 2)
    assert made.value == Fraction(4, 5)
    assert made.how == "The answer (1 recoded) is -0.2, added to 1."


def test_printed_numbers_name_the_questions(instrument):
    made = instrument("p", ["x", "y"], 3, answers_needed=1)
    printed = replace(made, items=tuple(replace(i, prefix=f"7{i.link_id}.") for i in made.items))
    assert "without question 7y." in _made(printed, 2).how


def test_an_answer_in_words_counts_as_its_number():
    options = tuple(Option(n, Code("s", f"c{n}", str(n)), f"say {n}") for n in (1, 3))
    item = Item("a", "A?", None, 1, 3, "", "", options)
    assert item.numbers == (1, 3)
    assert item.option(3) is options[1]
    assert item.option(2) is None


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (Fraction(7), "7"),
        (Fraction("-0.25"), "-0.25"),
        (Fraction("58.6"), "58.6"),
        (Fraction(1, 3), "1/3"),
    ],
)
def test_a_number_is_written_exactly(number, text):
    assert plain(number) == text
