"""What the engine offers to save, the validator takes: both read the same rules the same way."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartapp.fhir import wire
from smartapp.forms.reading import read_questionnaire
from smartapp.forms.state import settle
from smartapp.forms.state_begin import begin
from smartapp.forms.validate import validate

pytestmark = pytest.mark.untraced  # hundreds of random forms

UNANSWERED = {23, 24}
"""Random answers leave questions out, required ones too."""
RELAXED = {"deadline": None, "suppress_health_check": list(HealthCheck)}


def response(form, items, status="completed"):
    head = {"resourceType": "QuestionnaireResponse", "questionnaire": form.canonical}
    return {**head, "status": status, **({"item": items} if items else {})}


@settings(max_examples=50, **RELAXED)
@given(st.data())
def test_what_is_submitted_breaks_no_rule(questionnaires, answers, context, data):
    form = read_questionnaire(data.draw(questionnaires()))
    settled = settle(form, data.draw(answers(form)), context)
    issues = validate(form, response(form, settled.submitted()), context)
    assert [issue for issue in issues if issue.rule not in UNANSWERED] == []


@settings(max_examples=30, **RELAXED)
@given(st.data())
def test_what_is_enabled_and_required_is_missed_and_nothing_else(
    questionnaires, answers, context, data
):
    form = read_questionnaire(data.draw(questionnaires()))
    settled = settle(form, data.draw(answers(form)), context)
    for issue in validate(form, response(form, settled.submitted()), context):
        item = form.item(issue.link_id)
        assert item is not None
        assert item.required


@settings(max_examples=30, **RELAXED)
@given(st.data())
def test_answers_saved_so_far_break_no_rule_of_structure(questionnaires, answers, context, data):
    """A draft may hold what has been disabled since."""
    form = read_questionnaire(data.draw(questionnaires()))
    items = data.draw(answers(form))
    assert validate(form, response(form, items, "in-progress"), context) == ()


@settings(max_examples=30, **RELAXED)
@given(st.data())
def test_the_wire_changes_no_verdict(questionnaires, answers, context, data):
    form = read_questionnaire(data.draw(questionnaires()))
    given = response(form, data.draw(answers(form)))
    again = wire.decode(wire.encode(given))
    assert validate(form, again, context) == validate(form, given, context)


@settings(max_examples=40, **RELAXED)
@given(st.data())
def test_random_answers_with_a_part_gone_or_doubled_never_fail(
    questionnaires, answers, context, data
):
    form = read_questionnaire(data.draw(questionnaires()))
    items = data.draw(answers(form))
    lists = [part for part in walked(items) if isinstance(part, list) and part]
    for part in lists[:3]:
        part.append(data.draw(st.sampled_from([part[0], None, {}, [], "x", {"linkId": "i0"}])))
    for issue in validate(form, response(form, items), context):
        assert issue.sentence.endswith(".")


def walked(node):
    yield node
    parts = node.values() if isinstance(node, dict) else node
    for part in parts if isinstance(node, dict | list) else ():
        yield from walked(part)


def test_a_form_as_it_begins_only_misses_answers(example, context):
    form = read_questionnaire(example)
    for status, allowed in (("completed", UNANSWERED), ("in-progress", set())):
        items = settle(form, begin(form, context), context).submitted()
        issues = validate(form, response(form, items, status), context)
        assert {issue.rule for issue in issues} <= allowed


CORE = "http://hl7.org/fhir/StructureDefinition/"
TOTAL = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-calculatedExpression"
SUM = "item.where(linkId.startsWith('q')).answer.value.ordinal().sum()"


def phq9():
    """Nine questions with four answers each, and their sum."""
    options = [
        {
            "valueCoding": {
                "extension": [{"url": f"{CORE}ordinalValue", "valueDecimal": Decimal(score)}],
                "system": "http://loinc.org",
                "code": f"LA{score}",
                "display": words,
            }
        }
        for score, words in enumerate(["Not at all", "Several days", "Most days", "Every day"])
    ]
    asked = {"type": "choice", "required": True, "answerOption": options}
    questions = [{**asked, "linkId": f"q{n}", "text": f"Question {n}"} for n in range(1, 10)]
    expression = {"language": "text/fhirpath", "expression": f"%resource.{SUM}"}
    total = {"linkId": "total", "type": "integer", "text": "Total", "readOnly": True}
    return [*questions, {**total, "extension": [{"url": TOTAL, "valueExpression": expression}]}]


def test_a_whole_form_with_its_total_is_judged_sound(form, context):
    read = read_questionnaire(form(*phq9()))
    chosen = phq9()[0]["answerOption"][2]["valueCoding"]
    items = [{"linkId": f"q{n}", "answer": [{"valueCoding": chosen}]} for n in range(1, 10)]
    whole = response(read, settle(read, items, context).submitted())
    assert whole["item"][-1]["answer"] == [{"valueInteger": 18}]
    assert validate(read, whole, context) == ()
