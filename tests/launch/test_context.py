"""The launch context of the token response (SMART App Launch 2.2, 3.0.2)."""

import pytest

from smartapp.errors import PatientMissing
from smartapp.launch.context import read_context


@pytest.fixture
def read(site):
    return lambda **answer: read_context(site, {"patient": "p1", **answer})


@pytest.mark.parametrize("patient", [None, "", 5, "a b", "../x", "x" * 65, ["p1"], "Group/1"])
def test_without_a_patient_nothing_is_opened(read, patient):
    with pytest.raises(PatientMissing):
        read(patient=patient)


def test_a_launch_without_patient_is_refused(browser, ehr):
    ehr.answer["patient"] = None
    assert browser.answer(code="c", state=browser.begin()["state"]).text == "patient-missing"


@pytest.mark.parametrize("patient", ["p1", "Patient/p1"])
def test_the_patient_is_an_id_or_a_reference(read, patient):
    assert read(patient=patient).patient_id == "p1"


@pytest.mark.parametrize(("sent", "kept"), [("e1", "e1"), ("Encounter/e1", "e1"), (None, None)])
def test_encounter(read, sent, kept):
    assert read(encounter=sent).encounter_id == kept


@pytest.mark.parametrize("name", ["intent", "tenant"])
@pytest.mark.parametrize(("sent", "kept"), [("text", "text"), (None, None), ("", None), (5, None)])
def test_intent_and_tenant_are_texts(read, name, sent, kept):
    assert getattr(read(**{name: sent}), name) == kept


@pytest.mark.parametrize(("sent", "kept"), [(True, True), (False, False), ("false", False)])
def test_need_patient_banner(read, sent, kept):
    assert read(need_patient_banner=sent).need_patient_banner is kept


def test_the_banner_is_shown_unless_the_ehr_says_no(read):
    assert read().need_patient_banner is True


class TestSmartStyleUrl:
    URL = "https://ehr.example/style.json"

    def test_is_kept(self, read):
        assert read(smart_style_url=self.URL).smart_style_url == self.URL

    @pytest.mark.parametrize("url", ["http://ehr.example/s", "javascript:x", "", None, 5])
    def test_must_be_https(self, read, url):
        assert read(smart_style_url=url).smart_style_url is None

    def test_can_be_switched_off_for_a_site(self, site):
        from dataclasses import replace

        plain = replace(site, smart_style=False)
        answer = {"patient": "p", "smart_style_url": self.URL}
        assert read_context(plain, answer).smart_style_url is None


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ([{"reference": "ImagingStudy/1"}, "text"], ({"reference": "ImagingStudy/1"},)),
        (None, ()),
        ({"reference": "x"}, ()),
    ],
)
def test_fhir_context_is_a_list_of_objects(read, sent, kept):
    assert read(fhirContext=sent).fhir_context == kept


def test_the_whole_context_is_on_the_launch(browser, ehr, launches):
    context = {
        "encounter": "e1", "intent": "review", "need_patient_banner": False, "tenant": "north",
        "smart_style_url": "https://ehr.example/s", "fhirContext": [{"reference": "List/1"}],
    }  # fmt: skip
    ehr.answer |= context
    launch = launches.store.read(browser.launch().split("/")[2])
    assert (launch.patient_id, launch.encounter_id, launch.intent) == ("patient-1", "e1", "review")
    assert (launch.need_patient_banner, launch.tenant) == (False, "north")
    assert launch.smart_style_url == "https://ehr.example/s"
    assert launch.fhir_context == ({"reference": "List/1"},)
