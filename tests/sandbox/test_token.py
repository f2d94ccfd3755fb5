"""The token endpoint: RFC 6749 sections 4.1.3, 5 and 6, RFC 7636, RFC 9700 on single use."""

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from authlib.oauth2.rfc6749.errors import InvalidGrantError
from joserfc import jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet

from smartapp.sandbox.grants import RotatingRefresh
from smartapp.sandbox.tickets import CODE_LIFE, REFRESH_LIFE

BASE = "http://localhost:8001"
CALLBACK = "http://127.0.0.1:8000/callback"
FHIR = f"{BASE}/fhir"


def test_a_code_becomes_a_token_that_opens_the_record(person):
    tokens = person.tokens()
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 570)
    assert person.alive(tokens)


def test_token_responses_are_not_cached(person):
    response = person.token(person.code_form(person.answer()["code"]))
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Pragma"] == "no-cache"


def test_a_code_works_once_and_its_second_use_revokes_its_tokens(person):
    form = person.code_form(person.answer()["code"])
    tokens = person.token(form).get_json()
    assert person.token(form).get_json()["error"] == "invalid_grant"
    assert not person.alive(tokens)
    assert person.refreshed(tokens["refresh_token"]).status_code == 400


def test_a_code_lives_sixty_seconds(person, clock):
    form = person.code_form(person.answer()["code"])
    clock.now += CODE_LIFE
    assert person.token(form).get_json()["error"] == "invalid_grant"


def test_an_unknown_code_is_refused(person):
    assert person.token(person.code_form("guess")).get_json()["error"] == "invalid_grant"


def test_the_redirect_uri_must_be_the_one_the_code_was_sent_to(person):
    form = person.code_form(person.answer()["code"], redirect_uri=f"{CALLBACK}/")
    assert person.token(form).get_json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("verifier", "error"),
    [("w" * 50, "invalid_grant"), (None, "invalid_request"), ("short", "invalid_request")],
)
def test_the_code_verifier_must_match(person, verifier, error):
    form = person.code_form(person.answer()["code"], code_verifier=verifier)
    assert person.token(form).get_json()["error"] == error


def test_a_code_of_one_client_is_not_another_clients(person):
    form = person.code_form(person.answer()["code"], client_id="curve")
    assert person.token(form).get_json()["error"] == "invalid_grant"
    assert "access_token" in person.token(form | {"client_id": "gsh-public"}).get_json()


def test_a_secret_client_authenticates_with_http_basic(person):
    form = person.code_form(person.answer("gsh-secret")["code"], client_id=None)
    assert "access_token" in person.token(form, **person.basic()).get_json()


@pytest.mark.parametrize("proof", [None, {"secret": "wrong"}, {"client": "nobody"}])
def test_a_secret_client_without_its_secret_is_refused(person, proof):
    code = person.answer("gsh-secret")["code"]
    headers = person.basic(**proof) if proof else {}
    response = person.token(person.code_form(code, client_id="gsh-secret"), **headers)
    assert (response.status_code, response.get_json()["error"]) == (401, "invalid_client")


def test_a_public_client_may_not_use_basic(person):
    form = person.code_form(person.answer()["code"], client_id=None)
    assert person.token(form, **person.basic("gsh-public", "x")).status_code == 401


def test_the_password_grant_is_not_offered(person):
    response = person.token({"grant_type": "password", "client_id": "gsh-public"})
    assert response.get_json()["error"] == "unsupported_grant_type"


def test_access_tokens_end_when_they_say(person, clock):
    tokens = person.tokens()
    clock.now += tokens["expires_in"]
    response = person.fhir(tokens["access_token"], path="Patient/p01")
    assert (response.status_code, "invalid_token" in response.headers["WWW-Authenticate"]) == (
        401,
        True,
    )


def test_without_offline_or_online_access_there_is_no_refresh_token(person):
    assert "refresh_token" not in person.tokens(scope="launch patient/Goal.rs")


@pytest.mark.parametrize("word", ["offline_access", "online_access"])
def test_offline_and_online_access_give_a_refresh_token(person, word):
    assert "refresh_token" in person.tokens(scope=f"launch {word} patient/Goal.rs")


def test_refreshing_gives_a_new_pair_and_the_context_again(person):
    old = person.tokens()
    new = person.refreshed(old["refresh_token"]).get_json()
    assert new["refresh_token"] != old["refresh_token"]
    assert (new["patient"], new["scope"]) == ("p01", old["scope"])
    assert person.alive(new)


