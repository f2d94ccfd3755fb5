"""A working world: a store with two patients, two registered systems, and a clock that is set."""

import json
import shutil
import time
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from flask import Flask
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from smartapp.fhir import names
from smartapp.store.storage import FhirStore
from smartapp.systems import registered, views

BASE = "https://app.example"
FHIR = f"{BASE}/fhir"
TOKEN_URL = f"{BASE}/systems/token"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
RSA = RSAKey.generate_key(2048, {"kid": "r1", "use": "sig"})
CURVE = ECKey.generate_key("P-384", {"kid": "e1", "use": "sig"})
NUMBERS = count()


class Clock:
    """The moment it is; each reading of the store's is a millisecond after the last."""

    def __init__(self):
        self.time = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
        self.ticks = 0

    def __call__(self):
        return self.time

    def tick(self):
        self.ticks += 1
        return self.time + timedelta(milliseconds=self.ticks)

    def wait(self, **length):
        self.time += timedelta(**length)


class System:
    """A registered system: it signs assertions, gets tokens and asks."""

    def __init__(self, app, clock, client_id):
        self.http, self.clock, self.client_id = app.test_client(), clock, client_id
        self.headers = {}

    def claims(self, **changes):
        usual = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": TOKEN_URL,
            "exp": int(self.clock().timestamp()) + 240,
            "jti": f"jti-{next(NUMBERS)}",
        } | changes
        return {name: value for name, value in usual.items() if value is not None}

    def assertion(self, key=RSA, header=None, **changes):
        alg = "RS384" if key.key_type == "RSA" else "ES384"
        head = {"alg": alg, "kid": key.kid, "typ": "JWT"} | (header or {})
        head = {name: value for name, value in head.items() if value is not None}
        return jwt.encode(head, self.claims(**changes), key, algorithms=[head["alg"]])

    def token(self, scope="system/*.rs", assertion=None, **form):
        fields = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION,
            "client_assertion": assertion or self.assertion(),
            "scope": scope,
        } | form
        sent = {name: value for name, value in fields.items() if value is not None}
        return self.http.post("/systems/token", data=sent)

    def sign_in(self, scope="system/*.rs"):
        answer = self.token(scope)
        assert answer.status_code == 200, answer.get_json()
        self.headers = {"Authorization": f"Bearer {answer.get_json()['access_token']}"}
        return self

    def ask(self, path, method="GET", **options):
        headers = self.headers | options.pop("headers", {})
        return self.http.open(f"/fhir/{path}", method=method, headers=headers, **options)

    def start(self, path="$export", prefer="respond-async", **options):
        return self.ask(path, headers={"Prefer": prefer}, **options)

    def place(self, path="$export", **options):
        answer = self.start(path, **options)
        assert answer.status_code == 202, answer.get_data(as_text=True)
        return answer.headers["Content-Location"].removeprefix(f"{FHIR}/")

    def waited(self, place):
        end = time.monotonic() + 60
        while (answer := self.ask(place)).status_code == 202:
            assert time.monotonic() < end, "the export does not end"
            time.sleep(0.01)
        return answer

    def manifest(self, path="$export", **options):
        answer = self.waited(self.place(path, **options))
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.get_json()

    def lines(self, file):
        answer = self.ask(file["url"].removeprefix(f"{FHIR}/"))
        assert answer.status_code == 200
        return [json.loads(line) for line in answer.get_data().splitlines()]

    def exported(self, path="$export", section="output", **options):
        """Every reference of an export, sorted."""
        files = self.manifest(path, **options)[section]
        return sorted(
            f"{each['resourceType']}/{each['id']}" for file in files for each in self.lines(file)
        )


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(name="observation")
def make_observation():
    """Makes an Observation of a patient."""
    return observation


def observation(patient, id, **elements):
    return {
        "resourceType": "Observation",
        "id": id,
        "status": "final",
        "code": {"text": "PEG"},
        "subject": {"reference": f"Patient/{patient}"},
        **elements,
    }


def plan(patient, *categories, id="plan"):
    """A CarePlan of (system, code) categories."""
    codings = [{"system": system, "code": code} for system, code in categories]
    return {
        "resourceType": "CarePlan",
        "id": id,
        "status": "active",
        "intent": "plan",
        "category": [{"coding": codings}],
        "subject": {"reference": f"Patient/{patient}"},
    }


