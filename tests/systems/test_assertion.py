"""SMART "Asymmetric Authentication" and RFC 7523 section 3: each rule broken once."""

import json
from base64 import urlsafe_b64encode
from hashlib import sha384
from hmac import new as hmac

import pytest
from joserfc.jwk import ECKey, RSAKey

CURVE = ECKey.generate_key("P-384", {"kid": "e1"})


@pytest.fixture
def me(system):
    return system("quality")


def refusal(answer):
    """The error of a refused token request, which gives no token."""
    assert answer.status_code == 400
    assert "access_token" not in answer.get_json()
    return answer.get_json()["error"]


def packed(part):
    return urlsafe_b64encode(part if isinstance(part, bytes) else json.dumps(part).encode()).rstrip(
        b"="
    )


def test_rs384_is_accepted(me):
    assert me.token().status_code == 200


def test_es384_is_accepted(me, keys):
    assert me.token(assertion=me.assertion(keys[1])).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "scores"},
        {"sub": "scores"},
        {"sub": None},
        {"iss": "nobody", "sub": "nobody"},
        {"iss": None},
        {"aud": "https://app.example/fhir"},
        {"aud": "https://app.example/systems/token/"},
        {"aud": ["https://elsewhere.example/token"]},
        {"aud": None},
        {"exp": None},
        {"exp": "soon"},
        {"exp": True},
        {"jti": None},
        {"jti": ""},
        {"jti": "j" * 256},
        {"jti": 7},
        {"nbf": "later"},
    ],
)
def test_a_claim_that_breaks_a_rule_is_refused(me, changes):
    assert refusal(me.token(assertion=me.assertion(**changes))) == "invalid_client"


@pytest.mark.parametrize(
    ("seconds", "status"), [(-1, 400), (0, 400), (1, 200), (300, 200), (301, 400)]
)
def test_exp_is_ahead_by_five_minutes_at_most(me, clock, seconds, status):
    expires = int(clock().timestamp()) + seconds
    assert me.token(assertion=me.assertion(exp=expires)).status_code == status


@pytest.mark.parametrize(("seconds", "status"), [(0, 200), (5, 400)])
def test_nbf_may_not_be_ahead(me, clock, seconds, status):
    begins = int(clock().timestamp()) + seconds
    assert me.token(assertion=me.assertion(nbf=begins)).status_code == status


def test_one_of_several_audiences_may_be_the_token_url(me):
    audiences = ["https://other.example", "https://app.example/systems/token"]
    assert me.token(assertion=me.assertion(aud=audiences)).status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        {"kid": None},
        {"kid": "unknown"},
        {"kid": "e1"},
        {"typ": "at+jwt"},
        {"alg": "RS256"},
        {"alg": "PS384"},
        {"jku": "https://evil.example/jwks.json"},
    ],
)
def test_a_header_that_breaks_a_rule_is_refused(me, header):
    assert refusal(me.token(assertion=me.assertion(header=header))) == "invalid_client"


def test_typ_may_be_left_out(me):
    assert me.token(assertion=me.assertion(header={"typ": None})).status_code == 200


def test_a_key_that_is_not_the_systems_is_refused(me):
    forged = RSAKey.generate_key(2048, {"kid": "r1"})
    assert refusal(me.token(assertion=me.assertion(forged))) == "invalid_client"
    assert refusal(me.token(assertion=me.assertion(CURVE))) == "invalid_client"


def test_alg_none_is_refused(me):
    header = {"alg": "none", "kid": "r1", "typ": "JWT"}
    unsigned = b".".join([packed(header), packed(me.claims()), b""]).decode()
    assert refusal(me.token(assertion=unsigned)) == "invalid_client"


def test_hs256_with_the_public_key_as_secret_is_refused(me, keys):
    secret = keys[0].as_pem(private=False)
    for alg in ("HS256", "HS384", "RS384"):
        head = packed({"alg": alg, "kid": "r1", "typ": "JWT"}) + b"." + packed(me.claims())
        forged = head + b"." + packed(hmac(secret, head, sha384).digest())
        assert refusal(me.token(assertion=forged.decode())) == "invalid_client"


def test_a_claim_changed_after_signing_is_refused(me):
    head, _, signature = me.assertion().split(".")
    changed = ".".join([head, packed(me.claims(jti="fresh")).decode(), signature])
    assert refusal(me.token(assertion=changed)) == "invalid_client"


@pytest.mark.parametrize(
    "assertion", ["x", "a.b.c", "e30.e30.e30", "é", "x" * 16_001, packed([1]).decode() + ".e30.x"]
)
def test_what_is_no_jwt_is_refused(me, assertion):
    assert refusal(me.token(assertion=assertion)) == "invalid_client"


def test_claims_that_are_no_object_are_refused(me):
    assertion = b".".join([packed({"alg": "RS384"}), packed([1]), b"eA"]).decode()
    assert refusal(me.token(assertion=assertion)) == "invalid_client"


def test_a_jti_is_good_once(me):
    assertion = me.assertion(jti="once")
    assert me.token(assertion=assertion).status_code == 200
    assert refusal(me.token(assertion=assertion)) == "invalid_client"
    assert refusal(me.token(assertion=me.assertion(jti="once"))) == "invalid_client"


def test_a_jti_is_good_once_across_processes(me, another_process):
    assertion = me.assertion()
    assert me.token(assertion=assertion).status_code == 200
    other = another_process("quality")
    assert refusal(other.token(assertion=assertion)) == "invalid_client"


def test_each_system_has_its_own_jtis(me, system):
    assert me.token(assertion=me.assertion(jti="same")).status_code == 200
    other = system("scores")
    assert other.token(assertion=other.assertion(jti="same")).status_code == 200


def test_a_jti_is_forgotten_when_its_assertion_is_over(me, clock):
    me.token(assertion=me.assertion(jti="same"))
    clock.wait(minutes=6)
    assert me.token(assertion=me.assertion(jti="same")).status_code == 200


def test_checking_takes_no_key_from_the_assertion(me):
    own = RSAKey.generate_key(2048, {"kid": "r1"})
    header = {"jwk": own.as_dict(private=False)}
    assert refusal(me.token(assertion=me.assertion(own, header))) == "invalid_client"
