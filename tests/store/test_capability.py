"""The CapabilityStatement claims what is true, and Flask serves the same answers."""

import pytest
from fhir.resources.R4B.capabilitystatement import CapabilityStatement
from flask import Flask

from smartapp.store.blueprint import blueprint
from smartapp.store.capability import statement
from smartapp.store.rest import answer


def test_it_is_a_capability_statement_of_r4(ask):
    found, body = ask("GET", "metadata")
    CapabilityStatement.model_validate(body)
    assert (found.status, body["fhirVersion"]) == (200, "4.0.1")


def test_every_parameter_it_lists_is_answered(ask):
    values = {"date": "2026", "reference": "https://x.example/a", "uri": "urn:a"}
    for kind in statement("")["rest"][0]["resource"]:
        for parameter in kind["searchParam"]:
            value = values.get(parameter["type"], "a")
            found, _ = ask("GET", f"{kind['type']}?{parameter['name']}={value}")
            assert found.status == 200, parameter


def test_every_include_it_lists_is_answered(ask):
    for kind in statement("")["rest"][0]["resource"]:
        links = [f"_include={each}" for each in kind["searchInclude"]]
        links += [f"_revinclude={each}" for each in kind["searchRevInclude"]]
        assert ask("GET", f"{kind['type']}?{'&'.join(links)}")[0].status == 200


def test_the_caller_says_how_to_authorize(store):
    security = {"service": [{"text": "SMART-on-FHIR"}]}
    body = answer(store, "GET", "metadata", security=security).body
    assert b'"security":{"service":[{"text":"SMART-on-FHIR"}]}' in body


@pytest.fixture
def browser(store):
    app = Flask(__name__)
    app.register_blueprint(blueprint(store), url_prefix="/fhir")
    return app.test_client()


def test_flask_serves_the_same(browser, ada):
    found = browser.get(f"/fhir/Patient?_id={ada}&birthdate=1961-04-12")
    assert found.mimetype == "application/fhir+json"
    assert found.json["entry"][0]["resource"]["id"] == ada
    made = browser.post("/fhir/Patient", json={"resourceType": "Patient"})
    assert (made.status_code, made.headers["ETag"]) == (201, 'W/"1"')
    assert browser.post("/fhir/", json={"resourceType": "Bundle", "type": "batch"}).json
