"""The store in this process is spoken to as any FHIR server is, and no byte leaves the process."""

import pytest
import requests

from smartapp.errors import EhrConflict, EhrNotFound, EhrUnreachable, EhrUnsure
from smartapp.fhir.programstore import InProcess, ProgramStore
from smartapp.store import rest
from smartapp.store.storage import FhirStore

STORE = "https://app.example/fhir"
GOAL = {"resourceType": "Goal", "lifecycleStatus": "active", "description": {"text": "Walk"}}
GOAL |= {"identifier": [{"system": "urn:x", "value": "1"}]}


@pytest.fixture
def asked():
    """What the store was asked; raise from it to break the store."""
    return []


@pytest.fixture
def store(tmp_path, asked):
    kept = FhirStore(tmp_path / "store.sqlite3", base=STORE)

    def answer(*question):
        asked.append(question)
        return rest.answer(kept, *question)

    return ProgramStore(STORE, lambda: InProcess(STORE, answer))


@pytest.fixture
def client(store):
    person = store.client(None).create({"resourceType": "Patient", "identifier": [IDENTITY]})
    return store.client(person["id"])


IDENTITY = {"system": "https://ehr.example/fhir", "value": "p1"}


@pytest.fixture
def goal(client):
    return {**GOAL, "subject": {"reference": f"Patient/{client.patient}"}}


def test_everything_a_server_can_do_it_can(client, goal):
    made = client.create(goal)
    assert client.create(goal) == made
    changed = client.update({**made, "description": {"text": "Swim"}}, "1")
    assert [row["meta"]["versionId"] for row in client.history("Goal", made["id"])] == ["2", "1"]
    assert client.search("Goal", {"patient": f"Patient/{client.patient}"}) == [changed]


def test_several_are_saved_in_one_transaction(client, goal, asked):
    other = {**goal, "identifier": [{"system": "urn:x", "value": "2"}]}
    assert len(client.transaction([goal, other])) == 2
    assert [method for method, path, *_ in asked if path == ""] == ["POST"]


def test_pages_are_followed(client, goal):
    for number in range(5):
        client.create({**goal, "identifier": [{"system": "urn:x", "value": str(number)}]})
    assert len(client.search("Goal", {"_count": "2"})) == 5


def test_a_stale_change_is_a_conflict(client, goal):
    made = client.create(goal)
    client.update(made, "1")
    with pytest.raises(EhrConflict):
        client.update(made, "1")


def test_what_is_deleted_is_gone_but_its_history(client, goal):
    made = client.create(goal)
    client.delete("Goal", made["id"], "1")
    with pytest.raises(EhrNotFound):
        client.read("Goal", made["id"])
    assert client.vread("Goal", made["id"], "1") == made


def test_a_deletion_of_an_older_version_is_a_conflict(client, goal):
    made = client.update(client.create(goal), "1")
    with pytest.raises(EhrConflict):
        client.delete("Goal", made["id"], "1")
    client.delete("Goal", made["id"], "")


def test_paths_are_those_below_the_base(client, asked):
    with pytest.raises(EhrNotFound):
        client.read("Goal", "9")
    method, path, query, headers, body = asked[-1]
    assert (method, path, query, body) == ("GET", "Goal/9", "", b"")
    assert headers["Accept"] == "application/fhir+json"


def test_a_store_that_breaks_is_like_a_server_that_breaks_off(client, goal, asked):
    def broken(*question):
        raise OSError("disk full of patients")

    there = ProgramStore(STORE, lambda: InProcess(STORE, broken)).client("p")
    with pytest.raises(EhrUnreachable) as told:
        there.read("Goal", "1")
    assert "patients" not in str(told.value.__cause__)
    with pytest.raises(EhrUnsure):
        there.update({**goal, "id": "1", "subject": {"reference": "Patient/p"}}, "1")


def test_no_session_takes_anything_from_the_environment(store):
    with store.session() as session:
        assert session.trust_env is False
        assert isinstance(session, requests.Session)
