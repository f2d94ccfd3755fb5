"""Drafts: sealed, one patient's, kept before they are answered, closed once they are submitted."""

import sqlite3
import stat
import threading
from dataclasses import replace
from uuid import UUID

import pytest
from cryptography.fernet import Fernet

from smartapp.drafts.answers import Page
from smartapp.drafts.draft import Mode, Start, State
from smartapp.drafts.hand import Hand
from smartapp.drafts.patient import Giver, PatientDrafts
from smartapp.errors import DraftChanged, DraftClosed, DraftFull, DraftUnknown
from smartapp.sealed import Whose

DANA = Hand(reference="Practitioner/1", name="Dana Coach")
BASE, KEY = "https://ehr.example/fhir", UUID(int=7)


def test_an_answer_is_there_for_whoever_opens_the_file_next(world, draft):
    world.say(pain="7", boxes=["1", "2"])
    assert world.typed() == {"pain": ("7",), "boxes": ("1", "2")}
    assert world.typed(2) == {}


def test_what_cannot_be_read_as_an_answer_is_kept_too(world, draft):
    world.say(date="31 of Febr\u0000uary 🐕")
    assert world.typed()["date"] == ("31 of Febr\u0000uary 🐕",)


def test_nobody_without_the_key_reads_anything_of_a_patient(world, draft):
    world.say(pain="Quillfeather hurts")
    files = b"".join(file.read_bytes() for file in world.folder.glob("drafts*"))
    for told in (b"Quillfeather", b"pain", b"peg", b"baseline", b'"p1"', draft.secret.encode()):
        assert told not in files


def test_its_owner_alone_opens_the_file(world, draft):
    assert stat.S_IMODE((world.folder / "drafts.sqlite3").stat().st_mode) == 0o600


def test_started_twice_is_one_draft(world, draft):
    world.say(pain="7")
    again = world.start()
    assert again.sheet(1).typed() == {"pain": ("7",)}
    assert again.secret == draft.secret


class TestAnotherPatient:
    """A key alone opens nothing: the patient of the launch is asked with every step."""

    STEPS = (
        lambda drafts: drafts.find(KEY),
        lambda drafts: drafts.start(KEY, Start("baseline", None, ()), ()),
        lambda drafts: drafts.post(KEY, 1, Page({"pain": ["0"]}, ["pain"], 1), Giver(DANA)),
        lambda drafts: drafts.take(KEY, 1),
        lambda drafts: drafts.reopen(KEY),
        lambda drafts: drafts.submitted(KEY),
        lambda drafts: drafts.discard(KEY, "none"),
    )

    @pytest.mark.parametrize("step", STEPS)
    def test_cannot_take_any_step(self, world, draft, step):
        with pytest.raises(DraftUnknown):
            step(world.of("p2"))
        assert world.of().find(KEY) == draft

    def test_does_not_see_it_in_the_list(self, world, draft):
        assert world.of().unfinished() == [draft]
        assert world.of("p2").unfinished() == []

    def test_of_another_ehr_with_the_same_id_is_another(self, world, draft):
        elsewhere = PatientDrafts(world.drawer, "https://other.example/fhir", "p1")
        assert elsewhere.unfinished() == []


class TestSubmitting:
    def test_fixes_the_answers(self, world, draft):
        world.of().take(KEY, draft.revision)
        with pytest.raises(DraftClosed):
            world.say(pain="7")

    def test_what_was_changed_after_the_review_is_not_submitted(self, world, draft):
        world.say(pain="7")
        with pytest.raises(DraftChanged):
            world.of().take(KEY, draft.revision)
        assert world.of().find(KEY).state is State.OPEN

    def test_can_be_taken_up_again_by_whoever_comes_after_a_crash(self, world, draft):
        world.of().take(KEY, draft.revision)
        assert world.of().take(KEY, draft.revision).state is State.SENDING
        assert [d.state for d in world.of().unfinished()] == [State.SENDING]

    def test_what_was_not_accepted_can_be_changed_again(self, world, draft):
        world.of().take(KEY, draft.revision)
        world.of().reopen(KEY)
        assert world.say(pain="7").sheet(1).typed() == {"pain": ("7",)}

    def test_wipes_it_and_remembers_that_it_was(self, world, draft):
        world.say(pain="7")
        world.of().submitted(KEY)
        assert world.of().find(KEY).state is State.SUBMITTED
        assert world.of().find(KEY).start is None
        assert world.of().unfinished() == []

    @pytest.mark.parametrize("late", ["take", "hear", "discard", "reopen"])
    def test_once_only(self, world, draft, late):
        world.of().submitted(KEY)
        steps = {
            "take": lambda: world.of().take(KEY, draft.revision),
            "hear": lambda: world.say(pain="7"),
            "discard": lambda: world.of().discard(KEY, "why"),
            "reopen": lambda: world.of().reopen(KEY),
        }
        with pytest.raises(DraftClosed):
            steps[late]()


