"""SMART App Launch 2.2, 2.0.10 (obtain access token), and Inferno's client suite:
"Verify SMART Token Requests". A test for each clause."""

import base64
from dataclasses import replace

import pytest
import requests

from smartapp.config import ClientAuth


def test_grant_type_is_authorization_code(browser, ehr):
    browser.launch()
    assert ehr.token_requests[0]["grant_type"] == "authorization_code"


def test_code_is_the_one_of_the_callback(browser, ehr):
    browser.answer(code="code-42", state=browser.begin()["state"])
    assert ehr.token_requests[0]["code"] == "code-42"


def test_redirect_uri_is_that_of_the_authorization_request(browser, ehr):
    browser.launch()
    assert ehr.token_requests[0]["redirect_uri"] == ehr.asked["redirect_uri"]


def test_the_request_is_a_form(browser, ehr):
    browser.launch()
    kind = ehr.token_requests[0]["headers"]["Content-Type"]
    assert kind.startswith("application/x-www-form-urlencoded")


class TestPublicClient:
    @pytest.fixture
    def sites(self, site):
        return (replace(site, client_auth=ClientAuth.PUBLIC, key_folder=None),)

    def test_client_id_is_in_the_body_and_nothing_authenticates(self, browser, ehr):
        browser.launch()
        sent = ehr.token_requests[0]
        assert sent["client_id"] == "our-client"
        assert "Authorization" not in sent["headers"]
        assert not {"client_secret", "client_assertion"} & sent.keys()


class TestConfidentialSymmetricClient:
    @pytest.fixture
    def sites(self, site):
        return (replace(site, client_auth=ClientAuth.SECRET, key_folder=None, secret="s3:cret"),)

    def test_authenticates_with_http_basic(self, browser, ehr):
        browser.launch()
        scheme, _, value = ehr.token_requests[0]["headers"]["Authorization"].partition(" ")
        assert (scheme, base64.b64decode(value)) == ("Basic", b"our-client:s3:cret")

    def test_the_secret_and_client_id_are_not_in_the_body(self, browser, ehr):
        browser.launch()
        assert not {"client_secret", "client_id"} & ehr.token_requests[0].keys()


class TestConfidentialAsymmetricClient:
    def test_client_assertion_type_is_jwt_bearer(self, browser, ehr):
        browser.launch()
        kind = ehr.token_requests[0]["client_assertion_type"]
        assert kind == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

    def test_client_id_is_in_the_assertion_only(self, browser, ehr):
        browser.launch()
        assert "client_id" not in ehr.token_requests[0]


REFUSED = [
    ({"error": "invalid_grant", "error_description": "used"}, 400),
    ({"error": "teapot"}, 400),
    ({"error": "invalid_client"}, 401),
    ({}, 200),
    ([], 200),
    ({"access_token": "", "token_type": "Bearer"}, 200),
    ({"access_token": 5, "token_type": "Bearer"}, 200),
    ({"access_token": "a", "token_type": "mac"}, 200),
    ({"access_token": "a"}, 500),
    ({"location": "elsewhere"}, 302),
]


@pytest.mark.parametrize("refusal", REFUSED)
def test_an_answer_without_a_usable_token_is_refused(browser, ehr, refusal):
    ehr.refusal = refusal
    state = browser.begin()["state"]
    assert browser.answer(code="c", state=state).text == "token-refused"


def test_no_answer_is_refused(browser, wire, addresses):
    state = browser.begin()["state"]
    wire.replace("POST", f"{addresses.auth}/revoke", body=b"")
    wire.remove("POST", f"{addresses.auth}/token")
    wire.post(f"{addresses.auth}/token", body=requests.ConnectTimeout())
    assert browser.answer(code="c", state=state).text == "token-refused"


def test_a_redirect_of_the_token_endpoint_is_not_followed(browser, wire, addresses):
    """It would carry code and credentials elsewhere."""
    wire.remove("POST", f"{addresses.auth}/token")
    elsewhere = {"Location": "https://evil.example/token"}
    wire.post(f"{addresses.auth}/token", status=307, headers=elsewhere)
    state = browser.begin()["state"]
    assert browser.answer(code="c", state=state).text == "token-refused"
    assert not [call for call in wire.calls if "evil" in call.request.url]


@pytest.mark.parametrize("kind", ["Bearer", "bearer", "BEARER", None])
def test_the_token_type_is_bearer_in_any_case(browser, ehr, kind):
    ehr.answer["token_type"] = kind
    assert browser.launch()


@pytest.mark.parametrize("seconds", [300, "300"])
def test_expires_in_may_be_a_number_or_a_string(browser, ehr, launches, clock, seconds):
    ehr.answer["expires_in"] = seconds
    handle = browser.launch().split("/")[2]
    left = launches.store.read(handle).tokens.expires - clock()
    assert left.total_seconds() == 300


@pytest.mark.parametrize("seconds", [None, 10**30])
def test_expires_in_may_be_unknown(browser, ehr, launches, seconds):
    ehr.answer["expires_in"] = seconds
    handle = browser.launch().split("/")[2]
    assert launches.store.read(handle).tokens.expires is None


def test_nothing_of_the_environment_is_used(browser, ehr, monkeypatch, tmp_path):
    """A .netrc would replace our credentials."""
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine auth.example login x password y")
    monkeypatch.setenv("NETRC", str(netrc))
    browser.launch()
    assert "Authorization" not in ehr.token_requests[0]["headers"]
