"""The file: sealed, claimed by one at a time, and never forgetting what is not settled."""

import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from cryptography.fernet import Fernet

from smartapp.errors import EhrError, EhrUnreachable
from smartapp.outbox.box import Box
from smartapp.outbox.states import Event
from smartapp.sealed import Whose


@pytest.fixture
def waiting(world):
    """The id of a goal that could not be sent."""
    world.ehr.manner = "busy"
    with pytest.raises(EhrUnreachable):
        world.add("Walk to the Quillfeather bakery")
    world.ehr.manner = "takes"
    return world.outbox().rows()[0].id


def test_nobody_without_the_key_reads_anything_of_a_patient(world, waiting):
    files = b"".join(file.read_bytes() for file in world.folder.glob("outbox*"))
    for told in (b"Quillfeather", b"Goal", b"Dana", b"Practitioner", b"Patient/p1", b'"p1"'):
        assert told not in files


def test_its_owner_alone_opens_the_file(world):
    assert stat.S_IMODE(world.file.stat().st_mode) == 0o600


def test_what_is_confirmed_is_wiped_and_forgotten_after_a_day(world, waiting):
    world.outbox().flush()
    assert [state for _, state, _ in world.box.counts()] == ["confirmed"]
    world.clock.forward(hours=25)
    world.box.purge()
    assert world.box.counts() == []


def test_what_was_discarded_can_be_read_for_a_month(world, waiting):
    world.outbox().discard(waiting, "entered by hand")
    world.clock.forward(days=29)
    world.box.purge()
    assert world.states() == ["discarded"]
    world.clock.forward(days=2)
    world.box.purge()
    assert world.states() == []


@pytest.mark.parametrize("days", [1, 400])
def test_what_waits_is_never_forgotten(world, waiting, days):
    world.clock.forward(days=days)
    world.box.purge()
    assert world.states() == ["queued"]


def test_a_new_key_reads_what_the_old_one_sealed_and_finds_its_patient(world, waiting):
    keys = (Fernet.generate_key(), *world.keys)
    world.box = Box(world.file, keys, world.clock)
    assert world.outbox().holds(UUID(int=1))
    world.outbox().flush()
    assert world.ehr.texts() == ["Walk to the Quillfeather bakery"]


def test_what_nobody_can_read_any_more_holds_nobody_up(world, waiting):
    world.box._seal = Box(world.folder / "x", (Fernet.generate_key(),), world.clock)._seal
    whose = world.outbox().rows()
    assert whose == []
    old, new = world.keys[0], Fernet.generate_key()
    box = Box(world.file, (old,), world.clock)
    box._seal._fernet = Box(world.folder / "y", (new,), world.clock)._seal._fernet
    outbox = world.outbox(box=box)
    outbox.flush()
    assert [(row.state, row.code) for row in outbox.rows()] == [("rejected", "unreadable")]


class TestAClaim:
    def test_is_one_persons(self, world, waiting):
        assert world.box.claim(waiting)
        assert world.box.claim(waiting) is None

    def test_lapses_into_a_doubt(self, world, waiting):
        world.box.claim(waiting)
        world.clock.forward(seconds=61)
        assert world.states() == ["unsure"]
        assert world.box.claim(waiting).was == "unsure"

    def test_that_lapsed_settles_nothing(self, world, waiting):
        late = world.box.claim(waiting)
        world.clock.forward(seconds=61)
        held = world.box.claim(waiting)
        assert world.box.settle(late, Event.ANSWERED) == "sent"
        assert world.box.settle(held, Event.REFUSED) == "rejected"

    def test_is_not_taken_by_hand(self, world, waiting):
        world.box.claim(waiting)
        assert not world.outbox().discard(waiting, "impatient")
        assert not world.outbox().retry(waiting)

    def test_is_not_given_out_before_what_is_earlier(self, world, waiting):
        world.ehr.manner = "busy"
        with pytest.raises(EhrError):
            world.add("later", 2)
        first, second = world.outbox().rows()
        assert world.box.claim(second.id) is None
        assert world.box.claim(first.id)
        assert world.box.claim(second.id) is None


def test_what_is_kept_again_counts_as_never_tried(world, waiting):
    """Else two requests that wait for each other take each other's row for one left behind."""
    (row,) = world.outbox().rows()
    world.outbox().flush()
    again = world.box.keep(Whose(row.issuer, "p1"), row.draft, row.place)
    assert (again.tries, again.state) == (0, "queued")


def test_of_many_workers_one_sends_it(world, waiting):
    boxes = [Box(world.file, world.keys, world.clock) for _ in range(8)]
    ready, claims = threading.Barrier(8), []

    def claim(box):
        ready.wait()
        claims.append(box.claim(waiting))

    threads = [threading.Thread(target=claim, args=(box,)) for box in boxes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([one for one in claims if one]) == 1


def test_many_savings_at_once_are_each_in_the_record_once(world):
    """Two forms, each sent four times at the same moment."""
    boxes = [Box(world.file, world.keys, world.clock) for _ in range(8)]
    world.patience = 120

    def add(form, box):
        return world.add(f"goal {form}", form, box=box).thing.text

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(add, [1, 2] * 4, boxes))
    assert told == ["goal 1", "goal 2"] * 4
    assert sorted(world.ehr.texts()) == ["goal 1", "goal 2"]
    assert world.states() == []


def test_what_waits_holds_up_a_page_no_longer_than_it_is_given(world, waiting):
    go, answer = threading.Event(), world.ehr.answer
    world.ehr.answer = lambda *asked: go.wait(60) and answer(*asked)
    world.outbox().flush_briefly(0.01)
    assert world.ehr.texts() == []
    go.set()
    while world.states():
        assert threading.active_count() > 1, "nobody sends it"


def test_an_outbox_that_cannot_be_used_stops_nobody(world, caplog):
    world.file.write_bytes(b"no database at all" * 1000)
    world.box._file.let_go()
    world.add("Walk")
    assert world.ehr.texts() == ["Walk"]
    assert world.outbox().rows() == []
    assert "the outbox cannot be used" in caplog.text
