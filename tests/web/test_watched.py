"""The answers that a page's script knows to need action, for every kind of question."""

import json
import re
from html import unescape
from uuid import uuid4

import pytest

from smartapp.drafts.answers import Sheet
from smartapp.drafts.draft import Start
from smartapp.drafts.drawer import Drawer
from smartapp.drafts.patient import PatientDrafts
from smartapp.forms.reading import read_questionnaire

URL = "https://clinic.example/Questionnaire/own"
NINE = {"linkId": "/44260-8", "text": "Better off dead?"}
CODED = [
    {"valueCoding": {"system": "http://loinc.org", "code": code, "display": words}}
    for code, words in (("LA6568-5", "Not at all"), ("LA6569-3", "Several days"))
]
TYPED = [None, "0"]
KINDS = {
    "integer": TYPED,
    "decimal": TYPED,
    "string": TYPED,
    "text": TYPED,
    "boolean": ["true"],
}


@pytest.fixture
def watch(clinic, coach):
    """What the page of a questionnaire with these items watches."""
    made = []

    def watch(*items):
        raw = {"resourceType": "Questionnaire", "url": URL, "version": "1", "status": "active"}
        read = read_questionnaire({**raw, "id": "own", "title": "Own", "item": list(items)})
        clinic.content.forms[read.canonical] = read
        made.append(read.canonical)
        drawer = Drawer(
            clinic.store.file.with_name("drafts.sqlite3"), clinic.store.keys, clinic.clock
        )
        drafts, key = PatientDrafts(drawer, clinic.ehr.base, coach.patient), uuid4()
        drafts.start(key, Start("baseline", None, (read.canonical,)), [Sheet()])
        found = re.search(r"data-watch='([^']*)'", coach.get(f"assessments/{key}/1").text)
        return json.loads(unescape(found[1])) if found else {}

    yield watch
    for canonical in set(made):
        del clinic.content.forms[canonical]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_question_is_watched(watch, kind):
    assert list(watch({**NINE, "type": kind}).values()) == [KINDS[kind]]


@pytest.mark.parametrize("kind", ["choice", "open-choice"])
def test_of_options_those_above_zero(watch, kind):
    (keys, *typed) = watch({**NINE, "type": kind, "answerOption": CODED}).values()
    assert keys == ["1"]
    assert typed == ([] if kind == "choice" else [TYPED])


def test_a_question_that_another_answer_opens_is_watched_before_it_is(watch):
    when = [{"question": "ask", "operator": "=", "answerBoolean": True}]
    asked = {"linkId": "ask", "type": "boolean", "text": "May we ask?"}
    assert len(watch(asked, {**NINE, "type": "integer", "enableWhen": when})) == 1


@pytest.mark.parametrize("kind", [*KINDS, "date"])
def test_nothing_else_is(watch, kind):
    assert watch({"linkId": "pain", "text": "Pain?", "type": kind}) == {}


def test_nor_what_nobody_may_type_into(watch):
    assert watch({**NINE, "type": "integer", "readOnly": True}) == {}
