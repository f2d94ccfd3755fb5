"""Forms sent twice, from two windows, or with what no record may hold."""

from concurrent.futures import ThreadPoolExecutor
from html import unescape

import pytest

from smartapp.errors import EhrSavedBefore


def lost(coach, ehr, place, **typed):
    """Send a form whose answer is lost although it was saved; the form that comes back."""
    ehr.dropping = 1
    return coach.form(coach.fill(place, **typed))


def test_two_first_pages_at_once_both_give_forms_that_can_be_sent(clinic, ehr, coach):
    """A reload while the first page still loads must not spoil the form that is seen."""
    ehr.delay = 0.2
    with ThreadPoolExecutor(2) as pool:
        clients = [clinic.browser(), clinic.browser()]
        for client in clients:
            client.set_cookie(
                f"__Host-launch-{coach.handle}", "cookie-secret", domain="app.example", secure=True
            )
        pages = list(
            pool.map(
                lambda c: c.get(coach.home + "goals/new", base_url="https://app.example"), clients
            )
        )
    ehr.delay = 0.0
    typed = {"text": "Walk", "due": "2027-01-04", "importance": "8", "confidence": "6"}
    assert [coach.send(coach.form(page), **typed).status_code for page in pages] == [303, 303]


@pytest.mark.parametrize("changed", [{"importance": "2"}, {"confidence": "1"}])
def test_a_goal_sent_again_with_other_numbers_is_not_called_saved(coach, ehr, changed):
    goal = {"text": "Walk", "due": "2027-01-04", "importance": "8", "confidence": "6"}
    again = coach.send(lost(coach, ehr, "goals/new", **goal), **changed)
    assert EhrSavedBefore.sentence in unescape(again.text)


@pytest.mark.parametrize(
    "changed",
    [
        {"planned_sessions": "12"},
        {"modality": "telehealth"},
        {"consent_method": "written"},
        {"supervisor": "Sue"},
    ],
)
def test_an_enrollment_sent_again_with_other_choices_is_not_called_saved(
    coach, ehr, staff, changed
):
    people = {given: f"Practitioner/{key}" for given, key in staff.items()}
    usual = {"red_flags_checked": "yes", "consent": "yes", "supervisor": people["Sam"]}
    form = lost(coach, ehr, "enrollment/new", **usual)
    again = coach.send(form, **usual | {k: people.get(v, v) for k, v in changed.items()})
    assert EhrSavedBefore.sentence in unescape(again.text)


@pytest.mark.parametrize("character", ["\x00", "\x08", "\x1b"])
def test_no_character_that_fhir_forbids_reaches_the_record(coach, ehr, patient, character):
    """FHIR R4, string: nothing below U+0020 but tab, return and line feed."""
    coach.add_goal(f"Walk{character}far")
    assert not [g for g in ehr.kept("Goal", patient) if character in g["description"]["text"]]


def test_an_absolute_reference_does_not_let_a_coach_supervise_themselves(coach, ehr, staff):
    dana = f"Practitioner/{staff['Dana']}"
    usual = {"red_flags_checked": "yes", "consent": "yes", "supervisor": dana}
    answer = coach.fill("enrollment/new", **usual, coach=f"{ehr.base}/{dana}")
    assert answer.status_code == 422


def test_a_coach_that_is_no_address_is_refused_like_any_other(coach):
    assert coach.fill("enrollment/new", coach="http://[").status_code == 404
