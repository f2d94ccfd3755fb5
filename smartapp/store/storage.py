"""The store's Python face: FHIR resources kept in one SQLite file."""

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from smartapp.fhir import wire
from smartapp.store import bundle as bundles
from smartapp.store import query, search
from smartapp.store.database import Database
from smartapp.store.found import Found
from smartapp.store.index import COLUMNS
from smartapp.store.kept import EPOCH, Kept
from smartapp.store.parameters import fingerprint
from smartapp.store.work import Work, add_to_index

Pairs = query.Pairs | Mapping[str, str]


def _clock() -> datetime:
    return datetime.now(UTC)


class FhirStore:
    """A FHIR R4 store in the file ``path``, made when it is not there.

    ``base`` is the FHIR base URL its resources are known by: absolute references below it are the
    same as relative ones. ``client_ids`` lets an update create under an id the client chose. A
    write waits ``wait_seconds`` for other writers, then is refused with 503. Every method raises
    ``outcome.Refused`` for what it will not do. Safe to use from many threads and processes.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        base: str = "",
        client_ids: bool = False,
        wait_seconds: float = 15.0,
        clock: Callable[[], datetime] = _clock,
    ) -> None:
        self.base = base.rstrip("/")
        self._client_ids = client_ids
        self._clock = clock
        self._database = Database(Path(path), wait_seconds)
        self._index_if_older()

    def read(self, kind: str, id: str) -> Kept:
        """The current version; refused with 404, or 410 when deleted."""
        with self.reading() as work:
            return work.read(kind, id)

    def vread(self, kind: str, id: str, version: int) -> Kept:
        """One version; refused with 404, or 410 when it is a deletion."""
        with self.reading() as work:
            return work.vread(kind, id, version)

    def history(self, kind: str, id: str, before: int | None = None) -> list[Kept]:
        """Every version below ``before``, newest first, deletions too; refused with 404."""
        with self.reading() as work:
            return work.history(kind, id, before)

    def search(self, kind: str, pairs: Pairs = ()) -> Found:
        """One page of matches and what they include; ``_page=next_page`` gives the next."""
        listed = list(pairs.items()) if isinstance(pairs, Mapping) else pairs
        asked = query.read(kind, listed, self.base)
        with self.reading() as work:
            found = search.run(work.connection, asked)
        if found.rest:
            with self.writing() as work:
                work.keep_rest(asked, found)
        return found

    def create(
        self, resource: Mapping[str, Any], if_none_exist: str = "", id: str = ""
    ) -> tuple[Kept, bool]:
        """(kept, new): kept under a new id, unless the query string matches one (412: several)."""
        with self.writing() as work:
            return work.create(resource, if_none_exist, id)

    def update(self, resource: Mapping[str, Any], if_match: int | None = None) -> tuple[Kept, bool]:
        """(kept, new): a new version under its id; 412 when ``if_match`` is not the current one."""
        with self.writing() as work:
            return work.update(resource, if_match)

    def delete(self, kind: str, id: str, if_match: int | None = None) -> Kept:
        """Delete softly: reading answers 410 from now on, the history stays."""
        with self.writing() as work:
            return work.delete(kind, id, if_match)

    def transaction(
        self, bundle: Mapping[str, Any], *, client_ids: bool = False, minimal: bool = False
    ) -> dict[str, Any]:
        """Every entry of a transaction Bundle or none; the transaction-response Bundle.

        ``minimal`` leaves the written resources out of the answer.
        """
        with self.writing() as work:
            work.client_ids = work.client_ids or client_ids
            return bundles.transaction(work, bundle, minimal=minimal)

    def batch(self, bundle: Mapping[str, Any], *, minimal: bool = False) -> dict[str, Any]:
        """Each entry of a batch Bundle by itself; the batch-response Bundle."""
        return bundles.batch(self, bundle, minimal=minimal)

    def reset(self) -> None:
        """Forget everything, history too."""
        with self._database.writing() as connection:
            for name in ("page", "resource", "version"):
                connection.execute(f"DELETE FROM {name}")  # noqa: S608 - own names

    def faults(self) -> list[str]:
        """What is wrong with the file, as sentences without patient data; empty when sound."""
        with self._database.reading() as connection:
            return list(_faults(connection))

    def backup(self, to: Path) -> None:
        """Copy the store as it is at one moment into a new file, while others go on using it.

        Raises FileExistsError rather than writing over an earlier backup.
        """
        os.close(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with self.reading() as work, closing(sqlite3.connect(to)) as copy:
            work.connection.backup(copy)

    def close(self) -> None:
        """Let go of this process's connections."""
        self._database.close()

    @contextmanager
    def reading(self) -> Iterator[Work]:
        """A unit of work that sees one moment of the store throughout, whatever others write."""
        with self._database.reading() as connection:
            yield Work(connection, self._now(), self.base, self._client_ids)

    @contextmanager
    def writing(self) -> Iterator[Work]:
        """A unit of work that is kept whole at the end, or not at all on any exception."""
        with self._database.writing() as connection:
            yield Work(connection, self._now(), self.base, self._client_ids)

    def _now(self) -> int:
        milliseconds = (self._clock() - EPOCH).total_seconds() * 1000
        return int(milliseconds) * 1000

    def _index_if_older(self) -> None:
        """Build the index anew when it was built for another table of search parameters."""
        with self._database.writing() as connection:
            sql = "SELECT value FROM about WHERE name = 'parameters'"
            row = connection.execute(sql).fetchone()
            if row is None or row[0] != fingerprint():
                _index(connection)
                about = ("parameters", fingerprint())
                connection.execute(
                    "INSERT OR REPLACE INTO about (name, value) VALUES (?, ?)", about
                )


def _index(connection: sqlite3.Connection) -> None:
    for name in COLUMNS:
        connection.execute(f"DELETE FROM index_{name}")  # noqa: S608 - own names
    sql = "SELECT r.rid, v.body FROM resource r JOIN version v ON v.seq = r.seq WHERE NOT r.deleted"
    for rid, body in connection.execute(sql):
        add_to_index(connection, rid, wire.decode(body))


def _faults(connection: sqlite3.Connection) -> Iterator[str]:
    for (line,) in connection.execute("PRAGMA integrity_check"):
        if line != "ok":
            yield f"The file is damaged: {line}."
    if connection.execute("PRAGMA foreign_key_check").fetchone():
        yield "An index row or a resource points at nothing."
    stale = """
        SELECT count(*) FROM resource r JOIN version v ON v.seq = r.seq WHERE v.version <>
        (SELECT max(version) FROM version n WHERE n.type = r.type AND n.id = r.id)"""
    if found := connection.execute(stale).fetchone()[0]:
        yield f"{found} resources do not stand at their newest version."
