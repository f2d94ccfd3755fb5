"""One record over two places: whatever the EHR takes, all is kept once and all can be read."""

from dataclasses import replace
from fractions import Fraction
from functools import partial
from uuid import UUID

import pytest

from smartapp.errors import (
    EhrConflict,
    EhrError,
    EhrNotFound,
    EhrUnreachable,
    EhrUnsure,
    EhrWrongPatient,
    StoreFailed,
    StoreUnsure,
)
from smartapp.fhir import capabilities, names, parallel
from smartapp.fhir import enrollment as enrollments
from smartapp.fhir import goal as goals
from smartapp.fhir.ehrs import profiles
from smartapp.fhir.place import Place
from smartapp.fhir.plan import Placed, Why, Wish
from smartapp.program.enrollment import EnrollmentStatus
from smartapp.program.goal import Achievement

OURS = ("QuestionnaireResponse", "CareTeam", "CarePlan", "Goal", "Observation")
FORM = UUID(int=7)
EHR = "https://ehr.example/fhir"


@pytest.mark.parametrize("told", [True, False], ids=["stated", "unstated"])
@pytest.mark.parametrize("ehr", profiles())
def test_the_whole_program_is_kept_once_with_every_vendor(
    whole_program, seen, played, kept_apart, ehr, told
):
    played.play(profiles()[ehr], states_truly=told)
    enrolled, goal, scores = seen(whole_program(ehr))
    assert enrolled.status is EnrollmentStatus.COMPLETED
    assert goal.achievement is Achievement.ACHIEVED
    assert scores[0].value == Fraction(4)
    counts = {type_: len(played.all(type_)) + len(kept_apart.all(type_)) for type_ in OURS}
    assert counts == {**dict.fromkeys(OURS, 1), "QuestionnaireResponse": 2}


@pytest.mark.parametrize("status", [403, 404, 405, 422])
@pytest.mark.parametrize("refused", [OURS, ("CarePlan", "Goal"), ("QuestionnaireResponse",)])
def test_what_is_refused_when_tried_goes_to_the_store(
    whole_program, seen, played, kept_apart, refused, status
):
    played.refuse(*refused, status=status)
    seen(whole_program())
    assert {t for t in OURS if kept_apart.all(t)} == set(refused)
    assert {t for t in OURS if played.all(t)} == set(OURS) - set(refused)


def test_what_takes_everything_gets_everything(whole_program, seen, kept_apart):
    seen(whole_program())
    assert not any(kept_apart.all(type_) for type_ in (*OURS, "Provenance", "Patient"))


def test_the_page_learns_where_each_thing_went(open_at, played, enrollment, flags):
    played.refuse("CarePlan")
    chart = open_at()
    enrollments.enroll(chart, enrollment, flags, FORM)
    assert Placed("CarePlan", Place.STORE, Why.REFUSED) in chart.placed
    places = {one.type: one.place for one in chart.placed}
    assert (places["CareTeam"], places["QuestionnaireResponse"]) == (Place.EHR, Place.EHR)


def test_what_lives_elsewhere_is_referred_to_absolutely(whole_program, played, kept_apart):
    played.refuse("CarePlan")
    whole_program()
    (plan,) = kept_apart.all("CarePlan")
    (person,) = kept_apart.all("Patient")
    assert plan["subject"] == {"reference": f"Patient/{person['id']}"}
    assert plan["addresses"][0]["reference"] == f"{EHR}/Condition/c1"
    assert plan["careTeam"][0]["reference"].startswith(f"{EHR}/CareTeam/")
    assert plan["goal"][0]["reference"].startswith(f"{EHR}/Goal/")


def test_what_the_ehr_keeps_refers_to_the_store_absolutely(whole_program, played, kept_apart):
    played.refuse("CarePlan")
    whole_program()
    (plan,) = kept_apart.all("CarePlan")
    (score,) = played.all("Observation")
    expected = f"https://app.example/fhir/CarePlan/{plan['id']}"
    assert score["basedOn"] == [{"reference": expected}]


def test_saving_the_same_form_again_changes_nothing(open_at, played, kept_apart, walk):
    played.refuse("Goal")
    first = goals.add(open_at(), walk, None, FORM)
    assert goals.add(open_at(), walk, None, FORM) == first
    assert len(kept_apart.all("Goal")) == len(
        kept_apart.all("Provenance") + played.all("Provenance")
    )


