"""Enrollment in the record: CarePlan, CareTeam and checklist, written, read and changed."""

from dataclasses import replace
from datetime import date
from uuid import UUID
from xml.etree import ElementTree

import pytest

from smartapp.errors import EhrConflict, EhrNonsense, EhrRejected
from smartapp.fhir import enrollment as enrollments
from smartapp.fhir import names
from smartapp.fhir.kept import extension
from smartapp.fhir.narrative import narrative
from smartapp.program.enrollment import EnrollmentStatus, Exit, Modality

FORM = UUID(int=9)
LEFT = Exit(date(2026, 12, 1), "own-choice", "Too far to travel.")


def left(enrollment):
    return replace(enrollment, status=EnrollmentStatus.WITHDRAWN, exit=LEFT)


def test_what_is_enrolled_is_read_again_the_same(chart, enrolled, enrollment) -> None:
    assert enrolled.thing == enrollment
    assert chart.open().enrollments == (enrolled,)
    assert enrollments.read(chart, enrolled.id) == enrolled


def test_the_plan_says_what_the_program_is(ehr, enrolled, content) -> None:
    plan, program = ehr.only("CarePlan"), content.program
    assert plan["instantiatesCanonical"] == [f"{program.url}|{program.version}"]
    assert (plan["status"], plan["intent"]) == ("active", "plan")
    assert plan["encounter"] == {"reference": "Encounter/e1"}
    assert plan["created"] == "2026-11-23T09:30:05+10:30"
    assert plan["author"] == {"reference": "Practitioner/d1", "display": "Dana Coach"}


def test_the_plan_names_its_team_and_checklist(ehr, enrolled) -> None:
    plan = ehr.only("CarePlan")
    assert plan["careTeam"] == [{"reference": f"CareTeam/{ehr.only('CareTeam')['id']}"}]
    checklist = ehr.only("QuestionnaireResponse")
    assert plan["supportingInfo"] == [{"reference": f"QuestionnaireResponse/{checklist['id']}"}]


def test_the_narrative_is_escaped_xhtml(ehr, enrolled) -> None:
    div = ElementTree.fromstring(ehr.only("CarePlan")["text"]["div"])
    assert "Chronic <low> back pain & more" in "".join(div.itertext())


def test_control_characters_never_reach_the_narrative(chart, enrollment) -> None:
    named = replace(enrollment, condition=replace(enrollment.condition, name="a\x0bb\x00c"))
    ElementTree.fromstring(narrative(named, chart.content.program)["div"])


def test_the_coach_has_one_role_with_two_codes(ehr, enrolled) -> None:
    coach, supervisor = ehr.only("CareTeam")["participant"]
    assert [c["code"] for c in coach["role"][0]["coding"]] == ["171400000X", "coach"]
    assert [c["code"] for c in supervisor["role"][0]["coding"]] == ["supervisor"]
    assert "onBehalfOf" not in coach


def roles(ehr, *organizations: str) -> None:
    for organization in organizations:
        ehr.put(
            {
                "resourceType": "PractitionerRole",
                "practitioner": {"reference": "Practitioner/d1"},
                "organization": {"reference": organization},
            }
        )


def test_on_whose_behalf_is_told_when_there_is_one_answer(ehr, chart, enrollment) -> None:
    roles(ehr, "Organization/o1")
    enrollments.enroll(chart, enrollment, {}, FORM)
    coach, supervisor = ehr.only("CareTeam")["participant"]
    assert coach["onBehalfOf"] == {"reference": "Organization/o1"}
    assert "onBehalfOf" not in supervisor


def test_on_whose_behalf_is_left_out_when_there_are_two(ehr, chart, enrollment) -> None:
    roles(ehr, "Organization/o1", "Organization/o2")
    enrollments.enroll(chart, enrollment, {}, FORM)
    assert "onBehalfOf" not in ehr.only("CareTeam")["participant"][0]


def test_roles_that_cannot_be_read_do_not_stop_anybody(ehr, chart, enrollment) -> None:
    ehr.refused["GET", "PractitionerRole"] = 403
    assert enrollments.enroll(chart, enrollment, {}, FORM)


def test_the_same_form_enrolls_once(ehr, chart, enrollment) -> None:
    once = enrollments.enroll(chart, enrollment, {}, FORM)
    again = enrollments.enroll(chart, enrollment, {}, FORM)
    assert once == again
    assert len(ehr.all("CarePlan")) == len(ehr.all("CareTeam")) == 1
    assert enrollments.made_by([once], FORM) == once
    assert enrollments.made_by([once], UUID(int=3)) is None


def test_a_red_flag_is_recorded_and_nobody_enrolled(ehr, chart) -> None:
    flags = {"weakness": True, "trauma": False}
    enrollments.record_red_flags(chart, flags, FORM)
    items = ehr.only("QuestionnaireResponse")["item"]
    assert {i["linkId"]: i["answer"][0]["valueBoolean"] for i in items} == flags
    assert ehr.all("CarePlan") == []


def test_answering_otherwise_on_the_same_form_is_another_answer(ehr, chart) -> None:
    for present in (True, False, True):
        enrollments.record_red_flags(chart, {"weakness": present}, FORM)
    assert len(ehr.all("QuestionnaireResponse")) == 2


def test_an_exit_is_read_again_the_same(ehr, chart, enrolled, enrollment) -> None:
    enrollments.save_change(chart, enrolled, left(enrollment), FORM)
    assert enrollments.read(chart, enrolled.id).thing == left(enrollment)
    plan = ehr.only("CarePlan")
    assert plan["status"] == "revoked"
    assert "Chose to stop" in plan["text"]["div"]
    why = extension(plan, names.EXIT_REASON)["valueCodeableConcept"]
    assert why["coding"][0]["code"] == "own-choice"


