"""A readable note that could not be filed at once: in the chart once, in its place among others."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from smartapp.errors import EhrError, LaunchEnded
from smartapp.fhir import note
from smartapp.fhir.plan import Wish
from smartapp.program.summary import Facts, Identity, Quote, Section, summarize

NOTE = "DocumentReference"
STAYS = {"busy": "queued", "breaks-before": "unsure", "breaks-after": "unsure", "ended": "queued"}
TODAY = date(2026, 11, 23)


@pytest.fixture
def enrolled(enroll):
    return enroll()


@pytest.fixture
def put(world, content, enrolled):
    """Files a note that says one thing more than the summary."""
    ada = Identity("Ada Quillfeather", "3 February 1970", "MRN-4711")
    facts = Facts(ada, content.program, enrolled.thing, (), (), (), "", "Dana Coach", TODAY)
    said = summarize(facts)

    def send(words="First", form=1):
        more = (*said.sections, Section("More", (Quote("More", words),)))
        summary = replace(said, sections=more)
        return note.put(world.chart(), enrolled, summary, UUID(int=form))

    return send


@pytest.fixture
def waits(world, put):
    """A note that waits; the EHR takes everything again."""
    world.ehr.manner = "busy"
    with pytest.raises(EhrError):
        put()
    world.ehr.manner = "takes"


def statuses(world):
    return [row["status"] for row in sorted(world.ehr.all(NOTE), key=lambda row: row["date"])]


@pytest.mark.parametrize("manner", STAYS)
def test_it_is_kept_and_filed_once_by_the_next_page(world, put, manner):
    world.ehr.manner = manner
    with pytest.raises((EhrError, LaunchEnded)):
        put()
    assert world.states() == [STAYS[manner]]
    world.ehr.manner = "takes"
    assert world.outbox().flush()
    assert statuses(world) == ["current"]


def test_it_says_then_what_was_approved_and_when(world, waits):
    world.clock.forward(days=1)
    world.outbox().flush()
    (made,) = world.ehr.all(NOTE)
    assert made["date"] == "2026-11-23T09:30:00+00:00"


def test_who_filed_it_is_said(world, waits):
    world.outbox().flush()
    (made,) = world.ehr.all(NOTE)
    targets = [t["reference"] for p in world.ehr.all("Provenance") for t in p["target"]]
    assert f"{NOTE}/{made['id']}/_history/1" in targets


def test_the_same_content_put_again_is_filed_once(world, put, waits):
    put(form=2)
    assert statuses(world) == ["current"]
    assert world.states() == []


def test_a_later_one_replaces_it(world, put, waits):
    world.clock.forward(minutes=5)
    put("Second", 2)
    assert statuses(world) == ["superseded", "current"]


def test_it_does_not_replace_one_that_was_composed_later(world, put, waits, enrolled):
    box, world.box = world.box, type(world.box)(world.folder / "other", world.keys, world.clock)
    world.clock.forward(minutes=5)
    put("Second", 2)
    world.box = box
    world.outbox().flush()
    late, newest = sorted(world.ehr.all(NOTE), key=lambda row: row["date"])
    assert newest["status"] == "current"
    assert "relatesTo" not in late


@pytest.mark.parametrize("manner", STAYS)
def test_what_it_replaces_is_marked_later_when_that_fails(world, put, manner):
    put("First", 1)
    world.clock.forward(minutes=5)
    answer = world.ehr.answer

    def failing(method, *rest):
        world.ehr.manners = {NOTE: manner} if method == "PUT" else {}
        return answer(method, *rest)

    world.ehr.answer = failing
    if manner == "ended":
        with pytest.raises(LaunchEnded):
            put("Second", 2)
    else:
        assert put("Second", 2).left == 0
    world.ehr.answer, world.ehr.manners = answer, {}
    assert world.outbox().flush()
    assert statuses(world) == ["superseded", "current"]


def test_that_is_refused_waits_for_a_person(world, put):
    world.ehr.manners = {NOTE: "refuses"}
    with pytest.raises(EhrError):
        put()
    assert world.states() == ["rejected"]
    world.outbox().flush()
    assert world.ehr.all(NOTE) == []


def test_never_goes_into_the_programs_store(world, put):
    world.with_store, world.wishes = True, {NOTE: Wish.STORE}
    world.ehr.manner = "busy"
    with pytest.raises(EhrError):
        put()
    assert [row.place for row in world.outbox().rows() if not row.is_errand] == ["ehr"]