def test_an_old_refresh_token_revokes_the_whole_family(person):
    old = person.tokens()
    new = person.refreshed(old["refresh_token"]).get_json()
    assert person.refreshed(old["refresh_token"]).get_json()["error"] == "invalid_grant"
    assert not person.alive(new)
    assert person.refreshed(new["refresh_token"]).status_code == 400


def test_of_two_refreshes_at_once_one_fails(person):
    tickets = person.ehr.tickets
    token = tickets.token(person.tokens()["refresh_token"])
    assert tickets.use_refresh(token)
    assert not tickets.use_refresh(token)


def test_many_threads_with_one_code_get_one_token(person):
    form, tickets = person.code_form(person.answer()["code"]), person.ehr.tickets
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: tickets.use_code(form["code"], "gsh-public"), range(8)))
    assert sum(one is not None for one in found) == 1


def test_a_refresh_that_loses_the_race_is_refused_and_ends_the_family(person):
    tokens, tickets = person.tokens(), person.ehr.tickets
    peeked = tickets.token(tokens["refresh_token"])
    tickets.use_refresh(peeked)
    slower = RotatingRefresh(None, SimpleNamespace(tickets=tickets))
    with pytest.raises(InvalidGrantError):
        slower.issue_token(None, peeked)
    assert not person.alive(tokens)


def test_a_refresh_may_narrow_the_scope_but_not_widen_it(person):
    tokens = person.tokens(scope="launch offline_access patient/Goal.rs")
    narrow = person.refreshed(tokens["refresh_token"], scope="patient/Goal.rs").get_json()
    assert narrow["scope"] == "patient/Goal.rs"
    wide = person.refreshed(narrow["refresh_token"], scope="patient/Goal.cruds").get_json()
    assert wide["error"] == "invalid_scope"


@pytest.mark.parametrize("value", ["guess", None])
def test_a_refresh_token_that_was_never_issued_is_refused(person, value):
    assert person.refreshed(value or person.tokens()["access_token"]).status_code == 400


def test_a_refresh_token_of_another_client_is_refused_and_still_works_for_its_own(person):
    tokens = person.tokens()
    assert person.refreshed(tokens["refresh_token"], client_id="curve").status_code == 400
    assert person.refreshed(tokens["refresh_token"]).status_code == 200


def test_a_refresh_token_ends_after_thirty_days(person, clock):
    tokens = person.tokens()
    clock.now += REFRESH_LIFE
    assert person.refreshed(tokens["refresh_token"]).status_code == 400


def test_a_refresh_token_opens_nothing_itself(person):
    assert person.fhir(person.tokens()["refresh_token"], path="Patient/p01").status_code == 401


def identity(person, tokens):
    keys = KeySet.import_key_set(person.machine.get("/jwks.json").get_json())
    return jwt.decode(tokens["id_token"], keys, algorithms=["RS256", "ES384"])


def test_the_id_token_is_signed_and_says_who_for_whom_and_until_when(person, clock):
    token = identity(person, person.tokens())
    assert token.header == {"typ": "JWT", "alg": "RS256", "kid": "sandbox-rs256"}
    claims = token.claims
    assert (claims["iss"], claims["aud"], claims["sub"]) == (BASE, "gsh-public", "coach-1")
    assert (claims["nonce"], claims["exp"]) == ("n-1", int(clock.now) + 300)
    assert claims["fhirUser"] == f"{FHIR}/Practitioner/coach-1"


def test_a_client_may_be_registered_for_es384(person):
    code = person.answer("curve")["code"]
    tokens = person.token(person.code_form(code, client_id="curve")).get_json()
    assert identity(person, tokens).header["alg"] == "ES384"


def test_no_nonce_is_invented_and_claims_follow_the_scopes(person):
    tokens = person.tokens(scope="openid profile launch", nonce=None)
    claims = identity(person, tokens).claims
    assert {"nonce", "fhirUser"}.isdisjoint(claims)
    assert claims["name"] == "Ms. Ines Castellow"


def test_without_openid_there_is_no_id_token(person):
    assert "id_token" not in person.tokens(scope="launch patient/Goal.rs")


def test_the_published_keys_are_public_halves_only(person):
    keys = person.machine.get("/jwks.json").get_json()["keys"]
    assert {key["kid"] for key in keys} == {"sandbox-rs256", "sandbox-es384"}
    assert all("d" not in key for key in keys)


def test_the_signature_fails_for_a_changed_token(person):
    tokens = person.tokens()
    tokens["id_token"] = tokens["id_token"][:-6] + "AAAAAA"
    with pytest.raises(BadSignatureError):
        identity(person, tokens)