def test_an_exit_without_a_note_adds_none(ehr, chart, enrolled, enrollment) -> None:
    ended = replace(
        enrollment,
        status=EnrollmentStatus.COMPLETED,
        exit=replace(LEFT, reason="finished", note=""),
    )
    enrollments.save_change(chart, enrolled, ended, FORM)
    assert "note" not in ehr.only("CarePlan")
    assert enrollments.read(chart, enrolled.id).thing == ended


def test_the_team_ends_with_the_enrollment(ehr, chart, enrolled, enrollment) -> None:
    enrollments.save_change(chart, enrolled, left(enrollment), FORM)
    team = ehr.only("CareTeam")
    assert (team["status"], team["period"]["end"]) == ("inactive", "2026-12-01")


def test_a_team_that_cannot_be_ended_does_not_stop_the_exit(
    ehr, chart, enrolled, enrollment
) -> None:
    ehr.refused["PUT", "CareTeam"] = 403
    enrollments.save_change(chart, enrolled, left(enrollment), FORM)
    assert ehr.only("CarePlan")["status"] == "revoked"


def test_other_changes_leave_the_team_alone(ehr, chart, enrolled, enrollment) -> None:
    changed = replace(enrollment, planned_sessions=10, modality=Modality.IN_PERSON)
    enrollments.save_change(chart, enrolled, changed, FORM)
    assert enrollments.read(chart, enrolled.id).thing == changed
    assert ("PUT", f"CareTeam/{ehr.only('CareTeam')['id']}") not in ehr.log


def test_what_the_record_already_says_is_not_written(ehr, chart, enrolled, enrollment) -> None:
    assert enrollments.save_change(chart, enrolled, enrollment, FORM) == enrolled
    assert "PUT" not in {method for method, _ in ehr.log}


@pytest.mark.parametrize("status", [409, 412])
def test_a_plan_changed_meanwhile_is_a_conflict(ehr, chart, enrolled, enrollment, status) -> None:
    ehr.stale_status = status
    ehr.put({**enrolled.resource, "title": "changed meanwhile"})
    with pytest.raises(EhrConflict):
        enrollments.save_change(chart, enrolled, left(enrollment), FORM)


def test_a_form_shown_at_an_older_version_is_a_conflict_before_any_write(
    ehr, chart, enrolled, enrollment
) -> None:
    newer = enrollments.read(chart, ehr.put(enrolled.resource)["id"])
    with pytest.raises(EhrConflict):
        enrollments.save_change(chart, replace(newer, version="1"), left(enrollment), FORM)
    assert "PUT" not in {method for method, _ in ehr.log}


@pytest.mark.parametrize("url", [names.PLANNED_SESSIONS, names.MODALITY, names.CONSENT])
def test_a_plan_that_lost_what_it_needs_is_told_not_hidden(ehr, chart, enrolled, url) -> None:
    extensions = [e for e in enrolled.resource["extension"] if e["url"] != url]
    ehr.put({**enrolled.resource, "extension": extensions})
    record = chart.open()
    assert record.enrollments == ()
    assert record.unread == ("CarePlan",)
    with pytest.raises(EhrNonsense):
        enrollments.read(chart, enrolled.id)


def test_a_plan_without_a_start_is_told_too(ehr, chart, enrolled) -> None:
    ehr.put({**enrolled.resource, "period": {}})
    assert chart.open().unread == ("CarePlan",)


@pytest.mark.parametrize("change", [{"status": "entered-in-error"}, {"category": []}])
def test_plans_that_are_not_enrollments_are_passed_over(ehr, chart, enrolled, change) -> None:
    ehr.put({**enrolled.resource, **change})
    record = chart.open()
    assert (record.enrollments, record.unread) == ((), ())


def test_ended_by_somebody_without_a_date_is_ended_all_the_same(ehr, chart, enrolled) -> None:
    ehr.put({**enrolled.resource, "status": "completed"})
    thing = enrollments.read(chart, enrolled.id).thing
    assert (thing.status, thing.exit) == (EnrollmentStatus.COMPLETED, None)


def test_without_a_readable_team_nobody_is_named(ehr, chart, enrolled) -> None:
    ehr.put({**ehr.only("CareTeam"), "participant": [{"member": {"display": "?"}}]})
    assert enrollments.read(chart, enrolled.id).thing.coach.name == ""


def test_a_narrative_somebody_added_to_is_theirs(ehr, chart, enrolled, enrollment) -> None:
    text = {"status": "additional", "div": "<div>By hand.</div>"}
    kept = enrollments.read(chart, ehr.put({**enrolled.resource, "text": text})["id"])
    enrollments.save_change(chart, kept, left(enrollment), FORM)
    assert ehr.only("CarePlan")["text"] == text


def test_the_newest_enrollment_comes_first(chart, enrolled, enrollment) -> None:
    earlier = replace(enrollment, started=date(2025, 1, 1))
    enrollments.enroll(chart, earlier, {}, FORM)
    assert [e.thing.started.year for e in chart.open().enrollments] == [2026, 2025]


def test_an_enrollment_the_ehr_refuses_says_so(ehr, chart, enrollment) -> None:
    ehr.refused["POST", "CarePlan"] = 422
    with pytest.raises(EhrRejected):
        enrollments.enroll(chart, enrollment, {}, FORM)