def test_who_did_what_in_the_store_is_told_there_and_in_the_ehr_of_the_ehrs(
    open_at, played, kept_apart, walk, enrollment, flags
):
    played.refuse("Goal")
    chart = open_at()
    goals.add(chart, walk, None, FORM)
    assert Placed("Provenance", Place.STORE, Why.TOGETHER) in chart.placed
    assert (len(kept_apart.all("Provenance")), played.all("Provenance")) == (1, [])
    enrollments.enroll(open_at(), enrollment, flags, UUID(int=8))
    assert (len(kept_apart.all("Provenance")), len(played.all("Provenance"))) == (1, 1)


def test_a_form_sent_again_after_the_ehr_came_to_take_it_finds_the_stores(
    open_at, played, refusals, walk
):
    played.refuse("Goal")
    first = goals.add(open_at(), walk, None, FORM)
    played.accept()
    refusals.forget(EHR)
    capabilities.forget()
    assert goals.add(open_at(), walk, None, FORM) == first
    assert played.all("Goal") == []


def test_another_goal_on_the_same_form_is_a_conflict_in_the_store_too(open_at, played, walk):
    played.refuse("Goal")
    goals.add(open_at(), walk, None, FORM)
    with pytest.raises(EhrConflict):
        goals.add(open_at(), replace(walk, text="Swim"), None, FORM)


def test_a_change_over_an_older_version_is_a_conflict_in_the_store_too(open_at, played, walk):
    played.refuse("Goal")
    first = goals.add(open_at(), walk, None, FORM)
    goals.save_change(open_at(), first, replace(walk, text="Swim"), FORM)
    with pytest.raises(EhrConflict):
        goals.save_change(open_at(), first, replace(walk, text="Dance"), FORM)
    assert [v.thing.text for v in goals.versions(open_at(), first.id)] == ["Swim", walk.text]


class TestRefusals:
    def test_one_is_remembered_for_every_later_launch(self, open_at, played, walk):
        played.refuse("Goal")
        goals.add(open_at(), walk, None, FORM)
        played.log.clear()
        goals.add(open_at(), walk, None, UUID(int=8))
        assert ("POST", "Goal") not in played.log

    def test_one_users_lacking_right_keeps_nobody_else_out(self, open_at, played, kept_apart, walk):
        played.refuse("Goal", status=403)
        goals.add(open_at(), walk, None, FORM)
        assert open_at().plan()["Goal"].place is Place.STORE
        played.accept()
        goals.add(open_at(user="Practitioner/d2"), walk, None, UUID(int=8))
        assert (len(played.all("Goal")), len(kept_apart.all("Goal"))) == (1, 1)

    def test_two_users_lacking_right_is_the_sites_until_somebody_succeeds(
        self, open_at, played, refusals, walk
    ):
        played.refuse("Goal", status=403)
        goals.add(open_at(), walk, None, FORM)
        late = open_at(user="Practitioner/d3")
        assert late.plan()["Goal"].place is Place.EHR
        goals.add(open_at(user="Practitioner/d2"), walk, None, UUID(int=8))
        assert open_at(user="Practitioner/d4").plan()["Goal"].place is Place.STORE
        played.accept()
        goals.add(late, walk, None, UUID(int=9))
        assert open_at(user="Practitioner/d4").plan()["Goal"].place is Place.EHR

    @pytest.mark.parametrize("status", [400, 401, 409, 500])
    def test_other_failures_are_told_and_not_remembered(self, open_at, played, walk, status):
        played.refuse("Goal", status=status)
        with pytest.raises(EhrError):
            goals.add(open_at(), walk, None, FORM)
        assert open_at().plan()["Goal"].place is Place.EHR

    def test_an_ehr_that_is_down_is_not_replaced_by_the_store(
        self, open_at, played, kept_apart, walk
    ):
        played.down = True
        with pytest.raises(EhrUnreachable):
            goals.add(open_at(), walk, None, FORM)
        assert kept_apart.all("Goal") == []


