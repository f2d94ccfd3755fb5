"""Where launches are kept: the seam (``LaunchStore``) and its SQLite implementation.

A launch is found by its handle, opened by the cookie's secret, and encrypted at rest. The secret
itself is never stored, only its SHA-256. A row outlives its launch by a day with an empty body, so
that "ended" and "never was" can be told apart.
"""

import fcntl
import hashlib
import hmac
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from smartapp.errors import CookieMissing, LaunchEnded, LaunchUnknown
from smartapp.launch.context import Launch, Server
from smartapp.sqlite import SqliteFile

REMEMBERED = timedelta(days=1)
LOCKS = 64
"""Lock files; two launches seldom share one, and then wait for each other."""

SCHEMA = """
create table if not exists launch (
    handle text primary key, key text not null, body blob not null,
    used real not null, ends real not null);
create table if not exists pending (
    key text primary key, body blob not null, created real not null);
"""
Kept = TypeVar("Kept", Launch, "Pending")


@dataclass(frozen=True, repr=False)
class Pending:
    """A launch between the redirect to the EHR and its callback; ``browser`` hashes its cookie."""

    state: str
    browser: str
    site: str
    server: Server
    nonce: str
    verifier: str
    scopes: tuple[str, ...]
    launch: str | None
    created: datetime


class LaunchStore(Protocol):
    """What keeps launches, safe to use from many threads and processes at once."""

    def wait(self, pending: Pending) -> None:
        """Keep a pending launch."""

    def waiting(self, state: str) -> Pending | None:
        """The pending launch of this state, left in place."""

    def take(self, state: str) -> Pending | None:
        """The pending launch of this state, given out once only."""

    def keep(self, launch: Launch, secret: str) -> None:
        """Keep a new launch that ``secret`` opens."""

    def open(self, handle: str, secret: str | None) -> Launch:
        """The launch, counted as used; raises LaunchUnknown, LaunchEnded or CookieMissing."""

    def read(self, handle: str) -> Launch:
        """The launch as it is now, for who has opened it already; raises LaunchEnded."""

    def change(self, handle: str, edit: Callable[[Launch], Launch]) -> Launch:
        """Replace the launch by ``edit`` of it with nobody in between; raises LaunchEnded."""

    def rekey(self, handle: str, secret: str) -> None:
        """Let ``secret`` open the launch from now on, and no other."""

    def end(self, handle: str) -> None:
        """Forget everything of the launch but that it was."""

    def lock(self, handle: str) -> AbstractContextManager[None]:
        """Hold this launch alone, across threads and processes, longer than a ``change``."""


