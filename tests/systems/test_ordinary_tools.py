"""Everything pulled with ordinary tools over HTTP, by following what the server itself says."""

import time
from datetime import UTC, datetime

import pytest
import requests
from flask import Flask
from joserfc import jwt

from smartapp.sandbox.serving import Server
from smartapp.store.storage import FhirStore
from smartapp.systems import registered, views

COUNTS = {"Patient": 40, "Observation": 360}


@pytest.fixture
def base(tmp_path, tables, observation):
    """The FHIR base of a server on this machine, with some hundred resources."""
    server = Server(0)
    public = f"http://127.0.0.1:{server.port}"
    store = FhirStore(tmp_path / "served.sqlite3", base=f"{public}/fhir", client_ids=True)
    store.transaction(
        {"resourceType": "Bundle", "type": "transaction", "entry": list(filled(observation))}
    )
    app = Flask("systems")
    clients = registered.read(tables, tmp_path)
    now = lambda: datetime.now(UTC)  # noqa: E731 - the clock on the wall
    app.register_blueprint(views.blueprint(store, clients, tmp_path / "served", now, public))
    server.serve(app)
    yield f"{public}/fhir"
    server.stop()
    app.extensions["systems"].runner.stop()
    store.close()


def filled(observation):
    for number in range(COUNTS["Patient"]):
        patient = {"resourceType": "Patient", "id": f"p{number}"}
        yield {"resource": patient, "request": {"method": "PUT", "url": f"Patient/p{number}"}}
        for other in range(9):
            score = observation(f"p{number}", f"o{number}-{other}")
            url = f"Observation/{score['id']}"
            yield {"resource": score, "request": {"method": "PUT", "url": url}}


@pytest.fixture
def session(base, keys):
    """A requests session with a token, got as discovery says."""
    session = requests.Session()
    session.trust_env = False
    url = session.get(f"{base}/.well-known/smart-configuration").json()["token_endpoint"]
    claims = {"iss": "quality", "sub": "quality", "aud": url, "jti": "j", "exp": time.time() + 60}
    header = {"alg": "RS384", "kid": "r1", "typ": "JWT"}
    form = {
        "grant_type": "client_credentials",
        "scope": "system/*.read",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": jwt.encode(header, claims, keys[0], algorithms=["RS384"]),
    }
    token = session.post(url, data=form).json()["access_token"]
    session.headers["Authorization"] = f"Bearer {token}"
    yield session
    session.close()


def test_search_pages_give_everything(base, session):
    found, url = [], f"{base}/Observation?_count=100"
    while url:
        bundle = session.get(url).json()
        found += [entry["resource"]["id"] for entry in bundle["entry"]]
        links = {link["relation"]: link["url"] for link in bundle["link"]}
        url = links.get("next")
    assert len(found) == len(set(found)) == bundle["total"] == COUNTS["Observation"]


def test_an_export_gives_everything(base, session):
    headers = {"Prefer": "respond-async", "Accept": "application/fhir+json"}
    started = session.get(f"{base}/$export", headers=headers)
    place = started.headers["Content-Location"]
    while (answer := session.get(place)).status_code == 202:
        time.sleep(0.05)
    lines = {
        file["type"]: session.get(file["url"]).text.splitlines() for file in answer.json()["output"]
    }
    assert {kind: len(found) for kind, found in lines.items()} == COUNTS
    totals = {kind: session.get(f"{base}/{kind}?_summary=count").json()["total"] for kind in lines}
    assert totals == COUNTS
    assert session.delete(place).status_code == 202
