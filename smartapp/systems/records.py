"""What the systems' part keeps: one SQLite file, shared by every thread and process.

Tokens (hashes only), assertion ids, request rates, export jobs and the files they made.
Connections are pooled per process, and a forked child never touches its parent's.
"""

import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from smartapp.sqlite import use_wal

WAIT_SECONDS = 15.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS token (
    hash TEXT PRIMARY KEY, client TEXT NOT NULL, scopes TEXT NOT NULL, expires REAL NOT NULL
    ) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS assertion (
    client TEXT NOT NULL, jti TEXT NOT NULL, expires REAL NOT NULL, PRIMARY KEY (client, jti)
    ) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rate (
    client TEXT PRIMARY KEY, level REAL NOT NULL, at REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS job (
    id TEXT PRIMARY KEY, client TEXT NOT NULL, body BLOB NOT NULL, state TEXT NOT NULL,
    attempt INTEGER NOT NULL DEFAULT 0, beat REAL NOT NULL DEFAULT 0,
    made REAL NOT NULL, expires REAL NOT NULL,
    progress INTEGER NOT NULL DEFAULT 0, moment INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS file (
    job TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE, name TEXT NOT NULL,
    section TEXT NOT NULL, type TEXT NOT NULL, kind TEXT NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (job, name)) WITHOUT ROWID;
"""


def digest(secret: str) -> str:
    """SHA-256 of a secret, hexadecimal: what is kept instead of it."""
    return hashlib.sha256(secret.encode()).hexdigest()


class Records:
    """The file at ``path``, made when it is not there; its owner alone may read it."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        self._path = path
        self._idle: dict[int, list[sqlite3.Connection]] = {}
        use_wal(path)
        with self._using() as connection:
            connection.executescript(_SCHEMA)

    @contextmanager
    def writing(self, *, durable: bool = True) -> Iterator[sqlite3.Connection]:
        """A connection that alone may write; committed at the end, undone by any exception.

        Not ``durable``: a power cut (not a crash) may undo it.
        """
        with self._using() as connection:
            connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")

    def run(self, sql: str, *values: Any) -> int:
        """Execute one statement; gives the number of rows it changed."""
        with self.writing() as connection:
            return connection.execute(sql, values).rowcount

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Every row of one query."""
        with self._using() as connection:
            return connection.execute(sql, values).fetchall()

    def row(self, sql: str, *values: Any) -> tuple[Any, ...] | None:
        """The first row of one query, or None."""
        return next(iter(self.rows(sql, *values)), None)

    @contextmanager
    def _using(self) -> Iterator[sqlite3.Connection]:
        idle = self._idle.setdefault(os.getpid(), [])
        try:
            connection = idle.pop()
        except IndexError:
            connection = _connect(self._path)
        try:
            yield connection
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            idle.append(connection)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, timeout=WAIT_SECONDS, isolation_level=None, check_same_thread=False
    )
    connection.execute("PRAGMA foreign_keys=ON")
    return connection
