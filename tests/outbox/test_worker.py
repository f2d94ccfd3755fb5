"""The worker: it sends what belongs in the program's store, and nothing else."""

import threading
from contextlib import nullcontext
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
    for _ in range(500):
        if world.store.all("Goal"):
            break
        stop.wait(0.01)
    stop.set()
    thread.join(5)
    assert not thread.is_alive()
    assert world.states() == []
