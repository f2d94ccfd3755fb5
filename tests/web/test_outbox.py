"""What could not be saved: kept for its patient, shown until it is settled, never entered twice."""

import time
from html import unescape

import pytest


def texts(ehr, patient):
    return [goal["description"]["text"] for goal in ehr.kept("Goal", patient)]


@pytest.fixture
def waiting(coach, ehr):
    """A goal that the EHR was too busy to take."""
    ehr.failing, ehr.failing_with = 1, 429
    answer = coach.add_goal("Walk to the shop")
    assert answer.status_code == 503
    return answer


@pytest.fixture
def rejected(coach, ehr):
    """A goal that the EHR will not take; the page of it."""
    ehr.failing, ehr.failing_with = 2, 400
    assert coach.add_goal("Walk to the shop").status_code == 422
    return only(coach)


def only(coach):
    """The address of the one entry that waits."""
    found = [part for part in coach.see("outbox").split('"') if "/outbox/" in part]
    (address,) = {part.removesuffix("/retry") for part in found}
    return address.removeprefix(coach.home)


def until(is_so):
    """Wait for what goes on behind a page."""
    end = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.05)


def press(coach, address, button, **typed):
    """Press a button of an entry, with the token of any form of this launch."""
    token = coach.open("goals/new").values["csrf_token"]
    return coach.post(f"{coach.home}{address}/{button}", csrf_token=token, **typed)


def test_the_refused_form_says_that_it_waits_and_keeps_what_was_typed(coach, waiting):
    assert "waits to be saved" in waiting.text
    assert coach.form(waiting).values["text"] == "Walk to the shop"


def test_a_form_that_nobody_kept_says_no_such_thing(coach):
    assert "waits to be saved" not in coach.add_goal("").text


def test_opening_the_program_page_saves_it(coach, ehr, patient, waiting):
    page = coach.see()
    assert "Waiting to be saved" not in page
    assert "Walk to the shop" in page
    assert texts(ehr, patient) == ["Walk to the shop"]


def test_saving_again_saves_once(coach, ehr, patient, waiting):
    assert coach.send(coach.form(waiting)).status_code == 303
    coach.see()
    assert texts(ehr, patient) == ["Walk to the shop"]


@pytest.mark.parametrize("manner", ["failing", "dropping"])
def test_what_is_unsure_is_looked_up_and_never_doubled(coach, ehr, patient, manner):
    setattr(ehr, manner, 1)
    assert coach.add_goal("Walk").status_code == 504
    assert "Waiting to be saved" not in coach.see()
    assert texts(ehr, patient) == ["Walk"]


def test_a_change_that_arrived_unseen_is_settled_by_saving_again(coach, ehr, patient):
    coach.add_goal("Walk")
    place = next(p for p in coach.see().split('"') if p.endswith("/edit") and "/goals/" in p)
    ehr.dropping = 1
    answer = coach.fill(place.removeprefix(coach.home), text="Swim")
    assert answer.status_code == 504
    assert coach.send(coach.form(answer)).status_code == 303
    assert "Waiting to be saved" not in coach.see()
    assert [goal["meta"]["versionId"] for goal in ehr.kept("Goal", patient)] == ["2"]


@pytest.mark.parametrize(("status", "words"), [(429, "Waiting to be sent"), (500, "Not sure")])
def test_while_the_ehr_does_not_take_it_the_page_shows_it(coach, ehr, status, words):
    ehr.failing, ehr.failing_with = 20, status
    coach.add_goal("Walk")
    page = coach.see()
    assert "Waiting to be saved" in page
    assert words in page


def test_while_the_ehr_is_down_it_is_all_that_is_shown(coach, ehr, waiting):
    coach.see("outbox")
    ehr.is_down = True
    answer = coach.get()
    assert answer.status_code == 503
    assert "Waiting to be saved" in answer.text
    assert "The EHR does not answer." in answer.text
    until(lambda: "Being sent now" not in coach.see("outbox"))


def test_a_slow_ehr_does_not_hold_up_the_page(coach, ehr, waiting):
    """The page is there while the EHR has not answered to any writing."""
    coach.see("outbox")
    ehr.lets_write.clear()
    coach.see()
    assert texts(ehr, coach.patient) == []
    ehr.lets_write.set()
    until(lambda: "Nothing waits" in coach.see("outbox"))


def test_the_next_launch_of_the_patient_sends_it(new_coach, coach, ehr, patient, waiting):
    coach.http.post(f"{coach.home}logout", base_url="https://app.example")
    assert "Walk to the shop" in new_coach(patient).see()
    assert texts(ehr, patient) == ["Walk to the shop"]


def test_another_patients_launch_neither_shows_nor_sends_it(new_coach, new_patient, ehr, coach):
    ehr.failing, ehr.failing_with = 2, 400
    coach.add_goal("Walk to the shop")
    address = only(coach)
    other = new_coach(new_patient())
    assert "Waiting to be saved" not in other.see()
    assert other.get(address).status_code == 404
    press(other, address, "retry")
    assert press(other, address, "discard", reason="x").status_code == 404
    assert "Not accepted" in coach.see("outbox")
    assert not texts(ehr, other.patient)


