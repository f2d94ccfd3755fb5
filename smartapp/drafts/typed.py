"""Forms filled in while the record could not be read: sealed, for whoever typed them, for a month.

Nothing is ever saved in the record from here: a form is offered again to the same user for the same
patient, who looks at it and sends it.
"""

import logging
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from smartapp.drafts.sealed import Seal
from smartapp.sealed import Whose
from smartapp.sqlite import SqliteFile

log = logging.getLogger(__name__)

OFFERED = timedelta(days=30)
"""For how long a form is offered again."""

_SCHEMA = """
create table if not exists typed (
    whose text not null, kind text not null, at real not null, body blob not null,
    primary key (whose, kind));
"""


@dataclass(frozen=True)
class Typed:
    """A form as it was sent: its identity and texts by field name; ``at`` is a POSIX time."""

    form_id: UUID
    values: Mapping[str, str]
    at: float


class Tray:
    """Everybody's forms in the file at ``path``, sealed under ``keys``; ``now`` is aware."""

    def __init__(self, path: Path, keys: Sequence[bytes], now: Callable[[], datetime]) -> None:
        self._seal, self._now = Seal(keys), now
        self._file = SqliteFile(path, _SCHEMA)

    def put(self, whose: Whose, kind: str, form_id: UUID, values: Mapping[str, str]) -> None:
        """Keep one form of a kind; it takes the place of the one before."""
        at = self._now().timestamp()
        body = self._seal.close(Typed(form_id, values, at))
        with self._file.write() as database:
            self._drop(database, whose, kind)
            row = (self._seal.names(whose)[0], kind, at, body)
            database.execute("insert into typed values (?, ?, ?, ?)", row)
            since = at - OFFERED.total_seconds()
            database.execute("delete from typed where at < ?", (since,))

    def find(self, whose: Whose, kind: str) -> Typed | None:
        """The form of that kind; None also for one that is too old, or whose key is gone."""
        since = self._now().timestamp() - OFFERED.total_seconds()
        names = self._seal.names(whose)
        sql = f"select body from typed where kind = ? and at >= ? and whose in {_marks(names)}"  # noqa: S608 - marks only
        with self._file.write() as database:
            row = database.execute(sql, (kind, since, *names)).fetchone()
        return self._seal.open(row[0], Typed) if row else None

    def drop(self, whose: Whose, kind: str) -> None:
        """Forget the form of that kind."""
        with self._file.write() as database:
            self._drop(database, whose, kind)

    def _drop(self, database: sqlite3.Connection, whose: Whose, kind: str) -> None:
        for name in self._seal.names(whose):
            row = (name, kind)
            database.execute("delete from typed where whose = ? and kind = ?", row)


class OwnForms:
    """The forms of one user (``Launch.person``, "" where the EHR names nobody) about one patient.

    A tray that cannot be used stops nobody: nothing is found there then, and nothing kept.
    """

    def __init__(self, tray: Tray, issuer: str, patient: str, user: str) -> None:
        self._tray, self._whose = tray, Whose(issuer, f"{patient} {user}")

    def keep(self, kind: str, form_id: UUID, values: Mapping[str, str]) -> bool:
        """Keep a form; whether it is kept."""
        with _forgiven():
            self._tray.put(self._whose, kind, form_id, values)
            return True
        return False

    def find(self, kind: str) -> Typed | None:
        """The form of that kind, if there is one."""
        with _forgiven():
            return self._tray.find(self._whose, kind)
        return None

    def drop(self, kind: str) -> None:
        """Forget the form of that kind."""
        with _forgiven():
            self._tray.drop(self._whose, kind)


@contextmanager
def _forgiven() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        log.error("forms that were typed cannot be kept: %s", type(error).__name__)


def _marks(names: Sequence[str]) -> str:
    return "(" + ", ".join("?" * len(names)) + ")"
