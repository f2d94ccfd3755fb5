"""The outbox's file: one row a saving, in SQLite, sealed, safe from many threads and processes.

In the open stand only the site, a keyed pseudonym of the patient, the form's random id, the part
of it, state and times. A claim is a lease: who does not settle it within a minute is taken for
dead, and what comes from there afterwards counts no more.
"""

import secrets
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from smartapp.fhir.place import Place
from smartapp.outbox.sealed import ERRAND, Draft, Seal
from smartapp.outbox.states import BLOCKING, OPEN, Event, State, after, may, sent_again
from smartapp.sealed import Whose
from smartapp.sqlite import SqliteFile

LEASE = timedelta(minutes=1)
REMEMBERED = timedelta(days=1)
"""For how long it is known that something was confirmed."""
SET_ASIDE = timedelta(days=30)
"""For how long what was discarded can be read."""

_SCHEMA = """
create table if not exists saving (
    id text primary key, issuer text not null, patient text not null, form text not null,
    part text not null, seq integer not null, state text not null, code text not null,
    place text not null, body blob not null, kept real not null, changed real not null,
    tries integer not null, was text not null, holder text not null, lease real not null,
    unique (issuer, patient, form, part));
create index if not exists saving_order on saving (issuer, patient, seq);
"""
_OPEN, _BLOCKING = (", ".join(f"'{s}'" for s in states) for states in (OPEN, BLOCKING))
_COLUMNS = (
    "id, issuer, patient, part, seq, state, code, place, body, kept, changed, tries, was, holder"
)
_CLAIMABLE = f"""id = ? and state in ({_OPEN}) and not exists (select 1 from saving as before
    where before.issuer = saving.issuer and before.patient = saving.patient
    and before.seq < saving.seq and before.state in ({_BLOCKING})
    and before.part not like '{ERRAND}%')"""  # noqa: S608 - constant text
_SELECT = f"select {_COLUMNS} from saving"  # noqa: S608 - constant text


@dataclass(frozen=True)
class Row:
    """One saving as kept; ``draft`` is None once it is confirmed, or when its key is gone.

    ``code`` is that of the error that stopped it last, ``was`` the state it was claimed in,
    ``holder`` the claim.
    """

    id: str
    issuer: str
    patient: str
    part: str
    seq: int
    state: State
    code: str
    place: Place
    draft: Draft | None
    kept: float
    changed: float
    tries: int
    was: State
    holder: str

    @property
    def is_errand(self) -> bool:
        """Whether it follows from an entry that is saved; nothing waits for it."""
        return self.part.startswith(ERRAND)


