"""Access without a user: SMART Backend Services, as the app's own commands use it."""

import time

import pytest
import responses

from smartapp.sandbox.clients import BACKEND, SYSTEM

JWKS = "http://127.0.0.1:8000/.well-known/jwks.json"
BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@pytest.fixture
def ask(person, signer, clock):
    """Ask for a token with an assertion of this client; the response."""
    clock.now = time.time()

    def ask(scope="system/*.cruds", client=BACKEND):
        signed = signer.assertion(clock.now, iss=client, sub=client)
        form = {"grant_type": "client_credentials", "client_assertion_type": BEARER}
        form |= {"client_assertion": signed, "scope": scope}
        return person.token({name: value for name, value in form.items() if value is not None})

    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        wire.get(JWKS, json=signer.jwks())
        yield ask


def test_a_signed_assertion_gets_a_short_token_and_no_refresh(ask):
    tokens = ask().get_json()
    assert tokens["expires_in"] == 300
    assert "refresh_token" not in tokens
    assert set(tokens["scope"].split()) == set(SYSTEM.split())


def test_the_token_reaches_every_patient(ask, person):
    token = ask().get_json()["access_token"]
    answers = [person.fhir(token, path=f"Patient/{one}").status_code for one in ("p01", "p02")]
    assert answers == [200, 200]


def test_it_does_what_its_scopes_allow_and_no_more(ask, person, goal):
    token = ask("system/Goal.c").get_json()["access_token"]
    assert person.fhir(token, "POST", "Goal", goal("p02")).status_code == 201
    assert person.fhir(token, path="Goal").status_code == 403
    assert person.fhir(token, path="Patient/p01").status_code == 403


@pytest.mark.parametrize("scope", ["patient/Goal.cruds", "openid", "", None])
def test_only_system_scopes_are_given(ask, scope):
    assert ask(scope).get_json()["error"] == "invalid_scope"


def test_an_app_of_people_gets_none_for_itself(ask):
    assert ask(client="gsh-private-key").get_json()["error"] == "unauthorized_client"


def test_without_an_assertion_there_is_none(person):
    form = {"grant_type": "client_credentials", "client_id": BACKEND, "scope": SYSTEM}
    assert person.token(form).get_json()["error"] == "invalid_client"


def test_a_system_cannot_sign_anybody_in(person):
    assert person.authorize(BACKEND).status_code == 400


def test_it_is_listed(person):
    told = person.machine.get("/fhir/.well-known/smart-configuration").get_json()
    assert "client_credentials" in told["grant_types_supported"]
    assert set(SYSTEM.split()) <= set(told["scopes_supported"])
