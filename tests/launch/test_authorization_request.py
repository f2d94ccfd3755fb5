"""SMART App Launch 2.2, 2.0.9 (obtain authorization code), and Inferno's client suite:
"Verify SMART App Launch Authorization Requests". A test for each clause."""

import base64
import hashlib
from dataclasses import replace
from urllib.parse import urlsplit

import pytest


def test_goes_to_the_discovered_authorization_endpoint(browser, addresses):
    sent = browser.get(f"/launch?iss={addresses.ehr}&launch=x")
    assert sent.location.startswith(f"{addresses.auth}/authorize?")


def test_response_type_is_code(browser):
    assert browser.begin()["response_type"] == "code"


def test_client_id_is_the_registered_one(browser):
    assert browser.begin()["client_id"] == "our-client"


def test_redirect_uri_is_the_registered_one(browser):
    assert browser.begin()["redirect_uri"] == "https://app.example/callback"


def test_launch_is_passed_on_unchanged_and_never_decoded(browser, addresses):
    token = "eyJhbGciOiJub25lIn0.bm90IGpzb24."
    asked = browser.begin(f"/launch?iss={addresses.ehr}&launch={token}")
    assert asked["launch"] == token


def test_scope_is_present(browser):
    assert {"launch", "openid", "fhirUser"} <= set(browser.begin()["scope"].split())


def test_state_is_present_and_has_at_least_122_bits(browser):
    state = browser.begin()["state"]
    assert len(base64.urlsafe_b64decode(state + "=")) * 8 >= 122


def test_state_is_new_for_each_launch(browser):
    assert len({browser.begin()["state"] for _ in range(3)}) == 3


def test_nonce_is_new_for_each_launch(browser):
    assert len({browser.begin()["nonce"] for _ in range(3)}) == 3


def test_code_challenge_method_is_s256(browser):
    assert browser.begin()["code_challenge_method"] == "S256"


def test_code_challenge_is_the_sha256_of_the_verifier_sent_later(browser, ehr):
    asked = browser.begin()
    browser.answer(code="c", state=asked["state"])
    digest = hashlib.sha256(ehr.token_requests[0]["code_verifier"].encode()).digest()
    assert asked["code_challenge"] == base64.urlsafe_b64encode(digest).decode().rstrip("=")


def test_pkce_is_used_even_when_the_server_does_not_list_it(browser, ehr):
    ehr.smart["code_challenge_methods_supported"] = []
    assert browser.begin()["code_challenge"]


def test_the_code_verifier_has_43_to_128_characters(browser, ehr):
    browser.launch()
    assert 43 <= len(ehr.token_requests[0]["code_verifier"]) <= 128


def test_a_query_in_the_authorization_endpoint_is_kept(browser, ehr, addresses):
    ehr.smart["authorization_endpoint"] = f"{addresses.auth}/authorize?tenant=4"
    assert browser.begin()["tenant"] == "4"


@pytest.mark.parametrize("registered", ["", "/"])
@pytest.mark.parametrize("launched_with", ["", "/"])
class TestAud:
    @pytest.fixture
    def sites(self, site, registered):
        return (replace(site, issuer=site.issuer + registered),)

    def test_is_the_fhir_base_exactly_as_registered(self, browser, site, registered, launched_with):
        asked = browser.begin(f"/launch?iss={site.issuer}{launched_with}&launch=x")
        assert asked["aud"] == site.issuer + registered


class TestIssuerAllowList:
    """The iss parameter is checked before any HTTP (server-side request forgery, secret theft)."""

    @pytest.mark.parametrize(
        "iss",
        ["", "https://evil.example/fhir", "https://ehr.example/fhir//", "https://ehr.example/",
         "http://ehr.example/fhir", "https://ehr.example/fhir/../x", "https://EHR.example/fhir"],
    )  # fmt: skip
    def test_an_unknown_issuer_is_refused_and_nothing_is_asked(self, browser, wire, iss):
        refused = browser.get("/launch", query_string={"iss": iss, "launch": "x"})
        assert refused.text == "issuer-unknown"
        assert not wire.calls

    def test_no_issuer_at_all_is_refused(self, browser):
        assert browser.get("/launch").text == "issuer-unknown"

    def test_a_launch_without_launch_token_is_refused_before_any_http(self, browser, wire, site):
        assert browser.get(f"/launch?iss={site.issuer}").text == "launch"
        assert not wire.calls


def test_the_answer_is_kept_by_no_cache(browser, site):
    sent = browser.get(f"/launch?iss={site.issuer}&launch=x")
    assert sent.headers["Cache-Control"] == "no-store"


def test_the_pending_launch_keeps_issuer_and_token_endpoint(browser, launches, addresses):
    pending = launches.store.waiting(browser.begin()["state"])
    assert pending.server.issuer == addresses.auth
    assert urlsplit(pending.server.token_endpoint).path == "/token"
