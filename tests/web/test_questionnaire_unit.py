"""An initial Quantity without a number is no answer: it is the unit that a question begins with."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from smartapp.errors import ContentError
from smartapp.forms.entry import read_entry
from smartapp.forms.reading import read_questionnaire
from smartapp.forms.state import Context, begin, settle
from smartapp.web.questionnaire import render

CORE = "http://hl7.org/fhir/StructureDefinition/"
UCUM = "http://unitsofmeasure.org"
CONTEXT = Context(now=datetime(2026, 11, 23, 9, 30, tzinfo=UTC))
UNITS = [
    {"url": f"{CORE}questionnaire-unitOption", "valueCoding": {"system": UCUM, "code": code}}
    for code in ("kg", "[lb_av]")
]
POUNDS = {"system": UCUM, "code": "[lb_av]", "unit": "pounds"}


def form(*units, usual=POUNDS):
    head = {"resourceType": "Questionnaire", "url": "http://x.example/q", "status": "active"}
    item = {"linkId": "w", "type": "quantity", "text": "Weight", "extension": list(units)}
    item["initial"] = [{"valueQuantity": usual}]
    return read_questionnaire({**head, "item": [item]})


def page(questionnaire, given=()):
    return str(render(questionnaire, settle(questionnaire, list(given), CONTEXT)))


@pytest.mark.parametrize(("units", "unit"), [(UNITS, "1"), ((), "pounds")])
class TestUsualUnit:
    def test_the_form_begins_without_an_answer(self, units, unit):
        assert begin(form(*units), CONTEXT) == []

    def test_left_alone_it_is_none(self, units, unit):
        entered = read_entry(form(*units), {"w": [""], "w:unit": [unit]}, [])
        assert (entered.items, entered.problems) == ([], ())

    def test_a_number_is_in_that_unit(self, units, unit):
        (item,) = read_entry(form(*units), {"w": ["150"], "w:unit": [unit]}, []).items
        assert item["answer"][0]["valueQuantity"]["value"] == Decimal(150)
        assert set(item["answer"][0]["valueQuantity"].values()) & {"[lb_av]", "pounds"}

    def test_an_answer_without_unit_is_not_given_one(self, units, unit):
        given = [{"linkId": "w", "answer": [{"valueQuantity": {"value": 5}}]}]
        shown = page(form(*units), given)
        assert 'value="1" selected' not in shown
        assert 'value="pounds"' not in shown


def test_the_unit_is_chosen_on_the_page():
    assert '<option value="1" selected>[lb_av]</option>' in page(form(*UNITS))
    assert 'value="pounds"' in page(form())


def test_a_unit_that_is_not_offered_is_not_chosen():
    shown = page(form(*UNITS, usual={"system": UCUM, "code": "g", "unit": "grams"}))
    assert "selected" not in shown.partition("choose-unit")[2].partition("[lb_av]")[2]
    assert "grams" not in shown


def test_words_other_than_the_unit_still_need_a_number():
    assert read_entry(form(), {"w": [""], "w:unit": ["stone"]}, []).problems


def test_a_unit_that_is_no_text_is_refused():
    with pytest.raises(ContentError, match="code: is not text"):
        form(*UNITS, usual={"code": ["kg"]})


def test_a_unit_that_is_gone_meanwhile_is_chosen_anew():
    """The page had an answer in a unit that is not offered; another device has taken it back."""
    questionnaire = form(*UNITS, usual={"value": 1})
    entered = read_entry(questionnaire, {"w": ["some"], "w:unit": ["="]}, [])
    settled = settle(questionnaire, entered.items, CONTEXT)
    shown = str(render(questionnaire, settled, unread=entered.unread, problems=entered.problems))
    assert 'value="some"' in shown
    assert 'value="="' not in shown
