"""A working launch: one EHR on a faked wire, one app with our blueprint, a clock that can be set.

Each test breaks one thing in it.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qsl, urlsplit

import pytest
import responses
from cryptography.fernet import Fernet
from flask import Flask, request, session
from flask_wtf import CSRFProtect
from flask_wtf.csrf import generate_csrf
from jinja2 import ChoiceLoader, DictLoader, FileSystemLoader
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from smartapp.config import ClientAuth, Config, Site
from smartapp.errors import LaunchError
from smartapp.launch import keys
from smartapp.launch.isolation import COOKIE, LaunchSessions
from smartapp.launch.launches import Launches
from smartapp.launch.views import blueprint

EHR = "https://ehr.example/fhir"
AS = "https://auth.example"
APP = "https://app.example"


@pytest.fixture(scope="session")
def issuer_key():
    return RSAKey.generate_key(2048, {"kid": "one", "alg": "RS256", "use": "sig"})


@pytest.fixture(scope="session")
def other_key():
    return ECKey.generate_key("P-256", {"kid": "two", "alg": "ES256", "use": "sig"})


@pytest.fixture(scope="session")
def key_folder(tmp_path_factory):
    """A folder with an RS384 and an ES384 key."""
    folder = tmp_path_factory.mktemp("keys")
    for alg in keys.ALGORITHMS:
        keys.make(folder, alg)
    return folder


class Clock:
    def __init__(self):
        self.time = datetime.now(UTC)

    def __call__(self):
        return self.time

    def forward(self, **span):
        self.time += timedelta(**span)


@pytest.fixture
def clock():
    return Clock()


class Ehr:
    """The EHR on the wire; a test changes one of its answers before it launches."""

    def __init__(self, wire, issuer_key, clock):
        self.wire, self.key, self.clock = wire, issuer_key, clock
        self.smart = {
            "issuer": AS,
            "authorization_endpoint": f"{AS}/authorize",
            "token_endpoint": f"{AS}/token",
            "revocation_endpoint": f"{AS}/revoke",
            "jwks_uri": f"{AS}/jwks",
            "capabilities": ["launch-ehr", "permission-v2", "permission-offline"],
        }
        self.jwks = [issuer_key.as_dict(private=False)]
        self.answer = {"patient": "patient-1", "expires_in": 3600, "scope": None}
        self.claims, self.header = {}, {"alg": "RS256", "kid": "one"}
        self.asked, self.token_requests, self.refusal = {}, [], None
        self._serve()

    def _serve(self):
        base = f"{EHR}/.well-known/smart-configuration"
        self.wire.add_callback("GET", base, lambda _: self._json(self.smart))
        self.wire.add_callback("GET", f"{AS}/jwks", lambda _: self._json({"keys": self.jwks}))
        self.wire.add_callback("POST", f"{AS}/token", self._token)
        self.wire.post(f"{AS}/revoke", status=200)

    def _json(self, body, status=200):
        return status, {"Content-Type": "application/json"}, json.dumps(body)

    def _token(self, sent):
        self.token_requests.append(dict(parse_qsl(sent.body)) | {"headers": sent.headers})
        if self.refusal:
            return self._json(*self.refusal)
        number = len(self.token_requests)
        body = {
            "access_token": f"access-{number}",
            "refresh_token": f"refresh-{number}",
            "token_type": "Bearer",
            "id_token": self.id_token(),
            **self.answer,
        }
        return self._json({k: v for k, v in body.items() if v is not None})

    def id_token(self):
        now = int(self.clock().timestamp())
        claims = {
            "iss": AS,
            "aud": "our-client",
            "sub": "u",
            "iat": now,
            "exp": now + 300,
            "nonce": self.asked.get("nonce"),
            "fhirUser": "Practitioner/7",
            "name": "Ada Coach",
            **self.claims,
        }
        kept = {k: v for k, v in claims.items() if v is not None}
        return jwt.encode(self.header, kept, self.key, algorithms=[self.header["alg"]])


@pytest.fixture
def wire():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mocked:
        yield mocked


@pytest.fixture
def ehr(wire, issuer_key, clock):
    return Ehr(wire, issuer_key, clock)


@pytest.fixture
def site(key_folder):
    """A private-key site; tests replace what they are about."""
    return Site("Clinic", EHR, "our-client", ClientAuth.PRIVATE_KEY, key_folder=key_folder)


@pytest.fixture
def sites(site):
    return (site,)


@pytest.fixture
def config(tmp_path, sites):
    return Config(APP, tmp_path / "data", sites, (Fernet.generate_key(),))


@pytest.fixture
def launches(config, clock):
    return Launches.of(config, clock)


BASE = "<title>{% block title %}{% endblock %}</title>{% block main %}{% endblock %}"


@pytest.fixture
def app(config, launches):
    """A real Flask app with our blueprint, our sessions, CSRF, and a page of the launch."""
    app = Flask("smartapp")
    real = FileSystemLoader(Path(app.root_path) / "web" / "templates")
    app.jinja_loader = ChoiceLoader([DictLoader({"base.html": BASE}), real])
    app.config.update(SECRET_KEY=config.form_key, WTF_CSRF_TIME_LIMIT=None)
    app.session_interface = LaunchSessions(launches.store)
    CSRFProtect(app)
    app.register_blueprint(blueprint(launches))
    app.register_error_handler(LaunchError, lambda error: (error.code, 400))

    @app.route("/launches/<handle>/", methods=["GET", "POST"])
    def page(handle):
        launch = launches.open(request, handle)
        session.setdefault("seen", launch.patient_id)
        return {"patient": launch.patient_id, "seen": session["seen"], "csrf": generate_csrf()}

    @app.after_request
    def afterwards(response):
        for happen in app.extensions.setdefault("meanwhile", []):
            happen()
        return response

    return app


@pytest.fixture
def meanwhile(app):
    """What happens between a page and the saving of its form session."""
    return app.extensions.setdefault("meanwhile", [])


class Browser:
    """A browser at our app, and the clinician's way through the EHR's sign-in."""

    def __init__(self, app, ehr):
        self.http, self.ehr = app.test_client(), ehr

    def get(self, path, **kwargs):
        return self.http.get(path, base_url=APP, **kwargs)

    def post(self, path, **form):
        referer = {"Referer": f"{APP}/"}
        return self.http.post(path, base_url=APP, data=form, headers=referer)

    def begin(self, path=f"/launch?iss={EHR}&launch=opaque-1"):
        """Go to the launch address; what the EHR's authorization endpoint is asked."""
        sent = self.get(path)
        self.ehr.asked = dict(parse_qsl(urlsplit(sent.location).query))
        return self.ehr.asked

    def answer(self, **answer):
        return self.get("/callback", query_string=answer)

    def launch(self, patient="patient-1"):
        """The whole way in; the address of the program page."""
        self.ehr.answer["patient"] = patient
        state = self.begin()["state"]
        arrived = self.answer(code="code-1", state=state)
        assert arrived.status_code == 303, arrived.text
        return arrived.location

    def cookies(self):
        return {key[2]: cookie.value for key, cookie in self.http._cookies.items()}

    def secret(self, home):
        return self.cookies()[COOKIE + home.split("/")[2]]


@pytest.fixture
def browser(app, ehr):
    return Browser(app, ehr)


@pytest.fixture
def another_browser(app, ehr):
    return Browser(app, ehr)


@pytest.fixture
def opened(browser, launches):
    """A finished launch, as the store keeps it."""
    home = browser.launch()
    return launches.store.read(home.split("/")[2])


@pytest.fixture
def addresses():
    """Where things are: the FHIR base, the authorization server, the app."""
    return SimpleNamespace(ehr=EHR, auth=AS, app=APP)