class TestChangesTheEhrRefuses:
    @pytest.fixture
    def theirs(self, open_at, played, walk):
        """A goal in the EHR, which then takes no more changes."""
        kept = goals.add(open_at(), walk, None, FORM)
        played.refuse("Goal")
        capabilities.forget()
        return kept

    def test_one_is_read_instead_of_the_ehrs(self, open_at, theirs, walk):
        changed = goals.save_change(open_at(), theirs, replace(walk, text="Swim"), FORM)
        assert (theirs.place, changed.place) == (Place.EHR, Place.STORE)
        (shown,) = open_at().open().goals
        assert shown == changed
        assert shown.thing.text == "Swim"

    def test_it_can_be_changed_further(self, open_at, theirs, walk):
        swim = goals.save_change(open_at(), theirs, replace(walk, text="Swim"), FORM)
        goals.save_change(open_at(), swim, replace(walk, text="Dance"), FORM)
        assert [goal.thing.text for goal in open_at().open().goals] == ["Dance"]

    def test_two_from_the_same_version_are_a_conflict(self, open_at, theirs, walk):
        goals.save_change(open_at(), theirs, replace(walk, text="Swim"), FORM)
        with pytest.raises(EhrConflict):
            goals.save_change(open_at(), theirs, replace(walk, text="Dance"), UUID(int=8))

    def test_it_is_found_under_the_ehrs_id_too(self, open_at, theirs, walk):
        """A page that was open before goes on with what is true now."""
        changed = goals.save_change(open_at(), theirs, replace(walk, text="Swim"), FORM)
        assert goals.read(open_at(), theirs.id) == changed

    def test_its_history_begins_with_the_ehrs(self, open_at, theirs, walk):
        swim = goals.save_change(open_at(), theirs, replace(walk, text="Swim"), FORM)
        found = goals.versions(open_at(), swim.id)
        assert {(one.thing.text, one.place) for one in found} == {
            ("Swim", Place.STORE),
            (walk.text, Place.EHR),
        }

    def test_once_the_ehrs_changes_it_is_shown_again(self, open_at, played, theirs, walk):
        goals.save_change(open_at(), theirs, replace(walk, text="Swim"), FORM)
        played.rows.update({**theirs.resource, "description": {"text": "Run"}})
        (shown,) = open_at().open().goals
        assert (shown.thing.text, shown.place) == ("Run", Place.EHR)
        goals.save_change(open_at(), shown, replace(shown.thing, text="Fly"), FORM)
        assert [goal.thing.text for goal in open_at().open().goals] == ["Fly"]

    def test_somebody_elses_goal_gets_an_identifier_of_ours(self, open_at, played, kept_apart):
        subject, words = {"reference": "Patient/p1"}, {"text": "Sleep"}
        goal = {"resourceType": "Goal", "id": "g9", "lifecycleStatus": "active"}
        played.rows.update({**goal, "subject": subject, "description": words})
        played.refuse("Goal")
        (kept,) = open_at().open().goals
        goals.save_change(open_at(), kept, replace(kept.thing, text="Sleep well"), FORM)
        assert [goal.thing.text for goal in open_at().open().goals] == ["Sleep well"]
        assert kept_apart.all("Goal")[0]["identifier"][0]["system"] == names.IDENTIFIER


class TestCopies:
    def test_both_means_the_ehr_and_a_copy_and_shows_once(self, whole_program, seen, kept_apart):
        seen(whole_program(Goal=Wish.BOTH))
        (copy,) = kept_apart.all("Goal")
        assert copy["lifecycleStatus"] == "completed"

    def test_sent_again_there_is_still_one_of_each(self, open_at, played, kept_apart, walk):
        first = goals.add(open_at(Goal=Wish.BOTH), walk, None, FORM)
        assert goals.add(open_at(Goal=Wish.BOTH), walk, None, FORM) == first
        assert len(played.all("Goal")) == len(kept_apart.all("Goal")) == 1

    def test_one_that_fails_is_told(self, open_at, kept_apart, walk):
        kept_apart.down, chart = True, open_at(Goal=Wish.BOTH)
        assert goals.add(chart, walk, None, FORM).place is Place.EHR
        assert Placed("Goal", Place.STORE, Why.COPY_FAILED) in chart.placed


class TestStoreDown:
    def test_the_record_is_not_shown_as_if_it_were_whole(self, open_at, kept_apart):
        kept_apart.down = True
        with pytest.raises(StoreFailed):
            open_at().open()

    def test_what_belongs_there_is_not_said_to_be_saved(self, open_at, played, kept_apart, walk):
        played.refuse("Goal")
        kept_apart.down = True
        with pytest.raises(StoreFailed):
            goals.add(open_at(), walk, None, FORM)
        kept_apart.down = False
        goals.add(open_at(), walk, None, FORM)
        assert len(kept_apart.all("Goal")) == 1

    def test_a_write_without_an_answer_is_unsure(self, open_at, played, kept_apart, walk):
        played.refuse("Goal")
        first = goals.add(open_at(), walk, None, FORM)
        kept_apart.refuse("Goal", status=500)
        with pytest.raises(StoreUnsure):
            goals.save_change(open_at(), first, replace(walk, text="Swim"), FORM)


