"""Export jobs as every process sees them: waiting, running, done or failed, in SQLite.

A running job beats; one that has not for a minute is taken for killed and claimed again by whoever
notices, three times at most, then it has failed. An attempt that was superseded or cancelled finds
out at its next beat and stops. A job ends, and its files with it, a day after it was finished.
"""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec

from smartapp.systems.kickoff import Order
from smartapp.systems.records import Records
from smartapp.systems.refusal import too_fast

LIFE = 24 * 3600.0
SILENCE = 60.0
"""Seconds without a beat after which an attempt is taken for killed."""
ATTEMPTS = 3
OPEN_MOST = 5
"""Jobs one system may have waiting or running."""

_COLUMNS = "id, client, body, state, attempt, expires, progress, moment"


class State(StrEnum):
    """Where a job stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Superseded(Exception):
    """This attempt is no longer wanted: the job was cancelled or claimed by another."""


@dataclass(frozen=True)
class Job:
    """One export; ``moment`` is its transaction time in microseconds since 1970, once done."""

    id: str
    client: str
    order: Order
    state: State
    attempt: int
    expires: float
    progress: int
    moment: int


@dataclass(frozen=True)
class File:
    """One file of a finished job: its manifest ``section``, FHIR ``type``, and line ``count``.

    ``kind`` is the resource type whose scope opens it.
    """

    name: str
    section: str
    type: str
    kind: str
    count: int


class Jobs:
    """The jobs of all systems; ``now`` gives epoch seconds."""

    def __init__(self, records: Records, now: Callable[[], float]) -> None:
        self._records, self._now = records, now

    def add(self, client: str, order: Order) -> str:
        """A new job's id; Denied with 429 when the system has too many open."""
        id, now = secrets.token_urlsafe(24), self._now()
        with self._records.writing() as connection:
            sql = "SELECT count(*) FROM job WHERE client = ? AND state IN (?, ?)"
            row = connection.execute(sql, (client, State.WAITING, State.RUNNING)).fetchone()
            if row[0] >= OPEN_MOST:
                raise too_fast(int(SILENCE))
            sql = "INSERT INTO job (id, client, body, state, made, expires) VALUES (?,?,?,?,?,?)"
            body = msgspec.json.encode(order)
            connection.execute(sql, (id, client, body, State.WAITING, now, now + LIFE))
        return id

    def find(self, id: str, client: str) -> Job | None:
        """A job of this system that has not expired."""
        sql = f"SELECT {_COLUMNS} FROM job WHERE id = ? AND client = ? AND expires > ?"  # noqa: S608 - constant text
        row = self._records.row(sql, id, client, self._now())
        return _job(row) if row else None

    def claim(self) -> Job | None:
        """The oldest job that waits or was left behind, now this caller's to run."""
        now = self._now()
        with self._records.writing() as connection:
            silent, late = "state = 'running' AND beat < ?", now - SILENCE
            sql = f"UPDATE job SET state = 'failed' WHERE {silent} AND attempt >= ?"  # noqa: S608 - constant text
            connection.execute(sql, (late, ATTEMPTS))
            sql = f"""UPDATE job SET state = 'running', attempt = attempt + 1, beat = ?,
                progress = 0 WHERE id = (SELECT id FROM job WHERE expires > ?
                AND (state = 'waiting' OR {silent}) ORDER BY made LIMIT 1)
                RETURNING {_COLUMNS}"""  # noqa: S608 - constant text
            row = connection.execute(sql, (now, now, late)).fetchone()
        return _job(row) if row else None

    def beat(self, job: Job, progress: int) -> None:
        """Show that this attempt lives and how far it is; raises Superseded."""
        sql = "beat = ?, progress = ?"
        self._change(job, sql, self._now(), progress)

    def finish(self, job: Job, moment: int, files: Iterable[File]) -> None:
        """Done: ``files`` are what it made; raises Superseded."""
        rows = [(job.id, f.name, f.section, f.type, f.kind, f.count) for f in files]
        self._change(
            job, "state = 'done', moment = ?, expires = ?", moment, self._now() + LIFE, files=rows
        )

    def fail(self, job: Job) -> None:
        """This attempt failed, and the job with it; raises Superseded."""
        self._change(job, "state = 'failed'")

    def files(self, job: Job) -> list[File]:
        """Every file of a finished job."""
        sql = "SELECT name, section, type, kind, count FROM file WHERE job = ? ORDER BY name"
        return [File(*row) for row in self._records.rows(sql, job.id)]

    def remove(self, id: str) -> None:
        """Forget a job, running or not."""
        self._records.run("DELETE FROM job WHERE id = ?", id)

    def expired(self) -> list[str]:
        """The ids of jobs whose time is over."""
        rows = self._records.rows("SELECT id FROM job WHERE expires <= ?", self._now())
        return [row[0] for row in rows]

    def known(self, id: str) -> bool:
        """Whether there is such a job."""
        return self._records.row("SELECT 1 FROM job WHERE id = ?", id) is not None

    def _change(
        self, job: Job, assignments: str, *values: Any, files: Iterable[tuple[Any, ...]] = ()
    ) -> None:
        """Change the job, and add its files, if this attempt is still the one that runs."""
        with self._records.writing() as connection:
            sql = f"UPDATE job SET {assignments} WHERE id = ? AND attempt = ? AND state = 'running'"  # noqa: S608 - own text only
            if connection.execute(sql, (*values, job.id, job.attempt)).rowcount != 1:
                raise Superseded
            connection.executemany("INSERT INTO file VALUES (?, ?, ?, ?, ?, ?)", files)


def _job(row: tuple[Any, ...]) -> Job:
    id, client, body, state, *rest = row
    return Job(id, client, msgspec.json.decode(body, type=Order), State(state), *rest)
