"""What each release wrote keeps the rules of the form that it answers."""

from datetime import datetime
from pathlib import Path

import pytest

from smartapp.content import FOLDER
from smartapp.fhir import wire
from smartapp.forms.reading import read_questionnaire
from smartapp.forms.state import Context
from smartapp.forms.validate import validate

RELEASED = Path(__file__).parents[2] / "fhir" / "released"
NOT_YET_CALCULATED = {55}
"""Release 0.1.0 kept scores as Observations only."""


def resources(folder, kind):
    found = (wire.decode(path.read_bytes()) for path in sorted(folder.rglob("*.json")))
    return [resource for resource in found if resource.get("resourceType") == kind]


SHOWN = [q for q in resources(FOLDER, "Questionnaire") if q.get("item", [{}])[0].get("text")]
"""Not the scoring of licensed instruments, which comes without a word of theirs."""
FORMS = {form.canonical: form for form in map(read_questionnaire, SHOWN)}
RESPONSES = resources(RELEASED, "QuestionnaireResponse")


@pytest.mark.parametrize("response", RESPONSES, ids=lambda one: one["questionnaire"])
def test_what_was_released_is_sound(response):
    when = datetime.fromisoformat(response["authored"])
    issues = validate(FORMS[response["questionnaire"]], response, Context(when))
    assert [issue for issue in issues if issue.rule not in NOT_YET_CALCULATED] == []
    assert "error" not in {issue.severity for issue in issues}


@pytest.mark.parametrize("response", RESPONSES, ids=lambda one: one["questionnaire"])
def test_an_answer_out_of_range_is_not(response):
    changed = wire.decode(wire.encode(response))
    changed["item"][0]["answer"] = [{"valueInteger": 11}]
    when = datetime.fromisoformat(response["authored"])
    issues = validate(FORMS[response["questionnaire"]], changed, Context(when))
    assert {issue.rule for issue in issues if issue.severity == "error"} & {14, 26, 42}
