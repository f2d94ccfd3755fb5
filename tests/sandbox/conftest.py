"""A world with a sandbox EHR, a client that talks to it over Flask's test client, and a FHIR server
of the lenient kind: it assigns ids and ignores every search parameter."""

import base64
import hashlib
import itertools
import json
import re
import secrets
import shutil
from dataclasses import replace
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from smartapp.sandbox.clients import Client, demo_clients
from smartapp.sandbox.ehr import create_ehr
from smartapp.sandbox.faults import Faults
from smartapp.sandbox.serving import Server
from smartapp.sandbox.settings import EhrSettings

BASE = "http://localhost:8001"
FHIR = f"{BASE}/fhir"
CALLBACK = "http://127.0.0.1:8000/callback"
SCOPES = (
    "openid fhirUser launch offline_access patient/Patient.rs patient/Goal.cruds "
    "patient/Condition.rs patient/Provenance.cruds user/Practitioner.rs"
)
VERIFIER = "v" * 50
TODAY = date(2026, 11, 2)


class Clock:
    def __init__(self):
        self.now = 1_800_000_000.0

    def __call__(self):
        return self.now


def s256(verifier):
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


class Person:
    """A browser at the sandbox and an app behind it."""

    def __init__(self, app):
        self.app, self.browser, self.machine = app, app.test_client(), app.test_client()
        self.ehr = app.extensions["sandbox"]

    def csrf(self, path="/sign-in"):
        page = self.browser.get(path).get_data(as_text=True)
        return re.search(r'name="csrf_token" value="([^"]+)"', page)[1]

    def post(self, path, **form):
        return self.browser.post(path, data={"csrf_token": self.csrf(), **form}, base_url=BASE)

    def sign_in(self, clinician="coach-1"):
        return self.post("/sign-in", clinician=clinician)

    def launch_token(self, patient="p01", user="coach-1", **options):
        url = self.ehr.launch_url(patient, user, **options)
        return parse_qs(urlsplit(url).query)["launch"][0]

    def query(self, client="gsh-public", **changes):
        query = {
            "response_type": "code",
            "client_id": client,
            "redirect_uri": CALLBACK,
            "scope": SCOPES,
            "state": "s" * 22,
            "aud": FHIR,
            "launch": None,
            "nonce": "n-1",
            "code_challenge": s256(VERIFIER),
            "code_challenge_method": "S256",
        } | changes
        if "launch" not in changes:
            query["launch"] = self.launch_token()
        return {name: value for name, value in query.items() if value is not None}

    def authorize(self, client="gsh-public", **changes):
        return self.browser.get("/authorize", query_string=self.query(client, **changes))

    def answer(self, client="gsh-public", **changes):
        response = self.authorize(client, **changes)
        assert response.status_code == 302, response.get_data(as_text=True)
        return self.answered(response)

    @staticmethod
    def answered(response):
        query = parse_qs(urlsplit(response.location).query)
        return {name: values[0] for name, values in query.items()}

    def decide(self, query, **form):
        page = self.browser.get("/authorize", query_string=query).get_data(as_text=True)
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
        return self.browser.post(
            "/authorize/decision", query_string=query, data={"csrf_token": token, **form}
        )

    @staticmethod
    def basic(client="gsh-secret", secret="the secret"):
        pair = base64.b64encode(f"{client}:{secret}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}

    def alive(self, tokens):
        return self.fhir(tokens["access_token"], path="Patient/p01").status_code == 200

    def refreshed(self, refresh_token, **form):
        form = {"grant_type": "refresh_token", "client_id": "gsh-public", **form}
        return self.token(form | {"refresh_token": refresh_token})

    def token(self, form, **headers):
        return self.machine.post("/token", data=form, headers=headers, base_url=BASE)

    def code_form(self, code, **changes):
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "client_id": "gsh-public",
            "code_verifier": VERIFIER,
        } | changes
        return {name: value for name, value in form.items() if value is not None}

    def tokens(self, **changes):
        response = self.token(self.code_form(self.answer(**changes)["code"]))
        assert response.status_code == 200, response.get_data(as_text=True)
        return response.get_json()

    def fhir(self, token, method="GET", path="", body=None, **options):
        headers = {"Authorization": f"Bearer {token}"} | options.pop("headers", {})
        if body is not None:
            headers["Content-Type"] = "application/fhir+json"
        data = json.dumps(body) if isinstance(body, dict) else body
        return self.machine.open(
            f"/fhir/{path}", method=method, data=data, headers=headers, base_url=BASE, **options
        )


