"""A small SQLite file that many threads and processes write to, a whole transaction at a time.

In write-ahead-log mode, readable by its owner alone. What is in it and what must be sealed is its
user's concern.
"""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

WAIT = 10.0
"""Seconds to wait for another's transaction."""


class SqliteFile:
    """The file at ``path``, made with ``schema`` (repeatable statements) when it is not there.

    Not ``durable``: what was written last may be gone after a power cut, never after a crash.
    """

    def __init__(self, path: Path, schema: str, *, durable: bool = True) -> None:
        self._path, self._durable = path, durable
        self._own = threading.local()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make(path)
        use_wal(path)
        with closing(sqlite3.connect(path, timeout=WAIT)) as database:
            database.executescript(schema)

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction that nobody else's write can come into; undone by any exception."""
        with self._database() as database:
            database.execute("begin immediate")
            yield database

    def let_go(self) -> None:
        """Close this thread's connection; the next transaction opens another."""
        database = self._own.__dict__.pop("database", None)
        if database is not None:
            database.close()

    def _database(self) -> sqlite3.Connection:
        """This thread's connection, kept: closing the last one writes the whole log back."""
        if not hasattr(self._own, "database"):
            self._own.database = sqlite3.connect(self._path, timeout=WAIT, isolation_level=None)
            if not self._durable:
                self._own.database.execute("pragma synchronous = normal")
        database: sqlite3.Connection = self._own.database
        return database


def use_wal(path: Path, seconds: float = WAIT) -> None:
    """Switch a file to write-ahead logging; raises sqlite3.OperationalError when it stays locked.

    SQLite does not wait for others that are doing the same, whatever its busy timeout, so we do.
    """
    end = time.monotonic() + seconds
    while True:
        try:
            with closing(sqlite3.connect(path, timeout=0)) as database:
                database.execute("pragma journal_mode = wal")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
        time.sleep(0.01)


def copy(path: Path, to: Path) -> None:
    """Copy a file as it is at one moment into a new one, while others go on using it.

    Raises FileExistsError rather than writing over anything.
    """
    os.close(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with (
        closing(sqlite3.connect(path, timeout=WAIT)) as source,
        closing(sqlite3.connect(to)) as made,
    ):
        source.backup(made)


def is_sound(path: Path) -> bool:
    """Whether SQLite finds nothing wrong with a file (pragma integrity_check)."""
    try:
        with closing(sqlite3.connect(path)) as database:
            return bool(database.execute("pragma integrity_check").fetchall() == [("ok",)])
    except sqlite3.DatabaseError:
        return False


def _make(path: Path) -> None:
    """Make the file, readable by its owner alone; one that is there is not opened.

    Closing any descriptor of a file drops this process's locks on it, and with them what keeps
    other processes from taking the log away under its connections (sqlite.org/howtocorrupt.html,
    2.2).
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