def digest(secret: str) -> str:
    """The SHA-256 under which a secret is known."""
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(frozen=True)
class SqliteLaunchStore:
    """LaunchStore in one SQLite file; ``keys`` are Fernet keys, the first one encrypts."""

    file: Path
    keys: Sequence[bytes] = field(repr=False)
    now: Callable[[], datetime]
    idle: timedelta = timedelta(minutes=30)
    _rows: SqliteFile = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # A launch that a power cut forgets is opened again from the chart.
        object.__setattr__(self, "_rows", SqliteFile(self.file, SCHEMA, durable=False))

    def wait(self, pending: Pending) -> None:
        """Keep a pending launch, and sweep out what is over."""
        with self._rows.write() as database:
            self._purge(database)
            database.execute(
                "insert into pending values (?, ?, ?)",
                (digest(pending.state), self._seal(pending), pending.created.timestamp()),
            )

    def waiting(self, state: str) -> Pending | None:
        """The pending launch of this state, left in place."""
        with self._rows.write() as database:
            return self._pending(database, state)

    def take(self, state: str) -> Pending | None:
        """The pending launch of this state, given out once only."""
        with self._rows.write() as database:
            found = self._pending(database, state)
            database.execute("delete from pending where key = ?", (digest(state),))
        return found

    def keep(self, launch: Launch, secret: str) -> None:
        """Keep a new launch that ``secret`` opens."""
        row = (launch.handle, digest(secret), self._seal(launch), self._clock())
        with self._rows.write() as database:
            database.execute(
                "insert into launch values (?, ?, ?, ?, ?)", (*row, launch.expires.timestamp())
            )

    def open(self, handle: str, secret: str | None) -> Launch:
        """The launch, counted as used; raises LaunchUnknown, LaunchEnded or CookieMissing."""
        with self._rows.write() as database:
            key = self._key(database, handle)
            if key is None or (secret and not hmac.compare_digest(key, digest(secret))):
                raise LaunchUnknown
            launch = self._live(database, handle)
            if not secret:
                raise CookieMissing
            database.execute("update launch set used = ? where handle = ?", (self._clock(), handle))
        return launch

    def read(self, handle: str) -> Launch:
        """The launch as it is now, for who has opened it already; raises LaunchEnded."""
        with self._rows.write() as database:
            return self._live(database, handle)

    def change(self, handle: str, edit: Callable[[Launch], Launch]) -> Launch:
        """Replace the launch by ``edit`` of it with nobody in between; raises LaunchEnded."""
        with self._rows.write() as database:
            launch = edit(self._live(database, handle))
            database.execute(
                "update launch set body = ? where handle = ?", (self._seal(launch), handle)
            )
        return launch

    def rekey(self, handle: str, secret: str) -> None:
        """Let ``secret`` open the launch from now on, and no other."""
        with self._rows.write() as database:
            sql = "update launch set key = ? where handle = ?"
            database.execute(sql, (digest(secret), handle))

    def end(self, handle: str) -> None:
        """Forget everything of the launch but that it was."""
        with self._rows.write() as database:
            database.execute("update launch set body = x'' where handle = ?", (handle,))

    @contextmanager
    def lock(self, handle: str) -> Iterator[None]:
        """Hold this launch alone; the system lets go of it when the holder dies."""
        number = int(digest(handle)[:8], 16) % LOCKS
        with self.file.with_name(f"{self.file.name}.lock-{number}").open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _clock(self) -> float:
        return self.now().timestamp()

    def _key(self, database: sqlite3.Connection, handle: str) -> str | None:
        row = database.execute("select key from launch where handle = ?", (handle,)).fetchone()
        return row and str(row[0])

    def _live(self, database: sqlite3.Connection, handle: str) -> Launch:
        row = database.execute(
            "select body from launch where handle = ? and body <> x'' and used > ? and ends > ?",
            (handle, self._clock() - self.idle.total_seconds(), self._clock()),
        ).fetchone()
        launch = self._unseal(row[0], Launch) if row else None
        if launch is None:
            raise LaunchEnded
        return launch

    def _pending(self, database: sqlite3.Connection, state: str) -> Pending | None:
        row = database.execute(
            "select body from pending where key = ?", (digest(state),)
        ).fetchone()
        return self._unseal(row[0], Pending) if row else None

    def _purge(self, database: sqlite3.Connection) -> None:
        now, idle = self._clock(), self.idle.total_seconds()
        database.execute(
            "update launch set body = x'' where used <= ? or ends <= ?", (now - idle, now)
        )
        forgotten = now - REMEMBERED.total_seconds()
        database.execute("delete from launch where ends <= ?", (forgotten,))
        database.execute("delete from pending where created <= ?", (now - 3600,))

    def _seal(self, kept: Launch | Pending) -> bytes:
        return self._fernet.encrypt(msgspec.json.encode(kept))

    def _unseal(self, body: bytes, kind: type[Kept]) -> Kept | None:
        """None for what was sealed under a key that is gone: it is over, like what timed out."""
        try:
            return msgspec.json.decode(self._fernet.decrypt(body), type=kind)
        except InvalidToken:
            return None

    @property
    def _fernet(self) -> MultiFernet:
        return MultiFernet([Fernet(key) for key in self.keys])
