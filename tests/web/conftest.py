"""A working world for the pages: a FHIR server on loopback, the real app, and browsers at it.

Server and app live for the whole run; every test has patients of its own and breaks one thing.
"""

import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from html import unescape
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlsplit

import pytest
from cryptography.fernet import Fernet
from flask import Flask, request
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import ECKey
from werkzeug import Request, Response

from smartapp import errors
from smartapp.app import create_app
from smartapp.config import Config, Site, Where
from smartapp.content import load
from smartapp.fhir import capabilities, wire
from smartapp.fhir.refusals import SqliteRefusals
from smartapp.launch import context
from smartapp.launch.isolation import COOKIE
from smartapp.sandbox.faults import cut
from smartapp.sandbox.serving import Server
from smartapp.store.rest import answer
from smartapp.store.storage import FhirStore
from smartapp.web import progress

APP = "https://app.example"
MORNING = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
SCOPE = "openid fhirUser launch patient/*.cruds user/*.cruds"
SNOMED = "http://snomed.info/sct"
IDENTIFIER_TYPE = "http://terminology.hl7.org/CodeSystem/v2-0203"


OURS = ["CarePlan", "CareTeam", "Goal", "QuestionnaireResponse", "Observation", "DocumentReference"]
SET = {
    "Apart": {"Goal": Where.STORE, "DocumentReference": Where.STORE},
    "Copied": {"Goal": Where.BOTH},
    "Settled": dict.fromkeys(OURS, Where.EHR),
}
"""Sites at the same EHR, by what their administrator has set."""


class Ehr:
    """A FHIR server with a sign-in beside it; a test makes its manners worse, one by one."""

    def __init__(self, folder):
        self.folder = folder
        self.server = Server(0)
        self.origin = f"http://127.0.0.1:{self.server.port}"
        self.base = f"{self.origin}/fhir"
        self.store = FhirStore(folder / "ehr.sqlite3", base=self.base)
        self.key = ECKey.generate_key("P-256", {"kid": "one", "alg": "ES256", "use": "sig"})
        self.behave()
        self.server.serve(Request.application(self._answer))

    def behave(self):
        """Answer as an EHR should, until the test says otherwise."""
        self.is_down = False
        self.failing = self.dropping = 0
        self.failing_with = 500
        self.delay = 0.0
        self.lets_answer = threading.Barrier(1)
        self.lets_write = threading.Event()
        self.lets_write.set()
        self.stray = []
        self.until, self.trouble = None, 0
        self.refused = {}
        self.log = []
        self.granted = {"patient": "nobody", "scope": SCOPE, "expires_in": 3600}
        self.claims = {}
        self.style = b'{"color_highlight": "#1a3e8c"}'
        self.asked = {}

    def after(self, passed, trouble):
        """Take so many creates, then answer all others with a status, or cut them off ("cut")."""
        self.until, self.trouble = passed, trouble

    def create(self, type_, **elements):
        """Keep a resource as the EHR's own doing; its id."""
        return self.store.create({"resourceType": type_, **elements})[0].id

    def change(self, type_, id_, **elements):
        """Change a resource behind the app's back."""
        kept = wire.decode(self.store.read(type_, id_).body)
        self.store.update(kept | elements)

    def kept(self, type_, patient, **more):
        """Every resource of the type that is about the patient."""
        found = self.store.search(type_, {"patient": f"Patient/{patient}", **more})
        return [wire.decode(kept.body) for kept in found.matches]

    def _answer(self, asked):
        self.log.append((asked.method, asked.full_path))
        time.sleep(self.delay)
        self.lets_answer.wait(60)
        if asked.method != "GET":
            self.lets_write.wait(60)
        return self._fhir(asked) if asked.path.startswith("/fhir") else self._other(asked)

    def _fhir(self, asked):
        path = asked.path.removeprefix("/fhir").strip("/")
        is_write = asked.method != "GET"
        if self.is_down:
            return self._cut(asked)
        if path.startswith(".well-known"):
            return self._json(self._configuration())
        if is_write and self.failing:
            self.failing -= 1
            return Response(status=self.failing_with)
        if (asked.method, path.split("/")[0]) in self.refused:
            return Response(status=self.refused[asked.method, path.split("/")[0]])
        if asked.method == "POST" and self._is_over():
            return self._cut(asked) if self.trouble == "cut" else Response(status=self.trouble)
        return self._done(asked, path)

    def _is_over(self):
        """Count a create; whether it is one after those that shall be taken."""
        self.until = None if self.until is None else self.until - 1
        return self.until is not None and self.until < 0

    def _done(self, asked, path):
        query, body = asked.query_string.decode("latin-1"), asked.get_data()
        told = answer(self.store, asked.method, path, query, dict(asked.headers), body)
        if asked.method != "GET" and self.dropping:
            self.dropping -= 1
            return self._cut(asked)
        return Response(self._mixed(path, told.body), told.status, told.headers)

    def _cut(self, asked):
        cut(asked.environ)
        return Response()

    def _mixed(self, path, body):
        """Put another patient's resources into a search for their type."""
        mine = [{"resource": r} for r in self.stray if r["resourceType"] == path]
        if not mine:
            return body
        bundle = wire.decode(body)
        return wire.encode(bundle | {"entry": [*bundle.get("entry", []), *mine]})

    def _other(self, asked):
        if asked.path == "/style.json":
            return Response(self.style, mimetype="application/json")
        if asked.path == "/jwks":
            return self._json({"keys": [self.key.as_dict(private=False)]})
        if asked.path == "/token":
            tokens = {"access_token": "access-secret", "token_type": "Bearer"}
            return self._json({**tokens, "id_token": self.id_token(), **self.granted})
        return Response(status=200 if asked.path == "/revoke" else 404)

    def _configuration(self):
        ends = {"authorization_endpoint": "authorize", "token_endpoint": "token"}
        ends |= {"jwks_uri": "jwks", "revocation_endpoint": "revoke"}
        found = {name: f"{self.origin}/{place}" for name, place in ends.items()}
        return {"issuer": self.origin, "capabilities": ["launch-ehr", "permission-v2"], **found}

    def id_token(self):
        now = int(MORNING.timestamp())
        claims = {"iss": self.origin, "aud": "our-client", "sub": "u", "iat": now, "exp": now + 300}
        claims |= {"nonce": self.asked.get("nonce"), "fhirUser": "Practitioner/unknown"}
        return jwt.encode({"alg": "ES256", "kid": "one"}, claims | self.claims, self.key)

    def _json(self, body):
        return Response(json.dumps(body), mimetype="application/json")