def test_a_rejected_one_can_be_read(coach, rejected):
    page = coach.see(rejected)
    assert "Walk to the shop" in page
    assert "The EHR does not accept it." in page
    assert "Dana Coach" in page


def test_a_rejected_one_can_be_retried(coach, ehr, patient, rejected):
    press(coach, rejected, "retry")
    assert texts(ehr, patient) == ["Walk to the shop"]
    assert "It is in the record now." in coach.see()


def test_a_retry_in_vain_says_so(coach, ehr, rejected):
    ehr.failing = 2
    press(coach, rejected, "retry")
    assert "Not accepted. The EHR does not accept it." in coach.see("outbox")


def test_discarding_needs_a_reason(coach, rejected):
    for reason in ("", "   ", "x" * 1001):
        answer = press(coach, rejected, "discard", reason=reason)
        assert answer.status_code == 422
    assert "Not accepted" in coach.see("outbox")


def test_a_discarded_one_can_still_be_read_with_its_reason(coach, ehr, patient, rejected):
    assert coach.fill(rejected, reason="Entered by hand").status_code == 303
    page = coach.see()
    assert "Waiting to be saved" not in page
    assert "discarded in the last 30 days" in page
    page = coach.see(rejected)
    assert "Entered by hand" in page
    assert "Walk to the shop" in page
    assert not texts(ehr, patient)


def test_what_was_settled_meanwhile_is_said_to_be(coach, rejected):
    coach.fill(rejected, reason="Entered by hand")
    answer = press(coach, rejected, "discard", reason="again")
    assert answer.status_code == 303
    press(coach, rejected, "retry")
    assert "waits no longer" in coach.see("outbox")


def test_without_anything_waiting_the_page_says_so(coach):
    assert "Nothing waits" in coach.see("outbox")


def test_what_was_typed_is_shown_as_typed(coach, ehr):
    ehr.failing, ehr.failing_with = 2, 400
    coach.add_goal("<b>Swim</b>")
    page = coach.get(only(coach)).text
    assert "<b>Swim" not in page
    assert "<b>Swim</b>" in unescape(page)


def test_an_enrollment_and_an_assessment_can_be_read(coach, ehr):
    ehr.refused = {("POST", ""): 404}
    ehr.failing, ehr.failing_with = 2, 400
    coach.enroll()
    assert "Chronic back pain" in coach.see(only(coach))


def test_answers_can_be_read(coach, ehr):
    coach.enroll()
    review = coach.fill_in(peg=7)
    ehr.failing, ehr.failing_with = 2, 400
    coach.submit(review)
    page = coach.see(only(coach))
    assert "Assessment" in page
    assert "average" in page
    assert ">7<" in page


def test_a_change_that_waits_says_what_it_changes(coach, ehr):
    coach.add_goal("Walk")
    place = next(p for p in coach.see().split('"') if p.endswith("/edit") and "/goals/" in p)
    ehr.failing, ehr.failing_with = 2, 400
    coach.fill(place.removeprefix(coach.home), text="Swim")
    page = coach.see(only(coach))
    assert "Change to a goal" in page
    assert "Swim" in page


def opened(coach, manner):
    """A goal's form, or the review of an assessment that is answered."""
    if manner == "goal":
        return coach.open("goals/new")
    return coach.form(coach.follow(coach.fill_in(peg=7)))


class TestWhenTheTokenEnds:
    @pytest.fixture(params=["goal", "assessment"])
    def ended(self, request, coach, ehr):
        """The EHR ends the token between opening a form and saving it."""
        coach.enroll()
        form = opened(coach, request.param)
        goal = {"text": "Walk", "due": "2027-01-04", "importance": "8", "confidence": "6"}
        types = ("Goal", "Condition", "CarePlan", "QuestionnaireResponse", "Observation", "")
        ehr.refused = {(method, type_): 401 for method in ("GET", "POST") for type_ in types}
        answer = coach.send(form, **(goal if request.param == "goal" else {}))
        assert answer.status_code == 401
        assert "waits to be saved" in answer.text
        return "Goal" if request.param == "goal" else "Observation"

    def test_it_waits_for_the_next_launch(self, new_coach, ehr, patient, ended):
        assert not ehr.kept(ended, patient)
        ehr.refused = {}
        assert "Waiting to be saved" not in new_coach(patient).see()
        assert len(ehr.kept(ended, patient)) == 1

    def test_it_counts_as_if_it_had_been_saved_at_once(self, new_coach, ehr, patient, ended):
        ehr.refused = {}
        page = new_coach(patient).see()
        assert "Walk" in page if ended == "Goal" else "One score so far" in page


@pytest.mark.parametrize("manner", ["goal", "assessment"])
def test_what_is_typed_while_the_ehr_is_down_is_kept(coach, ehr, patient, manner):
    form = opened(coach, manner)
    ehr.is_down = True
    goal = {"text": "Walk", "due": "2027-01-04", "importance": "8", "confidence": "6"}
    answer = coach.send(form, **(goal if manner == "goal" else {}))
    assert answer.status_code == 503
    ehr.is_down = False
    coach.see()
    assert len(ehr.kept("Goal" if manner == "goal" else "Observation", patient)) == 1
