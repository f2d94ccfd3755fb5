"""What we read and write back is byte for byte what it was, outside the elements we change."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from smartapp.fhir import enrollment as enrollments
from smartapp.fhir import goal as goals
from smartapp.fhir import wire
from smartapp.program.enrollment import EnrollmentStatus, Exit, Modality

FORM = UUID(int=8)
ODDITIES = b"""{
"_language":{"extension":[{"url":"urn:x","valueInstant":"2026-01-01T00:00:00.715Z"}]},
"implicitRules":"urn:caf\\u00e9",
"modifierExtension":[{"url":"urn:unknown","valueDecimal":0.40,"_valueDecimal":{"id":"d"}}],
"contained":[],
"x-unknown":{"when":"2026-01-01T00:00:00+00:00","much":1.50e2,"none":null,"deep":[[3.0,-0.0]]}
}"""
PATIENT = b"""{"resourceType":"Patient","id":"p1","meta":{"versionId":"1",
"lastUpdated":"2026-01-01T00:00:00.715Z"},"birthDate":"1970-02-03",
"_birthDate":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/patient-birthTime",
"valueDateTime":"1970-02-03T14:35:45-05:00"}]},"multipleBirthInteger":2,
"name":[{"given":["Ana",null],"_given":[null,{"id":"n"}]}],
"extension":[{"url":"urn:weight","valueDecimal":0.40}]}"""


def make_odd(ehr, type_: str) -> None:
    """Give the one resource of a type, in place, everything that is easily lost."""
    ehr.only(type_).update(wire.decode(ODDITIES))


def sent(ehr, type_: str) -> dict:
    bodies = [wire.decode(s.body) for s in ehr.sent if s.method == "PUT"]
    return next(body for body in bodies if body["resourceType"] == type_)


def differing(before: dict, after: dict) -> set[str]:
    return {
        name
        for name in before.keys() | after.keys()
        if wire.encode({"": before.get(name)}) != wire.encode({"": after.get(name)})
    }


@pytest.fixture
def leave(chart, enrolled, enrollment):
    """Withdraws the enrollment as it stands in the record now."""

    def leave() -> None:
        left = Exit(date(2026, 12, 1), "own-choice", "Too far.")
        ended = replace(enrollment, status=EnrollmentStatus.WITHDRAWN, exit=left)
        enrollments.save_change(chart, enrollments.read(chart, enrolled.id), ended, FORM)

    return leave


def test_an_exit_changes_only_what_says_so(ehr, leave) -> None:
    make_odd(ehr, "CarePlan")
    before = ehr.only("CarePlan")
    leave()
    changed = {"status", "period", "extension", "note", "text"}
    assert differing(before, sent(ehr, "CarePlan")) == changed


def test_an_exit_adds_one_extension_and_keeps_the_others_as_they_were(ehr, leave) -> None:
    ehr.only("CarePlan")["extension"].insert(0, {"url": "urn:theirs", "valueDecimal": 7})
    before = ehr.only("CarePlan")["extension"]
    leave()
    after = sent(ehr, "CarePlan")["extension"]
    assert after[:-1] == before
    assert len(after) == len(before) + 1


def test_an_exit_keeps_notes_and_period_of_others(ehr, leave) -> None:
    note = {"text": "By hand", "time": "2026-01-01T00:00:00.715Z"}
    ehr.only("CarePlan").update(note=[note], period={"start": "2026-11-23", "_start": {"id": "s"}})
    leave()
    after = sent(ehr, "CarePlan")
    assert after["note"][0] == note
    assert after["period"] == {"start": "2026-11-23", "_start": {"id": "s"}, "end": "2026-12-01"}


def test_the_team_loses_nothing_when_it_ends(ehr, leave) -> None:
    make_odd(ehr, "CareTeam")
    before = ehr.only("CareTeam")
    leave()
    assert differing(before, sent(ehr, "CareTeam")) == {"status", "period"}


def test_a_change_of_plan_touches_two_extensions(ehr, chart, enrolled, enrollment) -> None:
    make_odd(ehr, "CarePlan")
    kept = enrollments.read(chart, enrolled.id)
    changed = replace(enrollment, planned_sessions=12, modality=Modality.IN_PERSON)
    enrollments.save_change(chart, kept, changed, FORM)
    after = sent(ehr, "CarePlan")
    assert differing(kept.resource, after) == {"extension", "text"}
    assert after["extension"][2:] == kept.resource["extension"][2:]


def test_linking_a_goal_changes_only_the_goals(ehr, chart, enrolled, walk) -> None:
    make_odd(ehr, "CarePlan")
    ehr.only("CarePlan")["goal"] = [{"reference": "Goal/theirs", "display": "0.40"}]
    kept = enrollments.read(chart, enrolled.id)
    goals.add(chart, walk, kept, FORM)
    after = sent(ehr, "CarePlan")
    assert differing(kept.resource, after) == {"goal"}
    assert after["goal"][0] == {"reference": "Goal/theirs", "display": "0.40"}


def test_our_own_goal_with_what_a_server_added_stays_whole(ehr, chart, walk) -> None:
    added = goals.add(chart, walk, None, FORM)
    make_odd(ehr, "Goal")
    kept = goals.read(chart, added.id)
    goals.save_change(chart, kept, replace(kept.thing, text="Swim"), FORM)
    assert differing(kept.resource, sent(ehr, "Goal")) == {"description"}


def test_what_is_not_changed_at_all_goes_back_as_it_came(ehr, client) -> None:
    ehr.rows["Patient", "p1"] = [wire.decode(PATIENT)]
    client.update(client.read("Patient", "p1"), "1")
    assert ehr.sent[-1].body == PATIENT.replace(b"\n", b"")


def test_reading_changes_nothing_of_what_was_read(ehr, chart, enrolled, walk) -> None:
    kept = goals.add(chart, walk, enrolled, FORM)
    before = wire.encode(kept.resource)
    goals.save_change(chart, kept, replace(walk, text="Swim", note="x", achieved_on=walk.due), FORM)
    assert wire.encode(kept.resource) == before
