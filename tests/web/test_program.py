"""The program page: everything at a glance, about one patient, and honest about what is missing."""

import threading
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest


def test_says_who_the_patient_and_the_user_are(coach):
    page = coach.see()
    assert "Ada Quillfeather" in page
    assert "12 April 1961" in page
    assert "(65 years)" in page
    assert "MRN-4711" in page
    assert "Dana Coach" in page


def test_before_anything_is_recorded_offers_the_way_in(coach):
    page = coach.see()
    assert "not enrolled" in page
    assert "No goals yet" in page
    assert "No assessment yet" in page


def test_what_is_in_progress_is_not_called_none(coach):
    coach.start("peg")
    page = coach.see()
    assert "Assessments in progress" in page
    assert "No assessment yet" not in page


def test_shows_what_was_recorded(coach):
    coach.enroll()
    coach.add_goal("Swim twice a week")
    coach.assess(peg=6, pseq=3)
    page = coach.see()
    assert "Chronic back pain" in page
    assert "Sam Thornfield" in page
    assert "Swim twice a week" in page
    assert "One score so far" in page


def test_a_patient_with_hardly_any_data_has_a_page(ehr, new_coach):
    page = new_coach(ehr.create("Patient")).see()
    assert "Name not recorded" in page
    assert "No active" not in page


def test_a_partial_birth_date_is_shown_as_it_is(ehr, new_coach):
    patient = ehr.create("Patient", birthDate="1961-04")
    assert "1961-04" in new_coach(patient).see()


def test_an_ehr_with_a_banner_of_its_own_still_gets_one_line(new_coach, patient):
    page = new_coach(patient, need_patient_banner=False).see()
    assert 'class="banner compact"' in page
    assert "Ada Quillfeather" in page


def test_access_that_was_not_granted_is_named(new_coach, patient):
    page = new_coach(patient, missing=("read goals", "create goals")).see()
    assert "Not possible in this launch: read goals. Ask" in page


def test_what_the_store_takes_instead_is_not_said_to_be_impossible(new_coach, patient):
    assert "Not possible" not in new_coach(patient, missing=("create goals",)).see()


def test_a_part_that_cannot_be_read_is_named_and_the_rest_shown(coach, ehr):
    coach.add_goal("Swim twice a week")
    ehr.refused = {("GET", "CarePlan"): 403}
    page = coach.see()
    assert "Not shown below: CarePlan" in page
    assert "Swim twice a week" in page


def test_another_patients_rows_in_an_answer_are_not_shown(coach, ehr, new_patient):
    """Lenient servers ignore a filter they do not know and answer with everyone's rows."""
    goal = {"resourceType": "Goal", "id": "g", "description": {"text": "Somebody else's"}}
    ehr.stray = [goal | {"subject": {"reference": f"Patient/{new_patient('Eve')}"}}]
    assert "Somebody else's" not in coach.see()


def test_the_record_is_read_in_one_parallel_round(coach, ehr):
    """The EHR answers only when all seven are asked."""
    coach.see()
    ehr.log, ehr.lets_answer = [], threading.Barrier(7)
    coach.see()
    assert len(ehr.log) == 7


def test_a_banner_that_changed_in_the_ehr_is_renewed(coach, ehr, patient):
    coach.see()
    ehr.change("Patient", patient, name=[{"given": ["Ada"], "family": "Newname"}])
    coach.see()
    assert "Ada Newname" in coach.see("goals/new")


class TestUser:
    def test_without_a_name_in_the_id_token_is_named_by_the_record(self, new_coach, patient):
        page = new_coach(patient, user_name="").see()
        assert "Signed in as <strong>Dana Coach" in page

    def test_is_looked_up_once_a_launch(self, new_coach, patient, ehr):
        coach = new_coach(patient, user_name="")
        coach.see()
        coach.see()
        assert len([path for _, path in ehr.log if "Practitioner" in path]) == 1

    def test_whose_record_cannot_be_read_is_unknown(self, new_coach, patient):
        page = new_coach(patient, user_name="", user="Practitioner/nobody").see()
        assert "unknown user" in page

    def test_without_any_name_still_leaves_a_provenance(self, new_coach, patient, ehr):
        new_coach(patient, user_name="", user="Practitioner/nobody").add_goal()
        goal = ehr.kept("Goal", patient)[0]["id"]
        assert ehr.store.search("Provenance", {"target": f"Goal/{goal}"}).matches

    def test_that_the_ehr_did_not_name_is_unknown(self, new_coach, patient):
        assert "unknown user" in new_coach(patient, user_name="", user=None).see()


def test_earlier_enrollments_stay_in_sight(coach, ehr, patient):
    coach.enroll()
    plan = ehr.kept("CarePlan", patient)[0]["id"]
    coach.fill(f"enrollment/{plan}/withdraw", reason="own-choice", note="Went to Perth")
    coach.enroll()
    page = coach.see()
    assert "Earlier enrollments (1)" in page
    assert "Withdrawn" in page


@pytest.mark.parametrize("place", ["", "enrollment/new", "goals/new"])
def test_what_the_ehr_sends_is_text_too(ehr, new_coach, place):
    script = "<script>alert(1)</script>"
    name = [{"text": f"Ada {script}"}]
    patient = ehr.create("Patient", name=name, identifier=[{"value": script}])
    about = {"subject": {"reference": f"Patient/{patient}"}, "code": {"text": f"Pain {script}"}}
    ehr.create("Condition", **about)
    assert "<script>alert" not in new_coach(patient, user_name=script).get(place).text


def test_an_address_that_is_not_there_has_a_page(coach):
    answer = coach.get("nowhere")
    assert answer.status_code == 404
    assert "There is no such page" in answer.text


class TestClock:
    """Dates are those of the clinic's wall, whatever the server's zone."""

    def test_tells_the_clinics_day(self, clinic, coach, monkeypatch):
        coach.assess(peg=4)
        monkeypatch.setitem(
            clinic.app.extensions,
            "smartapp.open_chart",
            _in_honolulu(clinic.app.extensions["smartapp.open_chart"]),
        )
        assert "22 November 2026" in coach.see("outcomes")


def _in_honolulu(opener):
    return lambda handle: replace(opener(handle), zone=ZoneInfo("Pacific/Honolulu"))
