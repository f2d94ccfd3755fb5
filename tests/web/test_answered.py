"""The answers of a response as a person reads them: all of them, in order, in words."""

from decimal import Decimal

import pytest

from smartapp.forms.reading import read_questionnaire
from smartapp.web.answered import Row, printed, rows

NIGHT = {
    "linkId": "night",
    "text": "Last night",
    "item": [
        {
            "linkId": "slept",
            "text": "How did you sleep?",
            "answer": [
                {
                    "valueCoding": {"code": "b", "display": "Badly"},
                    "item": [
                        {"linkId": "why", "text": "Why?", "answer": [{"valueString": "Pain"}]}
                    ],
                },
                {"valueString": "in a chair"},
            ],
        },
        {"linkId": "hours"},
    ],
}


def test_every_item_is_a_row_below_what_it_belongs_to():
    night, slept = ("night", 0), ("slept", 0)
    assert rows({"item": [NIGHT]}) == [
        Row(0, "Last night", (), True, (night,)),
        Row(1, "How did you sleep?", ("Badly", "in a chair"), False, (night, slept)),
        Row(2, "Why?", ("Pain",), False, (night, slept, ("", 0), ("why", 0))),
        Row(1, "hours", (), False, (night, ("hours", 0))),
    ]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"valueBoolean": True}, "Yes"),
        ({"valueInteger": 0}, "0"),
        ({"valueDecimal": Decimal("4.50")}, "4.50"),
        ({"valueDecimal": Decimal("0.12345678")}, "0.12345678"),
        ({"valueDecimal": Decimal(20) / 3}, "6.67"),
        ({"valueQuantity": {"value": Decimal("4.5"), "unit": "hours"}}, "4.5 hours"),
        ({"valueQuantity": {"comparator": "<", "value": 4, "code": "h"}}, "<4 h"),
        ({"valueQuantity": {"value": 4}}, "4"),
        ({"valueCoding": {"code": "b"}}, "b"),
    ],
)
def test_every_kind_of_answer_has_words(value, words):
    (row,) = rows({"item": [{"linkId": "1", "answer": [value]}]})
    assert row.answers == (words,)


def test_a_question_carries_the_number_that_is_printed_before_it():
    nine = {"linkId": "9", "text": "Better off dead", "answer": [{"valueString": "Not at all"}]}
    (row,) = rows({"item": [nine]}, {"9": ("9", "")})
    assert (row.text, row.answers) == ("9 Better off dead", ("Not at all",))


def test_what_a_response_does_not_repeat_is_said_in_the_words_of_its_form():
    """A text is optional in FHIR; a link id says nothing to anybody."""
    bare = {"linkId": "9", "answer": [{"valueInteger": 1}]}
    (row,) = rows({"item": [bare]}, {"9": ("9", "Dark thoughts")})
    assert row.text == "9 Dark thoughts"


def test_a_question_without_text_is_read_by_what_the_form_calls_it():
    asked = {"linkId": "w", "type": "decimal", "prefix": "2.", "code": [{"display": "Weight"}]}
    head = {"resourceType": "Questionnaire", "url": "http://x.example/q", "status": "active"}
    form = read_questionnaire({**head, "item": [asked]})
    response = {"item": [{"linkId": "w", "answer": [{"valueDecimal": 80}]}]}
    assert [row.text for row in rows(response, printed(form))] == ["2. Weight"]
