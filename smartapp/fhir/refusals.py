"""What an EHR refused when it was tried, remembered for the whole site.

Kept by issuer, resource type and interaction for thirty days, so that a clinic whose EHR learns
something new is noticed without anybody asking; an administrator can forget sooner. There is
nothing of a patient in it.
"""

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from smartapp.errors import EhrConflict, EhrError, EhrUnreachable, EhrUnsure

log = logging.getLogger(__name__)

LASTING = timedelta(days=30)
_CREATE = frozenset({403, 404, 405, 422})
_UPDATE = frozenset({403, 405, 422})
_SCHEMA = """
create table if not exists refusal (
    issuer text, type text, interaction text, status integer not null, at real not null,
    primary key (issuer, type, interaction))
"""


@dataclass(frozen=True)
class Refusal:
    """One refusal: ``interaction`` is create or update, ``status`` the HTTP answer."""

    type: str
    interaction: str
    status: int
    at: datetime


class Refusals(Protocol):
    """Where refusals are remembered."""

    def remember(self, issuer: str, type_: str, interaction: str, status: int) -> None:
        """Remember one, as of now."""

    def known(self, issuer: str) -> tuple[Refusal, ...]:
        """Those of a site that still count, by type."""

    def forget(self, issuer: str, type_: str | None = None) -> int:
        """Forget those of a site, or of one type there; how many."""


def is_refusal(error: EhrError, interaction: str) -> bool:
    """Whether the server will not take this type at all, as far as its answer tells.

    A 404 to an update is about that one resource; a conflict and a missing answer are about now.
    """
    if isinstance(error, EhrConflict | EhrUnreachable | EhrUnsure):
        return False
    return error.status in (_CREATE if interaction == "create" else _UPDATE)


class SqliteRefusals:
    """Refusals in one SQLite file; ``now`` gives an aware datetime.

    A file that cannot be used is logged and remembers nothing: what was saved stays saved.
    """

    def __init__(self, path: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._path, self._now = path, now
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)

    def remember(self, issuer: str, type_: str, interaction: str, status: int) -> None:
        """Remember one, as of now."""
        row = (issuer, type_, interaction, status, self._now().timestamp())
        try:
            with self._open() as database:
                database.execute("insert or replace into refusal values (?, ?, ?, ?, ?)", row)
        except sqlite3.Error as error:
            log.warning("a refusal could not be remembered: %s", type(error).__name__)

    def known(self, issuer: str) -> tuple[Refusal, ...]:
        """Those of a site that still count, by type."""
        since = (self._now() - LASTING).timestamp()
        sql = (
            "select type, interaction, status, at from refusal"
            " where issuer = ? and at > ? order by type, interaction"
        )
        try:
            with self._open() as database:
                rows = database.execute(sql, (issuer, since)).fetchall()
        except sqlite3.Error as error:
            log.warning("refusals could not be read: %s", type(error).__name__)
            return ()
        return tuple(Refusal(t, i, s, datetime.fromtimestamp(at, UTC)) for t, i, s, at in rows)

    def forget(self, issuer: str, type_: str | None = None) -> int:
        """Forget those of a site, or of one type there; how many."""
        sql = "delete from refusal where issuer = ? and (? is null or type = ?)"
        with self._open() as database:
            return database.execute(sql, (issuer, type_, type_)).rowcount

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=10)) as database, database:
            database.execute(_SCHEMA)
            yield database
