"""Assessments: started for an occasion with the instruments it asks for, and read again."""

import pytest


def responses(ehr, patient):
    return ehr.kept("QuestionnaireResponse", patient)


def scores(ehr, patient):
    found = ehr.kept("Observation", patient)
    return {o["code"]["coding"][0]["code"]: o["valueQuantity"]["value"] for o in found}


class TestStart:
    def test_offers_every_instrument_of_the_program(self, coach, content):
        form = coach.open("assessments/new")
        offered = [name.removeprefix("ask.") for name in form.offered if name.startswith("ask.")]
        assert offered == list(content.program.instruments)

    def test_of_a_new_patient_is_the_baseline(self, coach):
        assert coach.open("assessments/new").values["occasion"] == "baseline"

    def test_after_the_baseline_is_the_next_session(self, coach):
        coach.enroll()
        coach.assess(peg=6)
        for number in ("2", "4"):
            proposed = coach.open("assessments/new").values
            assert (proposed["occasion"], proposed["session_number"]) == ("session", number)
            coach.assess(peg=5)

    def test_asks_what_the_program_plans_then(self, coach):
        coach.enroll()
        coach.assess(peg=6)
        asked = [name for name in coach.open("assessments/new").values if name.startswith("ask.")]
        assert asked == ["ask.peg", "ask.pseq-2", "ask.phq-4"]

    def test_after_the_enrollment_is_its_end_and_then_a_follow_up(self, coach, ehr, patient):
        coach.enroll()
        coach.assess(peg=6)
        plan = ehr.kept("CarePlan", patient)[0]["id"]
        coach.fill(f"enrollment/{plan}/complete", reason="finished")
        assert coach.open("assessments/new").values["occasion"] == "end"
        coach.assess(peg=4)
        assert coach.open("assessments/new").values["occasion"] == "follow-up"

    def test_without_an_enrollment_a_follow_up_comes_after_the_baseline(self, coach):
        coach.assess(peg=6)
        assert coach.open("assessments/new").values["occasion"] == "follow-up"

    def test_opens_the_first_questionnaire_that_was_asked_for(self, coach):
        page = coach.follow(coach.start("pseq"))
        assert "Pain Self-Efficacy Questionnaire" in page.text
        assert "Questionnaire <b>1</b> of 1" in page.text

    def test_sent_twice_starts_one_draft(self, coach):
        form = coach.open("assessments/new")
        assert coach.send(form).location == coach.send(form).location
        assert coach.see().count("data-draft-listed") == 1

    @pytest.mark.parametrize("occasion", ["", "yesterday", None])
    def test_at_an_occasion_that_was_not_offered_is_refused(self, coach, occasion):
        refused = coach.start("peg", occasion=occasion)
        assert refused.status_code == 422
        assert "Choose when this assessment is made" in refused.text
        assert "ask.pseq" not in coach.form(refused).values

    @pytest.mark.parametrize("number", ["0", "99", "", "two"])
    def test_of_a_session_that_was_not_planned_is_refused(self, coach, number):
        coach.enroll()
        refused = coach.start("peg", occasion="session", session_number=number)
        assert refused.status_code == 422
        assert 'href="#field-session_number"' in refused.text

    def test_of_a_session_without_an_enrollment_is_refused(self, coach):
        refused = coach.start("peg", occasion="session", session_number="1")
        assert "A session belongs to an enrollment" in refused.text

    def test_without_any_questionnaire_is_refused(self, coach):
        refused = coach.start("none of them")
        assert refused.status_code == 422
        assert "Choose at least one questionnaire" in refused.text

    def test_that_was_opened_before_the_ehr_went_away_begins_without_it(self, coach, ehr):
        form = coach.open("assessments/new")
        ehr.is_down = True
        assert coach.send(form).status_code == 303


class TestSaved:
    def test_leads_to_the_scores_and_how_they_were_reached(self, coach):
        answer = coach.assess(peg=6, pseq=3)
        page = coach.see(answer.location.removeprefix(coach.home))
        assert answer.status_code == 303
        assert "The assessment is in the record" in page
        assert "3 answers add up to 18, divided by 3" in page
        assert "Recorded by Dana Coach" in page

    def test_each_question_has_the_number_the_form_prints(self, coach):
        """An alert speaks of question 9 of the PHQ-9: it must be found among the answers."""
        page = coach.follow(coach.submit(coach.answer(coach.start("peg"), 6))).text
        assert "1 What number best describes your pain on average" in page
        assert "2 What number best describes how" in page

    def test_is_answers_and_scores(self, coach, ehr, patient):
        coach.assess(peg=6, pseq=3)
        assert len(responses(ehr, patient)) == 2
        assert set(scores(ehr, patient).values()) == {6, 30}

    def test_a_zero_is_an_answer(self, coach, ehr, patient):
        answer = coach.assess(peg=0)
        assert list(scores(ehr, patient).values()) == [0]
        assert "not answered" not in coach.see(answer.location.removeprefix(coach.home))

    def test_shows_every_question_with_its_answer(self, coach, content):
        answer = coach.assess(peg=6)
        page = coach.see(answer.location.removeprefix(coach.home))
        assert all(item.text in page for item in content.instruments["peg"].items)

    def test_at_a_session_tells_which(self, coach):
        coach.enroll()
        coach.assess(peg=6, occasion="session", session_number="3")
        assert "Session 3" in coach.see()

    @pytest.mark.parametrize("occasion", ["end", "follow-up"])
    def test_at_the_end_needs_no_number(self, coach, occasion):
        answer = coach.assess(peg=6, occasion=occasion, session_number="")
        assert answer.status_code == 303


@pytest.mark.parametrize(
    ("canonical", "title"),
    [("{}|0.9", "Answers: PEG pain scale"), ("https://x.example/gone|1", "Answers: https://x")],
)
def test_answers_to_what_the_program_no_longer_has_are_still_shown(
    coach, ehr, patient, content, canonical, title
):
    answer = coach.assess(peg=6)
    (kept,) = responses(ehr, patient)
    known = canonical.format(content.instruments["peg"].url)
    ehr.change("QuestionnaireResponse", kept["id"], questionnaire=known)
    assert title in coach.see(answer.location.removeprefix(coach.home))


def test_another_patients_assessment_is_not_found(coach, new_coach, new_patient):
    key = coach.assess(peg=6).location.rsplit("/", 1)[1]
    assert coach.get(f"assessments/{key}").status_code == 200
    assert new_coach(new_patient("Eve")).get(f"assessments/{key}").status_code == 404


def test_an_assessment_that_is_not_there_has_a_page(coach):
    answer = coach.get("assessments/none")
    assert answer.status_code == 404
    assert "There is no such page" in answer.text