class Clock:
    """The time everybody agrees on."""

    time = MORNING

    def __call__(self):
        return self.time

    def forward(self, **span):
        self.time += timedelta(**span)


class Fields(HTMLParser):
    """The main form of a page as a browser would send it, and every value it offers."""

    def __init__(self, page):
        super().__init__()
        self.action, self.values, self.offered = "", {}, {}
        self._name, self._text = "", None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "form":
            self.action, self.values, self.offered = given["action"], {}, {}
        elif tag == "input":
            self._input(given)
        elif tag == "option":
            self._option(given)
        elif tag in ("select", "textarea"):
            self._name, self._text = given["name"], "" if tag == "textarea" else None
            self.values[self._name] = ""

    def _input(self, given):
        name, kind, value = given.get("name", ""), given.get("type", "text"), given.get("value", "")
        self.offered.setdefault(name, []).append(value)
        if name == "shown":
            self.values.setdefault(name, []).append(value)
        elif kind not in ("radio", "checkbox") or "checked" in given:
            self.values[name] = value

    def _option(self, given):
        offered = self.offered.setdefault(self._name, [])
        if "selected" in given or not offered:
            self.values[self._name] = given.get("value", "")
        offered.append(given.get("value", ""))

    def handle_data(self, data):
        if self._text is not None:
            self._text += data

    def handle_endtag(self, tag):
        if tag == "textarea":
            self.values[self._name], self._text = self._text.removeprefix("\n"), None


