"""Standalone launch: pick a site, then the EHR asks for the patient."""

from dataclasses import replace

import pytest


@pytest.fixture
def sites(site):
    return (site, replace(site, name="Ward & Co", issuer="https://ward.example/fhir"))


def test_lists_the_sites(browser):
    page = browser.get("/standalone").text
    assert "Clinic" in page
    assert 'href="/standalone?site=Ward+%26+Co"' in page


def test_listing_asks_nobody_for_anything(browser, wire):
    browser.get("/standalone")
    assert not wire.calls


def test_an_unknown_site_is_refused_before_any_http(browser, wire):
    assert browser.get("/standalone?site=evil").text == "issuer-unknown"
    assert not wire.calls


def test_asks_for_launch_patient_and_sends_no_launch(browser):
    asked = browser.begin("/standalone?site=Clinic")
    assert "launch/patient" in asked["scope"].split()
    assert "launch" not in asked["scope"].split()
    assert "launch" not in asked


def test_sends_the_same_protections_as_an_ehr_launch(browser):
    asked = browser.begin("/standalone?site=Clinic")
    needed = {"state", "nonce", "aud", "code_challenge", "code_challenge_method"}
    assert needed <= asked.keys()


def test_ends_on_the_program_page(browser):
    state = browser.begin("/standalone?site=Clinic")["state"]
    home = browser.answer(code="c", state=state).location
    assert browser.get(home).json["patient"] == "patient-1"


def test_a_path_before_the_app_is_kept(app, ehr):
    """Behind a proxy that serves the app below /gsh."""
    client, base = app.test_client(), "https://app.example/gsh"
    page = client.get("/standalone", base_url=base).text
    assert 'href="/gsh/standalone?site=Clinic"' in page
