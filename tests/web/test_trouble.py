"""The EHR fails in the middle of a save: the truth is told, nothing typed is lost, nothing doubled.

Every rule holds for every form: those that create and those that change. Assessments have their
own (``test_submission.py``).
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from html import unescape

import pytest

from smartapp import errors

GOAL = {"text": "Walk 🐕 to the shop", "due": "2027-01-04", "importance": "8", "confidence": "6"}
CREATED = {
    "goal": ("goals/new", GOAL, "Goal"),
    "enrollment": ("enrollment/new", {"red_flags_checked": "yes", "consent": "yes"}, "CarePlan"),
}
CHANGED = {
    "words": ("goals/{}/edit", GOAL | {"text": "Swim"}, "Goal"),
    "progress": ("goals/{}/progress", {"achievement": "improving", "note": "Good"}, "Goal"),
    "exit": ("enrollment/{}/complete", {"reason": "finished", "note": "Well"}, "CarePlan"),
}


@dataclass
class Work:
    """A form that is open, what is typed into it, and what it leaves in the record."""

    coach: object
    ehr: object
    place: str
    typed: dict
    type: str

    def __post_init__(self):
        self.form = self.coach.open(self.place)

    def send(self):
        return self.coach.send(self.form, **self.typed)

    def again(self, answer):
        """Send once more from the page that refused, without typing anything."""
        return self.coach.send(self.coach.form(answer))

    def is_all_there(self, answer):
        """Whether the page still holds the form with everything typed into it."""
        values = self.coach.form(answer).values
        return values["form_id"] == self.form.values["form_id"] and self.typed.items() <= (
            values.items()
        )

    def saved(self):
        """How often it is in the record: resources and their versions."""
        kept = self.ehr.kept(self.type, self.coach.patient)
        return len(kept), max((int(r["meta"]["versionId"]) for r in kept), default=0)


@pytest.fixture(params=[*CREATED, *CHANGED])
def work(request, coach, ehr, patient, staff):
    """Each form in turn, open on something to work at."""
    place, typed, type_ = (CREATED | CHANGED)[request.param]
    if request.param == "enrollment":
        sam = f"Practitioner/{staff['Sam']}"
        typed = typed | {"supervisor": sam, f"supervisor_name.{sam}": "Sam Thornfield"}
    if request.param in CHANGED:
        coach.enroll() if type_ == "CarePlan" else coach.add_goal()
        place = place.format(ehr.kept(type_, patient)[0]["id"])
    return Work(coach, ehr, place, typed, type_)


@pytest.fixture
def once(work):
    """What the record holds when the work was saved exactly once."""
    return (1, 1) if work.place.endswith("new") else (1, 2)


def says(answer, error):
    assert error.sentence in unescape(answer.text)
    assert "What you typed is still below" in answer.text


class TestDown:
    @pytest.fixture
    def answer(self, work, ehr):
        ehr.is_down = True
        answer = work.send()
        ehr.is_down = False
        return answer

    def test_says_that_nothing_was_saved(self, answer):
        assert answer.status_code == 503
        says(answer, errors.EhrUnreachable)

    def test_keeps_everything_typed(self, work, answer):
        assert work.is_all_there(answer)

    def test_saves_when_it_is_sent_again(self, work, answer, once):
        assert work.again(answer).status_code == 303
        assert work.saved() == once


class TestFailedWrite:
    @pytest.fixture
    def answer(self, work, ehr):
        ehr.failing = 1
        return work.send()

    def test_says_that_it_may_or_may_not_be_saved(self, answer):
        assert answer.status_code == 504
        says(answer, errors.EhrUnsure)
        assert "Not sure whether it was saved" in answer.text

    def test_keeps_everything_typed_and_saves_once(self, work, answer, once):
        assert work.is_all_there(answer)
        assert work.again(answer).status_code == 303
        assert work.saved() == once


class TestAnswerLost:
    """The EHR saved it, and the connection broke before it could say so."""

    @pytest.fixture
    def answer(self, work, ehr):
        ehr.dropping = 1
        return work.send()

    def test_says_that_it_may_or_may_not_be_saved(self, answer):
        assert answer.status_code == 504
        says(answer, errors.EhrUnsure)

    def test_sent_again_is_saved_once(self, work, answer, once):
        assert work.is_all_there(answer)
        assert work.again(answer).status_code == 303
        assert work.saved() == once

    def test_twice_in_a_row_is_saved_once(self, work, ehr, once):
        ehr.dropping = 2
        answers = [work.send().status_code for _ in range(3)]
        assert set(answers[:2]) <= {303, 504}
        assert answers[2] == 303
        assert work.saved() == once


def test_two_windows_that_send_at_once_save_once(work, clinic, once):
    """A double click on a slow day."""
    windows = [work.coach, clinic.beside(work.coach)]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda window: window.send(work.form, **work.typed), windows))
    assert 303 in {answer.status_code for answer in answers}
    assert work.saved() == once


@pytest.mark.parametrize(
    ("status", "error", "shown"),
    [
        (400, errors.EhrRejected, 422),
        (429, errors.EhrUnreachable, 503),
        (501, errors.EhrRejected, 422),
        (503, errors.EhrUnsure, 504),
    ],
)
def test_a_write_the_ehr_refuses_keeps_the_form(coach, ehr, patient, status, error, shown):
    work = Work(coach, ehr, "goals/new", GOAL, "Goal")
    ehr.failing, ehr.failing_with = 9, status
    answer = work.send()
    assert answer.status_code == shown
    says(answer, error)
    assert work.is_all_there(answer)
    assert not ehr.kept("Goal", patient)


def test_what_follows_a_save_may_fail_without_a_word(coach, ehr, patient):
    """The goal is saved; a Provenance or a link that is missing is no reason to say it is not."""
    coach.enroll()
    form = coach.open("goals/new")
    ehr.refused = {("POST", "Provenance"): 500, ("PUT", "CarePlan"): 500}
    assert coach.send(form, **GOAL).status_code == 303
    assert len(ehr.kept("Goal", patient)) == 1


def test_a_launch_that_the_ehr_ends_in_the_middle_of_a_save_keeps_the_form(coach, ehr, patient):
    work = Work(coach, ehr, "goals/new", GOAL, "Goal")
    ehr.failing, ehr.failing_with = 9, 401
    answer = work.send()
    assert answer.status_code == 401
    assert errors.LaunchEnded.sentence in unescape(answer.text)
    assert work.is_all_there(answer)


def test_the_conflict_page_that_cannot_be_read_shows_what_was_typed(coach, ehr, patient):
    coach.add_goal()
    goal = ehr.kept("Goal", patient)[0]["id"]
    work = Work(coach, ehr, f"goals/{goal}/edit", GOAL | {"text": "Mine"}, "Goal")
    ehr.store.delete("Goal", goal)
    answer = work.send()
    assert answer.status_code == 404
    assert "Mine" in answer.text


class TestPage:
    """A page that only reads, while the EHR is down."""

    @pytest.mark.parametrize("place", ["", "enrollment/new", "assessments/new", "outcomes"])
    def test_says_so_under_the_patients_banner(self, coach, ehr, place):
        coach.see()
        ehr.is_down = True
        answer = coach.get(place)
        assert answer.status_code == 503
        assert errors.EhrUnreachable.sentence in answer.text
        assert "Ada Quillfeather" in answer.text

    def test_before_the_patient_was_ever_read_says_so_too(self, coach, ehr):
        ehr.is_down = True
        answer = coach.get()
        assert answer.status_code == 503
        assert errors.EhrUnreachable.sentence in answer.text

    def test_a_goal_form_opens_without_the_ehr(self, coach, ehr):
        coach.see()
        ehr.is_down = True
        assert coach.get("goals/new").status_code == 200

    def test_a_patient_the_ehr_does_not_let_us_read(self, coach, ehr):
        coach.see()
        ehr.refused = {("GET", "Patient"): 403}
        assert coach.get().status_code == 403
