"""Goals in the record: the patient's words, every change a version, others' goals respected."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from smartapp.errors import EhrConflict, EhrRejected
from smartapp.fhir import goal as goals
from smartapp.fhir import wire
from smartapp.program.goal import Achievement

FORM = UUID(int=7)
MARKED = {"achievement": Achievement.IMPROVING, "achieved_on": date(2026, 11, 23), "note": "Twice!"}


def test_a_goal_is_read_again_the_same(chart, walk) -> None:
    kept = goals.add(chart, walk, None, FORM)
    assert kept.thing == walk
    assert goals.read(chart, kept.id) == kept
    assert chart.open().goals == (kept,)


def test_a_goal_is_the_patients_and_about_the_pain(ehr, chart, walk, enrolled) -> None:
    goals.add(chart, walk, enrolled, FORM)
    kept = ehr.only("Goal")
    assert kept["expressedBy"] == kept["subject"] == {"reference": "Patient/p1"}
    assert kept["addresses"][0]["reference"] == "Condition/c1"
    assert kept["lifecycleStatus"] == "active"


def test_a_goal_without_a_start_says_none(ehr, chart, walk) -> None:
    goals.add(chart, replace(walk, started=None), None, FORM)
    assert "startDate" not in ehr.only("Goal")


def test_the_plan_names_the_goal(ehr, chart, walk, enrolled) -> None:
    kept = goals.add(chart, walk, enrolled, FORM)
    goals.add(chart, walk, enrolled, FORM)
    assert ehr.only("CarePlan")["goal"] == [{"reference": f"Goal/{kept.id}"}]


def test_a_plan_changed_meanwhile_keeps_both(ehr, chart, walk, enrolled) -> None:
    ehr.put({**enrolled.resource, "goal": [{"reference": "Goal/other"}]})
    kept = goals.add(chart, walk, enrolled, FORM)
    assert [g["reference"] for g in ehr.only("CarePlan")["goal"]] == [
        "Goal/other",
        f"Goal/{kept.id}",
    ]


@pytest.mark.parametrize("status", [403, 412])
def test_a_goal_that_cannot_be_linked_is_not_lost(ehr, chart, walk, enrolled, status) -> None:
    ehr.refused["PUT", "CarePlan"] = status
    assert goals.add(chart, walk, enrolled, FORM).thing == walk
    assert "goal" not in ehr.only("CarePlan")


def test_the_same_form_with_other_words_is_a_conflict(ehr, chart, walk) -> None:
    goals.add(chart, walk, None, FORM)
    with pytest.raises(EhrConflict):
        goals.add(chart, replace(walk, text="Swim"), None, FORM)
    assert len(ehr.all("Goal")) == 1


def test_progress_is_marked_with_day_and_note(ehr, chart, walk) -> None:
    kept = goals.add(chart, walk, None, FORM)
    marked = replace(walk, **MARKED)
    assert goals.save_change(chart, kept, marked, FORM).thing == marked
    (note,) = ehr.only("Goal")["note"]
    assert note["authorReference"]["display"] == "Dana Coach"
    assert note["time"] == "2026-11-23T09:30:05+10:30"


def test_notes_are_appended_never_replaced(ehr, chart, walk) -> None:
    kept = goals.add(chart, walk, None, FORM)
    for day, note in ((23, "Twice!"), (24, "Twice!"), (25, "")):
        marked = replace(walk, **{**MARKED, "achieved_on": date(2026, 11, day), "note": note})
        kept = goals.save_change(chart, kept, marked, FORM)
    assert [n["text"] for n in ehr.only("Goal")["note"]] == ["Twice!", "Twice!"]


def test_an_old_note_is_not_said_of_a_new_marking(ehr, chart, walk) -> None:
    note = {"text": "Last year", "time": "2025-11-23T10:00:00Z"}
    kept = goals.add(chart, walk, None, FORM)
    row = ehr.put({**kept.resource, "note": [note], "statusDate": "2026-11-23"})
    assert goals.read(chart, row["id"]).thing.note == ""


@pytest.mark.parametrize(
    ("achievement", "closed", "lifecycle"),
    [
        (Achievement.ACHIEVED, True, "completed"),
        (Achievement.NOT_ATTAINABLE, True, "cancelled"),
        (Achievement.SUSTAINING, False, "active"),
    ],
)
def test_closing_and_opening(ehr, chart, walk, achievement, closed, lifecycle) -> None:
    kept = goals.add(chart, walk, None, FORM)
    marked = replace(walk, achievement=achievement, closed=closed, achieved_on=walk.due)
    assert goals.save_change(chart, kept, marked, FORM).thing == marked
    assert ehr.only("Goal")["lifecycleStatus"] == lifecycle


def test_every_version_can_be_seen_newest_first(chart, walk) -> None:
    kept = goals.add(chart, walk, None, FORM)
    goals.save_change(chart, kept, replace(walk, text="Swim"), FORM)
    assert [v.thing.text for v in goals.versions(chart, kept.id)] == ["Swim", walk.text]


def test_versions_are_put_in_order_of_time(ehr, chart, walk) -> None:
    """Medplum's router turns its history round at every asking."""
    kept = goals.add(chart, walk, None, FORM)
    earlier = {**kept.resource["meta"], "lastUpdated": "2026-11-23T08:59:59+00:00"}
    ehr.put({**kept.resource, "meta": earlier})
    assert [v.version for v in goals.versions(chart, kept.id)] == ["1", "2"]


