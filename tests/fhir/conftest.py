"""An EHR on the wire, in memory: what the tests of this part talk to instead of a server."""

import json
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import UUID

import pytest
import requests
import responses

from smartapp.content import Content, load
from smartapp.fhir import assessment as assessments
from smartapp.fhir import capabilities, names, wire
from smartapp.fhir import enrollment as enrollments
from smartapp.fhir import goal as goals
from smartapp.fhir.chart import Chart, Kept
from smartapp.fhir.client import EhrClient
from smartapp.fhir.ehrs import NATIVE, WRITTEN, EhrProfile, profiles
from smartapp.fhir.picks import Picks
from smartapp.fhir.places import Rules
from smartapp.fhir.plan import Wish
from smartapp.fhir.programstore import InProcess, ProgramStore
from smartapp.fhir.refusals import SqliteRefusals
from smartapp.program.assessment import Occasion, Response, Score, score
from smartapp.program.enrollment import (
    Condition,
    Consent,
    ConsentMethod,
    Enrollment,
    EnrollmentStatus,
    Exit,
    Modality,
    Person,
)
from smartapp.program.goal import Achievement, Goal
from smartapp.store import rest
from smartapp.store.storage import FhirStore

BASE = "https://ehr.example/fhir"
NOW = datetime(2026, 11, 23, 9, 30, 5, 999, timezone(timedelta(hours=10, minutes=30)))
Resource = dict[str, Any]
Reply = tuple[int, dict[str, str], bytes]
_PATH = re.compile(r"/fhir(?:/([A-Za-z]+))?(?:/([A-Za-z0-9.\-]+))?(?:/(_history)(?:/(\w+))?)?$")


class FakeEhr:
    """Keeps every version of every resource; its manners can be made worse one by one."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], list[Resource]] = {}
        self.log: list[tuple[str, str]] = []
        self.sent: list[requests.PreparedRequest] = []
        self.statement: Resource | None = None
        self.refused: dict[tuple[str, str], int] = {}
        self.empty_answers = False
        self.ignores_filters = False
        self.disguised_batch: set[str] | None = None
        self.stale_status = 412
        self.condition_refused = 0

    def offer(self, *, transaction: bool = False, conditional: tuple[str, ...] = ()) -> None:
        types = [{"type": t, "conditionalCreate": True} for t in conditional]
        rest: Resource = {"mode": "server", "resource": types}
        if transaction:
            rest["interaction"] = [{"code": "transaction"}]
        self.statement = {"resourceType": "CapabilityStatement", "rest": [rest]}

    def put(self, resource: Resource) -> Resource:
        """Keep a new version, as the server's own doing."""
        type_ = resource["resourceType"]
        id_ = resource.get("id") or f"{type_[:2].lower()}{len(self.rows) + 1}"
        versions = self.rows.setdefault((type_, id_), [])
        meta = {**resource.get("meta", {}), "versionId": str(len(versions) + 1)}
        meta.setdefault("lastUpdated", "2026-11-23T09:00:00.715Z")
        versions.append({**deepcopy(resource), "id": id_, "meta": meta})
        return versions[-1]

    def all(self, type_: str) -> list[Resource]:
        return [versions[-1] for (t, _), versions in self.rows.items() if t == type_]

    def only(self, type_: str) -> Resource:
        (found,) = self.all(type_)
        return found

    def answer(self, request: requests.PreparedRequest) -> Reply:
        url = urlsplit(str(request.url))
        method = str(request.method)
        matched = _PATH.match(url.path)
        assert matched, url.path
        type_, id_, history, version = matched.groups()
        self.log.append((method, (type_ or "") + (f"/{id_}" if id_ else "")))
        self.sent.append(request)
        if (method, type_) in self.refused:
            return self.refused[method, type_], {}, b""
        if method == "GET":
            return self._get(type_, id_, history, version, url.query)
        body = wire.decode(request.body)  # type: ignore[arg-type]  # always bytes from our encoder
        conditional = "ifNoneExist" in str(body) or "If-None-Exist" in request.headers
        if conditional and self.condition_refused:
            return self.condition_refused, {}, b""
        if type_ is None:
            return self._bundle(body)
        headers = request.headers
        if method == "PUT":
            return self._update(body, headers.get("If-Match"))
        return self._create(body, headers.get("If-None-Exist"))

    def _get(self, type_: str, id_: str, history: str, version: str, query: str) -> Reply:
        if type_ == "metadata":
            return _json(200, self.statement) if self.statement else (404, {}, b"")
        if not id_:
            return _json(200, _bundle(self._search(type_, parse_qsl(query))))
        versions = self.rows.get((type_, id_))
        if not versions:
            return 404, {}, b""
        if history and not version:
            return _json(200, _bundle(versions[::-1]))
        return _json(200, versions[int(version or 0) - 1])

    def _search(self, type_: str, asked: list[tuple[str, str]]) -> list[Resource]:
        rows = self.all(type_)
        return rows if self.ignores_filters else [r for r in rows if _matches(r, asked)]

    def _create(self, body: Resource, condition: str | None) -> Reply:
        if condition:
            found = self._search(body["resourceType"], parse_qsl(unquote(condition)))
            if found:
                return _json(200, found[0])
        return self._written(201, self.put(body))

    def _update(self, body: Resource, if_match: str | None) -> Reply:
        current = self.rows[body["resourceType"], body["id"]][-1]
        if if_match and if_match != f'W/"{current["meta"]["versionId"]}"':
            return self.stale_status, {}, b""
        return self._written(200, self.put(body))

    def _written(self, status: int, kept: Resource) -> Reply:
        version = kept["meta"]["versionId"]
        place = f"{kept['resourceType']}/{kept['id']}/_history/{version}"
        headers = {"Location": f"http://internal:8080/r4/{place}", "ETag": f'W/"{version}"'}
        return (status, headers, b"") if self.empty_answers else _json(status, kept, headers)

    def _bundle(self, bundle: Resource) -> Reply:
        told, named = [], {}
        for entry in bundle["entry"]:
            resource = entry["resource"]
            if self.disguised_batch and resource["resourceType"] in self.disguised_batch:
                told.append({"response": {"status": "400 Bad Request"}})
                continue
            kept = self.put(resource)
            named[entry["fullUrl"]] = f"{kept['resourceType']}/{kept['id']}"
            place = f"{named[entry['fullUrl']]}/_history/1"
            told.append({"response": {"status": "201 Created", "location": place}})
        if self.disguised_batch is None:
            self._name(named)
        return _json(200, {"resourceType": "Bundle", "type": "batch-response", "entry": told})

    def _name(self, named: dict[str, str]) -> None:
        for versions in self.rows.values():
            text = wire.encode(versions[-1]).decode()
            for urn, reference in named.items():
                text = text.replace(urn, reference)
            versions[-1] = wire.decode(text.encode())