@dataclass
class Coach:
    """Somebody at work in one launch: opens its pages, fills in and sends their forms."""

    http: FlaskClient
    handle: str
    patient: str

    @property
    def home(self):
        return f"/launches/{self.handle}/"

    def get(self, place=""):
        """The answer to a page of this launch, as it is."""
        return self.http.get(self.home + place, base_url=APP)

    def see(self, place=""):
        """The text of a page that is there."""
        answered = self.get(place)
        assert answered.status_code == 200, answered.text
        return unescape(answered.text)

    def open(self, place):
        """The form of a page."""
        return self.form(self.get(place))

    def form(self, answered):
        """The form in an answer."""
        return Fields(answered.text)

    def post(self, action, **values):
        """Send anything to any address of the app, as a page of this launch would."""
        values = {name: value for name, value in values.items() if value is not None}
        headers = {"Referer": APP + self.home}
        return self.http.post(action, base_url=APP, data=values, headers=headers)

    def send(self, form, **typed):
        """Send an opened form; None leaves a field out."""
        return self.post(form.action, **form.values | typed)

    def fill(self, place, **typed):
        """Open a form, type into it, and send it."""
        return self.send(self.open(place), **typed)

    def enroll(self, **typed):
        """The enrollment form as it is meant to be filled in."""
        form = self.form(self.fill("enrollment/new", supervisor_search="Thorn", find="any"))
        usual = {"red_flags_checked": "yes", "consent": "yes"}
        usual["supervisor"] = form.offered["supervisor"][0]
        return self.send(form, **usual | typed)

    def add_goal(self, text="Walk to the shop", **typed):
        """The goal form as it is meant to be filled in."""
        usual = {"text": text, "due": "2027-01-04", "importance": "8", "confidence": "6"}
        return self.fill("goals/new", **usual | typed)

    def start(self, *slugs, **typed):
        """Start an assessment with these instruments, or all; the answer, on its way to a page."""
        form = self.open("assessments/new")
        left_out = [n for n in form.values if n.startswith("ask.") and n[4:] not in slugs]
        asked = {f"ask.{slug}": "yes" for slug in slugs}
        return self.send(form, **dict.fromkeys(left_out if slugs else ()), **asked, **typed)

    def follow(self, answered):
        """The page an answer leads to."""
        while answered.status_code == 303:
            answered = self.http.get(answered.location, base_url=APP)
        return answered

    def answer(self, answered, number=None, go="next", **typed):
        """Fill in the questionnaire an answer leads to: one number everywhere, or field by field.

        Fields are named by their link ids; None leaves one out.
        """
        form = self.form(self.follow(answered))
        every = (
            {n: number for n in form.offered if n.startswith("q/")} if number is not None else {}
        )
        given = every | {f"q/{name}": text for name, text in typed.items()}
        told = {name: text if text is None else str(text) for name, text in given.items()}
        return self.send(form, **told, go=go)

    def submit(self, answered, **typed):
        """Submit what the review page shows that an answer leads to."""
        return self.send(self.form(self.follow(answered)), **typed)

    def fill_in(self, peg=None, pseq=None, peg_but=None, pseq_but=None, **typed):
        """Start an assessment and answer its questionnaires; the answer that leads to the review.

        ``peg``, ``pseq``: the number at every question, ``..._but``: what differs.
        """
        given = {"peg": (peg, peg_but), "pseq": (pseq, pseq_but)}
        given = {slug: one for slug, one in given.items() if one != (None, None)}
        answered = self.start(*given, **typed)
        for number, but in given.values() if answered.status_code == 303 else ():
            answered = self.answer(answered, number, **(but or {}))
        return answered

    def assess(self, *numbers, **typed):
        """A whole assessment, up to the answer to its submission, or to what was refused."""
        answered = self.fill_in(*numbers, **typed)
        return self.submit(answered) if answered.status_code == 303 else answered


@dataclass
class Clinic:
    """The app at work with one EHR, and the ways into it."""

    app: Flask
    ehr: Ehr
    clock: Clock
    content: object
    config: Config

    @property
    def store(self):
        """Where the app keeps its launches."""
        return self.app.session_interface.store

    def browser(self):
        return self.app.test_client()

    def coach(self, patient, http=None, **launch):
        """A launch for this patient that is already open in a browser."""
        http, handle, secret = http or self.browser(), secrets.token_urlsafe(16), "cookie-secret"
        within = {k: launch.pop(k) for k in tuple(launch) if k in context.Context.__annotations__}
        made = context.Launch(
            handle=handle,
            site="Clinic",
            issuer=self.ehr.origin,
            fhir_base=self.ehr.base,
            context=context.Context(patient, **within),
            server=context.Server(self.ehr.origin, f"{self.ehr.origin}/token"),
            tokens=context.Tokens("access-secret"),
            created=self.clock(),
            expires=self.clock() + timedelta(hours=12),
            user_name="Dana Coach",
        )
        self.store.keep(replace(made, **launch), secret)
        http.set_cookie(COOKIE + handle, secret, domain="app.example", secure=True)
        return Coach(http, handle, patient)

    def begin(self, http, issuer=None):
        """Go to the launch address as the EHR would; what the EHR is then asked."""
        query = {"iss": issuer or self.ehr.base, "launch": "opaque"}
        sent = http.get("/launch", base_url=APP, query_string=query)
        self.ehr.asked = dict(parse_qsl(urlsplit(sent.location or "").query))
        return sent

    def beside(self, coach):
        """The same launch in a second window of the same browser, for sending at the same time."""
        http, name = self.browser(), COOKIE + coach.handle
        kept = coach.http.get_cookie(name, domain="app.example")
        http.set_cookie(name, kept.value, domain="app.example", secure=True)
        return Coach(http, coach.handle, coach.patient)

    def enter(self, http, patient):
        """The whole way in, through the EHR's sign-in."""
        self.ehr.granted["patient"] = patient
        self.begin(http)
        arrived = self.back(http)
        assert arrived.status_code == 303, arrived.text
        return Coach(http, arrived.location.split("/")[2], patient)

    def back(self, http, **answer):
        """Come back from the EHR's sign-in; a value of None is left out."""
        answer = {"code": "code", "state": self.ehr.asked.get("state")} | answer
        kept = {name: value for name, value in answer.items() if value is not None}
        return http.get("/callback", base_url=APP, query_string=kept)


