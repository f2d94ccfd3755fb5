"""A draft as pages: one a questionnaire, kept with every step; no script and no EHR is needed."""

from html import unescape
from uuid import UUID

import pytest

from smartapp.drafts.draft import Draft, State
from smartapp.web.unfinished import title

APP = "https://app.example"
PAIN, JOY = "q/pain", "q/enjoyment"


@pytest.fixture
def first(coach):
    """The first page of an assessment with PEG and PSEQ."""
    return coach.follow(coach.start("peg", "pseq"))


def draft_of(answered):
    """The address of the draft a page is of, below the launch."""
    return "assessments/" + answered.request.path.split("/assessments/")[1].split("/")[0]


class TestPages:
    def test_show_the_questions_and_the_licence_notice(self, first, content):
        page = unescape(first.text)
        assert content.instruments["peg"].notice in page
        assert all(item.text in page for item in content.instruments["peg"].items)

    def test_answer_nothing_by_themselves(self, coach, first):
        assert not [name for name in coach.form(first).values if name.startswith("q/")]

    def test_go_on_back_and_to_the_review(self, coach, first):
        second = coach.follow(coach.answer(first, 6))
        assert "Questionnaire <b>2</b> of 2" in second.text
        assert coach.form(coach.follow(coach.answer(second, go="back"))).values[PAIN] == "6"
        assert "Review and submit" in coach.follow(coach.answer(second, 3)).text

    def test_leave_leads_back_to_the_program_page_and_from_there_on(self, coach, first):
        page = coach.follow(coach.answer(first, 6, go="leave"))
        assert "Assessments in progress" in page.text
        resumed = coach.follow(coach.get(f"{draft_of(first)}/resume"))
        assert "Questionnaire <b>2</b> of 2" in resumed.text

    def test_resume_with_every_question_answered_is_the_review(self, coach):
        review = coach.follow(coach.fill_in(peg=6))
        assert "Review and submit" in coach.follow(coach.get(f"{draft_of(review)}/resume")).text

    def test_a_press_of_enter_shows_the_page_again_with_everything_kept(self, coach, first):
        assert coach.form(coach.follow(coach.answer(first, 6, go=None))).values[PAIN] == "6"

    def test_an_answer_can_be_taken_back(self, coach, first):
        page = coach.follow(coach.answer(first, 6, go=None))
        values = coach.form(coach.follow(coach.answer(page, pain=None, go=None))).values
        assert PAIN not in values
        assert values[JOY] == "6"

    @pytest.mark.parametrize("number", [0, 3, 99])
    def test_a_page_that_is_not_there_is_the_first(self, coach, first, number):
        shown = coach.follow(coach.get(f"{draft_of(first)}/{number}"))
        assert "Questionnaire <b>1</b> of 2" in shown.text

    def test_an_answer_that_was_not_offered_is_marked_and_stays(self, coach, first):
        refused = coach.answer(first, pain="11")
        shown = coach.follow(coach.get(f"{draft_of(first)}/1?check=yes"))
        assert 'href="#field-q/pain"' in refused.text + shown.text

    def test_what_cannot_be_read_is_shown_again_with_a_sentence(self, coach, first):
        refused = coach.answer(first, pain="six")
        assert refused.status_code == 422
        assert "Write a whole number" in refused.text
        assert coach.form(refused).values[PAIN] == "six"

    def test_what_cannot_be_read_holds_up_nobody_who_leaves(self, coach, first):
        assert coach.answer(first, pain="six", go="leave").status_code == 303
        assert coach.form(coach.get(f"{draft_of(first)}/1")).values[PAIN] == "six"


class TestTenMegabytesOfAnAnswer:
    """Beyond a megabyte nothing is read; the answers kept before stay."""

    @pytest.fixture
    def kept(self, coach, first):
        """The first page, of which an answer is kept."""
        return coach.follow(coach.answer(first, pain=6, go=None))

    def test_has_its_page_and_loses_nothing_that_was_kept(self, coach, kept):
        answer = coach.send(coach.form(kept), **{JOY: "x" * 10_000_000})
        assert answer.status_code == 413
        assert "What was kept before is still there" in answer.text
        assert coach.form(coach.get(f"{draft_of(kept)}/1")).values[PAIN] == "6"

    def test_sent_by_the_pages_script_is_refused_the_same(self, coach, kept):
        form = coach.form(kept)
        told = {"client": "tab", "sequence": 1, "fields": {JOY: ["x" * 10_000_000]}}
        headers = {"Referer": f"{APP}{coach.home}", "X-CSRFToken": form.values["csrf_token"]}
        path = f"{kept.request.path}/answers"
        answer = coach.http.patch(path, base_url=APP, json=told, headers=headers)
        assert answer.status_code == 413
        values = coach.form(coach.get(f"{draft_of(kept)}/1")).values
        assert (values[PAIN], values.get(JOY)) == ("6", None)