def _matches(row: Resource, asked: list[tuple[str, str]]) -> bool:
    text = json.dumps(row, default=str)
    for name, value in asked:
        if name == "patient" and f'"{value}"' not in text:
            return False
        if name == "identifier" and value.partition("|")[2] not in text:
            return False
        if name == "target" and f'"{value}' not in text:
            return False
    return True


def _bundle(rows: list[Resource]) -> Resource:
    entries = [{"resource": row, "search": {"mode": "match"}} for row in rows]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries}


def _json(status: int, body: Resource, headers: dict[str, str] | None = None) -> Reply:
    return status, headers or {}, wire.encode(body)


@pytest.fixture(autouse=True)
def _fresh_capabilities() -> Iterator[None]:
    capabilities.forget()
    yield
    capabilities.forget()


@pytest.fixture
def wired() -> Iterator[responses.RequestsMock]:
    """The wire, faked: a test says what each URL answers."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def ehr(wired: responses.RequestsMock) -> FakeEhr:
    """A whole EHR behind the faked wire."""
    fake = FakeEhr()
    for method in ("GET", "POST", "PUT"):
        wired.add_callback(
            method, re.compile(rf"{re.escape(BASE)}(/.*)?$"), lambda request: fake.answer(request)
        )
    return fake


@pytest.fixture
def client() -> EhrClient:
    """A client bound to patient ``p1``."""
    return EhrClient(requests.Session(), BASE, patient="p1")


@pytest.fixture
def goal() -> Callable[..., Resource]:
    """Makes the least goal there is, for patient ``p1`` unless said otherwise."""

    def make(patient: str = "p1", **more: Any) -> Resource:
        subject = {"reference": f"Patient/{patient}"}
        return {"resourceType": "Goal", "subject": subject, **more}

    return make


@pytest.fixture(scope="session")
def content() -> Content:
    return load()


@pytest.fixture
def chart(ehr: FakeEhr, client: EhrClient, content: Content) -> Chart:
    """The chart of patient p1, opened by Dana Coach in encounter e1, on a fixed morning."""
    ehr.put({"resourceType": "Patient", "id": "p1", "birthDate": "1970-02-03"})
    encounter = {"resourceType": "Encounter", "id": "e1", "class": {"code": "VR"}}
    ehr.put({**encounter, "status": "in-progress", "subject": {"reference": "Patient/p1"}})
    return Chart(
        client,
        "p1",
        author="Practitioner/d1",
        author_name="Dana Coach",
        encounter="e1",
        now=lambda: NOW,
        content=content,
    )


@pytest.fixture
def enrollment() -> Enrollment:
    return Enrollment(
        condition=Condition("Condition/c1", "Chronic <low> back pain & more"),
        started=date(2026, 11, 23),
        planned_sessions=8,
        modality=Modality.TELEHEALTH,
        coach=Person("Practitioner/d1", "Dana Coach"),
        supervisor=Person("Practitioner/d2", "Sam Visor"),
        consent=Consent(date(2026, 11, 22), ConsentMethod.VERBAL),
    )


@pytest.fixture
def enrolled(chart: Chart, enrollment: Enrollment, content: Content) -> Kept[Enrollment]:
    """An enrollment already in the record, version 1."""
    flags = {flag.code: False for flag in content.program.red_flags}
    return enrollments.enroll(chart, enrollment, flags, UUID(int=1))


@pytest.fixture
def walk() -> Goal:
    return Goal("Walk to the shop and back 🐕", date(2026, 11, 23), date(2027, 1, 4), 8, 6)


class PlayedEhr:
    """An EHR in this process that takes what a vendor's does; the statement can say otherwise."""

    def __init__(self, path: Path) -> None:
        self.rows = FhirStore(path, base=BASE, client_ids=True)
        self.takes: dict[str, frozenset[str]] = {}
        self.everything = True
        self.status = 405
        self.states_truly = True
        self.down = False
        self.log: list[tuple[str, str]] = []

    def refuse(self, *types: str, status: int = 405) -> None:
        """Take everything but these types, without saying so beforehand."""
        taken = frozenset(WRITTEN) - set(types)
        self.everything, self.states_truly, self.status = False, False, status
        self.takes = {"create": taken, "update": taken}

    def play(self, profile: EhrProfile, *, states_truly: bool = True) -> None:
        self.everything, self.states_truly = False, states_truly
        self.takes = {"create": profile.creates, "update": profile.updates}

    def accept(self) -> None:
        self.everything = True

    def answer(self, method: str, path: str, query: str, headers: Any, body: bytes) -> rest.Answer:
        self.log.append((method, path))
        if self.down:
            raise OSError
        if path == "metadata" and not self.everything:
            return rest.Answer(200, {}, wire.encode(self._statement()))
        if not self.everything and not self._takes(method, path.partition("/")[0]):
            return rest.Answer(self.status)
        return rest.answer(self.rows, method, path, query, headers, body, BASE)

    def _takes(self, method: str, type_: str) -> bool:
        meant = {"POST": "create", "PUT": "update"}.get(method)
        return meant is None or (bool(type_) and type_ in self.takes[meant])

    def _statement(self) -> Resource:
        if not self.states_truly:
            return {"resourceType": "OperationOutcome"}
        said = [
            {"type": t, "interaction": [{"code": i} for i, ts in self.takes.items() if t in ts]}
            for t in WRITTEN
        ]
        return {"resourceType": "CapabilityStatement", "rest": [{"resource": said}]}

    def all(self, type_: str) -> list[Resource]:
        return [kept.resource for kept in self.rows.search(type_).matches]