def provenance(target, id):
    who = {"reference": "Practitioner/kim"}
    return {
        "resourceType": "Provenance",
        "id": id,
        "target": [{"reference": target}],
        "recorded": "2026-11-23T09:00:00Z",
        "agent": [{"who": who}],
    }


@pytest.fixture(scope="session")
def seeded(tmp_path_factory):
    """Ada (enrolled) and Bo, a coach, an observation each, and who wrote it, in a file."""
    path = tmp_path_factory.mktemp("systems") / "store.sqlite3"
    store = FhirStore(path, base=FHIR, clock=Clock().tick, client_ids=True)
    for patient in ("ada", "bo"):
        name = [{"family": "Secretname"}]
        store.update({"resourceType": "Patient", "id": patient, "name": name})
        store.update(observation(patient, f"peg-{patient}"))
    store.update({"resourceType": "Practitioner", "id": "kim"})
    store.update(plan("ada", (names.PROGRAM_CATEGORY, names.PROGRAM)))
    nearly = [(names.PROGRAM_CATEGORY, "another"), ("https://other.example", names.PROGRAM)]
    store.update(plan("bo", *nearly, id="other"))
    store.update(provenance("CarePlan/plan/_history/1", "wrote-ada"))
    store.update(provenance(f"{FHIR}/Observation/peg-bo", "wrote-bo"))
    members = [{"entity": {"reference": "Patient/ada"}}]
    members.append({"entity": {"reference": "Patient/bo"}, "inactive": True})
    group = {"resourceType": "Group", "id": "mine", "type": "person", "actual": True}
    store.update(group | {"member": members})
    store.close()
    return path


@pytest.fixture
def world(seeded, tmp_path, clock):
    """The seeded store, the test's own."""
    path = shutil.copy(seeded, tmp_path / "store.sqlite3")
    clock.ticks = 100
    store = FhirStore(path, base=FHIR, clock=clock.tick, client_ids=True)
    yield store
    store.close()


@pytest.fixture
def jwks():
    """The public halves of the usual keys."""
    return KeySet([RSA, CURVE]).as_dict(private=False)


@pytest.fixture
def tables(jwks, tmp_path):
    """The ``[[systems]]`` tables of the sites file."""
    (tmp_path / "jwks.json").write_text(json.dumps(jwks))
    usual = {"jwks_file": "jwks.json", "requests_per_minute": 6000}
    return [
        usual | {"name": "Quality", "client_id": "quality", "scopes": ["system/*.rs"]},
        usual | {"name": "Scores", "client_id": "scores", "scopes": ["system/Observation.rs"]},
        usual | {"name": "Slow", "client_id": "slow", "scopes": ["system/*.read"]}
        | {"requests_per_minute": 3},
        usual | {"name": "Other", "client_id": "other", "scopes": ["system/*.read"]},
        {"name": "Far", "client_id": "far", "scopes": ["system/*.rs"]}
        | {"jwks_url": "https://far.example/jwks.json"},
    ]  # fmt: skip


@pytest.fixture
def serve(world, tables, tmp_path, clock):
    """Makes an app over the same files, as another process would."""
    apps = []

    def make():
        app = Flask("systems")
        clients = registered.read(tables, tmp_path)
        app.register_blueprint(views.blueprint(world, clients, tmp_path / "data", clock, BASE))
        apps.append(app)
        return app

    yield make
    for app in apps:
        app.extensions["systems"].runner.stop()


@pytest.fixture
def app(serve):
    return serve()


@pytest.fixture
def another_process(serve, clock):
    """Makes a system that talks to an app of another process."""
    return lambda client_id: System(serve(), clock, client_id)


@pytest.fixture(scope="session")
def keys():
    """The usual private keys: RSA and EC."""
    return RSA, CURVE


@pytest.fixture
def system(app, clock):
    """Makes a system; signed in when it is given scopes."""

    def make(client_id="quality", scope=None):
        made = System(app, clock, client_id)
        return made.sign_in(scope) if scope else made

    return make


@pytest.fixture
def quality(system):
    """A system that may read everything, signed in."""
    return system("quality", "system/*.rs")
