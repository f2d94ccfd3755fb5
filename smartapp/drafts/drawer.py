"""The drafts' file: sealed, safe from many threads and processes, on disk before it is answered.

In the open stand only the site, a keyed pseudonym of the patient, the draft's random key, its
state, mode and times.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from smartapp.drafts.answers import Sheet
from smartapp.drafts.draft import Draft, Start, State, by_sheet
from smartapp.drafts.sealed import Head, Seal
from smartapp.errors import DraftFull
from smartapp.sealed import Whose
from smartapp.sqlite import SqliteFile

REMEMBERED = timedelta(days=365)
"""For how long it is known that a draft was submitted."""
SET_ASIDE = timedelta(days=30)
"""For how long what was discarded can be read."""
LARGEST = 8_000_000
"""Bytes of one form's answers, sealed; far above any, far below what would hurt."""

_SCHEMA = """
create table if not exists draft (
    key text primary key, issuer text not null, patient text not null, state text not null,
    mode text not null, revision integer not null, started real not null, changed real not null,
    head blob not null);
create index if not exists draft_patient on draft (issuer, patient, started);
create table if not exists sheet (
    draft text not null, number integer not null, body blob not null,
    primary key (draft, number));
"""
_SELECT = "select key, state, revision, started, changed, head from draft"
_Row = tuple[str, str, int, float, float, bytes]


class Drawer:
    """The drafts in ``path``, sealed under ``keys``; ``now`` gives an aware datetime."""

    def __init__(self, path: Path, keys: Sequence[bytes], now: Callable[[], datetime]) -> None:
        self._seal, self._now = Seal(keys), now
        self._file = SqliteFile(path, _SCHEMA)

    @contextmanager
    def pulled(self) -> Iterator["Pulled"]:
        """Work in a transaction that nobody else's write can come into."""
        with self._file.write() as database:
            yield Pulled(database, self._seal, self._now().timestamp())

    def purge(self) -> None:
        """Forget what was submitted a year, or set aside a month ago; never what is unfinished."""
        with self.pulled() as pulled:
            pulled.purge()


class Pulled:
    """The drawer within one transaction, at the POSIX time ``now``."""

    def __init__(self, database: sqlite3.Connection, seal: Seal, now: float) -> None:
        self._database, self._seal, self.now = database, seal, now

    def add(self, whose: Whose, key: UUID, head: Head, sheets: Sequence[Sheet]) -> None:
        """Put in a new, open draft, unless there is one of that key."""
        self.purge()
        row = (str(key), whose.issuer, self._name(whose), head.start.mode, self.now, self.now)
        put = self._database.execute(
            "insert or ignore into draft values (?, ?, ?, 'open', ?, 1, ?, ?, ?)",
            (*row, self._seal.close(head)),
        )
        for number, sheet in enumerate(sheets, 1):
            if put.rowcount:
                self._put(key, number, sheet)

    def find(self, whose: Whose, key: UUID) -> Draft | None:
        """The draft of that key, if it is this patient's."""
        rows = self._rows("issuer = ? and patient = ? and key = ?", whose, str(key))
        return self._draft(rows[0]) if rows else None

    def unfinished(self, whose: Whose) -> list[Draft]:
        """The patient's drafts that are neither submitted nor discarded, the oldest first."""
        sql = "issuer = ? and patient = ? and state in ('open', 'sending') order by started"
        return [self._draft(row) for row in self._rows(sql, whose)]

    def fill(self, draft: Draft, number: int, sheet: Sheet) -> Draft:
        """Keep the fields of one form, at the draft's next revision."""
        self._put(draft.key, number, sheet)
        sheets = (*draft.sheets[: number - 1], sheet, *draft.sheets[number:])
        return self.move(replace(draft, sheets=sheets, revision=draft.revision + 1), draft.state)

    def move(self, draft: Draft, state: State) -> Draft:
        """Keep the draft's revision and its new state."""
        self._database.execute(
            "update draft set state = ?, revision = ?, changed = ? where key = ?",
            (state, draft.revision, self.now, str(draft.key)),
        )
        return replace(draft, state=state, changed=self.now)

    def behead(self, draft: Draft, head: Head | None) -> None:
        """Put another head to the draft; without one its answers are wiped too."""
        body = self._seal.close(head) if head else b""
        self._database.execute("update draft set head = ? where key = ?", (body, str(draft.key)))
        if head is None:
            self._database.execute("delete from sheet where draft = ?", (str(draft.key),))

    def restart(self, draft: Draft, start: Start) -> Draft:
        """Keep another beginning of the draft."""
        row = (start.mode, str(draft.key))
        self._database.execute("update draft set mode = ? where key = ?", row)
        self.behead(draft, Head(start, draft.secret, draft.reason, by_sheet=True))
        return replace(draft, start=start)

    def purge(self) -> None:
        """See ``Drawer.purge``."""
        for state, span in ((State.SUBMITTED, REMEMBERED), (State.DISCARDED, SET_ASIDE)):
            since = self.now - span.total_seconds()
            sql = "delete from draft where state = ? and changed < ?"
            self._database.execute(sql, (state, since))
        self._database.execute("delete from sheet where draft not in (select key from draft)")

    def _put(self, key: UUID, number: int, sheet: Sheet) -> None:
        body = self._seal.close(sheet)
        if len(body) > LARGEST:
            raise DraftFull
        row = (str(key), number, body)
        self._database.execute("insert or replace into sheet values (?, ?, ?)", row)

    def _rows(self, where: str, whose: Whose, *values: str) -> list[_Row]:
        row = (whose.issuer, self._name(whose), *values)
        return self._database.execute(f"{_SELECT} where {where}", row).fetchall()

    def _name(self, whose: Whose) -> str:
        """The patient's pseudonym; what was kept under an older key's is brought along."""
        newest, *older = self._seal.names(whose)
        for name in older:
            sql = "update draft set patient = ? where patient = ?"
            self._database.execute(sql, (newest, name))
        return newest

    def _draft(self, row: _Row) -> Draft:
        key, state, revision, started, changed, body = row
        draft = Draft(UUID(key), State(state), revision, started, changed, None)
        head = self._seal.open(body, Head)
        if head is None:
            return draft
        sql = "select number, body from sheet where draft = ?"
        kept = dict(self._database.execute(sql, (key,)).fetchall())
        numbers = range(1, len(head.start.forms) + 1)
        sheets = tuple(self._sheet(kept.get(number, b"")) for number in numbers)
        more = (head.start, sheets, head.secret, head.reason)
        whole = Draft(draft.key, draft.state, revision, started, changed, *more)
        return whole if head.by_sheet else self._divided(whole, head.start)

    def _divided(self, draft: Draft, start: Start) -> Draft:
        """The draft, from now on with each sheet telling who gave its answers."""
        sheets = tuple(by_sheet(sheet, start, draft.revision) for sheet in draft.sheets)
        for number, (before, sheet) in enumerate(zip(draft.sheets, sheets, strict=True), 1):
            if sheet != before:
                self._put(draft.key, number, sheet)
        self.behead(draft, Head(start, draft.secret, draft.reason, by_sheet=True))
        return replace(draft, sheets=sheets)

    def _sheet(self, body: bytes) -> Sheet:
        return self._seal.open(body, Sheet) or Sheet()
