"""The lock on a browser whose device is with a patient; it outlives the launch it began with.

The EHR may still know the clinician there, so that any launch would open a chart for who holds the
device. The browser has a random mark, no PHI and no token, and everything else is here. What opens
it is the PIN: after five wrong ones each further try has to wait, a minute first, then twice as
long each time, an hour at most. Who has forgotten it takes the lock away by its code, from another
device with a launch of their own or at the command line.
"""

import hashlib
import hmac
import secrets
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from smartapp.launch.store import digest
from smartapp.launch.witness import Event, Step
from smartapp.sqlite import SqliteFile

MARK = "__Host-handed"
"""The cookie. Not partitioned: within the EHR's frame the lock holds too, where browsers allow."""
LASTS = timedelta(days=30)
TRIES = 5
"""Tries of the PIN before the first wait; the last wrong one ends the launch."""
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
"""What a code is made of: nothing that is easily taken for something else."""
LENGTH = 8

Returned = Callable[[Event, str], None]
"""Is told what the trail says of the launch, and the draft, when staff have the device back."""

_SCHEMA = """
create table if not exists lock (
    key text primary key, site text not null, code text not null, made real not null,
    body blob not null);
"""


@dataclass(frozen=True, repr=False)
class Lock:
    """One lock; ``told`` is what the trail says of its launch, of that ``handle``.

    ``pin`` is a slow hash over ``salt``, both in hexadecimal; ``tries`` counts those that were
    looked at; before ``until`` (POSIX) none is. ``code`` names it to staff.
    ``language`` is the patient's, for the lock screen, and ``draft`` what they answer.
    """

    handle: str
    told: Event
    salt: str
    pin: str
    code: str
    tries: int = 0
    until: float = 0.0
    language: str = ""
    draft: str = ""

    @property
    def left(self) -> int:
        """How many tries are left before the launch ends."""
        return max(0, TRIES - self.tries)


def untold(_: Event, __: str) -> None:
    """Who is told where nobody keeps it."""


class Locks:
    """The locks in ``path``, sealed under ``keys`` (Fernet keys); ``now`` gives an aware time.

    ``returned`` is told of each device that staff have back, also after its launch is over.
    """

    def __init__(
        self,
        path: Path,
        keys: Sequence[bytes],
        now: Callable[[], datetime],
        returned: Returned = untold,
    ) -> None:
        self._file, self._now, self.returned = SqliteFile(path, _SCHEMA), now, returned
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def make(self, handle: str, told: Event, pin: str, language: str = "", draft: str = "") -> str:
        """A new lock; the secret of its mark."""
        secret, salt, code = secrets.token_urlsafe(32), secrets.token_bytes(16), _code()
        sealed = (salt.hex(), slow(pin, salt), code)
        made = Lock(handle, told, *sealed, language=language, draft=draft)
        row = (digest(secret), told.site, code, self._clock(), self._seal(made))
        with self._file.write() as database:
            since = self._clock() - LASTS.total_seconds()
            database.execute("delete from lock where made <= ?", (since,))
            database.execute("insert into lock values (?, ?, ?, ?, ?)", row)
        return secret

    def find(self, key: str) -> Lock | None:
        """The lock that the SHA-256 of a mark's secret names, while it holds."""
        with self._file.write() as database:
            return self._found(database, key)

    def known(self) -> list[tuple[str, str, float]]:
        """Site, code and POSIX time of each lock, the oldest first."""
        with self._file.write() as database:
            sql = "select site, code, made from lock where made > ? order by made"
            since = self._clock() - LASTS.total_seconds()
            return [(str(s), str(c), float(m)) for s, c, m in database.execute(sql, (since,))]

    def named(self, code: str, site: str | None = None) -> tuple[str, Lock] | None:
        """Key and lock of a code as somebody typed it, of one site or of any."""
        letters = "".join(one for one in code.upper() if one.isalnum())
        with self._file.write() as database:
            sql = "select key from lock where code = ? and site = coalesce(?, site)"
            row = database.execute(sql, (letters, site)).fetchone()
            found = self._found(database, row[0]) if row else None
        return (row[0], found) if found else None

    def wait(self, lock: Lock) -> int:
        """Seconds until a try is looked at again."""
        return max(0, round(lock.until - self._clock()))

    def attempt(self, key: str, pin: str) -> bool | None:
        """Whether it is the PIN, which takes the lock away; None when no try is looked at now."""
        counted = self._counted(key)
        if counted is None:
            return None
        is_right = hmac.compare_digest(slow(pin, bytes.fromhex(counted.salt)), counted.pin)
        if is_right:
            self.open(key)
        return is_right

    def open(self, key: str) -> None:
        """Take the lock away."""
        with self._file.write() as database:
            database.execute("delete from lock where key = ?", (key,))

    def _counted(self, key: str) -> Lock | None:
        """One more try, taken down before anybody looks at it."""
        with self._file.write() as database:
            lock = self._found(database, key)
            if lock is None or lock.until > self._clock():
                return None
            until = self._clock() + waiting(lock.tries + 1).total_seconds()
            made = replace(lock, tries=lock.tries + 1, until=until)
            sql = "update lock set body = ? where key = ?"
            database.execute(sql, (self._seal(made), key))
        return made

    def _found(self, database: sqlite3.Connection, key: str) -> Lock | None:
        sql = "select body, site, code from lock where key = ? and made > ?"
        since = self._clock() - LASTS.total_seconds()
        row = database.execute(sql, (key, since)).fetchone()
        return self._read(*row) if row else None

    def _read(self, body: bytes, site: str, code: str) -> Lock:
        """One sealed under a key that is gone still holds: no PIN opens it, its code does."""
        try:
            return msgspec.json.decode(self._fernet.decrypt(body), type=Lock)
        except InvalidToken:
            return Lock("", Event(Step.HANDED_OVER, site), "", "", code)

    def _seal(self, lock: Lock) -> bytes:
        return self._fernet.encrypt(msgspec.json.encode(lock))

    def _clock(self) -> float:
        return self._now().timestamp()


def waiting(tries: int) -> timedelta:
    """How long nobody looks at a try after so many."""
    if tries < TRIES:
        return timedelta()
    doubled: int = 2 ** min(tries - TRIES, 10)
    return min(FIRST_WAIT * doubled, LONGEST_WAIT)


def slow(pin: str, salt: bytes) -> str:
    """Scrypt (RFC 7914) with 16 MiB; the record it stands in is encrypted besides."""
    return hashlib.scrypt(pin.encode(), salt=salt, n=2**14, r=8, p=1, dklen=32).hex()


def _code() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
