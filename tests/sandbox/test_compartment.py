"""Which patients a resource is about."""

import pytest

from smartapp.sandbox.compartment import Compartment, local, values

BASE = "http://ehr/fhir"


def about(resource, **others):
    return Compartment(BASE, others.get).patients(resource)


@pytest.mark.parametrize(
    ("resource", "patients"),
    [
        ({"resourceType": "Patient", "id": "1"}, {"1"}),
        ({"resourceType": "Goal", "subject": {"reference": "Patient/1"}}, {"1"}),
        ({"resourceType": "Goal", "subject": {"reference": f"{BASE}/Patient/1"}}, {"1"}),
        ({"resourceType": "Goal", "subject": {"reference": "Patient/1/_history/3"}}, {"1"}),
        ({"resourceType": "Goal", "subject": {"display": "One"}}, set()),
        ({"resourceType": "Task", "for": {"reference": "Patient/1"}}, {"1"}),
        ({"resourceType": "DetectedIssue", "patient": {"reference": "Patient/1"}}, {"1"}),
        ({"resourceType": "Basic", "subject": {"reference": "Patient/1"}}, set()),
        ({"resourceType": "Practitioner", "id": "1"}, set()),
    ],
)
def test_by_the_types_own_element(resource, patients):
    assert about(resource) == patients


def test_a_reference_to_another_server_is_a_patient_of_its_own():
    goal = {"resourceType": "Goal", "subject": {"reference": "http://else/fhir/Patient/1"}}
    assert about(goal) == {"http://else/fhir/Patient/1"}


def test_an_audit_event_is_about_the_patients_among_its_entities():
    entities = [{"what": {"reference": "Patient/1"}}, {"what": {"reference": "Goal/2"}}, {}]
    assert about({"resourceType": "AuditEvent", "entity": entities}) == {"1"}


def provenance(*targets):
    return {"resourceType": "Provenance", "target": [{"reference": one} for one in targets]}


def test_provenance_is_about_whom_its_targets_are_about():
    goal = {"resourceType": "Goal", "subject": {"reference": "Patient/1"}}
    found = {"Goal/7": goal, "urn:uuid:8": goal}
    for target in ("Patient/1", "Goal/7", f"{BASE}/Goal/7/_history/2", "urn:uuid:8"):
        assert Compartment(BASE, found.get).patients(provenance(target)) == {"1"}


def test_provenance_of_an_unknown_target_is_about_nobody_we_know():
    assert about(provenance("Goal/none")) == {"Goal/none"}


def test_shared_targets_and_other_provenance_add_nobody():
    assert about(provenance("Practitioner/1", "Provenance/2", "Patient/1")) == {"1"}


def test_values_walk_through_lists_and_stop_at_what_is_missing():
    resource = {"entity": [{"what": [{"a": 1}, {"a": 2}]}, {"other": 3}], "text": "x"}
    assert list(values(resource, "entity.what.a")) == [1, 2]
    assert list(values(resource, "text.deeper")) == []


def test_references_below_the_base_are_made_relative():
    assert local(f"{BASE}/Patient/1", BASE) == "Patient/1"
    assert local("http://else/Patient/1", BASE) == "http://else/Patient/1"
