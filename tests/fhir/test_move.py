"""What waits in the store moves into an EHR that has come to take it: all of it, and once."""

from contextlib import suppress
from dataclasses import replace
from uuid import UUID

import pytest

from smartapp.errors import EhrUnreachable, EhrUnsure
from smartapp.fhir import capabilities
from smartapp.fhir import goal as goals
from smartapp.fhir.move import foresee, move
from smartapp.fhir.place import Place
from smartapp.fhir.plan import Wish

OURS = ("QuestionnaireResponse", "CareTeam", "CarePlan", "Goal", "Observation")
EHR = "https://ehr.example/fhir"
FORM = UUID(int=7)


@pytest.fixture
def opened_up(played, refusals):
    """The EHR comes to take everything, and the refusals are forgotten."""

    def accept():
        played.accept()
        refusals.forget(EHR)
        capabilities.forget()

    return accept


@pytest.mark.parametrize("refused", [OURS, ("CarePlan", "Goal"), ("QuestionnaireResponse",)])
def test_all_that_waits_is_in_the_ehr_afterwards(
    whole_program, seen, played, kept_apart, opened_up, open_at, refused
):
    played.refuse(*refused)
    before = seen(whole_program())
    opened_up()
    assert move(open_at()).waiting == ()
    assert seen(open_at()) == before
    assert not any(kept_apart.all(type_) for type_ in OURS)
    assert "app.example" not in str([played.all(type_) for type_ in OURS])


def test_moving_again_finds_nothing_to_do(whole_program, played, opened_up, open_at):
    played.refuse(*OURS)
    whole_program()
    opened_up()
    assert len(move(open_at()).moved) == 6
    assert move(open_at()).moved == ()
    assert len(played.all("Goal")) == 1


def test_a_patient_without_a_store_record_has_nothing_to_move(open_at):
    assert move(open_at()).moved == ()


def test_what_a_move_would_do_is_foreseen_without_doing_it(
    whole_program, played, kept_apart, opened_up, open_at
):
    played.refuse("Goal")
    whole_program()
    assert len(foresee(open_at()).waiting) == 1
    opened_up()
    foreseen = foresee(open_at())
    assert [one.partition("/")[0] for one in foreseen.moved] == ["Goal"]
    assert (foreseen.waiting, len(kept_apart.all("Goal")), played.all("Goal")) == ((), 1, [])


def test_of_a_patient_without_a_store_record_nothing_is_foreseen(open_at):
    assert foresee(open_at()).moved == ()


def test_without_acceptance_everything_stays(whole_program, played, open_at):
    played.refuse(*OURS)
    whole_program()
    found = move(open_at())
    assert (found.moved, len(found.waiting)) == ((), 6)


def test_the_history_stays_in_the_store(open_at, played, kept_apart, opened_up, walk):
    played.refuse("Goal")
    kept = goals.add(open_at(), walk, None, FORM)
    opened_up()
    move(open_at())
    versions = kept_apart.rows.history("Goal", kept.id.removeprefix("store~"))
    assert [one.deleted for one in versions] == [True, False]


def test_who_moved_it_is_kept(open_at, played, opened_up, walk):
    played.refuse("Goal")
    goals.add(open_at(), walk, None, FORM)
    opened_up()
    (reference,) = move(open_at()).moved
    targets = [made["target"] for made in played.all("Provenance")]
    assert [{"reference": f"{reference}/_history/1"}] in targets


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_one_that_breaks_off_goes_on_from_there(
    whole_program, seen, played, opened_up, open_at, method
):
    """The EHR goes down after every number of writes in turn; nothing is lost or doubled."""
    played.refuse(*OURS)
    before = seen(whole_program())
    opened_up()
    answer, left = played.answer, [0]

    def fragile(asked, *rest):
        left[0] -= asked == method
        if left[0] < 0:
            raise OSError
        return answer(asked, *rest)

    for allowed in range(1, 9):
        played.answer, left[0] = fragile, allowed
        with suppress(EhrUnsure, EhrUnreachable):
            move(open_at())
        played.answer = answer
        assert seen(open_at()) == before
    assert move(open_at()).waiting == ()
    assert seen(open_at()) == before


