"""What the launch part tells of its launches."""

import pytest

from smartapp.launch.launches import Launches
from smartapp.launch.witness import Event, Step

EHR = "https://ehr.example/fhir"


@pytest.fixture
def told():
    return []


@pytest.fixture
def launches(config, clock, told):
    return Launches.of(config, clock, told.append)


def refused(code, *site):
    return Event(Step.REFUSED, *site, code=code)


def test_a_whole_launch_is_told_in_three_steps(told, browser):
    home = browser.launch()
    browser.post(f"{home}logout", csrf_token=browser.get(home).json["csrf"])
    whom = ("Clinic", EHR, "Practitioner/7", "patient-1")
    begun = Event(Step.BEGUN, "Clinic", EHR)
    assert told == [begun, Event(Step.FINISHED, *whom), Event(Step.ENDED, *whom)]


def test_a_standalone_launch_is_told_too(told, browser):
    browser.begin("/standalone?site=Clinic")
    assert told == [Event(Step.BEGUN, "Clinic", EHR)]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/launch?iss=https://evil.example&launch=x", refused("issuer-unknown")),
        (f"/launch?iss={EHR}", refused("launch", "Clinic", EHR)),
        ("/standalone?site=Nowhere", refused("issuer-unknown")),
    ],
)
def test_a_launch_that_cannot_begin_is_told(told, browser, path, expected):
    browser.get(path)
    assert told == [expected]


def test_a_forged_answer_is_told_without_a_site(told, browser):
    browser.answer(code="code-1", state="forged")
    assert told == [refused("state-invalid")]


def test_a_refused_code_is_told_with_the_site(told, browser, ehr):
    ehr.refusal = ({"error": "invalid_grant"}, 400)
    browser.answer(code="code-1", state=browser.begin()["state"])
    assert told[1:] == [refused("token-refused", "Clinic", EHR)]


def test_a_page_of_another_browsers_launch_is_told(told, browser, another_browser):
    another_browser.get(browser.launch())
    assert told[2:] == [refused("cookie-missing")]


def test_a_user_the_ehr_did_not_name_is_told_as_unknown(told, browser, ehr):
    ehr.claims = {"fhirUser": None}
    browser.launch()
    assert told[1].user == ""
