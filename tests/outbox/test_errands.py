"""What follows from an entry: kept before it counts as saved, and in the record once in the end."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from smartapp.errors import EhrConflict, EhrError, EhrSavedBefore, EhrUnreachable, LaunchEnded
from smartapp.fhir import enrollment as enrollments
from smartapp.fhir import goal as goals
from smartapp.program.enrollment import EnrollmentStatus, Exit
from smartapp.program.goal import Goal

STAYS = {"busy": "queued", "breaks-before": "unsure", "breaks-after": "unsure", "ended": "queued"}
WALK = Goal("Walk", date(2026, 11, 23), date(2027, 1, 4), 8, 6)


@pytest.fixture
def enrolled(enroll):
    return enroll()


def linked(world):
    """The goals the CarePlans name, as ids."""
    return [g["reference"] for plan in world.ehr.all("CarePlan") for g in plan.get("goal", ())]


def attested(world):
    """The versions that Provenances name, in no order."""
    made = world.ehr.all("Provenance")
    return sorted(target["reference"] for one in made for target in one["target"])


def settle(world):
    world.ehr.manner, world.ehr.manners, world.ehr.is_down = "takes", {}, False
    return world.outbox().flush()


class TestWhoMadeIt:
    @pytest.mark.parametrize("manner", STAYS)
    def test_is_kept_when_it_cannot_be_said(self, world, manner):
        world.ehr.manners = {"Provenance": manner}
        kept = world.add("Walk")
        assert kept.thing.text == "Walk"
        assert world.states() == []
        assert world.states(errands=True) == [STAYS[manner]]

    @pytest.mark.parametrize("manner", STAYS)
    def test_is_said_once_by_the_next_page(self, world, manner):
        world.ehr.manners = {"Provenance": manner}
        kept = world.add("Walk")
        assert settle(world)
        assert attested(world) == [f"Goal/{kept.id}/_history/1"]

    def test_is_told_as_of_when_it_was_made(self, world):
        world.ehr.manners = {"Provenance": "busy"}
        world.add("Walk")
        world.clock.forward(hours=5)
        settle(world)
        (made,) = world.ehr.all("Provenance")
        assert made["recorded"] == "2026-11-23T09:30:00+00:00"

    def test_that_is_refused_is_shown_and_not_tried_again(self, world):
        world.ehr.manners = {"Provenance": "refuses"}
        world.add("Walk")
        asked = len(world.ehr.log)
        world.outbox().flush()
        assert world.states(errands=True) == ["rejected"]
        assert len(world.ehr.log) == asked

    @pytest.mark.parametrize("manner", STAYS)
    def test_holds_up_nothing_that_a_person_enters(self, world, manner):
        world.ehr.manners = {"Provenance": manner}
        world.add("Walk", 1)
        world.add("Swim", 2)
        assert world.ehr.texts() == ["Walk", "Swim"]

    def test_is_no_reason_to_call_the_form_unsaved(self, world):
        world.ehr.manners = {"Provenance": "busy"}
        world.add("Walk")
        assert not world.outbox().holds(UUID(int=1))

    def test_is_said_of_what_was_sent_later_too(self, world):
        world.ehr.manner = "busy"
        with pytest.raises(EhrError):
            world.add("Walk")
        world.ehr.manner, world.ehr.manners = "takes", {"Provenance": "busy"}
        world.outbox().flush()
        assert (world.states(), world.states(errands=True)) == ([], ["queued"])
        assert settle(world)
        assert len(attested(world)) == 1

    def test_is_said_of_what_a_form_said_before(self, world):
        world.ehr.manner = "breaks-after"
        with pytest.raises(EhrError):
            world.add("Walk")
        world.ehr.manner = "takes"
        with pytest.raises(EhrSavedBefore):
            world.add("Swim")
        assert len(attested(world)) == 1

    def test_a_stubborn_one_does_not_keep_the_others_from_their_turn(self, world):
        world.ehr.manners = {"Provenance": "busy"}
        for form in range(1, 9):
            world.add(f"Goal {form}", form)
        for _ in range(3):
            world.outbox().flush()
        tries = [row.tries for row in world.outbox().rows()]
        assert max(tries) - min(tries) == 1


class TestAGoalsLink:
    def add(self, world, enrolled, **more):
        return goals.add(world.chart(), WALK, enrolled, UUID(int=1), **more)

    @pytest.mark.parametrize("manner", [*STAYS, "refuses"])
    def test_is_made_later_when_it_fails(self, world, enrolled, manner):
        world.ehr.manners = {"CarePlan": manner}
        kept = self.add(world, enrolled)
        world.ehr.manners = {}
        for row in world.outbox().rows():
            world.outbox().retry(row.id)
        assert world.outbox().flush()
        assert linked(world) == [kept.reference]

    def test_is_made_for_a_goal_that_was_sent_later(self, world, enrolled):
        world.ehr.manner = "busy"
        with pytest.raises(EhrUnreachable):
            self.add(world, enrolled)
        assert settle(world)
        (goal,) = world.ehr.all("Goal")
        assert linked(world) == [f"Goal/{goal['id']}"]

    def test_is_made_for_a_goal_whose_enrollment_could_not_be_asked(self, world, enrolled):
        world.ehr.is_down = True
        with pytest.raises(EhrError):
            self.add(world, None, unread=True)
        assert settle(world)
        (goal,) = world.ehr.all("Goal")
        assert linked(world) == [f"Goal/{goal['id']}"]

    def test_finds_no_enrollment_for_who_has_none(self, world):
        kept = self.add(world, None, unread=True)
        assert kept.thing.text == "Walk"
        assert world.states(errands=True) == []

    def test_is_not_made_in_an_enrollment_that_has_ended(self, world, enrolled):
        plan = world.ehr.all("CarePlan")[0]
        world.ehr.rows.update({**plan, "status": "completed"})
        self.add(world, None, unread=True)
        assert linked(world) == []

    def test_keeps_what_others_wrote_into_the_plan_meanwhile(self, world, enrolled):
        world.ehr.manners = {"CarePlan": "busy"}
        kept = self.add(world, enrolled)
        plan = world.ehr.all("CarePlan")[0]
        world.ehr.rows.update({**plan, "title": "Theirs", "goal": [{"reference": "Goal/x"}]})
        assert settle(world)
        assert linked(world) == ["Goal/x", kept.reference]
        assert world.ehr.all("CarePlan")[0]["title"] == "Theirs"

    def test_that_is_there_is_left_alone(self, world, enrolled):
        self.add(world, enrolled)
        self.add(world, enrolled)
        assert len(linked(world)) == 1
        assert world.ehr.all("CarePlan")[0]["meta"]["versionId"] == "2"

    def test_says_who_made_it(self, world, enrolled):
        self.add(world, enrolled)
        assert f"{enrolled.reference}/_history/2" in attested(world)

    def test_whose_answer_was_lost_says_so_too(self, world, enrolled):
        world.ehr.manners = {"CarePlan": "breaks-after"}
        self.add(world, enrolled)
        assert settle(world)
        assert f"{enrolled.reference}/_history/2" in attested(world)

    def test_of_a_plan_that_keeps_changing_waits(self, world, enrolled):
        answer = world.ehr.answer

        def racing(method, path, *rest):
            if method == "PUT":
                world.ehr.rows.update(world.ehr.all("CarePlan")[0])
            return answer(method, path, *rest)

        world.ehr.answer = racing
        self.add(world, enrolled)
        assert world.states(errands=True) == ["queued"]
        world.ehr.answer = answer
        assert settle(world)
        assert len(linked(world)) == 1


class TestTheEndOfATeam:
    @pytest.fixture
    def leave(self, world, enrolled):
        def send():
            now = enrollments.read(world.chart(), enrolled.id)
            left = Exit(date(2026, 12, 1), "finished", "Well")
            ended = replace(now.thing, status=EnrollmentStatus.COMPLETED, exit=left)
            return enrollments.save_change(world.chart(), now, ended, UUID(int=9))

        return send

    def team(self, world):
        (team,) = world.ehr.all("CareTeam")
        return team["status"], team["period"].get("end")

    def test_comes_with_the_enrollments(self, world, leave):
        leave()
        assert self.team(world) == ("inactive", "2026-12-01")

    @pytest.mark.parametrize("manner", STAYS)
    def test_comes_later_when_it_fails(self, world, leave, manner):
        world.ehr.manners = {"CareTeam": manner}
        leave()
        assert settle(world)
        assert self.team(world) == ("inactive", "2026-12-01")
        assert world.ehr.all("CareTeam")[0]["meta"]["versionId"] == "2"

    @pytest.mark.parametrize("manner", STAYS)
    def test_comes_when_the_exit_itself_was_sent_later(self, world, leave, manner):
        world.ehr.manner = manner
        with pytest.raises((EhrError, LaunchEnded)):
            leave()
        assert settle(world)
        assert self.team(world) == ("inactive", "2026-12-01")


class TestAnEnrollmentThatWaited:
    def test_is_sent_when_nobody_else_enrolled_the_patient(self, world, enroll):
        world.ehr.manner = "busy"
        with pytest.raises(EhrUnreachable):
            enroll()
        assert settle(world)
        assert len(world.ehr.all("CarePlan")) == 1

    def test_is_shown_when_somebody_else_did(self, world, enroll):
        world.ehr.manner = "busy"
        with pytest.raises(EhrUnreachable):
            enroll(7)
        world.ehr.manner = "takes"
        box, world.box = world.box, type(world.box)(world.folder / "other", world.keys, world.clock)
        enroll(8)
        world.box = box
        world.outbox().flush()
        (row,) = [row for row in world.outbox().rows() if not row.is_errand]
        assert (row.state, row.code) == ("rejected", "ehr-conflict")
        assert len(world.ehr.all("CarePlan")) == 1

    def test_that_arrived_unseen_is_no_conflict_with_itself(self, world, enroll):
        world.ehr.manner = "breaks-after"
        with pytest.raises(EhrError):
            enroll()
        assert settle(world)
        assert len(world.ehr.all("CarePlan")) == 1


class TestAChangeThatAnotherRequestSent:
    def race(self, world, kept, text):
        """Another request sends the same form between our reading and our writing."""
        answer = world.ehr.answer

        def racing(method, path, *rest):
            if method == "PUT":
                world.ehr.answer = answer
                theirs = {**world.ehr.all("Goal")[0], "description": {"text": text}}
                world.ehr.rows.update(theirs)
            return answer(method, path, *rest)

        world.ehr.answer = racing
        return world.revise(kept, "Swim")

    def test_is_no_conflict_with_itself(self, world):
        assert self.race(world, world.add("Walk"), "Swim").thing.text == "Swim"
        assert world.states() == []
        assert world.ehr.all("Goal")[0]["meta"]["versionId"] == "2"

    def test_is_a_conflict_when_it_says_something_else(self, world):
        with pytest.raises(EhrConflict):
            self.race(world, world.add("Walk"), "Dance")


def test_an_outbox_that_cannot_be_used_does_not_keep_the_errands_from_running(world, enroll):
    world.file.write_bytes(b"no database at all" * 1000)
    world.box._file.let_go()
    kept = goals.add(world.chart(), WALK, enroll(), UUID(int=1))
    assert linked(world) == [kept.reference]
    assert f"{kept.reference}/_history/1" in attested(world)


def test_what_was_kept_before_there_were_errands_can_still_be_sent(world):
    """A file written by an older release holds savings without the newer fields."""
    seal, told = world.box._seal, {}
    close, told["keys"] = seal.close, ("into", "errand")
    world.ehr.manner = "busy"

    def older(draft):
        body = close(draft)
        return body if draft.saving.errand else _without(seal, body, told["keys"])

    seal.close = older
    with pytest.raises(EhrError):
        world.add("Walk")
    seal.close = close
    assert settle(world)
    assert world.ehr.texts() == ["Walk"]


def _without(seal, body, names):
    from smartapp.fhir import wire

    told = wire.decode(seal._fernet.decrypt(body))
    told["saving"] = {k: v for k, v in told["saving"].items() if k not in names}
    return seal._fernet.encrypt(wire.encode(told))
