"""Assessments: questionnaires on one page, answered whole or not at all, saved once with scores."""

import pytest


def responses(ehr, patient):
    return ehr.kept("QuestionnaireResponse", patient)


def scores(ehr, patient):
    found = ehr.kept("Observation", patient)
    return {o["code"]["coding"][0]["code"]: o["valueQuantity"]["value"] for o in found}


class TestForm:
    def test_shows_every_question_and_the_licence_notices(self, coach, content):
        page = coach.see("assessments/new")
        for slug in content.program.instruments:
            instrument = content.instruments[slug]
            assert instrument.notice in page
            assert all(item.text in page for item in instrument.items)

    def test_answers_nothing_by_itself(self, coach):
        values = coach.open("assessments/new").values
        assert not [name for name in values if name.startswith(("peg.", "pseq."))]

    def test_of_a_new_patient_is_the_baseline(self, coach):
        assert coach.open("assessments/new").values["occasion"] == "baseline"

    def test_after_the_baseline_is_the_next_session(self, coach):
        coach.enroll()
        coach.assess(peg=6)
        assert coach.open("assessments/new").values["occasion"] == "session"
        coach.assess(peg=5)
        assert coach.open("assessments/new").values["session_number"] == "2"

    def test_after_the_enrollment_is_a_follow_up(self, coach, ehr, patient):
        coach.enroll()
        coach.assess(peg=6)
        plan = ehr.kept("CarePlan", patient)[0]["id"]
        coach.fill(f"enrollment/{plan}/complete", reason="finished")
        assert coach.open("assessments/new").values["occasion"] == "follow-up"


class TestSaving:
    def test_leads_to_the_scores_and_how_they_were_reached(self, coach):
        answer = coach.assess(peg=6, pseq=3)
        page = coach.see(answer.location.removeprefix(coach.home))
        assert answer.status_code == 303
        assert "The assessment is in the record" in page
        assert "Sum of 3 answers (18) divided by 3" in page
        assert "Recorded by Dana Coach" in page

    def test_writes_answers_and_scores(self, coach, ehr, patient):
        coach.assess(peg=6, pseq=3)
        assert len(responses(ehr, patient)) == 2
        assert set(scores(ehr, patient).values()) == {6, 30}

    def test_a_zero_is_an_answer(self, coach, ehr, patient):
        answer = coach.assess(peg=0)
        assert list(scores(ehr, patient).values()) == [0]
        assert "not answered" not in coach.see(answer.location.removeprefix(coach.home))

    def test_one_questionnaire_alone_leaves_the_other_out(self, coach, ehr, patient):
        coach.assess(peg=6)
        (response,) = responses(ehr, patient)
        assert "peg" in response["questionnaire"]

    def test_twice_with_the_same_form_saves_once(self, coach, ehr, patient):
        form = coach.open("assessments/new")
        typed = {f"peg.{link}": "4" for link in ("pain", "enjoyment", "activity")}
        first, second = (coach.send(form, **typed) for _ in range(2))
        assert first.location == second.location
        assert len(responses(ehr, patient)) == 1
        assert len(ehr.kept("Observation", patient)) == 1

    def test_at_a_session_tells_which(self, coach):
        coach.enroll()
        coach.assess(peg=6, occasion="session", session_number="3")
        assert "Session 3" in coach.see()

    @pytest.mark.parametrize("occasion", ["end", "follow-up"])
    def test_at_the_end_needs_no_number(self, coach, occasion):
        answer = coach.assess(peg=6, occasion=occasion, session_number="")
        assert answer.status_code == 303


class TestRefused:
    def test_a_half_answered_questionnaire_names_what_is_missing(self, coach, ehr, patient):
        half = {f"pseq.{number}": "3" for number in range(1, 6)}
        refused = coach.fill("assessments/new", **half)
        assert refused.status_code == 422
        assert 'href="#field-pseq.6"' in refused.text
        assert 'href="#field-pseq.5"' not in refused.text
        assert not responses(ehr, patient)

    def test_a_half_answered_questionnaire_keeps_its_answers(self, coach):
        half = {f"pseq.{number}": "3" for number in range(1, 6)} | {"peg.pain": "0"}
        form = coach.form(coach.fill("assessments/new", **half))
        assert {name: form.values.get(name) for name in half} == half
        assert "pseq.6" not in form.values

    def test_a_half_answered_one_keeps_the_whole_one_from_being_saved(self, coach, ehr, patient):
        """Both or none: a person answers one page, not two."""
        coach.assess(peg=6, **{"pseq.1": "2"})
        assert not responses(ehr, patient)

    def test_nothing_answered_says_so(self, coach):
        refused = coach.fill("assessments/new")
        assert refused.status_code == 422
        assert "No question is answered yet" in refused.text

    @pytest.mark.parametrize("number", ["11", "-1", "2.5", "six", "1e1"])
    def test_a_forged_answer_is_not_scored(self, coach, ehr, patient, number):
        refused = coach.assess(peg=6, **{"peg.pain": number})
        assert refused.status_code == 422
        assert 'href="#field-peg.pain"' in refused.text
        assert not responses(ehr, patient)

    @pytest.mark.parametrize("occasion", ["", "yesterday", None])
    def test_an_occasion_that_was_not_offered(self, coach, ehr, patient, occasion):
        refused = coach.assess(peg=6, occasion=occasion)
        assert "Choose when this assessment is made" in refused.text
        assert coach.form(refused).values["peg.pain"] == "6"
        assert not responses(ehr, patient)

    @pytest.mark.parametrize("number", ["0", "9", "", "two"])
    def test_a_session_that_was_not_planned(self, coach, number):
        coach.enroll()
        refused = coach.assess(peg=6, occasion="session", session_number=number)
        assert refused.status_code == 422
        assert 'href="#field-session_number"' in refused.text

    def test_a_session_without_an_enrollment(self, coach):
        refused = coach.assess(peg=6, occasion="session", session_number="1")
        assert "A session belongs to an enrollment" in refused.text


def test_another_patients_assessment_is_not_found(coach, new_coach, new_patient):
    key = coach.assess(peg=6).location.rsplit("/", 1)[1]
    assert coach.get(f"assessments/{key}").status_code == 200
    assert new_coach(new_patient("Eve")).get(f"assessments/{key}").status_code == 404


def test_an_assessment_that_is_not_there_has_a_page(coach):
    answer = coach.get("assessments/none")
    assert answer.status_code == 404
    assert "There is no such page" in answer.text
