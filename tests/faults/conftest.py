"""An EHR on loopback that keeps two patients, and a proxy before it that does harm when told."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
import requests

from benchmarks.harm import Fault, over, plainly
from benchmarks.proxy import Proxy
from smartapp.content import load
from smartapp.fhir import assessment, capabilities, enrollment, goal
from smartapp.fhir.chart import Chart
from smartapp.fhir.client import EhrClient
from smartapp.program.assessment import Occasion, Response, score
from smartapp.program.enrollment import (
    Condition,
    Consent,
    ConsentMethod,
    Enrollment,
    Modality,
    Person,
)
from smartapp.program.goal import Achievement, Goal
from smartapp.store.storage import FhirStore

TODAY = date(2026, 11, 23)
PATIENT, SOON, RATHER_SOON = (60.0, 60.0), (60.0, 0.5), (60.0, 3.0)
"""Seconds to connect and to wait; what is asked again has to be answered rather soon."""
HELD = (Fault.TIMEOUT_BEFORE, Fault.TIMEOUT_AFTER, Fault.TOO_LATE)
ME, OTHER = "p1", "p2"


@dataclass
class Ehr:
    """The store behind the proxy, and what of it the tests ask."""

    store: FhirStore
    proxy: Proxy
    waits: Callable[[str, str], tuple[float, float]] = lambda *_: PATIENT

    def fail(self, fault, method, path="", times=1):
        """Let the next requests of this method for this path suffer; an id may follow the path."""
        left = [fault] * times

        def plan(asked):
            hit = (asked.method, asked.path.split("/")[0]) == (method, path)
            return left.pop() if hit and left else Fault.NONE

        def waits(asked, url):
            type_ = url.removeprefix(self.proxy.base).strip("/").split("/")[0]
            if fault not in HELD or not left or (asked, type_) != (method, path):
                return PATIENT
            return RATHER_SOON if asked == "GET" and times == 1 else SOON

        self.proxy.plan, self.waits = plan, waits

    def be_plain(self):
        """Offer neither capabilities nor conditional creates nor transactions."""
        self.proxy.forward = plainly(over(self.store))

    def all(self, type_):
        """Every resource of a type, of whomever."""
        return [kept.resource for kept in self.store.search(type_).matches]

    def of(self, patient, type_):
        """Every resource of a type and a patient."""
        return [kept.resource for kept in self.store.search(type_, {"patient": patient}).matches]

    def writes(self, type_):
        """How many requests to write this type came through."""
        return sum(m in ("POST", "PUT") and p.startswith(type_) for m, p, _ in self.proxy.asked)


class Session(requests.Session):
    """Gives up on what the proxy holds back, once it does, and on nothing else however slow."""

    def __init__(self, ehr):
        super().__init__()
        self.ehr = ehr

    def request(self, method, url, **sent):
        sent["timeout"] = self.ehr.waits(method, url)
        try:
            return super().request(method, url, **sent)
        except requests.RequestException:
            assert sent["timeout"] == PATIENT or self.ehr.proxy.held.acquire(timeout=60)
            raise


@pytest.fixture
def ehr(tmp_path):
    """The EHR with its two patients; the other one has a goal."""
    with Proxy(late=0.1, patience=60) as proxy:
        store = FhirStore(tmp_path / "ehr.sqlite3", base=proxy.base, client_ids=True)
        for patient in (ME, OTHER):
            subject = {"reference": f"Patient/{patient}"}
            store.update({"resourceType": "Patient", "id": patient})
            store.update({"resourceType": "Condition", "id": f"c-{patient}", "subject": subject})
        said = {"lifecycleStatus": "active", "description": {"text": "Not yours"}}
        store.update({"resourceType": "Goal", "id": "g2", "subject": subject, **said})
        proxy.forward = over(store)
        capabilities.forget()
        yield Ehr(store, proxy)
        store.close()
    capabilities.forget()


@pytest.fixture(scope="session")
def content():
    return load()


@pytest.fixture
def open_chart(ehr, content):
    """Opens the chart as one page would, with connections of its own."""

    def open_():
        client = EhrClient(Session(ehr), ehr.proxy.base, patient=ME)
        return Chart(
            client,
            ME,
            author="Practitioner/d1",
            author_name="Dana Coach",
            encounter=None,
            now=lambda: datetime.now(UTC),
            content=content,
        )

    return open_


@pytest.fixture
def walk():
    return Goal("Walk to the shop and back", TODAY, date(2027, 1, 4), 8, 6)


@pytest.fixture
def enrolled():
    return Enrollment(
        condition=Condition("Condition/c-p1", "Chronic pain"),
        started=TODAY,
        planned_sessions=8,
        modality=Modality.TELEHEALTH,
        coach=Person("Practitioner/d1", "Dana Coach"),
        supervisor=Person("Practitioner/d2", "Sam Visor"),
        consent=Consent(TODAY, ConsentMethod.VERBAL),
    )


@pytest.fixture
def send_goal(open_chart, walk):
    """Sends the goal's form, the same one however often."""
    return lambda: goal.add(open_chart(), walk, None, UUID(int=1))


@pytest.fixture
def send_enrollment(open_chart, enrolled, content):
    """Sends the enrollment's form."""
    flags = {flag.code: False for flag in content.program.red_flags}
    return lambda: enrollment.enroll(open_chart(), enrolled, flags, UUID(int=2))


@pytest.fixture
def send_assessment(open_chart, content):
    """Sends one assessment with two instruments."""
    every = [content.instruments[slug] for slug in ("peg", "pseq")]
    answered = [Response(one, {item.link_id: 4 for item in one.items}) for one in every]
    scores = [made for response in answered for made in score(response)]
    said = (Occasion.BASELINE, None, answered, scores, None, UUID(int=3))
    return lambda: assessment.add(open_chart(), *said)


@pytest.fixture
def change(open_chart, send_goal):
    """A goal in the record, and what sends the form that marks its progress."""
    shown = send_goal()
    marked = replace(
        shown.thing, achievement=Achievement.IMPROVING, achieved_on=TODAY, note="Bought shoes"
    )

    def send():
        chart = open_chart()
        now = goal.read(chart, shown.id)
        return goal.save_change(chart, replace(now, version=shown.version), marked, UUID(int=4))

    return send