class TestWhoItIs:
    @pytest.fixture
    def stored(self, open_at, played, walk):
        played.refuse("Goal")
        return goals.add(open_at(), walk, None, FORM)

    def renumber(self, played, number):
        (person,) = played.all("Patient")
        row = {**person["identifier"][0], "value": number}
        played.rows.update({**person, "identifier": [row]})

    def test_they_are_known_by_issuer_and_id_and_record_number(self, kept_apart, stored):
        (person,) = kept_apart.all("Patient")
        found = [(row.get("system"), row["value"]) for row in person["identifier"]]
        assert found == [("https://ehr.example/fhir", "p1"), (None, "M-1")]

    def test_another_record_number_is_another_person(self, open_at, played, stored, walk):
        self.renumber(played, "M-2")
        for act in (
            lambda: open_at().open(),
            lambda: goals.read(open_at(), stored.id),
            lambda: goals.versions(open_at(), stored.id),
            lambda: goals.save_change(open_at(), stored, replace(walk, text="Swim"), FORM),
            lambda: goals.add(open_at(), walk, None, UUID(int=8)),
        ):
            with pytest.raises(EhrWrongPatient):
                act()

    def test_without_a_number_on_one_side_the_id_is_enough(self, open_at, played, stored):
        (person,) = played.all("Patient")
        played.rows.update({k: v for k, v in person.items() if k != "identifier"})
        assert [goal.id for goal in open_at().open().goals] == [stored.id]

    def test_another_patients_resource_in_the_store_cannot_be_read(
        self, open_at, kept_apart, stored
    ):
        row = kept_apart.all("Goal")[0]
        kept_apart.rows.create({"resourceType": "Patient"})
        other = next(p for p in kept_apart.all("Patient") if "identifier" not in p)
        row["subject"] = {"reference": f"Patient/{other['id']}"}
        kept_apart.rows.update(row)
        with pytest.raises(EhrWrongPatient):
            goals.read(open_at(), stored.id)
        assert open_at().open().goals == ()

    def test_what_the_store_does_not_have_is_not_found(self, open_at, stored):
        with pytest.raises(EhrNotFound):
            goals.read(open_at(), "store~nothing")
        with pytest.raises(EhrNotFound):
            goals.read(open_at(), "store~../Patient")


def test_a_patient_the_store_does_not_know_has_nothing_there(open_at):
    with pytest.raises(EhrNotFound):
        goals.read(open_at(), "store~1")


def test_without_a_store_there_is_no_such_place(ehr, chart):
    with pytest.raises(EhrNotFound):
        goals.read(chart, "store~1")


def test_what_fails_halfway_is_never_said_to_be_unsaved(open_at, played, kept_apart, whole_program):
    """The responses are in the store when the EHR goes down before it has the scores."""
    played.refuse("QuestionnaireResponse")
    answer = played.answer

    def failing(method, path, *rest):
        played.down = played.down or (method, path) == ("GET", "Observation")
        return answer(method, path, *rest)

    played.answer = failing
    with pytest.raises(EhrUnsure):
        whole_program()
    played.down, played.answer = False, answer
    whole_program()
    assert len(open_at().open().assessments) == len(played.all("Observation")) == 1


def test_two_who_save_at_once_make_one_person_known(open_at, played, kept_apart, walk):
    played.refuse("Goal")
    forms = [UUID(int=100 + number) for number in range(8)]
    parallel.together(tuple(partial(goals.add, open_at(), walk, None, f) for f in forms), 8)
    assert len(kept_apart.all("Patient")) == 1
    assert len(open_at().open().goals) == 8


def test_the_scopes_of_the_launch_decide_too(open_at, played, walk):
    chart = open_at(granted=("patient/Goal.rs", "patient/*.r"))
    goals.add(chart, walk, None, FORM)
    assert chart.placed[0] == Placed("Goal", Place.STORE, Why.SCOPE)
    assert ("POST", "Goal") not in played.log


def test_what_waits_is_told_when_it_is_changed(open_at, played, refusals, walk):
    played.refuse("Goal")
    kept = goals.add(open_at(), walk, None, FORM)
    refusals.forget(EHR)
    chart = open_at()
    goals.save_change(chart, kept, replace(walk, text="Swim"), FORM)
    assert chart.placed[0] == Placed("Goal", Place.STORE, Why.WAITING)
