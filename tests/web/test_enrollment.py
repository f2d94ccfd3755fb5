"""Enrolling: usual answers filled in, people found in the EHR, every choice checked again."""

from html import unescape

import pytest


def flags(content):
    return [f"red_flag.{flag.code}" for flag in content.program.red_flags]


class TestForm:
    def test_comes_with_its_usual_answers(self, coach, ehr, patient, staff):
        values = coach.open("enrollment/new").values
        pain = ehr.kept("Condition", patient, code="82423001")[0]["id"]
        assert values["condition"] == f"Condition/{pain}"
        assert values["started"] == "2026-11-23"
        assert values["planned_sessions"] == "8"
        assert values["modality"] == "in-person"
        assert values["coach"] == f"Practitioner/{staff['Dana']}"

    def test_no_red_flag_attestation_or_consent_is_ticked_before(self, coach, content):
        values = coach.open("enrollment/new").values
        assert not {"red_flags_checked", "consent", *flags(content)} & set(values)

    def test_a_telehealth_encounter_means_telehealth(self, ehr, patient, new_coach):
        about = {"class": {"code": "VR"}, "subject": {"reference": f"Patient/{patient}"}}
        encounter = ehr.create("Encounter", status="in-progress", **about)
        form = new_coach(patient, encounter_id=encounter).open("enrollment/new")
        assert form.values["modality"] == "telehealth"

    def test_an_empty_problem_list_says_what_to_do(self, ehr, new_coach):
        page = new_coach(ehr.create("Patient")).see("enrollment/new")
        assert "Add the pain condition to the problem list" in page

    def test_without_a_known_user_no_coach_is_chosen(self, new_coach, patient):
        form = new_coach(patient, user=None).open("enrollment/new")
        assert "coach" not in form.values

    def test_an_enrolled_patient_has_none(self, coach):
        coach.enroll()
        answer = coach.get("enrollment/new")
        assert (answer.status_code, answer.location) == (302, coach.home)


class TestSearch:
    """Works without JavaScript: Find sends the form and nothing is saved."""

    def find(self, coach, **typed):
        return coach.fill("enrollment/new", find="supervisor", **typed)

    def test_offers_who_was_found(self, coach, staff):
        page = self.find(coach, supervisor_search="Thornf")
        assert f'value="Practitioner/{staff["Sam"]}"' in page.text
        assert "Sue Thornberry" not in page.text

    def test_of_several_chooses_nobody(self, coach):
        found = coach.form(self.find(coach, supervisor_search="Thorn"))
        assert len(found.offered["supervisor"]) == 2
        assert "supervisor" not in found.values

    def test_by_enter_after_a_name_finds_instead_of_saving(self, coach, ehr, patient):
        page = coach.fill("enrollment/new", enter="yes", supervisor_search="Thornfield")
        assert "Sam Thornfield" in page.text
        assert not ehr.kept("CarePlan", patient)

    def test_chooses_the_only_person_found(self, coach, staff):
        form = coach.form(self.find(coach, supervisor_search="Thornfield"))
        assert form.values["supervisor"] == f"Practitioner/{staff['Sam']}"

    def test_keeps_who_was_chosen_before(self, coach, staff):
        sue = f"Practitioner/{staff['Sue']}"
        both = coach.form(self.find(coach, supervisor_search="Thorn"))
        again = coach.send(both, find="any", supervisor_search="Thornfield", supervisor=sue)
        assert coach.form(again).values["supervisor"] == sue

    def test_saves_nothing(self, coach, ehr, patient):
        self.find(coach, supervisor_search="Thorn", red_flags_checked="yes", consent="yes")
        assert not ehr.kept("CarePlan", patient)

    def test_keeps_what_was_typed(self, coach):
        page = self.find(coach, supervisor_search="Thorn", started="2026-12-01", consent="yes")
        form = coach.form(page)
        assert (form.values["started"], form.values["consent"]) == ("2026-12-01", "yes")

    def test_that_finds_nobody_says_so(self, coach):
        page = self.find(coach, supervisor_search="Nobody At All")
        assert "Nobody found under that name" in page.text

    def test_for_the_coach_offers_others_beside_the_user(self, coach, staff):
        page = coach.fill("enrollment/new", coach_search="Sue", find="coach")
        form = coach.form(page)
        assert form.offered["coach"] == [f"Practitioner/{staff[n]}" for n in ("Dana", "Sue")]

    def test_people_found_are_still_offered_after_a_refusal(self, coach):
        refused = coach.enroll(consent=None)
        assert "Sam Thornfield" in refused.text

    def test_a_red_flag_does_not_stop_a_search(self, coach, content, ehr, patient):
        self.find(coach, supervisor_search="Thorn", **{flags(content)[0]: "yes"})
        assert not ehr.kept("QuestionnaireResponse", patient)

    def test_with_the_ehr_down_keeps_the_form(self, coach, ehr):
        form = coach.open("enrollment/new")
        ehr.is_down = True
        answer = coach.send(form, find="any", supervisor_search="Thorn", started="2026-12-01")
        kept = coach.form(answer).values
        assert answer.status_code == 503
        assert "Nobody found" not in answer.text
        assert kept["condition"] == form.values["condition"]
        assert (kept["started"], kept["supervisor_search"]) == ("2026-12-01", "Thorn")

    def test_refused_by_the_ehr_keeps_the_form(self, coach, ehr):
        form = coach.open("enrollment/new")
        ehr.refused = {("GET", "Practitioner"): 403}
        answer = coach.send(form, find="any", supervisor_search="Thorn", started="2026-12-01")
        assert answer.status_code == 403
        assert coach.form(answer).values["started"] == "2026-12-01"


