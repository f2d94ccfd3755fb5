"""No token, code, state, patient id or name in a log, a URL, a repr or an error."""

import logging
from dataclasses import replace

import pytest
import requests

from smartapp.errors import LaunchError

SECRETS = ("access-", "refresh-", "code-1", "patient-1", "Ada Coach", "Practitioner/7", "opaque-1")


def secrets_in(text, *more):
    return [secret for secret in (*SECRETS, *more) if secret and secret in text]


class TestLogs:
    @pytest.fixture
    def log(self, caplog):
        caplog.set_level(logging.DEBUG)
        return lambda *more: secrets_in(caplog.text, *more)

    def test_of_a_whole_launch_hold_no_secret(self, log, browser, launches, wire):
        home = browser.launch()
        launch = launches.store.read(home.split("/")[2])
        wire.get("https://ehr.example/fhir/Patient/patient-1", status=401)
        launches.session(launch).get("https://ehr.example/fhir/Patient/patient-1")
        browser.post(f"{home}logout", csrf_token=browser.get(home).json["csrf"])
        assert log(browser.ehr.asked["state"], launch.handle) == []

    def test_of_a_refused_code_hold_no_secret(self, log, browser, ehr):
        """The description is the EHR's text, and may hold anything."""
        told = "code-1 of patient-1 was used by Ada Coach"
        ehr.refusal = ({"error": "patient-1", "error_description": told}, 400)
        state = browser.begin()["state"]
        browser.answer(code="code-1", state=state)
        assert log(state) == []

    def test_of_a_refused_code_name_the_site_and_the_reason(self, caplog, browser, ehr):
        ehr.refusal = ({"error": "invalid_grant"}, 400)
        browser.answer(code="code-1", state=browser.begin()["state"])
        assert "The token endpoint of Clinic refused the code: invalid_grant." in caplog.text

    def test_of_a_refused_refresh_hold_no_secret(self, log, opened, launches, ehr, wire):
        ehr.refusal = ({"error": "invalid_grant", "error_description": "refresh-1"}, 400)
        wire.get("https://ehr.example/fhir/Patient/patient-1", status=401)
        with pytest.raises(LaunchError):
            launches.session(opened).get("https://ehr.example/fhir/Patient/patient-1")
        assert log() == []

    def test_of_a_failed_revocation_hold_no_secret(self, log, opened, launches, wire):
        wire.replace(
            "POST", "https://auth.example/revoke", body=requests.ConnectionError("access-1")
        )
        launches.end(opened)
        assert log() == []

    def test_of_a_refused_id_token_hold_no_secret(self, log, browser, ehr):
        ehr.claims = {"aud": "another"}
        browser.answer(code="code-1", state=browser.begin()["state"])
        assert log(ehr.id_token()) == []


@pytest.mark.parametrize("part", ["tokens", "context", None])
def test_a_repr_shows_nothing(opened, part):
    shown = repr(getattr(opened, part) if part else opened)
    assert secrets_in(shown) == []


def test_a_pending_launch_shows_nothing(browser, launches):
    state = browser.begin()["state"]
    assert secrets_in(repr(launches.store.waiting(state)), state) == []


def test_the_configuration_shows_no_secret(config, site):
    shown = repr(replace(config, sites=(replace(site, secret="s3cret"),)))
    assert "s3cret" not in shown
    assert config.encryption_keys[0].decode() not in shown


def test_an_error_carries_nothing(browser, launches, ehr):
    ehr.refusal = ({"error": "x", "error_description": "patient-1"}, 400)
    state = browser.begin()["state"]
    with pytest.raises(LaunchError) as caught:
        launches.finish({"state": state, "code": "code-1"}, browser.cookies())
    assert secrets_in(f"{caught.value!r} {caught.value.__dict__}", state) == []
    assert caught.value.__suppress_context__
