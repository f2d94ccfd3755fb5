"""Introspection (RFC 7662) and revocation (RFC 7009)."""

import pytest

BASE = "http://localhost:8001"
FHIR = f"{BASE}/fhir"


@pytest.fixture
def tokens(person):
    code = person.answer("gsh-secret")["code"]
    return person.token(person.code_form(code, client_id=None), **person.basic()).get_json()


def post(person, path, token, headers=None, **form):
    headers = person.basic() if headers is None else headers
    return person.machine.post(path, data={"token": token, **form}, headers=headers, base_url=BASE)


def test_introspection_tells_a_confidential_client_about_its_own_token(person, tokens, clock):
    found = post(person, "/introspect", tokens["access_token"]).get_json()
    assert (found["active"], found["client_id"], found["patient"]) == (True, "gsh-secret", "p01")
    assert (found["scope"], found["iss"], found["aud"]) == (tokens["scope"], BASE, FHIR)
    assert (found["exp"] - found["iat"], found["sub"]) == (570, "coach-1")
    assert found["fhirUser"] == f"{FHIR}/Practitioner/coach-1"


def test_introspection_calls_everything_else_inactive(person, tokens, clock):
    foreign = person.tokens()["access_token"]
    clock.now += 570
    for value in (tokens["access_token"], foreign, "guess"):
        assert post(person, "/introspect", value).get_json() == {"active": False}


def test_introspection_needs_client_authentication(person, tokens):
    response = post(person, "/introspect", tokens["access_token"], {}, client_id="gsh-public")
    assert response.status_code == 401


def test_a_revoked_access_token_opens_nothing_and_takes_its_refresh_token_with_it(person, tokens):
    assert post(person, "/revoke", tokens["access_token"]).status_code == 200
    assert not person.alive(tokens)
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert person.token(form, **person.basic()).status_code == 400


def test_a_revoked_refresh_token_ends_its_family(person):
    tokens = person.tokens()
    post(person, "/revoke", tokens["refresh_token"], {}, client_id="gsh-public")
    assert not person.alive(tokens)
    assert person.refreshed(tokens["refresh_token"]).status_code == 400


def test_revoking_an_unknown_token_succeeds(person):
    assert post(person, "/revoke", "guess").status_code == 200


def test_a_client_may_not_revoke_anothers_token(person):
    tokens = person.tokens()
    assert post(person, "/revoke", tokens["access_token"]).get_json()["error"] == "invalid_grant"
    assert person.alive(tokens)
