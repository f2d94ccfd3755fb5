"""The chart pages: what a person trying the program sees."""

import html
import re
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from smartapp.sandbox.charts import launch_url
from smartapp.sandbox.ehr import create_ehr

NOTICE = "Sandbox EHR: synthetic patients only"
PAGES = [
    "/",
    "/patients/p01",
    "/patients/p01/program",
    "/patients/p01/record/Patient/p01",
    "/reset",
]


def text(response):
    return html.unescape(response.get_data(as_text=True))


@pytest.mark.parametrize("path", [*PAGES, "/sign-in", "/nowhere", "/patients/nobody"])
def test_every_page_says_that_it_is_a_sandbox(person, path):
    assert NOTICE in text(person.browser.get(path))


@pytest.mark.parametrize("path", PAGES)
def test_the_pages_need_a_signed_in_clinician(stranger, path):
    response = stranger.browser.get(path)
    assert (response.status_code, response.location) == (303, f"/sign-in?next={path}")


@pytest.mark.parametrize("path", [*PAGES, "/sign-in"])
def test_every_page_has_a_strict_policy_and_no_script(person, path):
    response = person.browser.get(path)
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; img-src 'self'")
    assert "script-src" not in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'self'" in policy
    assert not re.search(r"<script|style=|onclick=", text(response))


def test_only_the_registered_apps_may_be_framed(person):
    policy = person.browser.get("/patients/p01/program").headers["Content-Security-Policy"]
    assert "frame-src 'self' http://127.0.0.1:8000;" in policy


def test_signing_in_offers_three_clinicians_and_no_password(stranger):
    page = text(stranger.browser.get("/sign-in"))
    assert page.count('name="clinician"') == 3
    assert "there is no password" in page
    assert 'type="password"' not in page


def test_signing_in_returns_to_where_one_wanted_to_go(stranger):
    response = stranger.post("/sign-in", clinician="physician-1", next="/patients/p02")
    assert response.location == "/patients/p02"


@pytest.mark.parametrize(
    "target",
    ["//evil.example/", "http://evil.example/", "/\\evil.example", "/\t/evil.example", "x"],
)
def test_signing_in_never_leads_to_another_site(stranger, target):
    assert stranger.post("/sign-in", clinician="coach-1", next=target).location == "/"


def test_nobody_else_can_sign_in(stranger):
    assert stranger.post("/sign-in", clinician="root").status_code == 400


def test_signing_out_ends_it(person):
    person.post("/sign-out")
    assert person.browser.get("/").status_code == 303


def test_the_list_shows_a_dozen_patients(person):
    assert "12 patients" in text(person.browser.get("/"))


@pytest.mark.parametrize("by", ["name", "mrn"])
def test_the_list_can_be_searched(person, by):
    patient = person.ehr.hospital.patient("p03")
    wanted = {"name": "lucía", "mrn": patient["identifier"][0]["value"]}[by]
    page = text(person.browser.get("/", query_string={"q": wanted}))
    assert "1 patient found" in page
    assert "Lucía" in page


def test_a_search_without_a_match_says_so(person):
    assert "0 patients found" in text(person.browser.get("/?q=zzz"))


def test_the_chart_shows_banner_problems_and_encounters(person):
    page = text(person.browser.get("/patients/p01"))
    patient = person.ehr.hospital.patient("p01")
    assert patient["name"][0]["family"] in page
    assert patient["identifier"][0]["value"] in page
    assert "M54.50" in page
    assert "in progress" in page


def test_the_frame_holds_a_launch_of_this_patient_by_this_clinician(person):
    page = text(person.browser.get("/patients/p02/program"))
    url = re.search(r'<iframe src="([^"]+)"', page)[1]
    query = parse_qs(urlsplit(url).query)
    assert url.startswith("http://127.0.0.1:8000/launch?")
    assert query["iss"] == ["http://localhost:8001/fhir"]
    context = person.ehr.tickets.launch(query["launch"][0], "coach-1")
    assert (context.patient, context.encounter) == ("p02", "p02-e1")


def test_a_new_tab_gets_a_launch_too(person):
    token = person.csrf("/patients/p02")
    response = person.browser.post("/patients/p02/launch", data={"csrf_token": token})
    assert response.status_code == 303
    assert response.location.startswith("http://127.0.0.1:8000/launch?iss=")


def test_a_launch_by_a_forged_form_is_refused(person):
    assert person.browser.post("/patients/p02/launch").status_code == 400


def test_launching_an_app_that_is_not_registered_fails_plainly(person, settings):
    nobody = replace(settings, embed="nobody")
    with pytest.raises(LookupError, match="nobody"):
        launch_url(nobody, person.ehr.tickets, person.ehr.hospital, "coach-1", "p01")


def test_the_record_section_is_empty_at_first(person):
    assert "Nothing yet." in text(person.browser.get("/patients/p01"))


def test_what_an_app_wrote_is_listed_with_a_link_to_the_json(person, goal):
    token = person.tokens()["access_token"]
    key = person.fhir(token, "POST", "Goal", goal()).get_json()["id"]
    assert "Walk to the lake" in text(person.browser.get("/patients/p01"))
    page = text(person.browser.get(f"/patients/p01/record/Goal/{key}"))
    assert '"lifecycleStatus": "active"' in page
    assert "Walk to the lake" not in text(person.browser.get("/patients/p02"))


def test_provenance_of_what_was_written_is_listed(person, goal):
    token = person.tokens()["access_token"]
    key = person.fhir(token, "POST", "Goal", goal()).get_json()["id"]
    provenance = {"resourceType": "Provenance", "target": [{"reference": f"Goal/{key}"}],
                  "agent": [{"who": {"reference": "Practitioner/coach-1"}}],
                  "recorded": "2026-11-02T10:00:00Z"}  # fmt: skip
    person.fhir(token, "POST", "Provenance", provenance)
    assert "/record/Provenance/" in text(person.browser.get("/patients/p01"))


@pytest.mark.parametrize("path", ["Practitioner/coach-1", "Goal/none"])
def test_only_clinical_resources_that_exist_are_shown_raw(person, path):
    assert person.browser.get(f"/patients/p01/record/{path}").status_code == 404


def test_reset_asks_first_and_needs_the_form_token(person):
    assert "cannot be undone" in text(person.browser.get("/reset"))
    assert person.browser.post("/reset").status_code == 400


def test_reset_restores_the_synthetic_data_and_ends_every_token(person, goal):
    tokens = person.tokens()
    person.fhir(tokens["access_token"], "POST", "Goal", goal())
    token = person.csrf("/reset")
    person.browser.post("/reset", data={"csrf_token": token})
    assert "Nothing yet." in text(person.browser.get("/patients/p01"))
    assert not person.alive(tokens)


def test_the_record_survives_a_restart(person, settings, goal):
    tokens = person.tokens()
    person.fhir(tokens["access_token"], "POST", "Goal", goal())
    again = create_ehr(settings)
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    found = again.test_client().get("/fhir/Goal", headers=headers).get_json()
    assert found["entry"][0]["resource"]["description"]["text"] == "Walk to the lake"
    again.extensions["sandbox"].close()


def test_another_host_name_is_refused(stranger):
    assert stranger.browser.get("/sign-in", base_url="http://rebound.example").status_code == 400


def test_a_seeding_that_was_broken_off_is_done_again(person, settings):
    person.ehr.records.forget_people()
    again = create_ehr(settings).extensions["sandbox"]
    assert len(again.hospital.patients()) == 12
    again.close()
