"""What becomes of a saving: in the record once, or kept until it is."""

from uuid import UUID

import pytest

from smartapp.errors import (
    EhrConflict,
    EhrError,
    EhrRejected,
    EhrSavedBefore,
    EhrUnreachable,
    EhrUnsure,
    EhrWaiting,
    LaunchEnded,
)

ENDS = {
    "busy": (EhrUnreachable, "queued"),
    "breaks-before": (EhrUnsure, "unsure"),
    "breaks-after": (EhrUnsure, "unsure"),
    "refuses": (EhrRejected, "rejected"),
    "ended": (LaunchEnded, "queued"),
}


def fail(world, manner, text="Walk", form=1):
    world.ehr.manner = manner
    with pytest.raises((EhrError, LaunchEnded)):
        world.add(text, form)
    world.ehr.manner = "takes"


@pytest.mark.parametrize("manner", ENDS)
def test_what_cannot_be_saved_is_said_and_kept(world, manner):
    error, state = ENDS[manner]
    world.ehr.manner = manner
    with pytest.raises(error):
        world.add()
    assert world.states() == [state]


def test_what_is_saved_is_not_kept(world):
    """Of the goal and of who made it only the fact stays."""
    world.add("Walk to the shop")
    assert world.states() == []
    assert world.box.counts() == [("https://ehr.example/fhir", "confirmed", 2)]


@pytest.mark.parametrize("manner", ["busy", "breaks-before", "breaks-after", "ended"])
def test_the_next_launch_sends_it_once(world, manner):
    fail(world, manner)
    assert world.outbox().flush()
    assert world.ehr.texts() == ["Walk"]
    assert world.states() == []


@pytest.mark.parametrize("manner", ["busy", "breaks-before", "breaks-after", "refuses", "ended"])
def test_the_same_form_sent_again_is_the_same_row(world, manner):
    fail(world, manner)
    world.add()
    assert world.ehr.texts() == ["Walk"]
    assert world.box.counts() == [("https://ehr.example/fhir", "confirmed", 2)]


@pytest.mark.parametrize("manner", ["busy", "breaks-before"])
def test_what_was_typed_last_is_what_is_sent(world, manner):
    fail(world, manner, "Walk")
    fail(world, manner, "Swim")
    world.outbox().flush()
    assert world.ehr.texts() == ["Swim"]


def test_what_arrived_and_was_typed_differently_since_is_said(world):
    fail(world, "breaks-after", "Walk")
    with pytest.raises(EhrSavedBefore):
        world.add("Swim")
    assert world.states() == ["discarded"]


def test_who_wrote_it_is_who_typed_it(world):
    fail(world, "busy")
    world.outbox().flush()
    (said,) = world.ehr.all("Provenance")
    assert said["agent"][0]["who"]["display"] == "Dana Coach"


@pytest.mark.parametrize("manner", ["busy", "breaks-before", "breaks-after", "ended"])
def test_a_change_is_made_once(world, manner):
    kept = world.add("Walk")
    world.ehr.manner = manner
    with pytest.raises((EhrError, LaunchEnded)):
        world.revise(kept, "Swim")
    world.ehr.manner = "takes"
    assert world.outbox().flush()
    assert world.ehr.texts() == ["Swim"]
    assert world.ehr.all("Goal")[0]["meta"]["versionId"] == "2"


def test_a_change_that_came_second_waits_for_a_person(world):
    kept = world.add("Walk")
    world.ehr.manner = "busy"
    with pytest.raises(EhrUnreachable):
        world.revise(kept, "Swim")
    world.ehr.manner = "takes"
    world.ehr.rows.update({**world.ehr.all("Goal")[0], "startDate": "2026-11-01"})
    world.outbox().flush()
    assert world.states() == ["rejected"]
    assert world.outbox().rows()[0].code == "ehr-conflict"
    assert world.ehr.texts() == ["Walk"]


def test_a_conflict_on_the_screen_is_decided_there(world):
    kept = world.add("Walk")
    world.revise(kept, "Swim", form=2)
    with pytest.raises(EhrConflict):
        world.revise(kept, "Dance", form=3)
    assert world.states() == ["discarded"]


def test_a_later_one_never_overtakes(world):
    fail(world, "busy", "first", 1)
    world.add("second", 2)
    assert world.ehr.texts() == ["first", "second"]


@pytest.mark.parametrize("manner", ["busy", "breaks-before"])
def test_a_later_one_waits_behind_one_that_stays(world, manner):
    fail(world, manner, "first", 1)
    world.ehr.manner = manner
    with pytest.raises(EhrWaiting):
        world.add("second", 2)
    assert [path for _, path in world.ehr.log] == ["Goal", "Goal"]
    world.ehr.manner = "takes"
    world.outbox().flush()
    assert world.ehr.texts() == ["first", "second"]


def test_a_rejected_one_holds_nobody_up(world):
    fail(world, "refuses", "first", 1)
    world.add("second", 2)
    assert world.ehr.texts() == ["second"]


def test_one_patients_are_never_sent_or_seen_for_another(world):
    fail(world, "busy")
    (row,) = world.outbox().rows()
    other = world.outbox("p2")
    world.add("mine", 2, patient="p2")
    assert other.flush()
    assert other.rows() == []
    assert other.find(row.id) is None
    assert not other.retry(row.id)
    assert not other.discard(row.id, "not mine")
    assert not other.holds(UUID(int=1))
    assert world.ehr.texts() == ["mine"]
    assert world.states() == ["queued"]


@pytest.mark.parametrize("manner", ["busy", "breaks-before", "refuses"])
def test_a_person_can_discard_it_and_say_why(world, manner):
    fail(world, manner)
    (row,) = world.outbox().rows()
    assert world.outbox().discard(row.id, "entered by hand")
    (row,) = world.outbox().rows()
    assert (row.state, row.draft.reason) == ("discarded", "entered by hand")
    world.outbox().flush()
    assert world.ehr.texts() == []


def test_a_person_can_have_a_rejected_one_tried_again(world):
    fail(world, "refuses")
    assert world.outbox().retry(world.outbox().rows()[0].id)
    assert world.ehr.texts() == ["Walk"]


def test_a_form_is_told_whether_it_waits(world):
    fail(world, "busy")
    assert world.outbox().holds(UUID(int=1))
    assert not world.outbox().holds(UUID(int=2))
    world.outbox().flush()
    assert not world.outbox().holds(UUID(int=1))
