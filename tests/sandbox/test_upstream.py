"""Another FHIR server behind the sandbox: one that assigns ids and ignores every filter."""

from dataclasses import replace

import pytest
import responses

from smartapp.errors import ConfigError
from smartapp.sandbox.ehr import create_ehr
from smartapp.sandbox.upstream import Question, Remote

FHIR = "http://localhost:8001/fhir"


@pytest.fixture
def settings(settings, lenient):
    return replace(settings, upstream=lenient.url, data=settings.data / "other")


@pytest.fixture
def key(person):
    """Patient p01's id as the other server assigned it."""
    return person.ehr.hospital.reference("Patient/p01").removeprefix("Patient/")


@pytest.fixture
def token(person, key):
    return person.tokens(launch=person.launch_token(key))["access_token"]


def test_patients_are_seeded_by_post_and_their_ids_remembered(person, lenient, key):
    assert key.startswith("srv")
    assert lenient.kept[f"Patient/{key}"]["identifier"]
    assert "PUT" not in {method for method, *_ in lenient.asked}


def test_seeded_references_point_at_the_assigned_ids(lenient, ehr):
    subjects = {one["subject"]["reference"] for place, one in lenient.kept.items()
                if place.startswith("Condition/")}  # fmt: skip
    assert subjects <= set(lenient.kept)


def test_seeding_happens_once(ehr, settings, lenient):
    count = len(lenient.kept)
    create_ehr(settings).extensions["sandbox"].close()
    assert len(lenient.kept) == count


def test_a_server_that_lost_everything_is_seeded_again(ehr, settings, lenient):
    lenient.kept.clear()
    create_ehr(settings).extensions["sandbox"].close()
    assert any(place.startswith("Patient/") for place in lenient.kept)


def test_entries_of_other_patients_are_dropped_when_the_filter_is_ignored(person, key, token):
    found = person.fhir(token, path="Condition").get_json()
    assert {one["resource"]["subject"]["reference"] for one in found["entry"]} == {f"Patient/{key}"}
    assert "total" not in found


def test_the_patient_filter_is_sent_although_it_may_be_ignored(person, key, token, lenient):
    person.fhir(token, path="Goal")
    assert ("GET", "Goal", f"patient=Patient%2F{key}") in lenient.asked


def test_a_conditional_update_is_confined(person, key, token, goal, lenient):
    person.fhir(token, "PUT", "Goal?identifier=1", goal(key))
    assert ("PUT", "Goal", f"identifier=1&patient=Patient%2F{key}") in lenient.asked


def test_rows_of_a_search_within_a_batch_are_sifted(person, key, token, lenient):
    searched = lenient.everything("Condition", lenient.url)
    lenient.done = lambda *_: ("200 OK", [], {
        "resourceType": "Bundle", "type": "batch-response", "entry": [
            {"resource": searched, "response": {"status": "200"}},
            {"resource": lenient.kept["Practitioner/srv2"], "response": {"status": "200"}},
        ]})  # fmt: skip
    asked = [{"request": {"method": "GET", "url": "Condition"}}]
    batch = {"resourceType": "Bundle", "type": "batch", "entry": asked}
    rows, other = person.fhir(token, "POST", "", batch).get_json()["entry"]
    subjects = {one["resource"]["subject"]["reference"] for one in rows["resource"]["entry"]}
    assert subjects == {f"Patient/{key}"}
    assert other["response"]["status"] == "200"


def test_the_other_servers_base_is_replaced_in_bodies_and_locations(person, key, token, goal):
    created = person.fhir(token, "POST", "Goal", goal(key))
    assert created.headers["Location"].startswith(f"{FHIR}/Goal/srv")
    found = person.fhir(token, path="Condition").get_json()["entry"]
    assert found[0]["fullUrl"].startswith(f"{FHIR}/Condition/")


def test_our_base_is_replaced_in_what_is_sent(person, key, token, goal, lenient):
    body = goal(key, addresses=[{"reference": f"{FHIR}/Condition/1"}])
    kept = person.fhir(token, "POST", "Goal", body).get_json()["id"]
    assert lenient.kept[f"Goal/{kept}"]["addresses"][0]["reference"] == f"{lenient.url}/Condition/1"


def test_the_chart_shows_only_this_patients_rows(person, key, token, goal):
    person.fhir(token, "POST", "Goal", goal(key))
    assert len(person.ehr.hospital.of(key, "Condition")) < 6
    assert [one["resourceType"] for one in person.ehr.hospital.written(key)] == ["Goal"]


def test_the_capability_statement_is_the_upstreams_with_our_security(person):
    found = person.machine.get("/fhir/metadata").get_json()
    assert found["implementation"]["url"] == FHIR
    assert found["rest"][0]["security"]


def test_a_page_of_a_search_is_sifted_too(person, key, token):
    found = person.fhir(token, path="?_getpages=1").get_json()["entry"]
    patients = [one["resource"]["id"] for one in found if "name" in one["resource"]
                and one["resource"]["resourceType"] == "Patient"]  # fmt: skip
    assert patients == [key]


def test_an_upstream_that_does_not_answer_is_a_502(tmp_path):
    remote = Remote("http://127.0.0.1:9/fhir", FHIR, timeout=(0.2, 0.2))
    assert remote.ask(Question("GET", "Patient")).status == 502
    remote.close()


def test_only_fhir_headers_are_forwarded():
    with responses.RequestsMock() as wire:
        wire.put("http://other/r4/Goal/1", json={}, headers={"ETag": 'W/"2"', "X-Own": "1"})
        secret = {"authorization": "Bearer secret", "cookie": "c"}
        sent = {"if-match": 'W/"1"', "cache-control": "no-cache", **secret}
        reply = Remote("http://other/r4/", FHIR).ask(Question("PUT", "Goal/1", (), sent, b"{}"))
        asked = wire.calls[0].request.headers
    assert (asked["If-Match"], asked["Cache-Control"]) == ('W/"1"', "no-cache")
    assert {"Authorization", "Cookie"}.isdisjoint(asked)
    assert reply.headers == {"etag": 'W/"2"', "content-type": "application/json"}


PATIENT = {"resourceType": "Patient", "id": "p01"}


def test_an_empty_created_answer_is_read_by_its_location():
    location = {"Location": "http://other/r4/Patient/77/_history/1"}
    with responses.RequestsMock() as wire:
        wire.post("http://other/r4/Patient", status=201, headers=location)
        assert Remote("http://other/r4", FHIR).plant([PATIENT]) == {"Patient/p01": "Patient/77"}


def test_a_server_that_refuses_the_patients_stops_the_start():
    with responses.RequestsMock() as wire:
        wire.post("http://other/r4/Patient", status=422)
        with pytest.raises(ConfigError, match="refused a synthetic Patient with 422"):
            Remote("http://other/r4", FHIR).plant([PATIENT])


def test_metadata_of_a_failing_upstream_is_passed_on(person, lenient):
    lenient.done = lambda *_: ("500 Internal Server Error", [], {})
    assert person.machine.get("/fhir/metadata").status_code == 500
