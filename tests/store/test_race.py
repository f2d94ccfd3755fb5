"""Races: many at once, exactly one outcome that makes sense."""

import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from smartapp.store.outcome import Refused
from smartapp.store.storage import FhirStore


def test_racing_conditional_creates_make_exactly_one(store, find, ada, make_goal):
    sent = make_goal(ada, identifier=[{"value": "form-1"}])

    def create(_):
        return store.create(sent, "identifier=form-1")

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(create, range(24)))
    assert sum(new for _, new in results) == 1
    assert len({kept.id for kept, _ in results}) == len(find("Goal", "")) == 1


def test_racing_updates_of_one_version_have_one_winner(store, ada):
    patient = store.read("Patient", ada).resource

    def update(number):
        try:
            return store.update(patient | {"language": f"x-{number}"}, 1)[0].version
        except Refused as refused:
            return refused.status

    with ThreadPoolExecutor(8) as pool:
        results = sorted(pool.map(update, range(16)))
    assert results == [2] + [412] * 15
    assert len(store.history("Patient", ada)) == 2


def test_readers_never_see_half_a_transaction(store, ada, make_goal):
    """Two goals are always made together, so any search finds an even number."""
    request = {"method": "POST", "url": "Goal"}
    entries = [{"request": request, "resource": make_goal(ada)} for _ in range(2)]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}

    def count(_):
        return store.search("Goal", {"patient": ada}).total

    with ThreadPoolExecutor(6) as pool:
        writes = [pool.submit(store.transaction, bundle) for _ in range(10)]
        counts = list(pool.map(count, range(40)))
        assert all(write.result() for write in writes)
    assert all(each % 2 == 0 for each in counts)
    assert count(0) == 20


def _create_some(path: str) -> int:
    """In another process: open the file and create under one condition and without any."""
    store = FhirStore(path)
    patient = {"resourceType": "Patient", "identifier": [{"value": "one"}]}
    _, new = store.create(patient, "identifier=one")
    store.create({"resourceType": "Practitioner"})
    return int(new)


def test_processes_share_one_file(tmp_path: Path):
    path = str(tmp_path / "shared" / "store.sqlite3")
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        made = pool.map(_create_some, [path] * 8)
    store = FhirStore(path)
    assert sum(made) == 1
    assert store.search("Practitioner").total == 8
    assert store.faults() == []