class TestDiscarding:
    def test_closes_it_and_can_be_read_for_a_month(self, world, draft):
        world.of().discard(KEY, "entered twice")
        world.clock.forward(days=29)
        world.drawer.purge()
        assert world.of().find(KEY).reason == "entered twice"
        world.clock.forward(days=2)
        world.drawer.purge()
        with pytest.raises(DraftUnknown):
            world.of().find(KEY)

    def test_is_not_for_what_is_being_sent(self, world, draft):
        world.of().take(KEY, draft.revision)
        with pytest.raises(DraftClosed):
            world.of().discard(KEY, "why")


class TestAnsweredOtherwise:
    def test_keeps_every_answer_and_says_so_in_the_open_column(self, world, draft):
        world.say(pain="7")
        world.of().restart(KEY, lambda start: replace(start, mode=Mode.PATIENT, proxy="Her son"))
        assert world.of().find(KEY).start.proxy == "Her son"
        assert world.typed() == {"pain": ("7",)}
        with sqlite3.connect(world.folder / "drafts.sqlite3") as database:
            assert database.execute("select mode from draft").fetchall() == [("patient",)]

    def test_is_for_an_open_draft_only(self, world, draft):
        world.of().take(KEY, draft.revision)
        with pytest.raises(DraftClosed):
            world.of().restart(KEY, lambda start: start)

    def test_is_not_for_one_whose_key_is_gone(self, world, draft):
        world.keys = (Fernet.generate_key(),)
        with pytest.raises(DraftUnknown):
            world.of().restart(KEY, lambda start: start)


class TestNewBase:
    """Adding a group or taking one away names the fields anew."""

    BASE = ({"linkId": "visit", "item": [{"linkId": "drug"}]},)

    def test_the_answers_are_in_it_and_what_was_unreadable_stays_typed(self, world, draft):
        world.say(**{"q/drug": "x", "q/day": "32"})
        world.of().rebase(KEY, 1, lambda _: (self.BASE, {"q/visit/day": "32"}), Giver(DANA))
        sheet = world.of().find(KEY).sheet(1)
        assert (sheet.base, sheet.typed()) == (self.BASE, {"q/visit/day": ("32",)})

    def test_is_made_of_every_answer_that_came_before(self, world, draft):
        world.say(pain="7")
        world.of().rebase(KEY, 1, lambda kept: ((kept.sheet(1).typed(),), {}), Giver(DANA))
        assert world.of().find(KEY).sheet(1).base == ({"pain": ["7"]},)

    def test_a_page_with_the_old_names_cannot_put_an_answer_in_the_wrong_place(self, world, draft):
        world.of().rebase(KEY, 1, lambda _: (self.BASE, {}), Giver(DANA))
        with pytest.raises(DraftChanged):
            world.say(pain="7")
        with pytest.raises(DraftChanged):
            world.of().post(KEY, 1, Page({"pain": ["7"]}, ["pain"], 1), Giver(DANA))
        assert world.typed() == {}

    def test_what_was_heard_before_it_is_acknowledged_and_changes_nothing(self, world, draft):
        world.say(3, pain="7")
        rebased = world.of().rebase(KEY, 1, lambda _: (self.BASE, {}), Giver(DANA))
        assert world.say(3, pain="7") == world.say(2, joy="1") == rebased


def test_answers_without_measure_are_refused_and_what_was_kept_stays(world, draft):
    world.say(pain="7")
    with pytest.raises(DraftFull):
        world.say(2, pain="x" * 7_000_000)
    assert world.typed() == {"pain": ("7",)}


def test_numbers_of_the_base_stay_exact(world, draft):
    (kept,) = world.of().find(KEY).sheet(1).base
    assert str(kept["answer"][0]["valueDecimal"]) == "1.50"


def test_what_is_unfinished_is_never_forgotten(world, draft):
    world.say(pain="7")
    world.clock.forward(days=4000)
    world.drawer.purge()
    assert world.typed() == {"pain": ("7",)}


def test_a_new_key_reads_what_the_old_one_sealed_and_finds_its_patient(world, draft):
    world.say(pain="7")
    world.keys = (Fernet.generate_key(), *world.keys)
    assert world.of().unfinished()[0].sheet(1).typed() == {"pain": ("7",)}
    world.say(2, joy="1")
    assert set(world.typed()) == {"pain", "joy"}


def test_without_its_key_a_draft_is_there_but_says_nothing(world, draft):
    drafts = world.of()
    names = world.drawer._seal.names(Whose(BASE, "p1"))
    world.keys = (Fernet.generate_key(),)
    lost = world.drawer
    lost._seal.names = lambda whose: names
    drafts._drawer = lost
    assert drafts.find(KEY).start is None


@pytest.mark.parametrize("number", [0, 3, -1])
def test_a_form_that_is_not_part_of_it(world, draft, number):
    with pytest.raises(DraftUnknown):
        world.say(number=number, pain="7")


def test_many_at_once_lose_nothing(world, draft):
    def answer(client):
        for number in range(10):
            world.say(number, f"c{client}", **{f"q{client}.{number}": str(number)})

    threads = [threading.Thread(target=answer, args=(client,)) for client in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(world.typed()) == 40
