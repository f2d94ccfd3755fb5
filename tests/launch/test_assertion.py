"""Client authentication: asymmetric (SMART App Launch 2.2, 5; Inferno "check_client_assertion")."""

import json
from base64 import urlsafe_b64decode

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from smartapp.launch import keys


def sent_header(token):
    head = token.split(".")[0]
    return json.loads(urlsafe_b64decode(head + "=" * (-len(head) % 4)))


@pytest.fixture(params=keys.ALGORITHMS)
def alg(request, ehr):
    ehr.smart["token_endpoint_auth_signing_alg_values_supported"] = [request.param]
    return request.param


@pytest.fixture
def assertion(browser, ehr, alg):
    browser.launch()
    return ehr.token_requests[0]["client_assertion"]


@pytest.fixture
def claims(assertion, browser, alg):
    """Verified with the published key set, as the EHR would."""
    published = KeySet.import_key_set(browser.get("/.well-known/jwks.json").json)
    return jwt.decode(assertion, published, algorithms=[alg]).claims


def test_signed_with_rs384_or_es384_as_the_server_accepts(assertion, alg):
    assert sent_header(assertion)["alg"] == alg


def test_typ_is_jwt(assertion):
    assert sent_header(assertion)["typ"] == "JWT"


def test_kid_names_a_published_key_of_that_algorithm(assertion, browser, alg):
    published = browser.get("/.well-known/jwks.json").json["keys"]
    named = [key for key in published if key["kid"] == sent_header(assertion)["kid"]]
    assert [key["alg"] for key in named] == [alg]


def test_iss_and_sub_are_the_client_id(claims):
    assert claims["iss"] == claims["sub"] == "our-client"


def test_aud_is_the_token_url(claims, addresses):
    assert claims["aud"] == f"{addresses.auth}/token"


def test_expires_within_five_minutes(claims):
    assert 0 < claims["exp"] - claims["iat"] <= 300


def test_jti_is_never_used_twice(browser, ehr):
    browser.launch()
    browser.launch()
    tokens = [sent["client_assertion"] for sent in ehr.token_requests]
    decoded = [t.split(".")[1] for t in tokens]
    jtis = {json.loads(urlsafe_b64decode(d + "=" * (-len(d) % 4)))["jti"] for d in decoded}
    assert len(jtis) == 2


@pytest.mark.parametrize("accepted", [[], ["RS256"]])
def test_a_server_that_does_not_say_what_it_accepts_gets_rs384(browser, ehr, accepted):
    ehr.smart["token_endpoint_auth_signing_alg_values_supported"] = accepted
    browser.launch()
    assert sent_header(ehr.token_requests[0]["client_assertion"])["alg"] == "RS384"