def _broken(handle):
    """A page with a fault of ours in it: its message carries what was typed."""
    raise RuntimeError(request.form["text"])


def _raising(name):
    raise getattr(errors, name)()


@pytest.fixture(scope="session")
def content():
    return load()


@pytest.fixture(scope="session")
def _clinic(tmp_path_factory, content):
    folder = tmp_path_factory.mktemp("clinic")
    ehr, clock = Ehr(folder), Clock()
    sites = (
        Site("Clinic", ehr.base, "our-client", frame_ancestors=("https://ehr.example",)),
        Site("Second", f"{ehr.origin}/none", "c2", frame_ancestors=("https://second.example",)),
        *(Site(name, ehr.base, "our-client", writes=writes) for name, writes in SET.items()),
    )
    config = Config(APP, folder, sites, (Fernet.generate_key(),))
    app = create_app(config, content, clock)
    app.add_url_rule("/launches/<handle>/broken", view_func=_broken, methods=["POST"])
    app.add_url_rule("/raising/<name>", view_func=_raising)
    yield Clinic(app, ehr, clock, content, config)
    ehr.server.stop()
    ehr.store.close()


@pytest.fixture
def clinic(_clinic):
    """The whole world, well behaved, on the morning of 23 November 2026."""
    capabilities.forget()
    _clinic.ehr.behave()
    _clinic.app.extensions.pop(progress.EXTENSION, None)
    SqliteRefusals(_clinic.ehr.folder / "refusals.sqlite3").forget(_clinic.ehr.base)
    _clinic.clock.time = MORNING
    return _clinic


@pytest.fixture
def ehr(clinic):
    return clinic.ehr


@pytest.fixture(scope="session")
def staff(_clinic):
    """The ids of the coach and of two supervisors, by given name."""
    names = {"Dana": "Coach", "Sam": "Thornfield", "Sue": "Thornberry"}
    return {
        given: _clinic.ehr.create("Practitioner", name=[{"given": [given], "family": family}])
        for given, family in names.items()
    }


@pytest.fixture
def new_patient(ehr):
    """Make a patient with two problems; the id."""

    def make(given="Ada", family="Quillfeather"):
        names = [{"given": [given], "family": family}]
        kind = {"coding": [{"system": IDENTIFIER_TYPE, "code": "MR"}]}
        mrn = {"type": kind, "value": "MRN-4711"}
        about = {"gender": "female", "birthDate": "1961-04-12", "identifier": [mrn]}
        patient = ehr.create("Patient", name=names, **about)
        for code, text in (("38341003", "Hypertension"), ("82423001", "Chronic back pain")):
            coded = {"coding": [{"system": SNOMED, "code": code}], "text": text}
            ehr.create("Condition", code=coded, subject={"reference": f"Patient/{patient}"})
        return patient

    return make


@pytest.fixture
def patient(new_patient):
    return new_patient()


@pytest.fixture
def new_coach(clinic, staff) -> Callable[..., Coach]:
    """Open a launch for a patient, by Dana Coach unless said otherwise."""

    def make(patient, http=None, **launch):
        return clinic.coach(patient, http, **{"user": f"Practitioner/{staff['Dana']}"} | launch)

    return make


@pytest.fixture
def coach(new_coach, patient):
    """Dana Coach, in the chart of Ada Quillfeather."""
    return new_coach(patient)