class TestTwoDevices:
    def test_the_second_sees_what_the_first_answered(self, coach, new_coach, patient, first):
        coach.answer(first, 6)
        other = new_coach(patient, user_name="Sam Other")
        assert other.form(other.get(f"{draft_of(first)}/1")).values[PAIN] == "6"

    def test_a_page_that_is_old_undoes_nothing(self, coach, first):
        """Posted whole, without a script: only what differs from what it showed was typed."""
        form = coach.form(first)
        coach.send(form, **{PAIN: "7"}, go="next")
        coach.send(form, **{JOY: "2"}, go="next")
        values = coach.form(coach.get(f"{draft_of(first)}/1")).values
        assert (values[PAIN], values[JOY]) == ("7", "2")


class TestIsolation:
    """A draft belongs to a patient: no other launch opens it, whatever its address."""

    PLACES = ("1", "review", "resume", "discard")

    @pytest.mark.parametrize("place", PLACES)
    def test_another_patients_launch_does_not_find_it(self, first, new_coach, new_patient, place):
        eve = new_coach(new_patient("Eve"))
        assert eve.get(f"{draft_of(first)}/{place}").status_code == 404
        assert "Assessments in progress" not in eve.see()

    @pytest.mark.parametrize("place", ["1", "submit", "discard", "reopen"])
    def test_nor_does_anything_sent_from_there_change_it(
        self, coach, first, new_coach, new_patient, place
    ):
        eve = new_coach(new_patient("Eve"))
        token = eve.open("assessments/new").values["csrf_token"]
        told = {"csrf_token": token, "reason": "x", "revision": "1", PAIN: "0", "go": "next"}
        answer = eve.post(f"{eve.home}{draft_of(first)}/{place}", **told)
        assert answer.status_code == 404
        assert PAIN not in coach.form(coach.get(f"{draft_of(first)}/1")).values

    def test_the_same_patient_in_another_launch_goes_on(self, coach, first, new_coach, patient):
        coach.answer(first, 6, go="leave")
        other = new_coach(patient)
        assert f"{draft_of(first)}/resume" in other.see()


class TestWithoutTheEhr:
    @pytest.fixture(params=["down", "token ended"])
    def away(self, request, coach, first, ehr):
        if request.param == "down":
            ehr.is_down = True
        else:
            types = ("", "Patient", "CarePlan", "QuestionnaireResponse")
            ehr.refused = {(m, t): 401 for m in ("GET", "POST") for t in types}
        return first

    def test_every_page_and_answer_goes_on(self, coach, away):
        review = coach.follow(coach.answer(coach.answer(away, 6), 3))
        assert review.status_code == 200
        assert "3 of 3 questions answered" in review.text

    def test_no_page_asks_it_anything(self, coach, ehr, away):
        """But to have the unfinished answers; after it failed once, not even that."""
        coach.answer(away, 6)
        before = len(ehr.log)
        coach.follow(coach.answer(away, 3))
        assert len(ehr.log) == before


class TestDiscarding:
    def test_asks_first_and_wants_a_reason(self, coach, first):
        refused = coach.fill(f"{draft_of(first)}/discard", reason=" ")
        assert refused.status_code == 422
        assert "Say why it is discarded" in refused.text

    def test_takes_a_reason_of_some_length_only(self, coach, first):
        assert coach.fill(f"{draft_of(first)}/discard", reason="x" * 1001).status_code == 422

    def test_takes_it_off_the_list_for_good(self, coach, first, ehr, patient):
        coach.fill(f"{draft_of(first)}/discard", reason="wrong session")
        assert "Assessments in progress" not in coach.see()
        assert "was discarded" in coach.follow(coach.get(f"{draft_of(first)}/1")).text
        assert not ehr.kept("QuestionnaireResponse", patient)

    def test_what_is_typed_into_it_after_that_is_refused_and_can_be_copied(self, coach, first):
        coach.fill(f"{draft_of(first)}/discard", reason="wrong session")
        answer = coach.answer(first, pain="6")
        assert answer.status_code == 409
        assert "submitted or discarded" in answer.text
        assert "What you typed" in answer.text


def test_a_questionnaire_the_program_no_longer_has_loses_nothing(clinic, coach, first):
    forms = dict(clinic.content.forms)
    clinic.content.forms.clear()
    answer = coach.get(f"{draft_of(first)}/1")
    clinic.content.forms.update(forms)
    assert answer.status_code == 409
    assert "Its answers are kept" in answer.text
    assert coach.get(f"{draft_of(first)}/1").status_code == 200


def test_a_draft_whose_key_is_gone_is_listed_as_what_it_is():
    lost = Draft(UUID(int=1), State.OPEN, 1, 0.0, 0.0, None)
    assert "can no longer be read" in title(lost)


def test_while_the_ehr_is_down_the_program_page_still_leads_to_it(coach, first, ehr):
    ehr.is_down = True
    answer = coach.get()
    assert answer.status_code == 503
    assert f"{draft_of(first)}/resume" in answer.text