STORE = "https://app.example/fhir"
MRN = {"type": {"coding": [{"system": names.IDENTIFIER_TYPE, "code": "MR"}]}, "value": "M-1"}


@pytest.fixture
def played(tmp_path: Path) -> PlayedEhr:
    """An EHR with patient p1 (record number M-1), a condition and an encounter."""
    ehr = PlayedEhr(tmp_path / "ehr.sqlite3")
    subject = {"reference": "Patient/p1"}
    encounter = {"resourceType": "Encounter", "id": "e1", "status": "in-progress"}
    ehr.rows.update({"resourceType": "Patient", "id": "p1", "identifier": [MRN]})
    ehr.rows.update({**encounter, "class": {"code": "VR"}, "subject": subject})
    ehr.rows.update({"resourceType": "Condition", "id": "c1", "subject": subject})
    return ehr


@pytest.fixture
def kept_apart(tmp_path: Path) -> PlayedEhr:
    """The program's store, which takes everything."""
    store = PlayedEhr(tmp_path / "store.sqlite3")
    store.rows = FhirStore(tmp_path / "store.sqlite3", base=STORE)
    return store


@pytest.fixture
def program_store(kept_apart: PlayedEhr) -> ProgramStore:
    return ProgramStore(STORE, lambda: InProcess(STORE, lambda *asked: kept_apart.answer(*asked)))


