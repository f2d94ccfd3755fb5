"""People are searched among practitioners and read from the EHR, never from a form."""

import pytest

from smartapp.errors import EhrNotFound
from smartapp.fhir import practitioner
from smartapp.program.enrollment import Person


@pytest.fixture
def staff(ehr):
    for id_, text in (("d1", "Dána Coach"), ("d2", "Sam Visor"), ("d3", "Dana Retired")):
        row = {"resourceType": "Practitioner", "id": id_, "name": [{"text": text}]}
        ehr.put({**row, "active": id_ != "d3"})
    role = {"resourceType": "PractitionerRole", "id": "r1"}
    ehr.put({**role, "practitioner": {"reference": "Practitioner/d2"}})
    return ehr


def test_every_word_must_occur_whatever_its_accents(staff, client) -> None:
    assert practitioner.find(client, " dana  COACH") == (Person("Practitioner/d1", "Dána Coach"),)


def test_who_is_no_longer_active_is_not_found(staff, client) -> None:
    assert practitioner.find(client, "retired") == ()


def test_nothing_asked_nothing_found(staff, client) -> None:
    assert practitioner.find(client, "  ") == ()
    assert staff.log == []


def test_reading_a_person(staff, client) -> None:
    assert practitioner.read(client, "Practitioner/d2").name == "Sam Visor"


def test_a_role_is_the_practitioner_behind_it(staff, client) -> None:
    """Otherwise one person could be coach by role and supervisor by name."""
    found = practitioner.read(client, "PractitionerRole/r1")
    assert found.reference.startswith("Practitioner/")
    assert found.name == "Sam Visor"


def test_a_role_of_nobody_we_can_ask_keeps_its_own_reference(staff, client) -> None:
    who = {"reference": "https://elsewhere.example/Practitioner/1", "display": "Dr. Far"}
    staff.put({"resourceType": "PractitionerRole", "id": "r9", "practitioner": who})
    found = practitioner.read(client, "PractitionerRole/r9")
    assert found == Person("PractitionerRole/r9", "Dr. Far")


def test_a_role_that_shows_a_name_is_not_asked_further(staff, client) -> None:
    who = {"reference": "Practitioner/d9", "display": "Dr. Nine"}
    staff.put({"resourceType": "PractitionerRole", "id": "r2", "practitioner": who})
    assert practitioner.read(client, "PractitionerRole/r2").name == "Dr. Nine"


@pytest.mark.parametrize(
    "reference", ["", "Patient/p1", "https://evil.example/fhir/Practitioner/1", "Practitioner/.."]
)
def test_only_practitioners_are_read(ehr, client, reference: str) -> None:
    with pytest.raises(EhrNotFound):
        practitioner.read(client, reference)
    assert ehr.log == []


def test_a_role_of_somebody_else_is_not_believed(ehr, client) -> None:
    ehr.put(
        {
            "resourceType": "PractitionerRole",
            "practitioner": {"reference": "Practitioner/d2"},
            "organization": {"reference": "Organization/o1"},
        }
    )
    found = practitioner.organizations(client, [Person("Practitioner/d1", ""), Person("x", "")])
    assert found == {}
