"""Who answered is kept for each questionnaire of a draft, also of drafts begun before it was."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from smartapp.drafts.answers import Change, Page
from smartapp.drafts.draft import HandOver, Mode
from smartapp.drafts.hand import Hand
from smartapp.drafts.patient import Giver, PatientDrafts
from smartapp.drafts.witness import Step
from smartapp.errors import DraftUnknown

DANA, SAM = Hand(reference="Practitioner/1", name="Dana"), Hand(reference="Practitioner/2")
PATIENT = Hand(alone=True)
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC).timestamp()
KEY, BASE = UUID(int=7), "https://ehr.example/fhir"


def hands(world, number=1):
    return world.of().find(KEY).sheet(number).hands


def test_each_questionnaire_knows_only_who_answered_it(world, draft):
    world.say(pain="7", hand=DANA)
    world.say(2, number=2, mood="1", hand=PATIENT)
    assert (hands(world), hands(world, 2)) == ((DANA,), (PATIENT,))


def test_who_answered_last_is_last_and_nobody_is_there_twice(world, draft):
    for number, hand in enumerate((DANA, PATIENT, SAM, DANA)):
        world.say(number, pain=str(number), hand=hand)
    assert hands(world) == (PATIENT, SAM, DANA)


def test_who_sends_what_is_there_already_has_answered_nothing(world, draft):
    kept = world.say(pain="7", hand=PATIENT)
    world.say(1, client="desk", pain="7", hand=DANA)
    world.of().post(KEY, 1, Page({"pain": ["7"]}, ["pain"], kept.revision), Giver(DANA))
    assert hands(world) == (PATIENT,)


def test_who_took_everything_back_leaves_nobody(world, draft):
    world.say(1, pain="7", hand=DANA)
    world.say(2, pain="", hand=DANA)
    world.say(3, pain="4", hand=PATIENT)
    assert hands(world) == (PATIENT,)


def test_who_takes_one_answer_of_another_away_has_changed_it(world, draft):
    world.say(1, pain="7", joy="2", hand=PATIENT)
    world.say(2, pain="", hand=DANA)
    assert hands(world) == (PATIENT, DANA)


def test_who_adds_a_group_is_there_and_those_before_stay(world, draft):
    world.say(pain="7", hand=PATIENT)
    world.of().rebase(KEY, 1, lambda _: ((), {}), Giver(DANA))
    assert hands(world) == (PATIENT, DANA)


def test_who_answers_for_the_patient_is_named_as_the_draft_says_then(world, draft):
    world.of().restart(KEY, lambda start: replace(start, proxy="Her son"))
    world.say(pain="7", hand=PATIENT)
    assert hands(world) == (Hand(alone=True, proxy="Her son"),)


class TestWhatComesFromAPageOfAHandOver:
    """Staff have the device back when it arrives: it is the patient's all the same."""

    @pytest.fixture
    def over(self, world, draft):
        """Handed over to the son, and then to the patient herself."""
        known = {"first": HandOver(1.0, "Her son"), "second": HandOver(2.0)}
        world.of().restart(KEY, lambda start: replace(start, handed=known, proxy="Her aunt"))

    @pytest.mark.parametrize(
        ("secret", "hand"), [("first", Hand(True, proxy="Her son")), ("second", PATIENT)]
    )
    def test_is_of_who_had_the_device_then(self, world, over, secret, hand):
        world.say(pain="7", hand=DANA, over=secret)
        assert hands(world) == (hand,)

    def test_is_also_what_was_posted_or_added(self, world, over):
        by = Giver(DANA, "second")
        world.of().post(KEY, 1, Page({"pain": ["7"]}, ["pain"], 1), by)
        world.of().rebase(KEY, 2, lambda _: ((), {}), by)
        assert hands(world) == hands(world, 2) == (PATIENT,)

    def test_that_the_draft_does_not_know_is_refused_and_nothing_kept(self, world, over):
        with pytest.raises(DraftUnknown):
            world.say(pain="7", hand=DANA, over="another's")
        assert hands(world) == ()

    def test_is_told_the_audit_trail_as_late_once_staff_have_the_device(self, world, over):
        told = []
        drafts = PatientDrafts(world.drawer, BASE, "p1", lambda step, _: told.append(step))
        for number, by in enumerate((Giver(DANA, "second"), Giver(PATIENT, "second"), Giver(DANA))):
            drafts.hear(KEY, 1, Change("tablet", number, {"pain": [str(number)]}), by)
        assert told == [Step.LATE, Step.CHANGED, Step.CHANGED]


