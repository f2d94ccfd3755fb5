"""The authorization response, checked in the order error, state, iss, code."""

from dataclasses import replace

import pytest

from smartapp.errors import IssuerUnknown


def test_leads_to_the_program_page_of_the_launch(browser):
    assert browser.launch().startswith("/launches/")


def test_the_redirect_carries_no_token_code_or_state(browser, ehr):
    state = browser.begin()["state"]
    arrived = browser.answer(code="code-1", state=state)
    told = str(arrived.headers) + arrived.text
    assert not [s for s in ("access-1", "refresh-1", "code-1", state, "patient-1") if s in told]


def test_the_redirect_is_kept_by_no_cache(browser):
    arrived = browser.answer(code="c", state=browser.begin()["state"])
    assert arrived.headers["Cache-Control"] == "no-store"


class TestError:
    @pytest.mark.parametrize("error", ["access_denied", "invalid_scope", ""])
    def test_an_error_means_the_launch_was_denied(self, browser, error):
        state = browser.begin()["state"]
        assert browser.answer(error=error, state=state).text == "launch-denied"

    def test_comes_before_a_wrong_state(self, browser):
        assert browser.answer(error="access_denied", state="forged").text == "launch-denied"

    def test_asks_the_token_endpoint_for_nothing(self, browser, ehr):
        """Authlib would send grant_type=client_credentials here."""
        browser.answer(error="access_denied", state=browser.begin()["state"])
        assert not ehr.token_requests

    def test_a_code_beside_an_error_is_not_used(self, browser, ehr):
        browser.answer(error="access_denied", code="c", state=browser.begin()["state"])
        assert not ehr.token_requests

    def test_ends_the_pending_launch(self, browser):
        state = browser.begin()["state"]
        browser.answer(error="access_denied", state=state)
        assert browser.answer(code="c", state=state).text == "state-invalid"

    def test_from_another_browser_ends_nothing(self, browser, another_browser):
        state = browser.begin()["state"]
        another_browser.answer(error="access_denied", state=state)
        assert browser.answer(code="c", state=state).status_code == 303

    def test_its_description_is_not_shown(self, browser):
        """It is text from outside, and may name a patient."""
        state = browser.begin()["state"]
        page = browser.answer(error="x", error_description="<b>Jane", state=state).text
        assert "Jane" not in page


class TestIssuer:
    """RFC 9207: the iss parameter of the callback."""

    def test_the_discovered_issuer_is_accepted(self, browser, addresses):
        state = browser.begin()["state"]
        assert browser.answer(code="c", state=state, iss=addresses.auth).status_code == 303

    @pytest.mark.parametrize("iss", ["https://evil.example", "", "https://auth.example/"])
    def test_another_issuer_is_refused(self, browser, ehr, iss):
        state = browser.begin()["state"]
        assert browser.answer(code="c", state=state, iss=iss).text == "issuer-mismatch"
        assert not ehr.token_requests

    def test_may_be_absent(self, browser):
        assert browser.answer(code="c", state=browser.begin()["state"]).status_code == 303

    def test_may_not_be_absent_when_the_server_says_it_sends_it(self, browser, ehr):
        ehr.smart["authorization_response_iss_parameter_supported"] = True
        state = browser.begin()["state"]
        assert browser.answer(code="c", state=state).text == "issuer-mismatch"

    def test_comes_before_a_missing_code(self, browser):
        state = browser.begin()["state"]
        assert browser.answer(state=state, iss="https://evil.example").text == "issuer-mismatch"


@pytest.mark.parametrize("code", [None, ""])
def test_no_code_is_refused(browser, ehr, code):
    assert browser.answer(code=code, state=browser.begin()["state"]).text == "token-refused"
    assert not ehr.token_requests


def test_a_site_taken_out_of_the_file_meanwhile_is_unknown(browser, launches, config):
    state = browser.begin()["state"]
    later = replace(launches, config=replace(config, sites=()))
    with pytest.raises(IssuerUnknown):
        later.finish({"state": state, "code": "c"}, browser.cookies())
