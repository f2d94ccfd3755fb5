"""The alerts' file: sealed like the drafts', on disk before an answer is said to be kept.

In the open stand only the site, a keyed pseudonym of the patient, the alert's random key, its
state and time. Nothing is ever deleted: an alert, and what was done about it, outlives the draft
it came from, the launch, and whatever the EHR does.
"""

import logging
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from smartapp.alerts.witness import Step, Witness, unseen
from smartapp.drafts.sealed import Seal
from smartapp.errors import AlertsFailed, EntryRefused
from smartapp.program.alert import Alert
from smartapp.program.safety import (
    Asked,
    Handled,
    Raising,
    SafetyAlert,
    already_handled,
    changed_to,
    raised,
)
from smartapp.sealed import Whose
from smartapp.sqlite import SqliteFile

log = logging.getLogger(__name__)

_SCHEMA = """
create table if not exists alert (
    key text primary key, issuer text not null, patient text not null, state text not null,
    raised real not null, body blob not null);
create index if not exists alert_patient on alert (issuer, patient, raised);
"""


class Ledger:
    """The alerts in ``path``, sealed under ``keys`` (Fernet keys, the newest first)."""

    def __init__(self, path: Path, keys: Sequence[bytes]) -> None:
        self._seal, self._file = Seal(keys), SqliteFile(path, _SCHEMA)

    @contextmanager
    def opened(self, whose: Whose) -> Iterator["Entries"]:
        """Work on one patient's alerts in a transaction that nobody's write can come into.

        Raises AlertsFailed when the file cannot be used.
        """
        try:
            with self._file.write() as database:
                yield Entries(database, self._seal, whose)
        except sqlite3.Error as error:
            log.error("the safety alerts cannot be used: %s", type(error).__name__)
            raise AlertsFailed from error


class Entries:
    """One patient's alerts within one transaction."""

    def __init__(self, database: sqlite3.Connection, seal: Seal, whose: Whose) -> None:
        self._database, self._seal, self._issuer = database, seal, whose.issuer
        self._name, *older = seal.names(whose)
        for name in older:
            sql = "update alert set patient = ? where patient = ?"
            database.execute(sql, (self._name, name))

    def all(self) -> list[SafetyAlert]:
        """The alerts in the order they were raised; not those whose encryption key is gone."""
        sql = "select body from alert where issuer = ? and patient = ? order by raised, rowid"
        rows = self._database.execute(sql, (self._issuer, self._name)).fetchall()
        found = (self._seal.open(body, SafetyAlert) for (body,) in rows)
        return [alert for alert in found if alert is not None]

    def put(self, alert: SafetyAlert) -> None:
        """Keep an alert as it is now."""
        at, body = alert.raised_at.timestamp(), self._seal.close(alert)
        row = (str(alert.key), self._issuer, self._name, alert.state, at, body)
        self._database.execute(
            "insert into alert values (?, ?, ?, ?, ?, ?)"
            " on conflict (key) do update set state = excluded.state, body = excluded.body",
            row,
        )


class PatientAlerts:
    """The alerts of one patient in ``ledger``: of the id ``patient`` at the FHIR base ``issuer``.

    No other patient's alert can be reached through it, whatever its key.
    """

    def __init__(
        self, ledger: Ledger, issuer: str, patient: str, witness: Witness = unseen
    ) -> None:
        self._ledger, self._whose = ledger, Whose(issuer.rstrip("/"), patient)
        self._witness = witness

    def all(self) -> list[SafetyAlert]:
        """Every alert, the oldest first."""
        with self._ledger.opened(self._whose) as entries:
            return entries.all()

    def open(self, assessment: UUID | None = None) -> list[SafetyAlert]:
        """The open ones, of one assessment or of all."""
        every = (alert for alert in self.all() if alert.is_open)
        return [a for a in every if assessment in (None, a.asked.assessment)]

    def find(self, key: UUID) -> SafetyAlert | None:
        """The alert of that key, if it is this patient's."""
        return next((alert for alert in self.all() if alert.key == key), None)

    def raise_for(self, asked: Asked, found: Alert, when: Raising) -> SafetyAlert | None:
        """Keep the alert of an answer, unless it is kept already; the alert if there is news."""
        with self._ledger.opened(self._whose) as entries:
            known = [alert for alert in entries.all() if alert.asked.place == asked.place]
            made = raised(known, asked, found, when)
            if made is not None:
                entries.put(made)
        if made is not None:
            is_new = made.key not in {alert.key for alert in known}
            self._witness(Step.RAISED if is_new else Step.CHANGED, made.key)
        return made

    def change(self, alert: SafetyAlert, words: str) -> None:
        """Say what the answer was changed to; the alert stays."""
        with self._ledger.opened(self._whose) as entries:
            changed = changed_to(_now(entries, alert), words)
            entries.put(changed)
        if changed != alert:
            self._witness(Step.CHANGED, alert.key)

    def report(self, alert: SafetyAlert) -> None:
        """Remember that the record, or what waits for it, has the alert."""
        with self._ledger.opened(self._whose) as entries:
            entries.put(replace(_now(entries, alert), is_reported=True))

    def record(self, alert: SafetyAlert) -> None:
        """Remember the same of the response to it."""
        with self._ledger.opened(self._whose) as entries:
            entries.put(replace(_now(entries, alert), is_recorded=True))

    def handle(self, alert: SafetyAlert, handled: Handled) -> SafetyAlert:
        """Close an alert by what was done; the alert as kept, once however often it is sent.

        Raises EntryRefused when another response closed it first.
        """
        with self._ledger.opened(self._whose) as entries:
            now = _now(entries, alert)
            if now.handled is not None and now.handled.form_id == handled.form_id:
                return now
            if now.handled is not None:
                raise EntryRefused(already_handled())
            closed = replace(now, handled=handled)
            entries.put(closed)
        self._witness(Step.HANDLED, alert.key)
        return closed


def _now(entries: Entries, alert: SafetyAlert) -> SafetyAlert:
    """The alert as it is kept by now; one that was found elsewhere is kept only from here on."""
    return next((one for one in entries.all() if one.key == alert.key), alert)
