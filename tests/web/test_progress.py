"""A draft's answers in the EHR: at each step away from a page, and nobody waits for them."""

from datetime import timedelta

import pytest

from smartapp.web import progress

ITEMS = [
    {"linkId": "g", "item": [{"linkId": "a", "answer": [{"valueInteger": 1}]}]},
    {"linkId": "g", "item": [{"linkId": "a", "answer": [{"valueInteger": 2}]}]},
    {"linkId": "b", "answer": [{"valueInteger": 3}]},
]


@pytest.fixture
def kept(ehr, patient):
    """What the record has of responses: status, and the answers by link id."""

    def kept():
        return [
            (one["status"], {i["linkId"]: i["answer"][0].get("valueInteger") for i in one["item"]})
            for one in ehr.kept("QuestionnaireResponse", patient)
        ]

    return kept


@pytest.fixture
def draft(coach):
    """The address of a draft of a PEG, below the launch, just started."""
    page = coach.follow(coach.start("peg"))
    return page.request.path.removeprefix(coach.home).rsplit("/", 1)[0]


def answer(coach, draft, go, **typed):
    return coach.answer(coach.get(f"{draft}/1"), go=go, **typed)


@pytest.mark.parametrize("go", ["next", "leave"])
def test_is_in_the_record_when_the_page_is_left(coach, draft, kept, go):
    answer(coach, draft, go, pain="4")
    assert kept() == [("in-progress", {"pain": 4})]


@pytest.mark.parametrize("go", ["", "back"])
def test_is_not_sent_on_every_other_button(coach, draft, kept, go):
    answer(coach, draft, go, pain="4")
    assert kept() == []


def test_only_what_can_be_read(coach, draft, kept):
    answer(coach, draft, "leave", pain="six", activity="3")
    assert kept() == [("in-progress", {"activity": 3})]


def test_is_one_response_all_the_way(coach, draft, ehr, patient, kept):
    answer(coach, draft, "leave", pain="4")
    answer(coach, draft, "next", pain="5", enjoyment="5", activity="5")
    answered = coach.submit(coach.get(f"{draft}/review"))
    assert answered.status_code == 303
    ((status, answers),) = kept()
    assert (status, answers["pain"], answers["activity"]) == ("completed", 5, 5)
    assert len(ehr.kept("Observation", patient)) == 1


def test_is_no_assessment_on_the_program_page(coach, draft):
    before = coach.see("assessments/new")
    answer(coach, draft, "next", pain="5", enjoyment="5", activity="5")
    assert "Assessments in progress" in coach.see()
    assert coach.see("assessments/new").count("selected") == before.count("selected")


def test_a_discarded_one_is_entered_in_error(coach, draft, kept):
    answer(coach, draft, "leave", pain="4")
    coach.fill(f"{draft}/discard", reason="wrong session")
    assert kept() == [("entered-in-error", {"pain": 4})]


def test_a_questionnaire_that_is_left_out_in_the_end_is_entered_in_error(coach, kept):
    page = coach.start("peg", "pseq")
    second = coach.answer(page, pain="4", go="next")
    draft = second.location.removeprefix(coach.home).rsplit("/", 1)[0]
    coach.answer(coach.get(f"{draft}/2"), 3, go="next")
    coach.answer(coach.get(f"{draft}/1"), pain=None, go="")
    coach.submit(coach.get(f"{draft}/review"))
    assert sorted(status for status, _ in kept()) == ["completed", "entered-in-error"]


@pytest.mark.parametrize("trouble", ["fails", "answer lost", "down", 401, 403, 422])
def test_its_failure_is_nobodys_error(clinic, coach, ehr, draft, trouble):
    ehr.failing, ehr.dropping = int(trouble == "fails"), int(trouble == "answer lost")
    ehr.is_down = trouble == "down"
    if isinstance(trouble, int):
        ehr.refused = {(m, "QuestionnaireResponse"): trouble for m in ("GET", "POST", "PUT")}
    assert answer(coach, draft, "next", pain="4").status_code == 303
    ehr.behave()
    assert "waiting" not in coach.see()


def test_an_ehr_that_failed_is_left_alone_for_a_minute(clinic, coach, ehr, draft, kept):
    ehr.failing = 1
    answer(coach, draft, "leave", pain="4")
    answer(coach, draft, "leave", pain="5")
    assert kept() == []
    clinic.clock.forward(seconds=progress.RESTING / timedelta(seconds=1))
    answer(coach, draft, "leave", pain="6")
    assert kept() == [("in-progress", {"pain": 6})]


def test_what_somebody_else_just_changed_stops_nobody(coach, ehr, draft, kept):
    answer(coach, draft, "leave", pain="4")
    ehr.refused = {("PUT", "QuestionnaireResponse"): 412}
    answer(coach, draft, "leave", pain="5")
    ehr.behave()
    answer(coach, draft, "leave", pain="6")
    assert kept() == [("in-progress", {"pain": 6})]


def test_the_patients_own_answers_are_there_when_the_device_is_handed_back(coach, draft, kept):
    answer(coach, draft, "hand-back", pain="4")
    assert kept() == [("in-progress", {"pain": 4})]


class TestSound:
    """Only answers that keep the rules of their type are written."""

    def sound(self, *wrong):
        return list(progress._sound(ITEMS, set(wrong)))

    def test_all_that_is_sound_stays(self):
        assert self.sound() == ITEMS

    def test_a_question_in_which_something_is_wrong_is_left_out(self):
        assert self.sound((("b", 0),)) == ITEMS[:2]
        assert self.sound((("b", 0), ("c", 0))) == ITEMS[:2]

    def test_of_a_group_only_that_time_it_is_wrong(self):
        assert self.sound((("g", 1), ("a", 0))) == [ITEMS[0], ITEMS[2]]
