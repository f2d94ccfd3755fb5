"""An export made: files of one resource a line, from one snapshot of the store.

The snapshot is taken while nobody writes, so its moment parts the store in two: everything kept
before it is in the export, everything after it is younger than it. ``_since`` therefore takes
resources from that very millisecond on: an export a chain of exports missed nothing, at the price
that one changed in that millisecond may come twice. Each line goes from the database to the file;
no type is ever held in memory.
"""

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from smartapp.fhir import wire
from smartapp.store.outcome import outcome
from smartapp.store.storage import FhirStore
from smartapp.store.work import Work
from smartapp.systems.cohort import Cohort
from smartapp.systems.jobs import File, Job, Jobs

LINES_MOST = 100_000
"""Resources in one file."""
BEAT_LINES = 500


class Exporter:
    """Runs jobs over ``store`` into folders below ``folder``, which only their owner may read."""

    def __init__(
        self, store: FhirStore, jobs: Jobs, folder: Path, lines_most: int = LINES_MOST
    ) -> None:
        self._store, self._jobs, self._folder = store, jobs, folder
        self._lines_most = lines_most

    def run(self, job: Job) -> int:
        """Make the files of one attempt and finish the job; the number of lines written.

        Raises ``jobs.Superseded`` when it is no longer wanted; whatever it raises, no file stays.
        """
        place = self.place(job)
        self.clear(job.id)
        try:
            place.mkdir(mode=0o700, parents=True)
            with snapshot(self._store) as work:
                cohort = Cohort(work, job.order.cohort, job.order.since)
                cohort.begin()
                written = _Written(job, self._jobs, place, self._lines_most)
                _write(written, cohort, job)
            self._jobs.finish(job, work.now, written.files)
        except BaseException:
            shutil.rmtree(place, ignore_errors=True)
            raise
        return written.lines

    def place(self, job: Job) -> Path:
        """The folder of this attempt's files."""
        return self._folder / job.id / str(job.attempt)

    def clear(self, id: str) -> None:
        """Delete every file of a job."""
        shutil.rmtree(self._folder / id, ignore_errors=True)

    def kept(self) -> Iterator[str]:
        """The ids of the jobs that have a folder."""
        if self._folder.is_dir():
            yield from (path.name for path in self._folder.iterdir())


@contextmanager
def snapshot(store: FhirStore) -> Iterator[Work]:
    """One moment of the store, ``work.now``, with nobody's writing half done."""
    with ExitStack() as stack:
        with store.writing():
            work = stack.enter_context(store.reading())
            work.connection.execute("SELECT max(seq) FROM version").fetchone()
        yield work


class _Written:
    """The files of one attempt, as they grow."""

    def __init__(self, job: Job, jobs: Jobs, place: Path, lines_most: int) -> None:
        self._job, self._jobs, self._place, self._most = job, jobs, place, lines_most
        self.files: list[File] = []
        self.lines = 0

    def add(self, section: str, type_: str, kind: str, bodies: Iterable[bytes]) -> None:
        """Write ``bodies``, a line each, to as many files as it takes; none for no body."""
        rest = iter(bodies)
        number = 0
        first = next(rest, None)
        while first is not None:
            number += 1
            name = f"{section}-{kind}-{number}.ndjson"
            with _private(self._place / name) as file:
                count, first = self._fill(file, first, rest)
            self.files.append(File(name, section, type_, kind, count))

    def _fill(
        self, file: BinaryIO, first: bytes, rest: Iterator[bytes]
    ) -> tuple[int, bytes | None]:
        """(lines written, the body that did not fit any more)."""
        count, body = 0, first
        while True:
            file.write(body + b"\n")
            count += 1
            self.lines += 1
            if self.lines % BEAT_LINES == 0:
                self._jobs.beat(self._job, self.lines)
            following = next(rest, None)
            if following is None or count == self._most:
                return count, following
            body = following


@contextmanager
def _private(path: Path) -> Iterator[BinaryIO]:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _write(written: _Written, cohort: Cohort, job: Job) -> None:
    for kind in job.order.types:
        written.add("output", kind, kind, cohort.bodies(kind))
        gone = (_deletion(kind, id) for id in cohort.deleted(kind))
        written.add("deleted", "Bundle", kind, gone)
    ignored = (_ignored(name) for name in job.order.ignored)
    written.add("error", "OperationOutcome", "OperationOutcome", ignored)


def _deletion(kind: str, id: str) -> bytes:
    request = {"method": "DELETE", "url": f"{kind}/{id}"}
    return wire.encode(
        {"resourceType": "Bundle", "type": "transaction", "entry": [{"request": request}]}
    )


def _ignored(name: str) -> bytes:
    sentence = f"{name} was left aside: this export does not understand it."
    return wire.encode(outcome(sentence, severity="warning", code="not-supported"))
