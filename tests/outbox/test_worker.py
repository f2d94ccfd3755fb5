"""The worker: it sends what belongs in the program's store, and nothing else."""

import threading
import time
from contextlib import nullcontext
from datetime import date
from uuid import UUID

import pytest

from smartapp.errors import EhrError, EhrUnreachable, StoreFailed
from smartapp.fhir import goal as goals
from smartapp.fhir import names
from smartapp.fhir.places import Rules
from smartapp.fhir.plan import Wish
from smartapp.fhir.witness import unseen
from smartapp.outbox import worker
from smartapp.outbox.storing import into_store
from smartapp.program.goal import Goal

WALK = Goal("Walk", date(2026, 11, 23), date(2027, 1, 4), 8, 6)


@pytest.fixture
def replay(world):
    world.with_store = True
    rules = {"https://ehr.example/fhir": world.rules}
    return into_store(rules, world.content, world.clock, lambda _: nullcontext(unseen))


@pytest.fixture
def stored(world, monkeypatch):
    """A goal that could not be kept in the store, where the plan says that goals go."""
    world.with_store = True
    rules = world.rules
    wishes = {"Goal": Wish.STORE}
    monkeypatch.setattr(
        type(world), "rules", property(lambda _: Rules(wishes=wishes, store=rules.store))
    )
    world.store.manner = "busy"
    with pytest.raises(StoreFailed):
        world.add("Walk")
    world.store.manner = "takes"


def test_what_belongs_in_the_store_is_sent_without_a_launch(world, stored, replay):
    assert worker.work(world.box, replay) == 2
    assert [g["description"]["text"] for g in world.store.all("Goal")] == ["Walk"]
    assert world.states() == []
    assert world.ehr.log == []


def test_who_wrote_it_is_said_there_too(world, stored, replay):
    worker.work(world.box, replay)
    (said,) = world.store.all("Provenance")
    assert said["agent"][0]["who"]["display"] == "Dana Coach"


def test_a_launch_sees_it_then(world, stored, replay):
    worker.work(world.box, replay)
    (goal,) = world.chart().open().goals
    assert goals.read(world.chart(), goal.id).thing.text == "Walk"


def test_what_is_for_the_ehr_waits_for_a_launch(world, replay):
    world.ehr.manner = "busy"
    with pytest.raises(EhrUnreachable):
        world.add("Walk")
    world.ehr.manner = "takes"
    assert worker.work(world.box, replay) == 0
    assert world.states() == ["queued"]
    assert len(world.ehr.log) == 1


def test_what_the_store_still_does_not_take_stays(world, stored, replay):
    world.store.manner = "breaks-before"
    assert worker.work(world.box, replay) == 0
    assert world.states() == ["unsure"]


def test_another_record_number_stops_it(world, stored, replay):
    """An id that was given to somebody else joins nobody's records."""
    kind = {"coding": [{"system": names.IDENTIFIER_TYPE, "code": "MR"}]}
    link = {"system": "https://ehr.example/fhir", "value": "p1"}
    number = {"type": kind, "value": "another"}
    world.store.rows.create({"resourceType": "Patient", "identifier": [link, number]})
    row = world.outbox().rows()[0]
    row.draft.identity["identifier"] = [{"type": kind, "value": "one"}]
    with replay(row.draft) as chart, pytest.raises(EhrError):
        chart.save_together(list(row.draft.saving.resources), UUID(int=1))
    assert world.store.all("Goal") == []


def test_a_round_that_fails_is_not_the_last(world, replay, caplog):
    stop, rounds = threading.Event(), []

    class Failing:
        def bound_for(self, _):
            rounds.append(1)
            if len(rounds) == 2:
                stop.set()
            raise OSError

    worker.run(Failing(), replay, stop, pause=0)
    assert len(rounds) == 2
    assert "a round of the outbox failed: OSError" in caplog.text


def test_it_ends_when_told(world, stored, replay):
    stop = threading.Event()
    thread = threading.Thread(target=worker.run, args=(world.box, replay, stop, 0.01))
    thread.start()
    end = time.monotonic() + 60
    while world.states() and time.monotonic() < end:
        stop.wait(0.01)
    stop.set()
    thread.join(60)
    assert not thread.is_alive()
    assert world.states() == []


class TestAChange:
    @pytest.fixture
    def kept(self, world):
        """A goal of the store, and a change of it that could not be kept there."""
        world.with_store, world.wishes = True, {"Goal": Wish.STORE}
        kept = world.add("Walk")
        world.store.manner = "busy"
        with pytest.raises(StoreFailed):
            world.revise(kept, "Swim")
        world.store.manner = "takes"
        return kept

    def words(self, world):
        return [goal["description"]["text"] for goal in world.store.all("Goal")]

    def test_of_what_is_in_the_store_is_made(self, world, kept, replay):
        worker.work(world.box, replay)
        assert self.words(world) == ["Swim"]
        assert world.states() == []

    def test_never_goes_over_somebody_elses(self, world, kept, replay):
        theirs = {**world.store.all("Goal")[0], "description": {"text": "Dance"}}
        world.store.rows.update(theirs)
        worker.work(world.box, replay)
        assert self.words(world) == ["Dance"]
        assert world.states() == ["rejected"]


class TestAnEnrollment:
    @pytest.fixture
    def waiting(self, world, enroll):
        world.with_store = True
        world.wishes = dict.fromkeys(["CarePlan", "CareTeam", "QuestionnaireResponse"], Wish.STORE)
        world.store.manner = "busy"
        with pytest.raises(StoreFailed):
            enroll(7)
        world.store.manner = "takes"

    def test_that_belongs_in_the_store_is_sent(self, world, waiting, replay):
        worker.work(world.box, replay)
        assert len(world.store.all("CarePlan")) == 1
        assert world.states() == []

    def test_waits_for_a_person_when_somebody_else_enrolled_the_patient(
        self, world, waiting, replay, enroll
    ):
        box, world.box = world.box, type(world.box)(world.folder / "other", world.keys, world.clock)
        enroll(8)
        world.box = box
        worker.work(world.box, replay)
        assert len(world.store.all("CarePlan")) == 1
        assert world.states() == ["rejected"]


class TestAnErrand:
    def test_for_the_store_is_run_though_the_entry_is_the_ehrs(self, world, replay):
        world.with_store, world.wishes = True, {"Provenance": Wish.STORE}
        world.store.manners = {"Provenance": "busy"}
        kept = world.add("Walk")
        world.store.manners = {}
        assert worker.work(world.box, replay) == 1
        (made,) = world.store.all("Provenance")
        assert made["target"][0]["reference"].endswith(f"Goal/{kept.id}/_history/1")

    def test_links_a_goal_of_the_ehr_into_an_enrollment_of_the_store(self, world, replay, enroll):
        world.with_store, world.wishes = True, {"CarePlan": Wish.STORE}
        enrolled = enroll(7)
        world.store.manners = {"CarePlan": "busy"}
        kept = goals.add(world.chart(), WALK, enrolled, UUID(int=1))
        world.store.manners = {}
        worker.work(world.box, replay)
        assert goals.read(world.chart(), kept.id).thing.text == "Walk"
        (plan,) = world.chart().open().enrollments
        assert [g["reference"] for g in plan.resource["goal"]] == [kept.reference]

    def test_that_stays_holds_up_no_entry_of_its_patient(self, world, stored, replay):
        world.store.manners = {"Provenance": "busy"}
        worker.work(world.box, replay)
        assert world.states() == []
        assert world.states(errands=True) == ["queued"]
