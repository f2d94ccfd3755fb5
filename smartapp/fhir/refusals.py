"""What an EHR refused when it was tried, remembered for who it is refused to.

Kept by issuer, resource type and interaction for thirty days, so that a clinic whose EHR learns
something new is noticed without anybody asking; an administrator can forget sooner. There is
nothing of a patient in it, and users are in it as digests.

**Whose a refusal is.** 404, 405 and 422 say what the server does not do: they count for the whole
site at once. 403 says what somebody may not do, and EHRs give rights to people: it counts for that
user. It is the site's when a second user is refused the same while nobody has succeeded since the
first was; a success by anybody takes the site's part of it back, and leaves who was refused to
keep what they write in the store. The program's own access (``SYSTEM``) is no user: what it is
refused says nothing of people, nor theirs of it.
"""

import hashlib
import logging
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import NamedTuple, Protocol

from smartapp.errors import EhrConflict, EhrError, EhrUnreachable, EhrUnsure

log = logging.getLogger(__name__)

LASTING = timedelta(days=30)
_CREATE = frozenset({403, 404, 405, 422})
_UPDATE = frozenset({403, 405, 422})
FORBIDDEN = 403
SYSTEM = "system/"
"""How a user is called who is no person: this, and the client's id."""
_SCHEMA = """
create table if not exists refused (
    issuer text, type text, interaction text, whose text, status integer not null,
    at real not null, alone integer not null, primary key (issuer, type, interaction, whose))
"""
_EVERYBODYS = ""


@dataclass(frozen=True)
class Refusal:
    """One refusal: ``interaction`` is create or update, ``status`` the HTTP answer.

    ``users`` are digests of who it was refused to, empty where the status says that it is the
    site's; of several it is the site's too.
    """

    type: str
    interaction: str
    status: int
    at: datetime
    users: tuple[str, ...] = ()

    @property
    def is_sites(self) -> bool:
        """Whether it counts for everybody."""
        return len(self.users) != 1

    def counts_for(self, user: str) -> bool:
        """Whether it counts for one user: a reference, or "" for one the EHR does not name."""
        own = digest(user) in self.users
        return own or (not self.users if user.startswith(SYSTEM) else self.is_sites)


class Refusals(Protocol):
    """Where refusals are remembered; a ``user`` is a reference, "" where the EHR names none."""

    def remember(
        self, issuer: str, type_: str, interaction: str, status: int, user: str = ""
    ) -> None:
        """Remember one, as of now."""

    def accepted(self, issuer: str, type_: str, interaction: str, user: str = "") -> None:
        """The EHR has just taken it from this user."""

    def known(self, issuer: str) -> tuple[Refusal, ...]:
        """Those of a site that count for everybody, by type."""

    def listed(self, issuer: str) -> tuple[Refusal, ...]:
        """All those of a site that still count for anybody, by type."""

    def forget(self, issuer: str, type_: str | None = None) -> int:
        """Forget those of a site, or of one type there; how many."""


def digest(user: str) -> str:
    """What a user is called here, the same in every process; nobody's name can be read off it."""
    kind = "system-" if user.startswith(SYSTEM) else ""
    return kind + hashlib.sha256(user.encode()).hexdigest()[:12]


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

    def remember(
        self, issuer: str, type_: str, interaction: str, status: int, user: str = ""
    ) -> None:
        """Remember one, as of now."""
        whose = digest(user) if status == FORBIDDEN else _EVERYBODYS
        alone = user.startswith(SYSTEM)
        row = (issuer, type_, interaction, whose, status, self._now().timestamp(), alone)
        with _trying("remembered"), self._open() as database:
            database.execute("insert or replace into refused values (?, ?, ?, ?, ?, ?, ?)", row)

    def accepted(self, issuer: str, type_: str, interaction: str, user: str = "") -> None:
        """The EHR has just taken it from this user."""
        about = (issuer, type_, interaction)
        where = "where issuer = ? and type = ? and interaction = ? and whose"
        with _trying("taken back"), self._open() as database:
            database.execute(f"update refused set alone = 1 {where} <> ''", about)  # noqa: S608 - our own words
            database.execute(f"delete from refused {where} = ?", (*about, digest(user)))  # noqa: S608 - our own words

    def known(self, issuer: str) -> tuple[Refusal, ...]:
        """Those of a site that count for everybody, by type."""
        return tuple(one for one in self.listed(issuer) if one.is_sites)

    def listed(self, issuer: str) -> tuple[Refusal, ...]:
        """All those of a site that still count for anybody, by type."""
        since = (self._now() - LASTING).timestamp()
        sql = (
            "select type, interaction, status, at, whose, alone from refused"
            " where issuer = ? and at > ? order by type, interaction, whose, at"
        )
        rows: list[_Row] = []
        with _trying("read"), self._open() as database:
            rows = [_Row(*row) for row in database.execute(sql, (issuer, since))]
        groups = groupby(rows, key=lambda row: (row.type, row.interaction))
        return tuple(one for _, group in groups for one in _refusals(list(group)))

    def forget(self, issuer: str, type_: str | None = None) -> int:
        """Forget those of a site, or of one type there; how many."""
        sql = "delete from refused where issuer = ? and (? is null or type = ?)"
        with self._open() as database:
            return database.execute(sql, (issuer, type_, type_)).rowcount

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=10)) as database, database:
            database.execute(_SCHEMA)
            yield database


@contextmanager
def _trying(what: str) -> Iterator[None]:
    """Log what fails: what was saved in the EHR stays saved."""
    try:
        yield
    except sqlite3.Error as error:
        log.warning("refusals could not be %s: %s", what, type(error).__name__)


class _Row(NamedTuple):
    type: str
    interaction: str
    status: int
    at: float
    whose: str
    alone: int


def _refusals(rows: Sequence[_Row]) -> Iterator[Refusal]:
    """Of rows about one interaction: the site's, those of several users, those of one."""
    several = [row for row in rows if row.whose and not row.alone]
    yield from (_refusal([row], ()) for row in rows if not row.whose)
    if len(several) > 1:
        yield _refusal(several, tuple(row.whose for row in several))
    single = [row for row in rows if row.whose and (row.alone or len(several) == 1)]
    yield from (_refusal([row], (row.whose,)) for row in single)


def _refusal(rows: Sequence[_Row], users: tuple[str, ...]) -> Refusal:
    last = max(rows, key=lambda row: row.at)
    at = datetime.fromtimestamp(last.at, UTC)
    return Refusal(last.type, last.interaction, last.status, at, users)
