"""Bulk Data Access 2.0 as HTTP: kick-off, status, manifest, files, delete.

A job and its files answer only to the system that asked for it; to others there is no such job.
"""

from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import msgspec

from smartapp.store.kept import instant
from smartapp.store.outcome import Refused
from smartapp.store.rest import Answer
from smartapp.store.storage import FhirStore
from smartapp.systems import cohort, kickoff
from smartapp.systems.export import Exporter
from smartapp.systems.jobs import File, Job, Jobs, State
from smartapp.systems.kickoff import Asked
from smartapp.systems.refusal import forbidden
from smartapp.systems.runner import Runner
from smartapp.systems.tokens import Access

RETRY_SECONDS = 2
"""How long a system is told to wait between two polls."""


class Exports:
    """The exports of every system; ``place`` is the absolute URL below which jobs are found."""

    def __init__(
        self, store: FhirStore, jobs: Jobs, exporter: Exporter, runner: Runner, place: str
    ) -> None:
        self._store, self._jobs, self._exporter = store, jobs, exporter
        self._runner, self._place = runner, place

    def start(self, access: Access, asked: Asked) -> Answer:
        """202 and where to ask; Refused with 400, 403, 404 (no such Group) or 429."""
        order = kickoff.read(asked, access)
        if order.cohort not in ("", cohort.PATIENTS, cohort.ENROLLED):
            self._store.read(*order.cohort.split("/"))
        id = self._jobs.add(access.client.client_id, order)
        self._runner.wake()
        return Answer(202, {"Content-Location": f"{self._place}/{id}"})

    def status(self, access: Access, id: str) -> Answer:
        """202 while it runs, 200 with the manifest, 500 when it failed; Refused with 404."""
        job = self._job(access, id)
        if job.state is State.DONE:
            return self._manifest(job)
        if job.state is State.FAILED:
            raise Refused(500, "exception", "The export failed. Ask for it again.")
        self._runner.wake()
        progress = f"{job.state}, {job.progress} resources written"
        return Answer(202, {"X-Progress": progress, "Retry-After": str(RETRY_SECONDS)})

    def delete(self, access: Access, id: str) -> Answer:
        """202: cancelled if it ran, and its files are gone; Refused with 404."""
        job = self._job(access, id)
        self._jobs.remove(job.id)
        self._exporter.clear(job.id)
        return Answer(202)

    def file(self, access: Access, id: str, name: str) -> Path:
        """A file of a finished job; Refused with 404, or 403 when the token lacks its type."""
        job = self._job(access, id)
        found = next((each for each in self._jobs.files(job) if each.name == name), None)
        if found is None:
            raise Refused(404, "not-found", "There is no such file.")
        if found.section != "error" and not access.allows(found.kind, "rs"):
            raise forbidden(found.kind)
        return self._exporter.place(job) / found.name

    def _job(self, access: Access, id: str) -> Job:
        job = self._jobs.find(id, access.client.client_id)
        if job is None:
            raise Refused(404, "not-found", "There is no such export.")
        return job

    def _manifest(self, job: Job) -> Answer:
        files = self._jobs.files(job)
        manifest = {
            "transactionTime": instant(job.moment),
            "request": job.order.request,
            "requiresAccessToken": True,
            **{section: self._listed(job, files, section) for section in _SECTIONS},
        }
        expires = format_datetime(datetime.fromtimestamp(job.expires, UTC), usegmt=True)
        headers = {"Content-Type": "application/json", "Expires": expires}
        return Answer(200, headers, msgspec.json.encode(manifest))

    def _listed(self, job: Job, files: list[File], section: str) -> list[dict[str, Any]]:
        place = f"{self._place}/{job.id}"
        return [
            {"type": file.type, "url": f"{place}/{file.name}", "count": file.count}
            for file in files
            if file.section == section
        ]


_SECTIONS = ("output", "deleted", "error")
