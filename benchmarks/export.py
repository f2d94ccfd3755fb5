"""Ten thousand resources taken out of the program's own store, and the memory it takes.

The peer is search, page by page, as a system without bulk export would do it. Both are measured
without HTTP: the pages as bytes, the export as files on the disk, synced.
"""

import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.timing import Row, interleaved
from smartapp.fhir import wire
from smartapp.store import rest
from smartapp.store.storage import FhirStore
from smartapp.systems.export import Exporter
from smartapp.systems.jobs import Jobs
from smartapp.systems.kickoff import Order
from smartapp.systems.records import Records
from smartapp.systems.runner import Runner

BASE = "https://app.example/fhir"
PATIENTS, SCORES = 1000, 9
CASE = f"Take out {PATIENTS * (SCORES + 1):,} resources"


def bundle(patient: int) -> dict[str, Any]:
    """Return a transaction that keeps one patient and the patient's scores."""
    subject = {"reference": f"Patient/p{patient}"}
    score = {"resourceType": "Observation", "status": "final", "subject": subject}
    score |= {"code": {"text": "x" * 600}, "valueQuantity": {"value": 4}}
    found = [{"resourceType": "Patient", "id": f"p{patient}"}]
    found += [score | {"id": f"s{patient}-{number}"} for number in range(SCORES)]
    urls = [f"{each['resourceType']}/{each['id']}" for each in found]
    entries = [
        {"resource": each, "request": {"method": "PUT", "url": url}}
        for each, url in zip(found, urls, strict=True)
    ]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def pages(store: FhirStore, kind: str) -> Iterator[bytes]:
    """Yield every page of a search for everything of a type."""
    query = "_count=1000"
    while query:
        body = rest.answer(store, "GET", kind, query).body
        yield body
        links = {link["relation"]: link["url"] for link in wire.decode(body)["link"]}
        query = urlsplit(links.get("next", "")).query


def exporting(store: FhirStore, folder: Path) -> Callable[[], None]:
    """Return what runs one export of everything and throws it away."""
    jobs = Jobs(Records(folder / "systems.sqlite3"), time.time)
    exporter = Exporter(store, jobs, folder / "exports")
    runner = Runner(jobs, exporter)

    def export() -> None:
        jobs.add("benchmark", Order(f"{BASE}/$export", "", ("Patient", "Observation")))
        runner.work()

    return export


def run() -> list[Row]:
    """Fill a store, then take everything out both ways."""
    with tempfile.TemporaryDirectory() as name:
        store = FhirStore(Path(name) / "store.sqlite3", base=BASE, client_ids=True)
        for patient in range(PATIENTS):
            store.transaction(bundle(patient))
        export = exporting(store, Path(name))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        export()
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        search = lambda: [*pages(store, "Patient"), *pages(store, "Observation")]  # noqa: E731 - one line says it
        ways = {"search, pages of 1,000": search, "bulk export to files": export}
        peer, ours = interleaved(CASE, ways, runs=5)
        store.close()
    return [peer, replace(ours, note=f"peak memory grew by {grown:.1f} MiB")]
