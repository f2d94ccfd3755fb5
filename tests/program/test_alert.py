"""Answers that need people to act raise an alert by themselves, whatever the total."""

from dataclasses import replace

import pytest

from smartapp.program.alert import alerting, is_self_harm, watches
from smartapp.program.assessment import Response
from smartapp.program.instrument import Code, Option, Watch

ITEM_9 = Code("http://loinc.org", "44260-8", "Thoughts")


@pytest.fixture
def phq(instrument):
    made = instrument("phq", ["8", "9"], 3)
    return replace(made, items=(made.items[0], replace(made.items[1], code=ITEM_9)))


def _alerts(instrument, **answers):
    return [(a.link_id, a.answer, a.words) for a in alerting(Response(instrument, answers))]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_any_answer_above_zero_alerts_even_in_an_unfinished_form(phq, number):
    assert _alerts(phq, **{"9": number}) == [("9", number, str(number))]


@pytest.mark.parametrize("answers", [{"9": 0}, {"8": 3}, {}])
def test_zero_and_no_answer_are_no_alert(phq, answers):
    """A missing answer is not a zero, but it is nothing that somebody said either."""
    assert _alerts(phq, **answers) == []


def test_the_answers_words_are_told(phq):
    options = tuple(Option(n, Code("s", str(n), ""), f"word {n}") for n in range(4))
    worded = replace(phq, items=(replace(phq.items[1], options=options),))
    assert _alerts(worded, **{"9": 2}) == [("9", 2, "word 2")]


@pytest.mark.parametrize("link", ["44260-8", "/44260-8", "14371", "/44249-1/44260-8"])
def test_the_question_is_known_by_its_link_ids_without_a_code(instrument, link):
    assert _alerts(instrument("any", [link], 3), **{link: 1}) == [(link, 1, "1")]
    item = replace(instrument("any", ["q"], 3).items[0], aliases=(link,))
    assert watches(replace(instrument("any", ["q"], 3), items=(item,)))


def test_another_systems_code_is_another_question():
    assert not is_self_harm("9", ("http://example.org", "44260-8"))
    assert is_self_harm("9", ("http://example.org", "x"), ("http://loinc.org", "44260-8"))


@pytest.mark.parametrize(
    "system",
    ["", "LOINC", "https://loinc.org", "http://loinc.org/", "urn:oid:2.16.840.1.113883.6.1"],
)
def test_the_code_counts_however_a_form_spells_whose_it_is(system):
    assert is_self_harm("9", (system, "44260-8"))


def test_content_can_watch_other_questions_from_its_own_mark(pseq):
    watched = replace(pseq, watches=(Watch("1", 5, "why"),))
    assert _alerts(watched, **{"1": 4}) == []
    assert [a.reason for a in alerting(Response(watched, {"1": 5}))] == ["why"]


def test_no_content_can_raise_the_mark_of_the_self_harm_question(phq):
    lax = replace(phq, watches=(Watch("9", 3, "our words"),))
    (alert,) = alerting(Response(lax, {"9": 1}))
    assert alert.reason == "our words"
