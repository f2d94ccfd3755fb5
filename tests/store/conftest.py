"""A working world for the store: an empty file, a patient, and HTTP without a network."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from smartapp.fhir import wire
from smartapp.store.rest import Answer, answer
from smartapp.store.storage import FhirStore

BASE = "https://ehr.example/fhir"
Make = Callable[..., dict[str, Any]]


class Clock:
    """A clock the test sets; each reading is one second after the last."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 23, 9, 0, 0, 715_000, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.time += timedelta(seconds=1)
        return self.time


class Asking:
    """HTTP requests to a store, with JSON in and out."""

    def __init__(self, store: FhirStore) -> None:
        self.store = store

    def __call__(
        self, method: str, url: str, resource: object = None, **headers: str
    ) -> tuple[Answer, dict[str, Any]]:
        path, _, query = url.partition("?")
        body = resource if isinstance(resource, bytes) else b""
        if isinstance(resource, dict | list):
            body = json.dumps(resource).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        found = answer(self.store, method, path, query, named, body)
        return found, wire.decode(found.body) if found.body else {}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[FhirStore]:
    made = FhirStore(tmp_path / "store.sqlite3", base=BASE, clock=clock)
    yield made
    assert made.faults() == []
    made.close()


@pytest.fixture
def ask(store: FhirStore) -> Asking:
    return Asking(store)


@pytest.fixture
def ada(store: FhirStore) -> str:
    """The id of Ada, a patient."""
    name = {"family": "Žižková", "given": ["Ada", "Bé"]}
    patient = {"resourceType": "Patient", "name": [name], "birthDate": "1961-04-12"}
    return store.create(patient | {"gender": "female", "identifier": [{"value": "MRN7"}]})[0].id


@pytest.fixture
def score(store: FhirStore, ada: str) -> Callable[..., str]:
    """Keep an Observation of Ada's with the elements given over usual ones; its id."""

    def keep(**elements: Any) -> str:
        coding = {"system": "http://loinc.org", "code": elements.pop("loinc", "91147-9")}
        usual = {
            "resourceType": "Observation",
            "status": "final",
            "code": {"coding": [coding]},
            "subject": {"reference": f"Patient/{ada}"},
            "effectiveDateTime": "2026-11-02T10:30:00+01:00",
        }
        return store.create(usual | elements)[0].id

    return keep


@pytest.fixture
def find(store: FhirStore) -> Callable[[str, str], list[str]]:
    """The ids a query string finds, in order."""

    def ids(kind: str, query: str) -> list[str]:
        pairs = parse_qsl(query, keep_blank_values=True)
        return [kept.id for kept in store.search(kind, pairs).matches]

    return ids


def goal(patient: str, text: str = "Walk to the shop", **elements: Any) -> dict[str, Any]:
    """A Goal as JSON."""
    return {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "description": {"text": text},
        "subject": {"reference": f"Patient/{patient}"},
        **elements,
    }


@pytest.fixture
def make_goal() -> Make:
    return goal