def test_a_type_that_is_refused_after_all_waits(whole_program, seen, played, opened_up, open_at):
    played.refuse(*OURS)
    before = seen(whole_program())
    opened_up()
    played.refuse("Goal", status=422)
    found = move(open_at())
    assert [one.partition("/")[0] for one in found.waiting] == ["Goal"]
    assert seen(open_at()) == before


def test_what_is_still_referred_to_is_not_deleted(
    whole_program, seen, played, kept_apart, opened_up, open_at
):
    """The EHR takes responses now, and no change of the score that refers to one."""
    played.refuse("QuestionnaireResponse")
    before = seen(whole_program())
    opened_up()
    played.refuse("Nothing")
    played.takes["update"] -= {"Observation"}
    found = move(open_at())
    assert [one.partition("/")[0] for one in found.waiting] == ["QuestionnaireResponse"]
    assert [len(place.all("QuestionnaireResponse")) for place in (played, kept_apart)] == [2, 1]
    assert seen(open_at()) == before
    played.accept()
    assert move(open_at()).waiting == ()
    assert kept_apart.all("QuestionnaireResponse") == []


def test_what_changes_while_it_is_moved_is_not_deleted(
    open_at, played, kept_apart, opened_up, walk
):
    played.refuse("Goal")
    kept = goals.add(open_at(), walk, None, FORM)
    opened_up()
    answer = kept_apart.answer

    def meanwhile(method, *rest):
        if method == "DELETE":
            kept_apart.answer = answer
            goals.save_change(open_at(), kept, replace(walk, text="Swim"), UUID(int=8))
        return answer(method, *rest)

    kept_apart.answer = meanwhile
    move(open_at())
    assert len(kept_apart.all("Goal")) == 1
    move(open_at())
    assert [goal.thing.text for goal in open_at().open().goals] == ["Swim"]
    assert kept_apart.all("Goal") == []


def test_copies_that_are_wanted_stay(open_at, kept_apart, walk):
    goals.add(open_at(Goal=Wish.BOTH), walk, None, FORM)
    assert move(open_at(Goal=Wish.BOTH)).moved == ()
    assert kept_apart.all("Goal")


class TestChangesThatWait:
    @pytest.fixture
    def changed(self, open_at, played, walk):
        """A goal of the EHR's, changed in the store because the EHR took no change."""
        kept = goals.add(open_at(), walk, None, FORM)
        played.refuse("Goal")
        capabilities.forget()
        return goals.save_change(open_at(), kept, replace(walk, text="Swim"), FORM)

    def test_one_becomes_the_ehrs_next_version(self, open_at, played, changed, opened_up):
        opened_up()
        move(open_at())
        (shown,) = open_at().open().goals
        assert (shown.thing.text, shown.version, shown.place) == ("Swim", "2", Place.EHR)
        assert "instead-of" not in str(played.all("Goal"))

    def test_one_the_ehr_has_overtaken_is_left_to_people(self, open_at, played, changed, opened_up):
        (row,) = played.all("Goal")
        played.rows.update({**row, "description": {"text": "Run"}})
        opened_up()
        assert move(open_at()).waiting == (changed.reference,)
        assert [goal.thing.text for goal in open_at().open().goals] == ["Run"]


def test_what_changed_after_it_was_copied_is_brought_along(open_at, played, kept_apart, walk):
    """A copy whose original was not deleted, because it changed meanwhile, is mended."""
    goals.add(open_at(), walk, None, FORM)
    (copy,) = played.all("Goal")
    played.refuse("Goal")
    capabilities.forget()
    newer = {**copy, "description": {"text": "Swim"}}
    stored = _keep(kept_apart, newer)
    played.accept()
    capabilities.forget()
    move(open_at())
    assert [goal.thing.text for goal in open_at().open().goals] == ["Swim"]
    assert stored not in [row["id"] for row in kept_apart.all("Goal")]


def _keep(store, goal):
    issuer = [{"system": EHR, "value": "p1"}]
    person, _ = store.rows.create({"resourceType": "Patient", "identifier": issuer})
    made = {k: v for k, v in goal.items() if k not in ("id", "meta")}
    reference = {"reference": f"Patient/{person.id}"}
    kept, _ = store.rows.create({**made, "subject": reference, "expressedBy": reference})
    return kept.id
