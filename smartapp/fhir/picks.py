"""Where a user wants what is new for a patient to go, where the write plan leaves a choice.

Kept by patient, user and kind of thing in one SQLite file of the app, because

- a launch lasts hours and a course of the program months: a choice that ended with the launch
  would put into the chart tomorrow what somebody kept out of it today;
- there is something to choose before there is an enrollment that could carry it, and a choice is
  how one person works with one patient, not a fact about the patient that belongs in the record.

The file knows both only by names that tell nobody who they are (``audit/pseudonym.py``), and
nothing of it is in a cookie or an address. What cannot be read is no default: ``StoreFailed``.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from smartapp.errors import StoreFailed
from smartapp.fhir.plan import Wish
from smartapp.sqlite import SqliteFile

KINDS: Mapping[str, tuple[str, ...]] = {
    "enrollment": ("CarePlan", "CareTeam"),
    "goals": ("Goal",),
    "assessments": ("QuestionnaireResponse", "Observation"),
    "note": ("DocumentReference",),
}
"""What can be chosen for, and the resource types each is made of."""

Names = Callable[[str, str], Sequence[str]]
"""Issuer and what it calls somebody, to every name they may have here, the newest first."""

_SCHEMA = """
create table if not exists pick (
    patient text, user text, kind text, wish text not null, primary key (patient, user, kind));
"""


class SqlitePicks:
    """Every choice made, in the file at ``path``."""

    def __init__(self, path: Path, names: Names) -> None:
        self._file, self._names = SqliteFile(path, _SCHEMA), names

    def of(self, issuer: str, patient: str, user: str) -> "Picks":
        """The choices of one user (a reference, "" where the EHR names none) for one patient."""
        issuer = issuer.rstrip("/")
        return Picks(self, self._names(issuer, patient), self._names(issuer, user))

    def kept_out(self, issuer: str, patient: str) -> dict[str, Wish]:
        """The types anybody at all chose to keep out of the EHR for a patient."""
        names = self._names(issuer.rstrip("/"), patient)
        sql = f"select distinct kind from pick where wish = ? and patient in {_marks(names)}"  # noqa: S608 - marks only
        return _by_type(dict.fromkeys(self._kinds(sql, (Wish.STORE, *names)), Wish.STORE))

    def read(self, patient: Sequence[str], user: Sequence[str]) -> dict[str, Wish]:
        """By kind, what somebody under any of these names chose; the newest name counts."""
        sql = "select kind, wish from pick where patient = ? and user = ?"
        found: dict[str, Wish] = {}
        with self._used() as database:
            for names in reversed(list(zip(patient, user, strict=True))):
                rows = database.execute(sql, names).fetchall()
                found |= {kind: Wish(wish) for kind, wish in rows if kind in KINDS}
        return found

    def write(self, patient: str, user: str, picked: Mapping[str, Wish]) -> None:
        """Keep choices by kind; those for other kinds stay."""
        rows = [(patient, user, kind, wish) for kind, wish in picked.items()]
        with self._used() as database:
            database.executemany("insert or replace into pick values (?, ?, ?, ?)", rows)

    def _kinds(self, sql: str, values: Sequence[str]) -> list[str]:
        with self._used() as database:
            return [row[0] for row in database.execute(sql, values) if row[0] in KINDS]

    @contextmanager
    def _used(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._file.write() as database:
                yield database
        except sqlite3.Error as error:
            raise StoreFailed from error


@dataclass(frozen=True)
class Picks:
    """One user's choices for one patient."""

    kept: SqlitePicks
    patient: Sequence[str]
    user: Sequence[str]

    def by_kind(self) -> dict[str, Wish]:
        """What was chosen; a kind nobody chose for is left out."""
        return self.kept.read(self.patient, self.user)

    def by_type(self) -> dict[str, Wish]:
        """The same by resource type, as the write plan asks."""
        return _by_type(self.by_kind())

    def keep(self, picked: Mapping[str, Wish]) -> None:
        """Choose, for these kinds."""
        self.kept.write(self.patient[0], self.user[0], picked)


def _by_type(picked: Mapping[str, Wish]) -> dict[str, Wish]:
    return {type_: wish for kind, wish in picked.items() for type_ in KINDS[kind]}


def _marks(values: Sequence[str]) -> str:
    return "(" + ", ".join("?" * len(values)) + ")"
