"""A PlanDefinition becomes the Program, or is refused naming element and reason."""

import json
from copy import deepcopy

import pytest

from smartapp.content import FOLDER
from smartapp.errors import ContentError
from smartapp.fhir.protocol import read_program

BASE = "https://w3id.org/guided-self-help/fhir"
READ = [json.loads(path.read_text()) for path in FOLDER.rglob("*.json")]
FILES = [one for one in READ if "resourceType" in one]
ASKED = [json.loads(path.read_text()) for path in FOLDER.glob("*.json")]
SLUGS = {f"{one['url']}|{one['version']}": one["id"] for one in ASKED}


@pytest.fixture
def resources():
    return {f"{r['url']}|{r['version']}": r for r in deepcopy(FILES)}


@pytest.fixture
def plan(resources):
    return resources[f"{BASE}/PlanDefinition/guided-self-help|1.1.0"]


@pytest.fixture
def refusal(plan, resources):
    def refused():
        with pytest.raises(ContentError) as caught:
            read_program(plan, resources, SLUGS)
        return str(caught.value)

    return refused


def test_instruments_are_told_once_in_the_order_of_their_first_mention(plan, resources):
    plan["action"][1]["action"][0]["action"].reverse()
    told = read_program(plan, resources, SLUGS).instruments
    assert told[:2] + told[-4:] == ("semcd-6", "hrqol-4", "peg", "pseq-2", "phq-4", "pgic")


@pytest.mark.parametrize("code", ["enrollment", "assessments", "sessions"])
def test_each_part_of_the_program_must_be_there(plan, refusal, code):
    plan["action"] = [a for a in plan["action"] if a["code"][0]["coding"][0]["code"] != code]
    assert refusal() == f"PlanDefinition.action: has no action with code {code}"


@pytest.mark.parametrize("usual", [5, 13])
def test_the_usual_number_of_sessions_lies_in_the_range(plan, refusal, usual):
    plan["action"][2]["extension"][0]["extension"][2]["valueInteger"] = usual
    assert refusal() == (
        "PlanDefinition.action[2].session-range.usual: is not within least and most"
    )


def test_an_exit_reason_must_end_somehow(resources, refusal):
    concepts = resources[f"{BASE}/CodeSystem/exit-reason|1.0.0"]["concept"]
    concepts[0]["property"][0]["valueCode"] = "vanished"
    assert refusal().endswith("concept[0].property: ends is neither completed nor withdrawn")
    concepts[0]["property"] = []
    assert refusal().endswith("concept[0].property: ends is neither completed nor withdrawn")


def test_the_checklist_must_ask_for_something(resources, refusal):
    resources[f"{BASE}/Questionnaire/red-flags|1.0.0"]["item"] = []
    assert refusal() == "red-flags|1.0.0.item: asks for no red flag"


def test_each_occasion_says_what_is_asked_and_when(plan, resources):
    rules = {p.occasion.value: p for p in read_program(plan, resources, SLUGS).planned}
    assert rules["session"].every == 2
    assert (rules["follow-up"].months_after, rules["follow-up"].grace_days) == (3, 14)
    assert "peg" in rules["baseline"].instruments


@pytest.fixture
def occasions(plan):
    return plan["action"][1]["action"]


def test_an_occasion_is_planned_once(occasions, refusal):
    occasions.append(occasions[0])
    assert refusal().endswith("action[4].code: is not one occasion, planned once")


def test_an_occasion_must_be_one_of_the_programs(occasions, refusal):
    occasions[0]["code"][0]["coding"][0]["code"] = "whenever"
    assert refusal().endswith("action[0].code: is not one occasion, planned once")


@pytest.mark.parametrize(("part", "value"), [(0, 0), (1, -1)])
def test_a_session_rule_must_come_round(occasions, refusal, part, value):
    occasions[1]["extension"][0]["extension"][part]["valueInteger"] = value
    assert refusal().endswith("every: and graceDays cannot be below 1 and 0")


def test_a_follow_up_says_how_many_months_after(occasions, refusal):
    occasions[3]["relatedAction"][0]["offsetDuration"]["code"] = "wk"
    assert refusal().endswith("has no offsetDuration in whole months (UCUM mo)")