class Box:
    """The savings in ``path``, sealed under ``keys``; ``now`` gives an aware datetime."""

    def __init__(self, path: Path, keys: Sequence[bytes], now: Callable[[], datetime]) -> None:
        self._seal, self._now = Seal(keys), now
        self._file = SqliteFile(path, _SCHEMA)

    def keep(self, whose: Whose, draft: Draft, place: Place) -> Row:
        """The row of this saving, with what it says now; one that is being sent stays as it is."""
        with self._file.write() as database:
            self._purge(database)
            self._lapse(database)
            name = self._renamed(database, whose)
            key = (whose.issuer, name, str(draft.saving.form_id), draft.part)
            found = self._one(
                database, "issuer = ? and patient = ? and form = ? and part = ?", *key
            )
            if found is None:
                return self._added(database, key, draft, place)
            if not may(found.state, Event.KEPT):
                return found
            return self._kept(database, found, draft, place)

    def claim(self, id_: str) -> Row | None:
        """The row, now the caller's to send; None when it is not to be sent, or not yet."""
        with self._file.write() as database:
            self._lapse(database)
            found = self._one(database, _CLAIMABLE, id_)
            if found is None:
                return None
            return self._moved(
                database,
                replace(found, was=found.state, tries=found.tries + 1, holder=secrets.token_hex(8)),
                Event.CLAIMED,
            )

    def settle(self, held: Row, event: Event, code: str = "", place: Place | None = None) -> State:
        """Take down how sending ended; the state it is in, which is another's if the claim lapsed.

        What is confirmed is wiped.
        """
        with self._file.write() as database:
            self._lapse(database)
            found = self._one(database, "id = ?", held.id)
            if found is None or (found.state, found.holder) != (State.SENT, held.holder):
                return found.state if found else State.CONFIRMED
            settled = replace(found, code=code, place=place or found.place, holder="")
            return self._moved(database, settled, sent_again(held.was, event)).state

    def rows(self, whose: Whose) -> list[Row]:
        """Everything of a patient that is not confirmed, in order."""
        with self._file.write() as database:
            self._lapse(database)
            name = self._renamed(database, whose)
            sql = "issuer = ? and patient = ? and state <> 'confirmed'"
            return self._all(database, sql, whose.issuer, name)

    def retry(self, whose: Whose, id_: str) -> bool:
        """Let a rejected row be tried again; whether it can be."""
        return self._by_hand(whose, id_, Event.RETRIED, "")

    def discard(self, whose: Whose, id_: str, reason: str) -> bool:
        """Set a row aside for good; False for one that is being sent, or not there."""
        return self._by_hand(whose, id_, Event.DISCARDED, reason)

    def bound_for(self, place: Place) -> list[Row]:
        """All rows that are to be sent and belong wholly in one place, in order."""
        with self._file.write() as database:
            self._lapse(database)
            return self._all(database, f"place = ? and state in ({_OPEN})", place)

    def counts(self) -> list[tuple[str, State, int]]:
        """How many savings of each state each site has."""
        with self._file.write() as database:
            self._lapse(database)
            sql = "select issuer, state, count(*) from saving group by issuer, state order by 1, 2"
            return [(issuer, State(state), n) for issuer, state, n in database.execute(sql)]

    def purge(self) -> None:
        """Forget what was confirmed a day, or set aside a month ago."""
        with self._file.write() as database:
            self._purge(database)

    def _added(
        self, database: sqlite3.Connection, key: tuple[str, ...], draft: Draft, place: Place
    ) -> Row:
        id_, body, now = secrets.token_urlsafe(12), self._seal.close(draft), self._clock()
        state = State.QUEUED
        values = (id_, *key, self._next(database), state, "", place, body, now, now)
        database.execute(
            "insert into saving values (?,?,?,?,?,?,?,?,?,?,?,?, 0, 'queued', '', 0)", values
        )
        return self._required(database, id_)

    def _kept(self, database: sqlite3.Connection, row: Row, draft: Draft, place: Place) -> Row:
        """Kept again: behind all others and as if never tried, unless it was still to be sent.

        With its earlier tries, two requests that wait for each other would each send the other's
        row and keep their own again behind it, for as long as both have patience.
        """
        if row.state not in OPEN:
            row = replace(row, seq=self._next(database), tries=0)
        sql = "update saving set body = ?, seq = ? where id = ?"
        database.execute(sql, (self._seal.close(draft), row.seq, row.id))
        return self._moved(database, replace(row, place=place, code=""), Event.KEPT)

    def _by_hand(self, whose: Whose, id_: str, event: Event, reason: str) -> bool:
        with self._file.write() as database:
            self._lapse(database)
            name = self._renamed(database, whose)
            sql = "id = ? and issuer = ? and patient = ?"
            row = self._one(database, sql, id_, whose.issuer, name)
            if row is None or not may(row.state, event):
                return False
            if row.draft and reason:
                body = self._seal.close(replace(row.draft, reason=reason))
                database.execute("update saving set body = ? where id = ?", (body, id_))
            self._moved(database, row, event)
            return True

    def _moved(self, database: sqlite3.Connection, row: Row, event: Event) -> Row:
        """The row in its next state."""
        state, now = after(row.state, event), self._clock()
        lease = now + LEASE.total_seconds() if state is State.SENT else 0
        database.execute(
            "update saving set state = ?, code = ?, place = ?, changed = ?, tries = ?, was = ?,"
            " holder = ?, lease = ? where id = ?",
            (state, row.code, row.place, now, row.tries, row.was, row.holder, lease, row.id),
        )
        if state is State.CONFIRMED:
            database.execute("update saving set body = x'' where id = ?", (row.id,))
        return self._required(database, row.id)

    def _lapse(self, database: sqlite3.Connection) -> None:
        """Whoever held these is taken for dead."""
        late = self._all(database, "state = 'sent' and lease < ?", self._clock())
        for row in late:
            self._moved(database, replace(row, holder=""), Event.LAPSED)

    def _purge(self, database: sqlite3.Connection) -> None:
        for state, span in ((State.CONFIRMED, REMEMBERED), (State.DISCARDED, SET_ASIDE)):
            since = self._clock() - span.total_seconds()
            database.execute("delete from saving where state = ? and changed < ?", (state, since))

    def _renamed(self, database: sqlite3.Connection, whose: Whose) -> str:
        """The patient's pseudonym; what was kept under an older key's is brought along."""
        newest, *older = self._seal.names(whose)
        for name in older:
            database.execute("update saving set patient = ? where patient = ?", (newest, name))
        return newest

    def _next(self, database: sqlite3.Connection) -> int:
        (last,) = database.execute("select coalesce(max(seq), 0) from saving").fetchone()
        return int(last) + 1

    def _required(self, database: sqlite3.Connection, id_: str) -> Row:
        return self._row(database.execute(f"{_SELECT} where id = ?", (id_,)).fetchone())

    def _one(self, database: sqlite3.Connection, where: str, *values: object) -> Row | None:
        found = database.execute(f"{_SELECT} where {where}", values).fetchone()
        return self._row(found) if found else None

    def _all(self, database: sqlite3.Connection, where: str, *values: object) -> list[Row]:
        found = database.execute(f"{_SELECT} where {where} order by seq", values)
        return [self._row(row) for row in found.fetchall()]

    def _row(self, told: tuple[Any, ...]) -> Row:
        row = dict(zip(_COLUMNS.split(", "), told, strict=True))
        told_states = {"state": State(row["state"]), "was": State(row["was"])}
        draft = self._seal.open(row.pop("body"))
        return Row(**{**row, **told_states, "place": Place(row["place"])}, draft=draft)

    def _clock(self) -> float:
        return self._now().timestamp()
