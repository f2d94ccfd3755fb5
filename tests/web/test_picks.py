"""The page on which a user says where new entries go: plain words, one form, and no surprises."""

import re
import sqlite3
from contextlib import closing

import pytest

USUAL = {"enrollment": "ehr", "goals": "ehr", "assessments": "ehr", "note": "ehr"}
PLAN_AND_GOAL = {
    (method, type_): 405 for method in ("POST", "PUT") for type_ in ("CarePlan", "Goal")
}


def words(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def kinds(form):
    return {name: value for name, value in form.values.items() if name in USUAL}


def test_the_program_page_leads_there_before_anything_is_entered(coach):
    assert f'href="{coach.home}places"' in coach.see()


def test_the_usual_is_chosen_already_and_every_choice_is_said_in_words(coach):
    form = coach.open("places")
    assert kinds(form) == USUAL
    assert form.offered["goals"] == ["ehr", "store", "both"]
    assert form.offered["note"] == ["ehr", "store"]
    assert "Everybody who reads the chart sees it." in coach.see("places")


def test_new_goals_go_where_they_were_wanted_and_the_page_says_so(coach, ehr, patient):
    coach.enroll()
    assert coach.fill("places", goals="store").status_code == 303
    page = words(coach.see())
    assert "You chose for new entries: Goals: the program's own store." in page
    coach.add_goal("Walk to the shop")
    assert ehr.kept("Goal", patient) == []
    assert "Enrollment the EHR Goals the program's own store" in words(coach.see())


def test_in_both_places_it_shows_once(coach, ehr, patient):
    coach.fill("places", goals="both")
    coach.add_goal("Walk to the shop")
    assert len(ehr.kept("Goal", patient)) == 1
    assert len(set(re.findall(r"/goals/([^/]+)/edit", coach.see()))) == 1


def test_the_same_user_need_not_choose_again_in_the_next_launch(new_coach, patient):
    new_coach(patient).fill("places", assessments="store")
    assert kinds(new_coach(patient).open("places"))["assessments"] == "store"


def test_another_user_and_another_patient_are_not_chosen_for(
    new_coach, new_patient, patient, staff
):
    new_coach(patient).fill("places", goals="store")
    sam = new_coach(patient, user=f"Practitioner/{staff['Sam']}")
    assert kinds(sam.open("places")) == USUAL
    assert kinds(new_coach(new_patient()).open("places")) == USUAL


def test_nothing_of_it_is_in_a_cookie_and_the_file_names_nobody(coach, clinic, patient, staff):
    answer = coach.fill("places", goals="store")
    assert "store" not in str(answer.headers.getlist("Set-Cookie"))
    with closing(sqlite3.connect(clinic.ehr.folder / "picks.sqlite3")) as database:
        rows = str(database.execute("select patient, user from pick").fetchall())
    assert patient not in rows
    assert staff["Dana"] not in rows


def test_what_is_kept_already_stays_until_somebody_moves_it(coach, ehr, patient):
    coach.fill("places", goals="store")
    coach.add_goal("Walk to the shop")
    assert "Move it into the EHR" not in coach.see("places")
    coach.fill("places", goals="ehr")
    page = coach.get("places")
    assert "What is kept already stays where it is" in page.text
    assert "Move it into the EHR" in page.text
    assert ehr.kept("Goal", patient) == []
    coach.post(f"{coach.home}move", csrf_token=coach.form(page).values["csrf_token"])
    assert len(ehr.kept("Goal", patient)) == 1


def test_what_is_wanted_in_both_places_is_not_moved_out_of_one(coach):
    coach.fill("places", goals="store")
    coach.add_goal("Walk to the shop")
    coach.fill("places", goals="both")
    assert "Move it into the EHR" not in coach.see()


@pytest.mark.parametrize("value", ["", "cloud", None])
def test_what_is_no_choice_is_refused_and_keeps_nothing(coach, value):
    answer = coach.fill("places", goals=value, note="store")
    assert answer.status_code == 422
    assert "Choose where new entries of this kind go." in answer.text
    assert kinds(coach.open("places")) == USUAL


def test_what_the_ehr_does_not_take_is_no_choice_and_says_why(coach, ehr):
    ehr.refused = {**PLAN_AND_GOAL, ("POST", ""): 405}
    coach.enroll()
    coach.add_goal("Walk to the shop")
    form, page = coach.open("places"), words(coach.see("places"))
    assert "goals" not in form.offered
    assert "Goals The EHR has refused goals: new ones go into the program's own store." in page
    assert "The EHR has refused the enrollment: new ones go into" in page
    assert "enrollment" in form.offered


def test_a_choice_for_what_is_not_open_is_not_taken(coach, ehr):
    ehr.refused = {**PLAN_AND_GOAL, ("POST", ""): 405}
    coach.add_goal("Walk to the shop")
    coach.fill("places", goals="both")
    assert "You chose" not in coach.see()


def test_a_note_kept_out_of_the_chart_can_be_copied(coach):
    coach.enroll()
    coach.fill("places", note="store")
    assert "You chose to keep notes out of the chart." in coach.see("note")
    assert "Note for the chart: not in the chart." in words(coach.see())


class TestWhatTheAdministratorHasSet:
    def test_a_kind_that_is_set_is_no_choice_and_says_so(self, new_coach, patient):
        coach = new_coach(patient, site="Apart")
        form, page = coach.open("places"), words(coach.see("places"))
        assert {"goals", "note"}.isdisjoint(form.offered)
        assert "Your administrator has set where goals go: the program's own store." in page
        assert "Your administrator has switched notes off." in page

    def test_it_wins_over_what_the_user_chose_before(self, new_coach, coach, ehr, patient):
        coach.fill("places", goals="store")
        there = new_coach(patient, site="Copied")
        assert "the EHR, with a copy in the program's own store." in there.see("places")
        there.add_goal("Walk to the shop")
        assert len(ehr.kept("Goal", patient)) == 1

    def test_when_all_is_set_the_page_says_that(self, new_coach, patient):
        coach = new_coach(patient, site="Settled")
        assert "There is nothing to choose here." in coach.see("places")
        assert "Your administrator has switched notes on." in coach.see("places")
        assert "Where things are kept" not in coach.see()
        coach.enroll()
        assert "Why there" in coach.see()
