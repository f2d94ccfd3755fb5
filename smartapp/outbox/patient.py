"""The outbox as one launch has it: its patient's savings, and nobody else's."""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from itertools import takewhile
from uuid import UUID

from smartapp.errors import EhrUnsure, EhrWaiting, GshError
from smartapp.fhir.chart import Chart
from smartapp.fhir.kept import Resource
from smartapp.fhir.outbox import Saving, Unkept, bound_for
from smartapp.fhir.place import Place
from smartapp.outbox.box import Box, Row
from smartapp.outbox.sealed import Draft
from smartapp.outbox.sending import code, send_again, verdict
from smartapp.outbox.states import BLOCKING, OPEN, Event, State
from smartapp.sealed import Whose

log = logging.getLogger(__name__)

PATIENCE = 10.0
"""Seconds to wait for another request that is just sending for the same patient."""
PAUSE = 0.05
"""Seconds between two looks at it; who has just sent what stood before has its turn at once."""
MOST = 5
"""Savings that are tried for one page."""
MANY = 50
"""Savings that are tried so that another can be sent."""

UNREADABLE = "unreadable"
"""The code of a row whose encryption key is gone."""

Replay = Callable[[Draft], AbstractContextManager[Chart]]
"""Opens the chart a draft is sent through, in its author's name."""


class PatientOutbox:
    """The savings of one patient in ``box``; ``replay`` opens charts of that patient only.

    ``is_unusable`` once the box could not be used: from then on nothing is sure to be kept.
    """

    def __init__(self, box: Box, whose: Whose, replay: Replay, patience: float = PATIENCE) -> None:
        self._box, self._whose, self._replay, self._patience = box, whose, replay, patience
        self._errands: list[Row] = []
        self._busy = False
        self.is_unusable = False

    @contextmanager
    def kept(self, chart: Chart, saving: Saving) -> Iterator[None]:
        """Keep it, let it be sent within, and take down how that ended; see ``fhir.outbox``.

        An outbox that cannot be used stops nobody: the user sees how the sending itself ends.
        """
        try:
            with self._settled(chart, saving):
                yield
        finally:
            self._run_errands(chart)

    def follow(self, chart: Chart, errand: Saving) -> None:
        """Keep an errand, and run it when what is being sent is settled."""
        try:
            self._errands.append(_kept(self._box, self._whose, chart, errand))
        except sqlite3.Error as error:
            self._found_unusable(error)
            Unkept().follow(chart, errand)
        else:
            self._run_errands(chart)

    def later(self, chart: Chart, saving: Saving) -> None:
        """Keep it to be sent later; see ``is_unusable``."""
        try:
            _kept(self._box, self._whose, chart, saving)
        except sqlite3.Error as error:
            self._found_unusable(error)

    def flush(self) -> bool:
        """Send what is to be sent, entries in order; False when something stays."""
        for _ in range(MOST):
            if self._tried(self._open()[:1]) is not None:
                return False
            if not self._open():
                break
        self._try_errands()
        return not self._open(errands=True) and not self._open()

    def flush_briefly(self, seconds: float = 2.0) -> None:
        """The same, but whatever takes longer than this goes on without the caller."""
        if self._open() or self._open(errands=True):
            sender = threading.Thread(target=self._flush_quietly, daemon=True)
            sender.start()
            sender.join(seconds)

    def rows(self) -> list[Row]:
        """All that is not confirmed, in order; nothing of an outbox that cannot be used."""
        try:
            return self._box.rows(self._whose)
        except sqlite3.Error as error:
            self._found_unusable(error)
            return []

    def find(self, id_: str) -> Row | None:
        """One of them."""
        return next((row for row in self.rows() if row.id == id_), None)

    def holds(self, form_id: UUID) -> bool:
        """Whether something this form wants is still to be saved."""
        return any(row.draft and row.draft.saving.form_id == form_id for row in self._open())

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

    @contextmanager
    def _settled(self, chart: Chart, saving: Saving) -> Iterator[None]:
        held = self._held(chart, saving)
        self._busy = True
        try:
            yield
        except BaseException as error:
            self._settle(held, verdict(error, shown=True), chart, saving, code(error))
            raise
        finally:
            self._busy = False
        self._settle(held, Event.ANSWERED, chart, saving)

    def _try_errands(self) -> None:
        """Run those tried least, and what they make in turn; one that stays holds up no other."""
        known = sorted(self._open(errands=True), key=lambda row: row.tries)
        for row in known[:MOST]:
            self._tried([row])
        for row in self._open(errands=True):
            if row.tries == 0:
                self._tried([row])

    def _run_errands(self, chart: Chart) -> None:
        """Run what follows from what was just sent, through the same chart."""
        while self._errands and not self._busy:
            row = self._errands.pop(0)
            self._busy = True
            try:
                held = self._box.claim(row.id)
                if held is not None:
                    _ended(self._box, held, partial(_run, chart))
            except sqlite3.Error as error:
                self._found_unusable(error)
            finally:
                self._busy = False

    def _found_unusable(self, error: sqlite3.Error) -> None:
        log.error("the outbox cannot be used: %s", type(error).__name__)
        self.is_unusable = True

    def _open(self, before: int | None = None, *, errands: bool = False) -> list[Row]:
        rows = [row for row in self.rows() if row.state in OPEN and row.is_errand == errands]
        return rows if before is None else [row for row in rows if row.seq < before]

    def _flush_quietly(self) -> None:
        try:
            self.flush()
        except Exception as error:  # noqa: BLE001 - what one saving meets must not end the page
            log.warning("what waits could not be tried: %s", type(error).__name__)

    def _held(self, chart: Chart, saving: Saving) -> Row | None:
        place = bound_for(chart, saving)
        try:
            return self._claimed(_draft(chart, saving, place), place)
        except sqlite3.Error as error:
            self._found_unusable(error)
            return None

    def _claimed(self, draft: Draft, place: Place) -> Row:
        """The row, kept and claimed, behind no other of the patient."""
        until = time.monotonic() + self._patience
        while True:
            row = self._box.keep(self._whose, draft, place)
            held = self._box.claim(row.id) if row.state in OPEN else None
            if held is not None:
                return held
            earlier = self._earlier(row, until) if row.state in OPEN else []
            stopped = self._tried(earlier)
            if stopped in OPEN or time.monotonic() > until:
                raise EhrWaiting if row.state in OPEN else EhrUnsure
            time.sleep(0 if earlier and not stopped else PAUSE)

    def _earlier(self, row: Row, until: float) -> list[Row]:
        """What is to be sent before it; for a while not what its own request is about to send."""
        rows = self._open(row.seq)[:MANY]
        if time.monotonic() > until - self._patience / 2:
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


