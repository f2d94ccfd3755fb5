"""The file against a model of it, through any order of events and of two patients."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from cryptography.fernet import Fernet
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from smartapp.fhir.outbox import Saving
from smartapp.fhir.place import Place
from smartapp.outbox.box import Box
from smartapp.outbox.sealed import Draft
from smartapp.outbox.states import BLOCKING, Event, State, after, may, sent_again
from smartapp.sealed import Whose

EHR = "https://ehr.example/fhir"
ENDS = [Event.ANSWERED, Event.UNREACHED, Event.UNANSWERED, Event.REFUSED, Event.SHOWN]
PATIENTS = st.sampled_from(["p1", "p2"])
FORMS = st.integers(1, 4)


class Outbox(RuleBasedStateMachine):
    """Rows by (patient, form); ``order`` tells in which order each patient's are to be sent."""

    def __init__(self):
        super().__init__()
        self.folder, self.time = TemporaryDirectory(), datetime(2026, 11, 23, tzinfo=UTC)
        path = Path(self.folder.name) / "outbox.sqlite3"
        self.box = Box(path, [Fernet.generate_key()], lambda: self.time)
        self.states, self.order, self.ids, self.held = {}, [], {}, {}

    def teardown(self):
        self.folder.cleanup()

    @rule(patient=PATIENTS, form=FORMS)
    def keep(self, patient, form):
        key, state = (patient, form), self.states.get((patient, form))
        saving = Saving(UUID(int=form), ({"resourceType": "Goal"},))
        draft = Draft(EHR, patient, saving, author=None, author_name="")
        row = self.box.keep(Whose(EHR, patient), draft, Place.EHR)
        self.ids[key] = row.id
        if state is None or may(state, Event.KEPT):
            if state not in BLOCKING:
                self.order = [*(k for k in self.order if k != key), key]
            self.states[key] = after(state, Event.KEPT) if state else State.QUEUED
        assert row.state is self.states[key]

    @rule(patient=PATIENTS, form=FORMS)
    def claim(self, patient, form):
        key = (patient, form)
        if key not in self.ids:
            return
        mine = [k for k in self.order if k[0] == patient and self.states[k] in BLOCKING]
        is_next = mine[:1] == [key] and self.states[key] is not State.SENT
        held = self.box.claim(self.ids[key])
        assert (held is not None) == is_next
        if held:
            self.states[key], self.held[key] = State.SENT, held

    @rule(patient=PATIENTS, form=FORMS, event=st.sampled_from(ENDS))
    def settle(self, patient, form, event):
        key = (patient, form)
        if key not in self.held:
            return
        held = self.held.pop(key)
        if self.states[key] is State.SENT:
            self.states[key] = after(State.SENT, sent_again(held.was, event))
        assert self.box.settle(held, event) is self.states[key]

    @rule(patient=PATIENTS, form=FORMS, retry=st.booleans())
    def by_hand(self, patient, form, retry):
        key, event = (patient, form), Event.RETRIED if retry else Event.DISCARDED
        if key not in self.ids:
            return
        whose, can = Whose(EHR, patient), may(self.states[key], event)
        told = (whose, self.ids[key])
        assert (self.box.retry(*told) if retry else self.box.discard(*told, "why")) == can
        if can:
            self.states[key] = after(self.states[key], event)

    @rule()
    def time_passes(self):
        """Longer than a claim lasts: whoever holds one is taken for dead."""
        self.time += timedelta(minutes=2)
        late = [key for key, state in self.states.items() if state is State.SENT]
        self.states |= {key: after(State.SENT, Event.LAPSED) for key in late}

    @invariant()
    def nothing_is_lost(self):
        for patient in ("p1", "p2"):
            rows = {row.id: row for row in self.box.rows(Whose(EHR, patient))}
            mine = {k: s for k, s in self.states.items() if k[0] == patient}
            waiting = {k: s for k, s in mine.items() if s is not State.CONFIRMED}
            assert {rows[self.ids[k]].state for k in waiting} == set(waiting.values())
            assert len(rows) == len(waiting)
            assert all(row.draft and row.draft.patient == patient for row in rows.values())
            assert sum(row.state is State.SENT for row in rows.values()) <= 1


TestOutbox = Outbox.TestCase
TestOutbox.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