class TestTheDeviceIsBack:
    @pytest.fixture
    def out(self, world, draft):
        """Handed over twice: once back since nine, and still out."""
        known = {"first": HandOver(1.0, back=9.0), "second": HandOver(2.0)}
        world.of().restart(KEY, lambda start: replace(start, handed=known))
        return world.of()

    def test_when_is_kept_of_what_was_out(self, world, out):
        out.handed_back(KEY)
        handed = world.of().find(KEY).start.handed
        assert handed == {"first": HandOver(1.0, back=9.0), "second": HandOver(2.0, "", NOW)}

    def test_nothing_else_of_the_draft_changes(self, world, out):
        """What is under review can be submitted all the same."""
        before = world.of().find(KEY)
        out.handed_back(KEY)
        after = world.of().find(KEY)
        assert (after.revision, after.state, after.sheets) == (
            before.revision,
            before.state,
            before.sheets,
        )

    def test_it_is_told_once(self, world, out):
        told = []
        drafts = PatientDrafts(world.drawer, BASE, "p1", lambda step, _: told.append(step))
        drafts.handed_back(KEY)
        drafts.handed_back(KEY)
        assert told == [Step.HANDED_BACK]

    def test_of_a_draft_that_was_submitted_meanwhile_nothing_is_left_to_say(self, world, out):
        out.submitted(KEY)
        out.handed_back(KEY)
        assert world.of().find(KEY).start is None

    def test_of_somebody_elses_nothing_is_said(self, world, out):
        with pytest.raises(DraftUnknown):
            world.of("p2").handed_back(KEY)


def test_the_day_of_paper_is_of_one_questionnaire_and_a_change_like_others(world, draft):
    dated = world.of().date_paper(KEY, 1, "2026-11-12")
    assert [sheet.paper_on for sheet in dated.sheets] == ["2026-11-12", ""]
    assert dated.revision == draft.revision + 1
    assert world.of().date_paper(KEY, 1, "2026-11-12") == dated
    assert world.of().date_paper(KEY, 1, "").sheet(1).paper_on == ""


class TestBegunBefore:
    """Such a draft told of all its questionnaires together who answered them."""

    @pytest.fixture
    def old(self, world, draft):
        """The draft as it was kept then: a PEG with an answer, and a PHQ without."""

        def old(revision=2, **told):
            world.say(pain="7")
            start = {
                "occasion": "baseline",
                "session_number": None,
                "forms": list(draft.start.forms),
            }
            start |= {"author": "Practitioner/1", "author_name": "Dana", **told}
            with world.drawer.pulled() as pulled:
                head = pulled._seal.close({"start": start, "secret": "s", "reason": ""})
                pulled._database.execute(
                    "update draft set head = ?, revision = ?", (head, revision)
                )
                for number, fields in ((1, {"pain": {"texts": ["7"], "revision": 2}}), (2, {})):
                    sheet = {"base": [], "fields": fields, "rebased": 0, "floor": {}}
                    row = (pulled._seal.close(sheet), number)
                    pulled._database.execute("update sheet set body = ? where number = ?", row)
            return world.of().find(KEY)

        return old

    @pytest.mark.parametrize(
        ("told", "found"),
        [
            ({}, (DANA,)),
            ({"mode": "paper", "filled_on": "2026-11-12"}, (DANA,)),
            ({"mode": "patient", "handed_back": 2}, (PATIENT,)),
            ({"mode": "patient"}, (PATIENT,)),
            ({"mode": "patient", "handed_back": 1}, (PATIENT, DANA)),
            ({"mode": "patient", "handed_back": 2, "shared": True}, (PATIENT, DANA)),
            ({"mode": "patient", "handed_back": 2, "proxy": "Son"}, (Hand(True, proxy="Son"),)),
        ],
    )
    def test_says_it_of_every_one_that_was_answered(self, old, told, found):
        draft = old(**told)
        assert [sheet.hands for sheet in draft.sheets] == [found, ()]
        assert draft.sheet(1).typed() == {"pain": ("7",)}

    def test_from_paper_has_the_day_for_all(self, old):
        draft = old(mode="paper", filled_on="2026-11-12")
        assert {sheet.paper_on for sheet in draft.sheets} == {"2026-11-12"}
        assert old(mode="patient", filled_on="2026-11-12").sheet(2).paper_on == ""

    def test_and_goes_on_with_each_for_itself(self, old, world):
        old(mode=Mode.PATIENT, handed_back=2)
        world.say(5, number=2, mood="1", hand=SAM)
        assert (hands(world), hands(world, 2)) == ((PATIENT,), (SAM,))

    def test_is_kept_sealed_with_what_it_says_now(self, old, world):
        old()
        files = b"".join(file.read_bytes() for file in world.folder.glob("drafts*"))
        assert b"Dana" not in files