@pytest.fixture
def refusals(tmp_path: Path) -> SqliteRefusals:
    return SqliteRefusals(tmp_path / "refusals.sqlite3", lambda: NOW)


@pytest.fixture
def open_at(
    played: PlayedEhr, program_store: ProgramStore, refusals: SqliteRefusals, content: Content
) -> Callable[..., Chart]:
    """Opens a chart of p1 over both places, under a profile, as one page of one launch would."""

    def open_(
        ehr: str = NATIVE,
        granted: tuple[str, ...] = (),
        picks: Picks | None = None,
        user: str = "Practitioner/d1",
        **wishes: Wish,
    ) -> Chart:
        client = EhrClient(InProcess(BASE, played.answer), BASE, patient="p1")
        rules = Rules(profiles()[ehr], wishes, program_store, refusals, picks, user)
        return Chart(
            client,
            "p1",
            author="Practitioner/d1",
            author_name="Dana Coach",
            encounter="e1",
            now=lambda: NOW,
            content=content,
            rules=rules,
            granted=granted,
        )

    return open_


@pytest.fixture
def flags(content: Content) -> dict[str, bool]:
    return {flag.code: False for flag in content.program.red_flags}


@pytest.fixture
def whole_program(
    open_at: Callable[..., Chart],
    enrollment: Enrollment,
    flags: dict[str, bool],
    walk: Goal,
    content: Content,
) -> Callable[..., Chart]:
    """Enroll, set a goal, assess, mark progress, complete: each on a page of its own."""
    peg = content.instruments["peg"]
    response = Response(peg, {item.link_id: 4 for item in peg.items})
    reason = next(r.code for r in content.program.exit_reasons if r.ends == "completed")

    def run(ehr: str = NATIVE, **wishes: Wish) -> Chart:
        def page() -> Chart:
            return open_at(ehr, **wishes)

        kept = enrollments.enroll(page(), enrollment, flags, UUID(int=1))
        goal = goals.add(page(), walk, kept, UUID(int=2))
        scores = score(response)
        assessments.add(page(), Occasion.BASELINE, None, [response], scores, kept, UUID(int=3))
        day, met = date(2026, 11, 30), Achievement.ACHIEVED
        marked = replace(goal.thing, achievement=met, achieved_on=day, closed=True)
        goals.save_change(page(), goal, marked, UUID(int=4))
        now = enrollments.read(page(), kept.id)
        left = Exit(date(2026, 12, 1), reason, "Went well")
        ended = replace(now.thing, status=EnrollmentStatus.COMPLETED, exit=left)
        enrollments.save_change(page(), now, ended, UUID(int=5))
        return page()

    return run


@pytest.fixture
def seen() -> Callable[[Chart], tuple[Enrollment, Goal, tuple[Score, ...]]]:
    """What a person sees of a whole program, which is there once and tied together."""

    def see(chart: Chart) -> tuple[Enrollment, Goal, tuple[Score, ...]]:
        record = chart.open()
        (enrolled,), (goal,), (assessed,) = record.enrollments, record.goals, record.assessments
        assert record.unread == ()
        assert assessments.belongs(chart, assessed, enrolled)
        assert chart.names(enrolled.resource["goal"][0], goal.reference)
        assert enrolled.thing.coach.name == "Dana Coach"
        return enrolled.thing, goal.thing, assessed.scores

    return see
