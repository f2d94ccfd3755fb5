"""The sandbox's own SQLite file: secrets, seeded ids, launches, codes, tokens, assertion ids.

One connection under a lock; every secret value (code, token) is kept only as its SHA-256.
"""

import hashlib
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS seeded (logical TEXT PRIMARY KEY, reference TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS launch (hash TEXT PRIMARY KEY, user TEXT NOT NULL,
    context BLOB NOT NULL, expires REAL NOT NULL);
CREATE TABLE IF NOT EXISTS code (hash TEXT PRIMARY KEY, permission BLOB NOT NULL,
    expires REAL NOT NULL, used INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS token (access TEXT PRIMARY KEY, refresh TEXT UNIQUE,
    family TEXT NOT NULL, permission BLOB NOT NULL, issued REAL NOT NULL, expires REAL NOT NULL,
    revoked INTEGER NOT NULL DEFAULT 0, refreshed INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS token_family ON token (family);
CREATE TABLE IF NOT EXISTS assertion (client TEXT, jti TEXT, expires REAL,
    PRIMARY KEY (client, jti));
"""


def digest(secret: str) -> str:
    """SHA-256 of a secret, hexadecimal: what is kept instead of it."""
    return hashlib.sha256(secret.encode()).hexdigest()


class Records:
    """One open SQLite file; safe to use from many threads."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.executescript(_SCHEMA)

    def run(self, sql: str, *values: Any) -> int:
        """Execute one statement; gives the number of rows it changed."""
        with self._lock:
            return self._connection.execute(sql, values).rowcount

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Every row of one query."""
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, *values: Any) -> tuple[Any, ...] | None:
        """The first row of one query, or None."""
        return next(iter(self.rows(sql, *values)), None)

    def setting(self, name: str, make: Callable[[], str]) -> str:
        """The value kept under a name; made and kept when there is none yet."""
        with self._lock:
            if self.row("SELECT 1 FROM setting WHERE name = ?", name) is None:
                self.run("INSERT INTO setting VALUES (?, ?)", name, make())
            found = self.row("SELECT value FROM setting WHERE name = ?", name)
            return str(found[0]) if found else ""

    def forget_people(self) -> None:
        """Drop everything tied to patients and sign-ins; secrets and keys stay."""
        for table in ("seeded", "launch", "code", "token", "assertion"):
            self.run(f"DELETE FROM {table}")  # noqa: S608  table names are the literals above

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
