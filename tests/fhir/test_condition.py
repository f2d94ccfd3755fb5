"""The problem list: what is active, pain first."""

import pytest

from smartapp.fhir.condition import read_conditions

STATUS = "http://terminology.hl7.org/CodeSystem/condition-"


def row(id_: str, text: str = "", **more) -> dict:
    return {"id": id_, "code": {"text": text}, **more}


def coded(system: str, code: str) -> dict:
    return {"coding": [{"system": system, "code": code, "display": "Something"}]}


@pytest.mark.parametrize(
    "code",
    [
        {"text": "Chronic low back PAIN"},
        {"text": "Fibromialgia"},
        coded("http://hl7.org/fhir/sid/icd-10-cm", "G89.4"),
        coded("http://snomed.info/sct", "373621006"),
    ],
)
def test_pain_comes_first(code: dict) -> None:
    found = read_conditions([row("a", "Asthma"), {"id": "b", "code": code}, row("c", "Gout")])
    assert [c.reference for c in found] == ["Condition/b", "Condition/a", "Condition/c"]


@pytest.mark.parametrize(
    "more",
    [
        {"clinicalStatus": coded(f"{STATUS}clinical", "resolved")},
        {"verificationStatus": coded(f"{STATUS}ver-status", "refuted")},
        {"category": [coded(f"{STATUS}category", "encounter-diagnosis")]},
        {"code": None},
        {"code": {}},
    ],
)
def test_what_is_no_current_problem_is_left_out(more: dict) -> None:
    assert read_conditions([{**row("a", "Back pain"), **more}]) == ()


def test_a_problem_of_both_categories_stays() -> None:
    both = [coded(f"{STATUS}category", c) for c in ("encounter-diagnosis", "problem-list-item")]
    assert len(read_conditions([row("a", "Back pain", category=both)])) == 1