class TestSaving:
    def test_leads_back_to_the_program_page_and_says_so(self, coach):
        answer = coach.enroll()
        assert (answer.status_code, answer.location) == (303, coach.home)
        assert "The patient is enrolled" in coach.see()

    def test_writes_plan_team_and_checklist(self, coach, ehr, patient):
        coach.enroll(planned_sessions="10", modality="telehealth", consent_method="written")
        (plan,) = ehr.kept("CarePlan", patient)
        (team,) = ehr.kept("CareTeam", patient)
        assert plan["status"] == "active"
        assert plan["careTeam"][0]["reference"] == f"CareTeam/{team['id']}"
        assert len(ehr.kept("QuestionnaireResponse", patient)) == 1
        assert "Telehealth" in coach.see()

    def test_a_persons_name_comes_from_the_ehr_not_from_the_form(self, coach, staff):
        sam = f"Practitioner/{staff['Sam']}"
        coach.enroll(supervisor=sam, **{f"supervisor_name.{sam}": "Dr Forged"})
        assert "Dr Forged" not in coach.see()
        assert "Sam Thornfield" in coach.see()

    def test_twice_with_the_same_form_saves_once(self, coach, ehr, patient):
        form = coach.form(coach.fill("enrollment/new", supervisor_search="Sam", find="any"))
        typed = {"red_flags_checked": "yes", "consent": "yes"}
        typed["supervisor"] = form.offered["supervisor"][0]
        assert [coach.send(form, **typed).status_code for _ in range(2)] == [303, 303]
        assert len(ehr.kept("CarePlan", patient)) == len(ehr.kept("CareTeam", patient)) == 1

    def test_of_an_enrolled_patient_is_refused(self, coach, ehr, patient):
        form = coach.open("enrollment/new")
        coach.enroll()
        refused = coach.send(form, red_flags_checked="yes", consent="yes")
        assert refused.status_code == 422
        assert "already enrolled" in refused.text
        assert len(ehr.kept("CarePlan", patient)) == 1

    def test_everything_missing_is_marked_at_once(self, coach):
        refused = coach.fill("enrollment/new", condition=None, started="", coach=None)
        assert refused.status_code == 422
        for name in ("condition", "started", "coach", "supervisor", "consent", "red_flags_checked"):
            assert f'href="#field-{name}"' in refused.text


