"""Nothing of a form is left out of its page, wherever its words stand, and nothing is untrue."""

import re
from datetime import UTC, datetime

import pytest

from smartapp.forms.lint_items import CONTROLS
from smartapp.forms.questionnaire import ItemType
from smartapp.forms.reading import read_questionnaire
from smartapp.forms.state import Context, settle
from smartapp.web.questionnaire import render

CONTROL = "http://hl7.org/fhir/StructureDefinition/questionnaire-itemControl"
OPEN_LABEL = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-openLabel"
CONTEXT = Context(now=datetime(2026, 11, 23, 9, 30, tzinfo=UTC))
WORDS = "Words beside a question"
KINDS = [kind.value for kind in ItemType if kind is not ItemType.DISPLAY]
ON_DISPLAYS = [code for code, kinds in CONTROLS.items() if ItemType.DISPLAY in kinds]


def control(code):
    return {"url": CONTROL, "valueCodeableConcept": {"coding": [{"code": code}]}}


def words(code, **more):
    one = {"linkId": "words", "type": "display", "text": WORDS, "extension": [control(code)]}
    return {**one, **more}


def asked(link_id, kind="boolean", **more):
    options = [{"valueCoding": {"system": "s", "code": code, "display": code}} for code in "abc"]
    offered = {"answerOption": options} if "choice" in kind else {}
    return {"linkId": link_id, "type": kind, "text": f"About {link_id}", **offered, **more}


def shown(*items, given=()):
    head = {"resourceType": "Questionnaire", "url": "http://x.example/q", "status": "active"}
    questionnaire = read_questionnaire({**head, "item": list(items)})
    return str(render(questionnaire, settle(questionnaire, list(given), CONTEXT), live=True))


@pytest.mark.parametrize("code", ON_DISPLAYS)
def test_words_at_the_top_of_a_form_are_shown(code):
    assert shown(words(code), asked("q")).count(WORDS) == 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("more", [{}, {"readOnly": True}, {"repeats": True}])
def test_words_below_any_item_are_shown(kind, more):
    inner = [asked("inner")] if kind == "group" else []
    pages = {
        code: shown(asked("q", kind, item=[words(code), *inner], **more)) for code in ON_DISPLAYS
    }
    assert [code for code, page in pages.items() if WORDS not in page] == []


@pytest.mark.parametrize("code", ON_DISPLAYS)
@pytest.mark.parametrize("table", ["table", "gtable", "atable", "htable"])
def test_words_in_a_table_are_shown(code, table):
    rows = [asked(row, "choice") for row in ("one", "two")]
    group = asked("g", "group", extension=[control(table)], item=[words(code), *rows])
    assert WORDS in shown(group)


@pytest.mark.parametrize("code", ON_DISPLAYS)
@pytest.mark.parametrize("kind", ["group", "integer", "choice"])
def test_words_with_a_condition_are_hidden_until_it_holds(code, kind):
    when = [{"question": "first", "operator": "=", "answerBoolean": True}]
    below = [words(code, enableWhen=when), asked("inner")]
    items = asked("first"), asked("q", kind, item=below)
    assert re.search(rf"data-when=[^>]+ hidden>[^/]*{WORDS}", shown(*items))
    yes = {"linkId": "first", "answer": [{"valueBoolean": True}]}
    assert not re.search(rf" hidden>[^/]*{WORDS}", shown(*items, given=[yes]))


@pytest.mark.parametrize("more", [{}, {"repeats": True}, {"extension": [control("drop-down")]}])
def test_the_form_s_own_words_for_another_answer_are_shown(more):
    label = {"url": OPEN_LABEL, "valueString": "Something else, namely"}
    extensions = [label, *more.get("extension", ())]
    page = shown(asked("q", "open-choice", **{**more, "extension": extensions}))
    assert "Something else, namely" in re.sub(r' aria-label="[^"]*"', "", page)
    assert 'aria-label="Something else, namely"' in page


def test_a_question_without_text_is_shown_by_what_it_is_called():
    code = [{"code": "1", "display": "Body weight"}]
    items = {"linkId": "q", "type": "decimal", "code": code}
    assert re.search(r"<label[^>]*>Body weight", shown(items))
    assert "Body weight" in shown({**items, "repeats": True})


def test_words_that_are_only_rich_are_shown():
    rich = "<div>Draw a clock. <b>Then</b> tell the time.</div>"
    url = "http://hl7.org/fhir/StructureDefinition/rendering-xhtml"
    beside = {"extension": [{"url": url, "valueString": rich}]}
    one = {"linkId": "d", "type": "display", "text": "", "_text": beside}
    assert "Draw a clock. <b>Then</b> tell the time." in shown(one, asked("q"))


@pytest.mark.parametrize("kind", ["group", "boolean", "choice", "string", "quantity"])
@pytest.mark.parametrize("repeats", [True, False])
def test_null_is_what_is_not_there(kind, repeats):
    """Some servers send null for what a response does not have."""
    item = asked("q", kind, repeats=repeats, item=[asked("inner")])
    given = [{"linkId": "q", "answer": None, "item": None}]
    assert shown(item, given=given) == shown(item, given=[{"linkId": "q"}])
    below = [{"linkId": "q", "answer": [{"item": None}]}]
    assert "About inner" in shown(item, given=below)
