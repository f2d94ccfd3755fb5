"""The file: schema, connections, and the two kinds of database transaction.

WAL with ``synchronous=FULL``: what was answered as saved survives a power cut. Readers never wait;
writers queue for the one write lock, first in this process (a fair lock), then on the file (busy
timeout). Connections are pooled per process, so a thread a request costs nothing, and a forked
child never touches its parent's.
"""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from smartapp.sqlite import use_wal
from smartapp.store.index import COLUMNS
from smartapp.store.outcome import Refused

SCHEMA_VERSION = 1

_TABLES = """
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE version (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    type TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    method TEXT NOT NULL CHECK (method IN ('POST', 'PUT', 'DELETE')),
    body BLOB NOT NULL,
    UNIQUE (type, id, version));
CREATE TABLE resource (
    rid INTEGER PRIMARY KEY,
    type TEXT NOT NULL, id TEXT NOT NULL,
    seq INTEGER NOT NULL REFERENCES version (seq),
    updated INTEGER NOT NULL,
    deleted INTEGER NOT NULL DEFAULT 0,
    UNIQUE (type, id));
CREATE INDEX resource_updated ON resource (type, updated);
CREATE TABLE page (
    token TEXT PRIMARY KEY, query TEXT NOT NULL, rids BLOB NOT NULL, made INTEGER NOT NULL
    ) WITHOUT ROWID;
"""
_TYPES = {"low": "INTEGER", "high": "INTEGER"}


def _index_table(name: str, columns: tuple[str, ...]) -> str:
    typed = ", ".join(f"{column} {_TYPES.get(column, 'TEXT')} NOT NULL" for column in columns)
    return f"""
    CREATE TABLE index_{name} (
        param TEXT NOT NULL, {typed},
        rid INTEGER NOT NULL REFERENCES resource (rid) ON DELETE CASCADE,
        PRIMARY KEY (param, {", ".join(columns)}, rid)) WITHOUT ROWID;
    CREATE INDEX index_{name}_rid ON index_{name} (rid, param);
    """


SCHEMA = _TABLES + "".join(_index_table(name, columns) for name, columns in COLUMNS.items())


class Database:
    """One SQLite file, shared by threads and processes."""

    def __init__(self, path: Path, wait_seconds: float) -> None:
        self._path = path
        self._wait_seconds = wait_seconds
        self._idle: dict[int, list[sqlite3.Connection]] = {}
        self._write_lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        use_wal(path, wait_seconds)
        with self.writing() as connection:
            _prepare(connection)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one moment of the file throughout."""
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A connection that alone may write; committed at the end, undone by any exception."""
        with self._write_lock, self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    def close(self) -> None:
        """Let go of this process's idle connections; the next use opens new ones."""
        for connection in self._idle.pop(os.getpid(), []):
            connection.close()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        connection = self._take()
        try:
            _begin(connection, begin)
            yield connection
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            self._idle.setdefault(os.getpid(), []).append(connection)

    def _take(self) -> sqlite3.Connection:
        try:
            return self._idle.setdefault(os.getpid(), []).pop()
        except IndexError:
            return _connect(self._path, self._wait_seconds)


def _begin(connection: sqlite3.Connection, begin: str) -> None:
    try:
        connection.execute(begin)
    except sqlite3.OperationalError as error:
        raise Refused(503, "lock-error", "The store is busy. Try again.") from error


def _connect(path: Path, wait_seconds: float) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, timeout=wait_seconds, isolation_level=None, check_same_thread=False
    )
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    found = connection.execute("PRAGMA user_version").fetchone()[0]
    if found > SCHEMA_VERSION:
        raise RuntimeError(f"the store was written by a later release (schema {found})")
    if found == 0:
        for statement in SCHEMA.split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