FORGED = {
    "condition": "Condition/of-another-patient",
    "planned_sessions": "13",
    "modality": "by-post",
    "consent_method": "guessed",
    "started": "2062-11-23",
}


@pytest.mark.parametrize("name", FORGED)
def test_a_value_that_was_not_offered_is_refused(coach, ehr, patient, name):
    refused = coach.enroll(**{name: FORGED[name]})
    assert refused.status_code == 422
    assert f'href="#field-{name}"' in refused.text
    assert not ehr.kept("CarePlan", patient)


def test_another_patients_condition_is_refused(coach, ehr, new_patient):
    theirs = ehr.kept("Condition", new_patient("Eve"))[0]["id"]
    assert coach.enroll(condition=f"Condition/{theirs}").status_code == 422


def test_nobody_supervises_themselves(coach, staff):
    refused = coach.enroll(supervisor=f"Practitioner/{staff['Dana']}")
    assert "nobody supervises their own sessions" in refused.text


@pytest.mark.parametrize("who", ["Practitioner/gone", "Patient/forged", "nonsense"])
def test_a_person_the_ehr_does_not_know_keeps_the_form(coach, ehr, patient, who):
    refused = coach.enroll(supervisor=who, started="2026-12-01")
    assert refused.status_code == 404
    assert "no longer has this entry" in refused.text
    assert 'value="2026-12-01"' in refused.text


class TestRedFlag:
    """A red flag stops the enrollment; that it was asked about is recorded."""

    def test_leads_to_a_page_that_says_what_to_do(self, coach, content):
        page = unescape(coach.enroll(**{flags(content)[0]: "yes"}).text)
        assert "Enrollment stopped" in page
        assert content.program.red_flags[0].text in page
        assert content.program.red_flags[1].text not in page
        assert "responsible clinician now" in page

    def test_records_the_checklist_and_enrolls_nobody(self, coach, content, ehr, patient):
        coach.enroll(**{flags(content)[0]: "yes"})
        (checklist,) = ehr.kept("QuestionnaireResponse", patient)
        asked = {i["linkId"]: i["answer"][0]["valueBoolean"] for i in checklist["item"]}
        assert [code for code, present in asked.items() if present] == [
            content.program.red_flags[0].code
        ]
        assert not ehr.kept("CarePlan", patient)

    def test_that_a_clinician_cleared_does_not_stop_it(self, coach, content, ehr, patient):
        by = "Dr Osei, pain physician, 12 March"
        coach.enroll(**{flags(content)[0]: "yes"}, red_flags_cleared=by)
        (checklist,) = ehr.kept("QuestionnaireResponse", patient)
        answers = {i["linkId"]: i["answer"][0] for i in checklist["item"]}
        assert answers["cleared"] == {"valueString": by}
        assert answers[content.program.red_flags[0].code] == {"valueBoolean": True}
        assert ehr.kept("CarePlan", patient)

    def test_is_still_to_be_seen_on_the_program_page_and_the_next_form(self, coach, content):
        coach.enroll(**{flags(content)[0]: "yes"})
        for place in ("", "enrollment/new"):
            assert content.program.red_flags[0].text in unescape(coach.see(place))
            assert "by a red flag on 23 November 2026" in coach.see(place)

    def test_of_a_reloaded_page_is_recorded_once(self, coach, content, ehr, patient):
        form = coach.open("enrollment/new")
        for _ in range(2):
            coach.send(form, **{flags(content)[0]: "yes"})
        assert len(ehr.kept("QuestionnaireResponse", patient)) == 1

    def test_that_cannot_be_recorded_keeps_the_form(self, coach, content, ehr):
        form = coach.open("enrollment/new")
        ehr.failing = 5
        answer = coach.send(form, **{flags(content)[0]: "yes"})
        assert answer.status_code == 504
        assert coach.form(answer).values[flags(content)[0]] == "yes"
