"""What we author is checked before it is sent, and faults are told without values."""

import logging

import pytest

from smartapp.errors import EhrRejected
from smartapp.fhir import authored

SUBJECT = {"subject": {"reference": "Patient/secret"}}
CODE = {"code": {"text": "x"}, "status": "final"}
NOTE = {"status": "current", "type": {"text": "x"}, "category": [{"text": "x"}]}
NOTE |= {"content": [{"attachment": {"data": "eA=="}}]}
PLAN = {"status": "active", "intent": "plan", "text": {"status": "generated", "div": "<div/>"}}


def faults(type_: str, **elements) -> list[str]:
    return list(authored.faults({"resourceType": type_, **SUBJECT, **elements}))


FLAG = {"status": "active", "code": {"text": "x"}}
MORNING, NOON = "2026-11-23T09:00:00+10:30", "2026-11-23T12:00:00+10:30"


@pytest.mark.parametrize(
    ("resource", "path"),
    [
        (("Goal", {"lifecycleStatus": "banana", "description": {"text": "x"}}), "lifecycleStatus"),
        (("Goal", {"lifecycleStatus": "active"}), "description"),
        (("Goal", {"description": {"text": "x"}, "lifecycleStatus": "active", "foo": 1}), "foo"),
        (("CarePlan", {**PLAN, "intent": "wish"}), "intent"),
        (("CarePlan", {**PLAN, "text": None}), "text.status: us-core-narrative-status"),
        (("CarePlan", {**PLAN, "subject": None}), "subject"),
        (("Observation", CODE), "value: us-core-2"),
        (
            ("Observation", {**CODE, "valueInteger": 1, "dataAbsentReason": {"text": "x"}}),
            "dataAbsentReason: obs-6",
        ),
        (("DocumentReference", {**NOTE, "status": "final"}), "status"),
        (("DocumentReference", {**NOTE, "docStatus": "current"}), "docStatus"),
        (("DocumentReference", {**NOTE, "type": None}), "type: us-core"),
        (("DocumentReference", {**NOTE, "category": []}), "category: us-core"),
        (
            ("DocumentReference", {**NOTE, "content": [{"attachment": {"title": "x"}}]}),
            "content.0.attachment: us-core-6",
        ),
        (
            ("DocumentReference", {**NOTE, "relatesTo": [{"code": "likes", "target": {}}]}),
            "relatesTo.0.code",
        ),
        (
            ("Observation", {**CODE, "valueInteger": 1, "effectiveDateTime": "2026"}),
            "effectiveDateTime: us-core-1",
        ),
        (("Flag", {**FLAG, "period": {"start": NOON, "end": MORNING}}), "period: per-1"),
        (
            ("CarePlan", {**PLAN, "period": {"start": "2026-11-23", "end": "2026-11-22"}}),
            "period: per-1",
        ),
        (("Task", {"authoredOn": NOON, "lastModified": MORNING}), "lastModified: inv-1"),
    ],
)
def test_each_fault_is_named_by_its_path(resource, path: str) -> None:
    assert path in faults(resource[0], **resource[1])


@pytest.mark.parametrize(
    ("start", "end"),
    [(MORNING, NOON), (NOON, NOON), (NOON, None), ("2026-11-23", "2026-11-23"), (NOON, "2026-11")],
)
def test_what_ends_when_it_began_or_later_has_no_fault(start, end) -> None:
    period = {"start": start} | ({"end": end} if end else {})
    assert faults("Flag", **FLAG, period=period) == []


def test_a_note_with_all_it_needs_has_no_fault() -> None:
    assert faults("DocumentReference", **NOTE) == []


def test_care_plan_activities_are_detailed_or_referred_never_both() -> None:
    both = {"detail": {"status": "scheduled"}, "reference": {"reference": "Task/1"}}
    assert "activity.1: cpl-3" in faults("CarePlan", **PLAN, activity=[{}, both])


def test_a_participant_acts_on_behalf_only_as_practitioner_and_in_one_role() -> None:
    behalf = {"onBehalfOf": {"reference": "Organization/1"}, "role": [{}]}
    patient = {**behalf, "member": {"reference": "Patient/1"}}
    team = faults("CareTeam", status="active", participant=[patient, {"role": []}])
    assert {"participant.0: ctm-1", "participant.1: us-core"} <= set(team)


def test_a_goal_measured_by_detail_says_by_what() -> None:
    target = [{"dueDate": "2026-01-01"}, {"detailString": "x"}]
    assert "target.1: gol-1" in faults("Goal", target=target)


def test_responses_have_each_link_once_and_no_items_beside_answers() -> None:
    twice = [{"linkId": "1", "answer": [{}]}, {"linkId": "1", "answer": [{}]}]
    found = faults("QuestionnaireResponse", item=[{"linkId": "a", "answer": [{}], "item": twice}])
    assert {"item.0.item: sdcqr-2", "item.0: qrs-1"} <= set(found)


def test_a_repeating_group_is_there_once_for_each_instance() -> None:
    group = {"linkId": "g", "item": [{"linkId": "1", "answer": [{}]}]}
    found = faults("QuestionnaireResponse", item=[group, group])
    assert not [fault for fault in found if "sdcqr-2" in fault]


def test_faults_are_refused_and_logged_by_path_only(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR), pytest.raises(EhrRejected):
        authored.check({"resourceType": "Goal", "lifecycleStatus": "banana", **SUBJECT})
    assert "lifecycleStatus" in caplog.text
    assert not {"banana", "secret"} & set(caplog.text.replace("'", " ").split())


def test_what_was_wrong_before_is_not_ours_to_refuse() -> None:
    strange = {"resourceType": "Goal", "lifecycleStatus": "active", "foo": 1, **SUBJECT}
    changed = {**strange, "startDate": "2026-01-01"}
    authored.check(changed, strange)
    with pytest.raises(EhrRejected):
        authored.check({**changed, "startDate": "tomorrow"}, strange)
