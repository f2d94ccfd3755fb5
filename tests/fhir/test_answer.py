"""An answer stands for one number of its item, however it was written; nothing is guessed."""

from decimal import Decimal

import pytest

from smartapp.fhir import names
from smartapp.fhir.answer import agreed, number, plain, words, written

LOINC = names.LOINC


@pytest.fixture(scope="module")
def worry(content):
    """The second question of the GAD-7, the one whose copies disagree on an answer's code."""
    return content.instruments["gad-7"].items[1]


@pytest.fixture(scope="module")
def pain(content):
    return content.instruments["peg"].items[0]


def _coded(code, **more):
    return {"valueCoding": {"system": LOINC, "code": code, **more}}


@pytest.mark.parametrize(
    ("code", "value"),
    [("LA6568-5", 0), ("LA6569-3", 1), ("LA6570-1", 2), ("LA6571-9", 3), ("LA18938-3", 2)],
)
def test_the_answer_codes_of_the_phq_family(worry, code, value):
    """FACTS 2.3: LA18938-3 "More days than not" is read as 2 and never written."""
    assert number(_coded(code), worry) == value


def test_what_we_write_is_the_options_own_coding(worry, pain):
    assert written(worry, 2) == _coded("LA6570-1", display="More than half the days")
    assert written(pain, 2) == {"valueInteger": 2}


def test_very_difficult_comes_before_extremely_difficult(content):
    """FACTS 2.3: LA6575-0 "Very" is 2 and LA6574-3 "Extremely" is 3, against their numbers."""
    difficulty = content.instruments["phq-9"].items[-1]
    assert number(_coded("LA6575-0"), difficulty) == 2
    assert number(_coded("LA6574-3"), difficulty) == 3


@pytest.mark.parametrize(
    "answer",
    [
        {"valueString": " several  DAYS. "},
        {"valueString": "1"},
        {"valueInteger": 1},
        {"valueQuantity": {"value": Decimal("1.0")}},
        {"valueCoding": {"display": "Several days"}},
        {"valueCoding": {"code": "x", "extension": [{"url": names.ORDINAL, "valueDecimal": 1}]}},
        {"valueCodeableConcept": {"coding": [{"code": "x"}, {"code": "LA6569-3"}]}},
        {"valueCodeableConcept": {"text": "several days"}},
    ],
)
def test_other_ways_to_say_several_days(worry, answer):
    assert number(answer, worry) == 1


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"valueBoolean": True},
        {"valueString": "sometimes"},
        {"valueInteger": 4},
        {"valueInteger": -1},
        {"valueCoding": {"code": "LA13909-9", "display": "Somewhat"}},
        {"valueCodeableConcept": {}},
        {"valueDecimal": Decimal("0.5")},
        {"valueDecimal": Decimal("Infinity")},
    ],
)
def test_what_is_not_offered_is_no_answer(worry, answer):
    assert number(answer, worry) is None


def test_two_in_loincs_own_peg_form_is_two_whatever_it_displays(pain):
    """FACTS 2.3: LOINC's form shows LA6113-0 as "2 or more"."""
    assert number(_coded("LA6113-0", display="2 or more"), pain) == 2


def test_two_different_answers_to_one_question_are_none(pain):
    assert agreed([{"valueInteger": 3}, {"valueDecimal": Decimal(3)}], pain) == 3
    assert agreed([{"valueInteger": 3}, {"valueInteger": 4}], pain) is None


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({}, ""),
        ({"valueInteger": 0}, "0"),
        ({"valueQuantity": {"value": 2}}, "2"),
        ({"valueCoding": {"code": "c", "display": "Words"}}, "Words"),
        ({"valueCodeableConcept": {"coding": [{"code": "c"}]}}, "c"),
        ({"valueCodeableConcept": {"text": "Free"}}, "Free"),
    ],
)
def test_the_words_of_an_answer(answer, said):
    assert words(answer) == said


def test_copies_differ_in_case_space_and_closing_marks_only():
    assert plain(" Little interest\n or pleasure? ") == plain("little interest or pleasure")
