"""The way in through the real app: at its end the program page, or the page of what failed."""

from html import unescape

import pytest
from joserfc.jwk import ECKey

from smartapp import errors
from smartapp.web.errors import STATUS

APP = "https://app.example"


@pytest.fixture
def browser(clinic):
    return clinic.browser()


@pytest.fixture
def launched(clinic, browser, ehr, patient):
    """Launch with something wrong in the callback; what the browser then shows."""

    def launch(**answer):
        ehr.granted["patient"] = ehr.granted["patient"] and patient
        clinic.begin(browser)
        return clinic.back(browser, **answer)

    return launch


def is_page_of(answer, error):
    """Whether this is the error's page: its own sentence, no other's, its code and status."""
    page = unescape(answer.text)
    others = {e.sentence for e in STATUS} - {error.sentence}
    assert error.sentence in page
    assert not [sentence for sentence in others if sentence in page]
    assert f"For your administrator: {error.code}" in page
    assert answer.status_code == STATUS[error]


def test_a_sound_launch_shows_the_patient_and_the_user(clinic, browser, patient, staff, ehr):
    ehr.claims = {"fhirUser": f"Practitioner/{staff['Dana']}"}
    page = clinic.enter(browser, patient).see()
    assert "Ada Quillfeather" in page
    assert "Signed in as <strong>Dana Coach" in page


class TestBegin:
    def test_with_an_unknown_issuer(self, clinic, browser, ehr):
        is_page_of(clinic.begin(browser, "https://evil.example/fhir"), errors.IssuerUnknown)
        assert not ehr.log

    def test_without_a_launch_token(self, browser, ehr):
        answer = browser.get("/launch", base_url=APP, query_string={"iss": ehr.base})
        is_page_of(answer, errors.LaunchError)

    def test_where_no_endpoints_are_to_be_found(self, clinic, browser, ehr):
        is_page_of(clinic.begin(browser, f"{ehr.origin}/none"), errors.DiscoveryFailed)

    def test_standalone_offers_every_site(self, browser):
        page = browser.get("/standalone", base_url=APP).text
        assert "Clinic" in page
        assert "Second" in page

    def test_standalone_goes_to_the_site_chosen(self, browser, ehr):
        sent = browser.get("/standalone?site=Clinic", base_url=APP)
        assert sent.location.startswith(f"{ehr.origin}/authorize?")


class TestState:
    def test_forged(self, launched):
        is_page_of(launched(state="forged"), errors.StateInvalid)

    def test_missing(self, launched):
        is_page_of(launched(state=None), errors.StateInvalid)

    def test_replayed(self, launched, clinic, browser):
        assert launched().status_code == 303
        is_page_of(clinic.back(browser), errors.StateInvalid)

    def test_expired(self, clinic, browser):
        clinic.begin(browser)
        clinic.clock.forward(minutes=11)
        is_page_of(clinic.back(browser), errors.StateExpired)

    def test_of_another_browser_offers_a_window_of_its_own(self, clinic, browser):
        """No cookie came back: most often a frame in which the browser keeps none."""
        clinic.begin(browser)
        answer = clinic.back(clinic.browser())
        assert answer.status_code == 200
        assert "Open in its own window" in answer.text


class TestAnswer:
    def test_from_another_issuer(self, launched):
        is_page_of(launched(iss="https://evil.example"), errors.IssuerMismatch)

    def test_denied(self, launched):
        is_page_of(launched(error="access_denied", code=None), errors.LaunchDenied)

    def test_denied_with_a_description_that_is_not_shown(self, launched):
        page = launched(error="access_denied", error_description="Ada <b>Quillfeather")
        is_page_of(page, errors.LaunchDenied)
        assert "Quillfeather" not in page.text

    def test_without_a_code(self, launched):
        is_page_of(launched(code=None), errors.TokenRefused)

    def test_without_a_usable_token(self, launched, ehr):
        ehr.granted["access_token"] = None
        is_page_of(launched(), errors.TokenRefused)

    def test_without_a_patient(self, launched, ehr):
        ehr.granted["patient"] = None
        is_page_of(launched(), errors.PatientMissing)

    def test_without_the_access_to_show_anything(self, launched, ehr):
        ehr.granted["scope"] = "openid fhirUser launch"
        is_page_of(launched(), errors.ScopeMissing)

    def test_with_some_access_missing_opens_and_says_what(self, clinic, browser, ehr, patient):
        ehr.granted["scope"] = "openid fhirUser launch patient/*.rs"
        assert "Not possible in this launch" in clinic.enter(browser, patient).see()


class TestIdentity:
    @pytest.mark.parametrize(
        "claims",
        [
            {"aud": "another-client"},
            {"iss": "https://evil.example"},
            {"exp": 1_700_000_000},
            {"nonce": "another"},
        ],
        ids=str,
    )
    def test_with_a_wrong_claim(self, launched, ehr, claims):
        ehr.claims = claims
        is_page_of(launched(), errors.IdentityInvalid)

    def test_with_alg_none(self, launched, ehr):
        body = ehr.id_token().split(".")[1]
        ehr.granted["id_token"] = f"eyJhbGciOiJub25lIn0.{body}."
        is_page_of(launched(), errors.IdentityInvalid)

    def test_missing(self, launched, ehr):
        ehr.granted["id_token"] = None
        is_page_of(launched(), errors.IdentityInvalid)

    def test_signed_by_a_stranger(self, launched, ehr):
        stranger = ECKey.generate_key("P-256", {"kid": "one"})
        own, ehr.key = ehr.key, stranger
        ehr.granted["id_token"] = ehr.id_token()
        ehr.key = own
        is_page_of(launched(), errors.IdentityInvalid)


def test_a_launch_that_failed_leaves_no_cookie_of_a_launch(launched, browser, ehr):
    ehr.granted["patient"] = None
    assert "__Host-launch-" not in str(launched().headers)
