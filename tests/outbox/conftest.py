"""A chart with an outbox, over an EHR in this process whose answers a test takes away."""

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from cryptography.fernet import Fernet

from smartapp.content import load
from smartapp.errors import LaunchEnded
from smartapp.fhir import capabilities
from smartapp.fhir import enrollment as enrollments
from smartapp.fhir import goal as goals
from smartapp.fhir.chart import Chart
from smartapp.fhir.client import EhrClient
from smartapp.fhir.places import Rules
from smartapp.fhir.programstore import InProcess, ProgramStore
from smartapp.outbox.box import Box
from smartapp.outbox.patient import PATIENCE, PatientOutbox
from smartapp.outbox.storing import by
from smartapp.program.enrollment import (
    Condition,
    Consent,
    ConsentMethod,
    Enrollment,
    Modality,
    Person,
)
from smartapp.program.goal import Goal
from smartapp.sealed import Whose
from smartapp.store import rest
from smartapp.store.storage import FhirStore

BASE = "https://ehr.example/fhir"
STORE = "https://app.example/fhir"
MORNING = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


class Clock:
    time = MORNING

    def __call__(self):
        return self.time

    def forward(self, **span):
        self.time += timedelta(**span)


class Server:
    """A FHIR server; ``manner`` says what becomes of a write, ``manners`` of one type's."""

    def __init__(self, path, base):
        self.rows = FhirStore(path, base=base, client_ids=True)
        self.base, self.manner, self.log = base, "takes", []
        self.manners, self.is_down = {}, False

    def answer(self, method, path, query, headers, body):
        if self.is_down:
            raise OSError
        asked = (method, path, query, headers, body)
        if method == "GET":
            return rest.answer(self.rows, *asked, self.base)
        self.log.append((method, path))
        return self._write(self.manners.get(path.partition("/")[0], self.manner), asked)

    def _write(self, manner, asked):
        if manner == "ended":
            raise LaunchEnded
        if manner in ("busy", "refuses"):
            return rest.Answer(429 if manner == "busy" else 400)
        if manner == "breaks-before":
            raise OSError
        told = rest.answer(self.rows, *asked, self.base)
        if manner == "breaks-after":
            raise OSError
        return told

    def session(self):
        return Session(self.base, self.answer)

    def all(self, type_):
        return [kept.resource for kept in self.rows.search(type_).matches]

    def texts(self):
        return [goal["description"]["text"] for goal in self.all("Goal")]


class Session(InProcess):
    """Lets what ends a launch through, as the real session's authorization does."""

    def __init__(self, base, answer):
        self.ended = False

        def told(*asked):
            try:
                return answer(*asked)
            except LaunchEnded:
                self.ended = True
                raise

        super().__init__(base, told)

    def request(self, *asked, **more):
        try:
            return super().request(*asked, **more)
        except Exception as error:
            raise LaunchEnded if self.ended else error from error


@dataclass
class World:
    """One EHR, one outbox, and launches of any patient, as two of any process would open them."""

    folder: object
    content: object
    clock: Clock = field(default_factory=Clock)
    keys: tuple = field(default_factory=lambda: (Fernet.generate_key(),))
    with_store: bool = False
    wishes: dict = field(default_factory=dict)
    patience: float = PATIENCE

    def __post_init__(self):
        self.file = self.folder / "outbox.sqlite3"
        self.ehr = Server(self.folder / "ehr.sqlite3", BASE)
        self.store = Server(self.folder / "store.sqlite3", STORE)
        self.box = Box(self.file, self.keys, self.clock)
        for id_ in ("p1", "p2"):
            self.ehr.rows.update({"resourceType": "Patient", "id": id_})

    def outbox(self, patient="p1", box=None):
        @contextmanager
        def replay(draft):
            yield self._chart(patient, **by(draft))

        whose = Whose(BASE, patient)
        return PatientOutbox(box or self.box, whose, replay, patience=self.patience)

    def chart(self, patient="p1", box=None, author="Practitioner/d1"):
        who = {"author": author, "author_name": "Dana Coach", "encounter": None}
        return self._chart(patient, **who, outbox=self.outbox(patient, box))

    def _chart(self, patient, **more):
        client = EhrClient(self.ehr.session(), BASE, patient=patient)
        return Chart(
            client, patient, now=self.clock, content=self.content, rules=self.rules, **more
        )

    @property
    def rules(self):
        store = ProgramStore(STORE, self.store.session)
        return Rules(wishes=self.wishes, store=store) if self.with_store else Rules()

    def add(self, text="Walk", form=1, patient="p1", box=None):
        """Save a goal as a form would."""
        goal = Goal(text, date(2026, 11, 23), date(2027, 1, 4), 8, 6)
        return goals.add(self.chart(patient, box), goal, None, UUID(int=form))

    def revise(self, kept, text, form=2):
        changed = replace(kept.thing, text=text)
        return goals.save_change(self.chart(), kept, changed, UUID(int=form))

    def states(self, patient="p1", *, errands=False):
        rows = self.outbox(patient).rows()
        return [row.state.value for row in rows if row.is_errand == errands]


@pytest.fixture(scope="session")
def content():
    return load()


@pytest.fixture
def world(tmp_path, content):
    capabilities.forget()
    yield World(tmp_path, content)
    capabilities.forget()


@pytest.fixture
def enroll(world, content):
    """Sends an enrollment form."""

    def send(form=7):
        made = Enrollment(
            condition=Condition("Condition/c1", "Back pain"),
            started=date(2026, 11, 23),
            planned_sessions=8,
            modality=Modality.TELEHEALTH,
            coach=Person("Practitioner/d1", "Dana Coach"),
            supervisor=Person("Practitioner/d2", "Sam Visor"),
            consent=Consent(date(2026, 11, 22), ConsentMethod.VERBAL),
        )
        flags = {flag.code: False for flag in content.program.red_flags}
        return enrollments.enroll(world.chart(), made, flags, UUID(int=form))

    return send
