"""The program's own requests to its store: a token from a file, or SMART Backend Services."""

from urllib.parse import parse_qsl

import pytest
import requests
import responses
from joserfc import jwt
from joserfc.jwk import KeySet

from smartapp.errors import EhrUnreachable
from smartapp.launch import backend, keys
from smartapp.launch.backend import BackendServices, Fixed, authorized

STORE = "https://store.example/fhir"
TOKEN = "https://store.example/token"


@pytest.fixture
def wire():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.get(f"{STORE}/Goal", json={})
        mock.get("https://elsewhere.example/fhir/Goal", json={})
        yield mock


@pytest.fixture
def tokens(key_folder):
    return BackendServices(TOKEN, "gsh", key_folder)


def shown(wire):
    """The tokens the store was shown."""
    asked = [call.request for call in wire.calls if call.request.method == "GET"]
    return [request.headers.get("Authorization") for request in asked]


def test_a_token_from_a_file_is_shown_below_the_base_only(wire):
    http = authorized(STORE, Fixed("abc"))()
    http.get(f"{STORE}/Goal")
    http.get("https://elsewhere.example/fhir/Goal")
    assert shown(wire) == ["Bearer abc", None]
    assert http.trust_env is False


def test_one_that_is_refused_stays_the_only_one(wire):
    wire.replace(responses.GET, f"{STORE}/Goal", status=401)
    http = authorized(STORE, Fixed("abc"))()
    assert [http.get(f"{STORE}/Goal").status_code for _ in range(2)] == [401, 401]


def test_the_client_proves_itself(wire, tokens, key_folder):
    wire.post(TOKEN, json={"access_token": "t1", "expires_in": 300})
    authorized(STORE, tokens)().get(f"{STORE}/Goal")
    form = dict(parse_qsl(wire.calls[0].request.body))
    assert (form["grant_type"], form["scope"]) == ("client_credentials", backend.SCOPE)
    published = KeySet.import_key_set(keys.published([key_folder]))
    claims = jwt.decode(
        form["client_assertion"], published, algorithms=list(keys.ALGORITHMS)
    ).claims
    assert (claims["iss"], claims["aud"]) == ("gsh", TOKEN)
    assert shown(wire) == ["Bearer t1"]


def test_a_token_is_asked_for_once_while_it_lasts(wire, tokens):
    wire.post(TOKEN, json={"access_token": "t1"})
    for _ in range(3):
        authorized(STORE, tokens)().get(f"{STORE}/Goal")
    assert shown(wire) == ["Bearer t1"] * 3
    assert len(wire.calls) == 4


def test_one_about_to_end_is_renewed(wire, tokens):
    wire.post(TOKEN, json={"access_token": "t1", "expires_in": backend.MARGIN - 1})
    wire.post(TOKEN, json={"access_token": "t2", "expires_in": 300})
    for _ in range(2):
        authorized(STORE, tokens)().get(f"{STORE}/Goal")
    assert shown(wire) == ["Bearer t1", "Bearer t2"]


def test_one_the_store_refuses_is_replaced_for_the_next_request(wire, tokens):
    wire.post(TOKEN, json={"access_token": "t1"})
    wire.post(TOKEN, json={"access_token": "t2"})
    wire.replace(responses.GET, f"{STORE}/Goal", status=401)
    for _ in range(2):
        authorized(STORE, tokens)().get(f"{STORE}/Goal")
    assert shown(wire) == ["Bearer t1", "Bearer t2"]


def test_a_late_refusal_does_not_cost_the_new_token(wire, tokens):
    wire.post(TOKEN, json={"access_token": "t1"})
    assert tokens() == "t1"
    tokens.refused("t0")
    assert tokens() == "t1"


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 400, "json": {"error": "invalid_client"}},
        {"json": {"token_type": "bearer"}},
        {"json": ["no object"]},
        {"body": "no JSON"},
        {"json": {"access_token": "t", "expires_in": "soon"}},
        {"body": requests.ConnectionError()},
        {"status": 302, "headers": {"Location": "https://elsewhere.example/"}},
    ],
)
def test_without_a_token_nothing_is_sent(wire, tokens, answer):
    wire.post(TOKEN, **answer)
    with pytest.raises(EhrUnreachable):
        authorized(STORE, tokens)().get(f"{STORE}/Goal")
    assert shown(wire) == []


def test_without_a_key_nothing_is_sent(wire, tmp_path):
    with pytest.raises(EhrUnreachable):
        BackendServices(TOKEN, "gsh", tmp_path)()


def test_other_scopes_are_asked_for_where_they_are_set(wire, key_folder):
    wire.post(TOKEN, json={"access_token": "t1"})
    BackendServices(TOKEN, "gsh", key_folder, "system/Goal.cruds")()
    assert dict(parse_qsl(wire.calls[0].request.body))["scope"] == "system/Goal.cruds"


@pytest.mark.parametrize(
    ("told", "granted"),
    [({}, ()), ({"scope": "system/Goal.rs system/Task.c"}, ("system/Goal.rs", "system/Task.c"))],
)
def test_what_was_granted_is_known_as_far_as_the_server_says(wire, tokens, told, granted):
    wire.post(TOKEN, json={"access_token": "t1", **told})
    tokens()
    assert tokens.granted == granted
