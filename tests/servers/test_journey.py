"""The clinician's whole journey over HTTP, with the record in a FHIR server that is not ours."""

import pytest

pytestmark = pytest.mark.server


def counted(server, patient):
    """Count what the record holds about the patient, responses by their instrument."""
    kinds = ("CarePlan", "Goal", "QuestionnaireResponse")
    plans, goals, responses = (server.of(kind, patient) for kind in kinds)
    made = [response["questionnaire"].split("|")[0].split("/")[-1] for response in responses]
    return len(plans), len(goals), made.count("peg"), made.count("pseq")


@pytest.fixture
def coach(launch):
    return launch()


@pytest.fixture
def patient(clinic):
    """The id that the server gave the first patient."""
    return clinic.ehr.hospital.reference("Patient/p01").removeprefix("Patient/")


def test_a_patient_is_enrolled(coach, server, patient):
    coach.enroll()
    (plan,) = server.of("CarePlan", patient)
    assert plan["status"] == "active"
    assert "Thornfield" in coach.see()


def test_a_goal_keeps_every_version(coach, server, patient):
    coach.add_goal("Swim 🏊 with Ida")
    coach.fill(coach.links("/edit")[0], text="Swim 🏊 twice a week")
    coach.fill(coach.links("/progress")[0], achievement="improving", note="Bought goggles")
    (goal,) = server.of("Goal", patient)
    versions = server.found(f"Goal/{goal['id']}/_history")
    assert goal["description"]["text"] == "Swim 🏊 twice a week"
    assert len(versions) == 3


def test_two_assessments_show_a_meaningful_change(coach):
    coach.enroll()
    coach.assess(peg=7, pseq=2)
    coach.assess(peg=3, pseq=4)
    assert "Meaningfully better" in coach.see()


def test_the_whole_journey_ends_in_the_record(coach, launch, server, patient):
    coach.enroll()
    coach.add_goal()
    coach.assess(peg=7, pseq=2)
    coach.assess(peg=4, pseq=4)
    coach.finish()
    assert counted(server, patient) == (1, 1, 2, 2)
    assert "Completed" in launch().see()


def test_a_stale_page_loses_nothing_and_overwrites_nothing(coach, launch):
    coach.add_goal()
    edit = coach.links("/edit")[0]
    other = launch()
    stale = other.open(edit)
    coach.fill(edit, text="Mine")
    answer = other.send(stale, text="Theirs")
    assert answer.status_code == 409
    assert "Mine" in answer.text
    assert "Theirs" in answer.text


def test_two_patients_records_stay_apart(coach, launch, server, patient):
    """Also where the server ignores which patient is asked for, and sends everybody's rows."""
    other = launch("p02")
    for clinician, text in ((coach, "Swim with Ida"), (other, "Dance again")):
        clinician.enroll()
        clinician.add_goal(text)
    coach.assess(peg=7, pseq=2)
    assert "Dance again" not in coach.see()
    assert "Swim with Ida" not in other.see()
    assert "No assessment yet" in other.see()
    assert counted(server, patient) == (1, 1, 1, 1)
