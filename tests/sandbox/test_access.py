"""What one token lets through, resource by resource."""

import pytest

from smartapp.sandbox.access import Access, Refused
from smartapp.sandbox.compartment import Compartment
from smartapp.sandbox.scopes import resource_scopes

NOBODY = Compartment("http://ehr/fhir", lambda _: None)
OWN = {"resourceType": "Goal", "subject": {"reference": "Patient/1"}}
FOREIGN = {"resourceType": "Goal", "subject": {"reference": "Patient/2"}}
SHARED = {"resourceType": "Questionnaire"}


def access(scopes, patient="1"):
    return Access(resource_scopes(scopes), patient)


@pytest.mark.parametrize(
    ("scopes", "resource", "letter", "seen"),
    [
        ("patient/Goal.rs", OWN, "r", True),
        ("patient/Goal.rs", OWN, "u", False),
        ("patient/Goal.rs", FOREIGN, "r", False),
        ("user/Goal.rs", FOREIGN, "r", True),
        ("system/Goal.rs", FOREIGN, "r", True),
        ("user/Goal.r patient/Goal.u", FOREIGN, "u", False),
        ("patient/Questionnaire.cruds", SHARED, "r", True),
        ("patient/Questionnaire.cruds", SHARED, "c", False),
        ("user/Questionnaire.cruds", SHARED, "c", True),
        ("patient/*.rs", {"resourceType": "Basic"}, "r", False),
        ("patient/*.rs", {"resourceType": "Goal"}, "r", False),
        ("patient/*.rs", {}, "r", False),
    ],
)
def test_which_resources_are_seen(scopes, resource, letter, seen):
    assert access(scopes).sees(resource, letter, NOBODY) is seen


def test_two_subjects_are_never_one_patients():
    both = {"resourceType": "AuditEvent", "entity": [
        {"what": {"reference": "Patient/1"}}, {"what": {"reference": "Patient/2"}}]}  # fmt: skip
    assert not access("patient/AuditEvent.c").sees(both, "c", NOBODY)


@pytest.mark.parametrize(
    ("scopes", "confined"),
    [("patient/Goal.rs", True), ("patient/Goal.rs user/Goal.s", False), ("user/*.s", False)],
)
def test_whether_a_search_is_kept_to_the_patient(scopes, confined):
    assert access(scopes).confined("Goal", "s") is confined


@pytest.mark.parametrize(("scopes", "patient"), [("openid", "1"), ("patient/Goal.rs", None)])
def test_without_a_fitting_scope_or_a_patient_nothing_is_allowed(scopes, patient):
    with pytest.raises(Refused) as refused:
        access(scopes, patient).confined("Goal", "s")
    assert refused.value.status == 403


def test_without_a_patient_a_patient_scope_sees_nothing():
    assert not access("patient/Goal.rs", None).sees(OWN, "r", NOBODY)
