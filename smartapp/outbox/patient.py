"""The outbox as one launch has it: its patient's savings, and nobody else's."""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import takewhile
from uuid import UUID

from smartapp.errors import EhrUnsure, EhrWaiting, GshError
from smartapp.fhir.chart import Chart
from smartapp.fhir.kept import Resource
from smartapp.fhir.outbox import Saving, bound_for
from smartapp.fhir.place import Place
from smartapp.outbox.box import Box, Row
from smartapp.outbox.sealed import Draft, Whose
from smartapp.outbox.sending import code, send_again, verdict
from smartapp.outbox.states import BLOCKING, OPEN, Event, State

log = logging.getLogger(__name__)

PATIENCE = 10.0
"""Seconds to wait for another request that is just sending for the same patient."""
MOST = 5
"""Savings that are tried for one page."""
MANY = 50
"""Savings that are tried so that another can be sent."""

UNREADABLE = "unreadable"
"""The code of a row whose encryption key is gone."""

Replay = Callable[[Draft], AbstractContextManager[Chart]]
"""Opens the chart a draft is sent through, in its author's name."""


class PatientOutbox:
    """The savings of one patient in ``box``; ``replay`` opens charts of that patient only."""

    def __init__(self, box: Box, whose: Whose, replay: Replay) -> None:
        self._box, self._whose, self._replay = box, whose, replay

    @contextmanager
    def kept(self, chart: Chart, saving: Saving) -> Iterator[None]:
        """Keep it, let it be sent within, and take down how that ended; see ``fhir.outbox``.

        An outbox that cannot be used stops nobody: the user sees how the sending itself ends.
        """
        held = self._held(chart, saving)
        try:
            yield
        except BaseException as error:
            self._settle(held, verdict(error, shown=True), chart, saving, code(error))
            raise
        self._settle(held, Event.ANSWERED, chart, saving)

    def flush(self) -> bool:
        """Send what is to be sent, in order; False when something stays, or another sends it."""
        return self._tried(self._open()[:MOST]) is None and not self._open()

    def flush_briefly(self, seconds: float = 2.0) -> None:
        """The same, but whatever takes longer than this goes on without the caller."""
        if self._open():
            sender = threading.Thread(target=self._flush_quietly, daemon=True)
            sender.start()
            sender.join(seconds)

    def rows(self) -> list[Row]:
        """All that is not confirmed, in order; nothing of an outbox that cannot be used."""
        try:
            return self._box.rows(self._whose)
        except sqlite3.Error as error:
            log.error("the outbox cannot be used: %s", type(error).__name__)
            return []

    def find(self, id_: str) -> Row | None:
        """One of them."""
        return next((row for row in self.rows() if row.id == id_), None)

    def holds(self, form_id: UUID) -> bool:
        """Whether something this form wants is still to be saved."""
        rows = (row for row in self.rows() if row.state in OPEN)
        return any(row.draft and row.draft.saving.form_id == form_id for row in rows)

    def retry(self, id_: str) -> bool:
        """Let a row be tried again, now; False when it is not there, or is just being sent."""
        found = self._box.retry(self._whose, id_)
        self.flush_briefly()
        return found

    def discard(self, id_: str, reason: str) -> bool:
        """Set a row aside; False when it is not there, or is just being sent."""
        return self._box.discard(self._whose, id_, reason)

    def _tried(self, rows: list[Row]) -> State | None:
        """Send rows; the state of the first that is not settled, SENT when it is another's turn."""
        for row in rows:
            held = self._box.claim(row.id)
            state = sent(self._box, held, self._replay) if held else State.SENT
            if state in BLOCKING:
                return state
        return None

    def _open(self, before: int | None = None) -> list[Row]:
        rows = [row for row in self.rows() if row.state in OPEN]
        return rows if before is None else [row for row in rows if row.seq < before]

    def _flush_quietly(self) -> None:
        try:
            self.flush()
        except Exception as error:  # noqa: BLE001 - what one saving meets must not end the page
            log.warning("what waits could not be tried: %s", type(error).__name__)

    def _held(self, chart: Chart, saving: Saving) -> Row | None:
        place = bound_for(chart, saving)
        draft = _draft(chart, saving, place)
        try:
            return self._claimed(draft, place)
        except sqlite3.Error as error:
            log.error("the outbox cannot be used: %s", type(error).__name__)
            return None

    def _claimed(self, draft: Draft, place: Place) -> Row:
        """The row, kept and claimed, behind no other of the patient."""
        until = time.monotonic() + PATIENCE
        while True:
            row = self._box.keep(self._whose, draft, place)
            held = self._box.claim(row.id) if row.state in OPEN else None
            if held is not None:
                return held
            stays = row.state in OPEN and self._tried(self._earlier(row, until)) in OPEN
            if stays or time.monotonic() > until:
                raise EhrWaiting if row.state in OPEN else EhrUnsure
            time.sleep(0.05)

    def _earlier(self, row: Row, until: float) -> list[Row]:
        """What is to be sent before it; for a while not what its own request is about to send."""
        rows = self._open(row.seq)[:MANY]
        if time.monotonic() > until - PATIENCE / 2:
            return rows
        return list(takewhile(lambda one: one.tries, rows))

    def _settle(
        self, held: Row | None, event: Event, chart: Chart, saving: Saving, told: str = ""
    ) -> None:
        if held is None:
            return
        try:
            place = held.place if event is Event.ANSWERED else bound_for(chart, saving)
            self._box.settle(held, event, told, place)
        except (sqlite3.Error, GshError) as error:
            log.error("how a saving ended was not kept: %s", type(error).__name__)


def sent(box: Box, held: Row, replay: Replay) -> State:
    """Send a claimed row again and settle it; the state it is in then."""
    if held.draft is None:
        return box.settle(held, Event.REFUSED, UNREADABLE)
    event, told = Event.ANSWERED, ""
    try:
        with replay(held.draft) as chart:
            send_again(chart, held.draft.saving)
    except Exception as error:  # noqa: BLE001 - what one saving meets must not end the page
        event, told = verdict(error, shown=False), code(error)
        log.warning("a saving stays in the outbox: %s", told)
    return box.settle(held, event, told)


def _draft(chart: Chart, saving: Saving, place: Place) -> Draft:
    return Draft(
        issuer=chart.client.base,
        patient=chart.patient_id,
        saving=saving,
        author=chart.author,
        author_name=chart.author_name,
        encounter=chart.encounter,
        organization=chart.organization,
        identity=_least(_identity(chart) if place is Place.STORE else chart.recognized),
    )


def _identity(chart: Chart) -> Resource | None:
    """The EHR's Patient, without which nobody but a launch can write to the store."""
    try:
        return chart.identity()
    except GshError:
        return None


def _least(patient: Resource | None) -> Resource | None:
    """What of a Patient says who it is, and no more."""
    if patient is None:
        return None
    return {k: v for k, v in patient.items() if k in ("resourceType", "id", "identifier")}
