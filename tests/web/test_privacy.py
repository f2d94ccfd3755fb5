"""The whole journey, trouble included: no patient in a log, an address or a header."""

import logging
import re

import pytest
from flask import request, request_finished

WORDS = ("Quillfeather", "1961-04-12", "12 April", "MRN-4711", "Walk to the shop", "My note")
TOKENS = ("access-secret",)
TYPED = {"due": "2027-01-04", "importance": "8", "confidence": "6"}


@pytest.fixture
def told(clinic):
    """Everything the app said outside a page's body, and the addresses within it."""
    told = []

    def record(_, response, **more):
        told.extend([request.full_path, *map(str, response.headers.items())])
        if response.mimetype == "text/html":
            told.extend(re.findall(r'(?:href|action|src)="([^"]*)"', response.get_data(True)))

    with request_finished.connected_to(record, clinic.app):
        yield told


def journey(coach, ehr):
    """One through six of what a clinician does."""
    coach.see()
    coach.enroll()
    coach.add_goal("Walk to the shop")
    goal, plan = (ehr.kept(kind, coach.patient)[0]["id"] for kind in ("Goal", "CarePlan"))
    coach.fill(f"goals/{goal}/progress", achievement="improving", note="My note")
    coach.see(f"goals/{goal}/versions")
    coach.assess(peg=7, pseq=2)
    coach.assess(peg=3, pseq=4)
    coach.see("outcomes")
    coach.fill(f"enrollment/{plan}/complete", reason="finished", note="My note")


def trouble(coach, ehr):
    """Everything that can go wrong with a goal on its way."""
    typed = TYPED | {"text": "Walk to the shop"}
    form = coach.open("goals/new")
    coach.send(form, **typed | {"importance": "11"})
    coach.send(form, **typed | {"csrf_token": None})
    ehr.failing = 1
    coach.send(form, **typed)
    ehr.dropping = 1
    coach.send(form, **typed)
    ehr.failing, ehr.failing_with = 1, 422
    coach.send(coach.open("goals/new"), **typed)
    ehr.is_down = True
    coach.send(form, **typed)
    coach.get()
    ehr.is_down = False
    form.action = f"{coach.home}broken"
    coach.send(form, **typed)


@pytest.fixture
def everything(told, clinic, ehr, patient, staff, caplog):
    """The log and what was told, after the journey and all its trouble."""
    ehr.claims = {"fhirUser": f"Practitioner/{staff['Dana']}"}
    with caplog.at_level(logging.DEBUG):
        coach = clinic.enter(clinic.browser(), patient)
        journey(coach, ehr)
        trouble(coach, ehr)
        token = coach.open("").values["csrf_token"]
        coach.post(f"{coach.home}logout", csrf_token=token)
    return caplog.text, "\n".join(told)


def test_nothing_about_the_patient_or_a_token_is_told(everything, patient):
    log, told = everything
    assert len(log) > 100
    for secret in (*WORDS, *TOKENS, patient):
        assert secret not in log, f"the log tells {secret}"
        assert secret not in told, f"an address or a header tells {secret}"


def test_no_other_patients_name_reaches_the_log_with_a_stray_resource(
    coach, ehr, new_patient, caplog
):
    subject = {"reference": f"Patient/{new_patient('Eve')}"}
    ehr.stray = [{"resourceType": "Goal", "id": "g", "subject": subject}]
    with caplog.at_level(logging.DEBUG):
        coach.see()
    assert "of other patients dropped" in caplog.text
    assert subject["reference"] not in caplog.text
