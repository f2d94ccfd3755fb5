"""Faults a test can ask for: an EHR that fails at the wrong moment."""

import time

import pytest
import requests

from smartapp.sandbox.serving import Server


@pytest.fixture
def served(ehr):
    """The sandbox on a real port."""
    server = Server(0)
    server.serve(ehr)
    yield f"http://127.0.0.1:{server.port}/fhir"
    server.stop()


@pytest.fixture
def token(person):
    return person.tokens()["access_token"]


def test_without_faults_nothing_fails(person, token, goal):
    assert person.fhir(token, "POST", "Goal", goal()).status_code == 201


def test_the_next_writes_fail_and_write_nothing(person, token, goal, faults):
    faults.fail_writes = 2
    statuses = [person.fhir(token, "POST", "Goal", goal()).status_code for _ in range(3)]
    assert statuses == [500, 500, 201]
    assert len(person.ehr.hospital.of("p01", "Goal")) == 1


def test_reads_do_not_count_as_writes(person, token, faults):
    faults.fail_writes = 1
    assert person.fhir(token, path="Patient/p01").status_code == 200
    assert faults.fail_writes == 1


def test_a_write_can_be_done_and_its_answer_swallowed(person, served, token, goal, faults):
    faults.drop_writes = 1
    headers = {"Authorization": f"Bearer {token}"}
    with pytest.raises(requests.ConnectionError):
        requests.post(f"{served}/Goal", json=goal(), headers=headers, timeout=60)
    assert len(person.ehr.hospital.of("p01", "Goal")) == 1
    found = requests.get(f"{served}/Patient/p01", headers=headers, timeout=60)
    assert found.status_code == 200


def test_dropping_without_a_socket_does_nothing(person, token, goal, faults):
    faults.drop_writes = 1
    assert person.fhir(token, "POST", "Goal", goal()).status_code == 201


def test_answers_can_be_delayed(person, token, faults):
    faults.delay = 0.1
    begun = time.monotonic()
    person.fhir(token, path="Patient/p01")
    assert time.monotonic() - begun >= 0.1


def test_faults_are_not_reachable_over_http(ehr):
    assert not [rule for rule in ehr.url_map.iter_rules() if "fault" in rule.rule]