class _Behind:
    """The outbox of a chart by which a claimed row is sent: only what follows is kept."""

    def __init__(self, box: Box, whose: Whose) -> None:
        self._box, self._whose = box, whose

    @contextmanager
    def kept(self, chart: Chart, saving: Saving) -> Iterator[None]:  # noqa: ARG002 - the seam's
        """It is kept already."""
        yield

    def follow(self, chart: Chart, errand: Saving) -> None:
        """Keep an errand; an outbox that cannot be used leaves the row in doubt."""
        _kept(self._box, self._whose, chart, errand)

    def later(self, chart: Chart, saving: Saving) -> None:
        """Keep it."""
        _kept(self._box, self._whose, chart, saving)


def sent(box: Box, held: Row, replay: Replay) -> State:
    """Send a claimed row again and settle it; the state it is in then."""

    def send(draft: Draft) -> None:
        with replay(draft) as chart:
            chart.outbox = _Behind(box, Whose(draft.issuer, draft.patient))
            send_again(chart, draft.saving)

    return _ended(box, held, send)


def _ended(box: Box, held: Row, send: Callable[[Draft], None]) -> State:
    """Send a claimed row and settle it as that ended."""
    if held.draft is None:
        return box.settle(held, Event.REFUSED, UNREADABLE)
    event, told = Event.ANSWERED, ""
    try:
        send(held.draft)
    except Exception as error:  # noqa: BLE001 - what one saving meets must not end the page
        event, told = verdict(error, errand=held.is_errand), code(error)
        log.warning("a saving stays in the outbox: %s", told)
    return box.settle(held, event, told)


def _run(chart: Chart, draft: Draft) -> None:
    chart.run(draft.saving)


def _kept(box: Box, whose: Whose, chart: Chart, saving: Saving) -> Row:
    place = bound_for(chart, saving)
    return box.keep(whose, _draft(chart, saving, place), place)


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