def test_an_older_version_is_a_conflict(ehr, chart, walk) -> None:
    kept = goals.add(chart, walk, None, FORM)
    ehr.put(kept.resource)
    with pytest.raises(EhrConflict):
        goals.save_change(chart, kept, replace(walk, text="Swim"), FORM)


def test_saved_already_is_saved(chart, walk) -> None:
    """After an unsure save the form still holds the old version; saving again is no conflict."""
    kept = goals.add(chart, walk, None, FORM)
    swim = replace(walk, text="Swim")
    now = goals.save_change(chart, kept, swim, FORM)
    assert goals.save_change(chart, replace(now, version="1"), swim, FORM) == now


def test_a_long_goal_with_emoji_is_kept_whole(chart, walk) -> None:
    text = "🚶‍♀️" * 500
    assert goals.add(chart, replace(walk, text=text), None, FORM).thing.text == text


def test_others_goals_are_read_as_far_as_they_say_something(ehr, chart) -> None:
    subject = {"reference": "Patient/p1"}
    ehr.put(
        {
            "resourceType": "Goal",
            "lifecycleStatus": "rejected",
            "description": {"coding": [{"code": "x", "display": "Lose weight"}]},
            "subject": subject,
            "startCodeableConcept": {"text": "admission"},
            "target": [{"dueDuration": {"value": 3}}],
        }
    )
    ehr.put({"resourceType": "Goal", "lifecycleStatus": "entered-in-error", "subject": subject})
    (kept,) = chart.open().goals
    assert kept.thing.text == "Lose weight"
    assert (kept.thing.due, kept.thing.importance, kept.thing.closed) == (None, None, True)
    assert kept.thing.achievement is Achievement.IN_PROGRESS


FOREIGN = b"""{"resourceType":"Goal","id":"f","meta":{"versionId":"1",
"lastUpdated":"2026-01-01T00:00:00.715Z","profile":[]},
"extension":[{"url":"urn:unknown","valueDecimal":0.40}],"lifecycleStatus":"active",
"_lifecycleStatus":{"extension":[{"url":"urn:x","valueInstant":"2026-01-01T00:00:00.715Z"}]},
"description":{"coding":[{"system":"urn:s","code":"c"}],"text":"Less pain"},
"subject":{"reference":"https://ehr.example/fhir/Patient/p1"},
"_startDate":{"extension":[{"url":"urn:y","valueCode":"unknown"}]},
"target":[{"measure":{"text":"NRS"},"detailQuantity":{"value":3.50}},{"dueDate":"2026-12-24"}],
"note":[{"text":"Old","time":"2026-01-01T00:00:00+00:00"}]}"""


@pytest.mark.parametrize(
    ("change", "elements"),
    [
        ({"text": "No pain"}, {"description"}),
        ({"due": date(2027, 1, 1)}, {"target"}),
        ({"importance": 3, "confidence": 4}, {"extension"}),
        (MARKED, {"achievementStatus", "statusDate", "note"}),
        ({"closed": True}, {"lifecycleStatus"}),
    ],
)
def test_only_what_was_changed_changes(ehr, chart, change, elements) -> None:
    before = wire.decode(FOREIGN)
    ehr.rows["Goal", "f"] = [before]
    kept = goals.read(chart, "f")
    goals.save_change(chart, kept, replace(kept.thing, **change), FORM)
    sent = next(s.body for s in ehr.sent if s.method == "PUT")
    after = wire.decode(sent)
    for element in before.keys() - elements:
        assert wire.encode({"": after[element]}) == wire.encode({"": before[element]})
    assert after.keys() - before.keys() <= elements
    assert b"0.40" in sent
    assert b"3.50" in sent
    assert b".715Z" in sent


def test_of_two_simultaneous_sendings_the_one_changed_last_is_shown(ehr, chart, walk) -> None:
    kept = goals.add(chart, walk, None, FORM)
    later = {**kept.resource["meta"], "lastUpdated": "2026-11-24T09:00:00Z"}
    double = ehr.put({**kept.resource, "id": "double", "meta": later})
    assert [g.id for g in chart.open().goals] == [double["id"]]


def test_a_goal_we_made_wrong_never_reaches_the_ehr(ehr, chart, walk) -> None:
    with pytest.raises(EhrRejected):
        goals.add(chart, replace(walk, importance="eight"), None, FORM)
    assert ehr.log == []