class Signer:
    """A client's key pair and the assertions it signs."""

    def __init__(self):
        self.rsa = RSAKey.generate_key(2048, {"kid": "k1"})
        self.curve = ECKey.generate_key("P-384", {"kid": "k2", "alg": "ES384"})

    def jwks(self):
        return KeySet([self.rsa, self.curve]).as_dict(private=False)

    def assertion(self, now, alg="RS384", kid="k1", life=240, **claims):
        body = {
            "iss": "gsh-private-key",
            "sub": "gsh-private-key",
            "aud": f"{BASE}/token",
            "exp": int(now) + life,
            "jti": secrets.token_hex(8),
        } | claims
        key = self.curve if alg == "ES384" else self.rsa
        header = {"alg": alg, "typ": "JWT", "kid": kid}
        return jwt.encode(header, body, key, algorithms=["RS256", "RS384", "ES384"])


class Lenient:
    """A FHIR server that assigns ids and ignores every search parameter."""

    def __init__(self):
        self.kept, self.numbers, self.asked = {}, itertools.count(1), []

    def __call__(self, environ, start_response):
        method, path = (
            environ["REQUEST_METHOD"],
            environ["PATH_INFO"].removeprefix("/r4").strip("/"),
        )
        self.asked.append((method, path, environ["QUERY_STRING"]))
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length) if length else b""
        base = f"http://{environ['HTTP_HOST']}/r4"
        status, headers, resource = self.done(method, path, body, base)
        start_response(status, [("Content-Type", "application/fhir+json"), *headers])
        return [json.dumps(resource).encode()]

    def done(self, method, path, body, base):
        if path == "metadata":
            return (
                "200 OK",
                [],
                {"resourceType": "CapabilityStatement", "rest": [{"mode": "server"}]},
            )
        if method == "POST":
            resource = json.loads(body) | {"id": f"srv{next(self.numbers)}"}
            place = f"{path}/{resource['id']}"
            self.kept[place] = resource
            return "201 Created", [("Location", f"{base}/{place}/_history/1")], resource
        if method == "GET" and path in self.kept:
            return "200 OK", [], self.kept[path]
        if method == "GET" and "/" not in path:
            return "200 OK", [], self.everything(path, base)
        return "404 Not Found", [], {"resourceType": "OperationOutcome", "issue": []}

    def everything(self, kind, base):
        found = [
            one for place, one in self.kept.items() if place.startswith(f"{kind}/" if kind else "")
        ]
        entries = [{"fullUrl": f"{base}/{kind}/{one['id']}", "resource": one} for one in found]
        return {
            "resourceType": "Bundle",
            "type": "searchset",
            "total": len(found),
            "entry": entries,
        }


@pytest.fixture(scope="session")
def signer():
    return Signer()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def faults():
    return Faults()


@pytest.fixture
def clients():
    asking = Client(
        "asking", "Asking app", (CALLBACK,), "http://127.0.0.1:8000/launch", auto_approve=False
    )
    curve = Client(
        "curve", "Curve app", (CALLBACK,), "http://127.0.0.1:8000/launch", id_token_alg="ES384"
    )
    return (*demo_clients("http://127.0.0.1:8000", "the secret"), asking, curve)


@pytest.fixture(scope="session")
def seeded(tmp_path_factory):
    """A data folder with keys and patients, made once and copied for every test."""
    folder = tmp_path_factory.mktemp("sandbox") / "ehr"
    create_ehr(EhrSettings(folder, today=TODAY)).extensions["sandbox"].close()
    return folder


@pytest.fixture
def settings(tmp_path, seeded, clients, clock, faults):
    data = shutil.copytree(seeded, tmp_path / "ehr")
    return EhrSettings(data, clients=clients, clock=clock, faults=faults, today=TODAY)


@pytest.fixture
def ehr(settings):
    app = create_ehr(settings)
    yield app
    app.extensions["sandbox"].close()


@pytest.fixture
def person(ehr):
    """A signed-in coach."""
    person = Person(ehr)
    person.sign_in()
    return person


@pytest.fixture
def person_at(settings):
    """Signs a coach in at an EHR with changed settings."""
    opened = []

    def make(**changes):
        opened.append(create_ehr(replace(settings, **changes)))
        person = Person(opened[-1])
        person.sign_in()
        return person

    yield make
    for app in opened:
        app.extensions["sandbox"].close()


@pytest.fixture
def stranger(ehr):
    """A browser nobody is signed in to."""
    return Person(ehr)


@pytest.fixture
def goal():
    """Makes a Goal of a patient."""

    def make(patient="p01", **changes):
        return {
            "resourceType": "Goal",
            "lifecycleStatus": "active",
            "description": {"text": "Walk to the lake"},
            "subject": {"reference": f"Patient/{patient}"},
        } | changes

    return make


@pytest.fixture
def lenient():
    server, upstream = Server(0), Lenient()
    server.serve(upstream)
    upstream.url = f"http://127.0.0.1:{server.port}/r4"
    yield upstream
    server.stop()
