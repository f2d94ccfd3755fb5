"""private_key_jwt: RFC 7523 section 3 and SMART "Asymmetric Authentication"."""

import time

import pytest
import responses
from authlib.oauth2.rfc6749.errors import InvalidClientError
from joserfc.jwk import KeySet, RSAKey

from smartapp.sandbox.assertion import PublicKeys, fetch

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
BASE = "http://localhost:8001"
JWKS = "http://127.0.0.1:8000/.well-known/jwks.json"


@pytest.fixture
def wire(signer):
    """The app's JWKS at its registered URL."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        wire.get(JWKS, json=signer.jwks())
        yield wire


def exchange(person, assertion, **form):
    code = person.answer("gsh-private-key")["code"]
    form = {"client_assertion_type": TYPE, "client_assertion": assertion} | form
    return person.token(person.code_form(code, client_id=None, **form))


@pytest.mark.parametrize(("alg", "kid"), [("RS384", "k1"), ("ES384", "k2")])
def test_rs384_and_es384_are_accepted(person, signer, wire, now, alg, kid):
    response = exchange(person, signer.assertion(now, alg, kid))
    assert "access_token" in response.get_json()


@pytest.fixture
def now(clock):
    """The sandbox's clock set to the real time, which joserfc's claim check reads."""
    clock.now = time.time()
    return clock.now


@pytest.mark.parametrize(
    "changes",
    [
        {"alg": "RS256"},
        {"life": 302},
        {"life": -20},
        {"exp": "soon"},
        {"aud": f"{BASE}/authorize"},
        {"iss": "gsh-secret"},
        {"sub": "gsh-secret", "iss": "gsh-secret"},
        {"sub": "nobody", "iss": "nobody"},
        {"jti": None},
    ],
)
def test_an_assertion_that_breaks_a_rule_is_refused(person, signer, wire, now, changes):
    assertion = signer.assertion(now, **changes)
    assert exchange(person, assertion).get_json()["error"] == "invalid_client"


def test_an_assertion_signed_with_another_key_is_refused(person, signer, wire, now):
    signer = type(signer)()
    assert exchange(person, signer.assertion(now)).get_json()["error"] == "invalid_client"


def test_an_assertion_that_is_no_jwt_is_refused(person, wire, now):
    assert exchange(person, "nonsense").get_json()["error"] == "invalid_client"


def test_a_jti_may_not_be_used_again(person, signer, wire, now):
    assertion = signer.assertion(now)
    assert exchange(person, assertion).status_code == 200
    assert exchange(person, assertion).get_json()["error"] == "invalid_client"


def test_a_private_key_client_without_assertion_is_refused(person):
    response = person.token(person.code_form("x", client_id="gsh-private-key"))
    assert response.get_json()["error"] == "invalid_client"


def test_a_public_client_may_not_authenticate_by_assertion(person, signer, wire, now):
    assertion = signer.assertion(now, sub="gsh-public", iss="gsh-public")
    assert exchange(person, assertion).get_json()["error"] == "invalid_client"


def test_keys_are_fetched_once_while_the_kid_is_known(signer):
    asked = []
    keys = PublicKeys(lambda url: asked.append(url) or signer.jwks())
    keys.at(JWKS, "k1")
    keys.at(JWKS, "k2")
    assert asked == [JWKS]


def test_an_unknown_kid_fetches_the_keys_again(signer):
    fresh = KeySet([RSAKey.generate_key(2048, {"kid": "k3"})]).as_dict(private=False)
    answers = iter([signer.jwks(), fresh])
    keys = PublicKeys(lambda _: next(answers))
    assert "k3" not in {key.kid for key in keys.at(JWKS, "k1")}
    assert "k3" in {key.kid for key in keys.at(JWKS, "k3")}


@pytest.mark.parametrize("options", [{"status": 500}, {"body": "not json"}])
def test_unreadable_keys_are_the_clients_fault(options):
    with responses.RequestsMock() as wire:
        wire.get(JWKS, **options)
        with pytest.raises(InvalidClientError):
            fetch(JWKS)
