"""The pages over two places: where a thing lives makes no difference to who works with it."""

import re

import pytest

from smartapp import parts
from smartapp.fhir import capabilities
from smartapp.fhir.refusals import SqliteRefusals

PARTS = ("CarePlan", "Goal", "CareTeam", "QuestionnaireResponse", "Observation", "Provenance")


@pytest.fixture(params=[("CarePlan", "Goal"), PARTS], ids=["plan-and-goals", "everything"])
def refused(request, ehr):
    """The EHR takes none of these, nor transactions, and says so only when asked."""
    refused = {(method, type_): 405 for type_ in request.param for method in ("POST", "PUT")}
    ehr.refused = {**refused, ("POST", ""): 405}
    return request.param


def only(page, pattern):
    (found,) = set(re.findall(pattern, page))
    return found


def test_a_whole_program_can_be_run(coach, ehr, patient, refused):
    coach.enroll()
    coach.add_goal("Walk to the shop")
    coach.assess(peg=4)
    goal = only(coach.see(), r"/goals/([^/\"]+)/edit")
    assert goal.startswith("store~")
    assert coach.fill(f"goals/{goal}/edit", text="Swim").status_code == 303
    assert "Walk to the shop" in coach.see(f"goals/{goal}/versions")
    plan = only(coach.see(), r"/enrollment/([^/\"]+)/complete")
    coach.fill(f"enrollment/{plan}/complete", reason="finished", note="Feels better")
    page = coach.see()
    assert "Completed" in page
    assert page.count("Swim") >= 1
    assert "Feels better" in page
    assert not any(ehr.kept(type_, patient) for type_ in refused if type_ != "Provenance")


def test_what_the_ehr_took_and_lets_nobody_change_is_changed_all_the_same(coach, ehr, patient):
    """Its transaction takes what it will not let us change afterwards."""
    coach.enroll()
    ehr.refused = {("PUT", type_): 405 for type_ in PARTS}
    coach.add_goal("Walk")
    plan = only(coach.see(), r"/enrollment/([^/\"]+)/complete")
    coach.fill(f"enrollment/{plan}/complete", reason="finished", note="Feels better")
    page = coach.see()
    assert ehr.kept("CarePlan", patient)[0]["status"] == "active"
    assert "Completed" in page
    assert page.count("Feels better") == 1


def test_a_conflict_is_shown_with_both_versions(coach, refused):
    coach.enroll()
    coach.add_goal("Walk")
    goal = only(coach.see(), r"/goals/([^/\"]+)/edit")
    late = coach.open(f"goals/{goal}/edit")
    coach.fill(f"goals/{goal}/edit", text="Swim")
    answer = coach.send(late, text="Dance")
    assert answer.status_code == 409
    assert "Swim" in answer.text
    assert "Dance" in answer.text


def test_a_stores_id_of_nobody_is_not_found(coach):
    assert coach.get("goals/store~1/edit").status_code == 404


def test_the_page_says_where_things_are_kept(coach, refused):
    coach.enroll()
    coach.assess(peg=4)
    page = " ".join(re.sub(r"<[^>]+>", " ", coach.see()).split())
    answers = "the program's own store" if "QuestionnaireResponse" in refused else "the EHR"
    assert f"Enrollment the program's own store Assessments {answers} Who reads" in page


def test_nothing_is_said_of_the_store_while_nothing_is_in_it(coach):
    assert "No enrollment, goal or assessment is kept yet" in coach.see()
    coach.enroll()
    page = coach.see()
    assert "Where things are kept" in page
    assert "own store" not in page


def test_what_waits_moves_when_the_ehr_takes_it(clinic, coach, ehr, patient, refused):
    coach.enroll()
    coach.add_goal("Walk to the shop")
    assert "Move it into the EHR" not in coach.see()
    ehr.refused = {}
    forget(clinic)
    page = coach.get()
    assert "Move it into the EHR" in page.text
    coach.post(f"{coach.home}move", **coach.form(page).values)
    assert ehr.kept("CarePlan", patient)[0]["status"] == "active"
    assert ehr.kept("Goal", patient)[0]["description"]["text"] == "Walk to the shop"
    assert "own store" not in coach.see()


def test_nothing_is_moved_while_the_command_moves_it(clinic, coach, ehr, patient, refused):
    """Where an EHR knows no conditions, two at once would each create what they find missing."""
    coach.add_goal("Walk to the shop")
    ehr.refused = {}
    forget(clinic)
    button = coach.form(coach.get()).values
    with parts.turn(clinic.config)(ehr.base, patient):
        answer = coach.post(f"{coach.home}move", **button)
    assert answer.status_code == 409
    assert "being moved into the EHR at this moment" in answer.text
    assert ehr.kept("Goal", patient) == []
    assert coach.post(f"{coach.home}move", **button).status_code == 303


def forget(clinic):
    """What an administrator does with "smartapp refusals forget"."""
    SqliteRefusals(clinic.ehr.folder / "refusals.sqlite3").forget(clinic.ehr.base)
    capabilities.forget()
