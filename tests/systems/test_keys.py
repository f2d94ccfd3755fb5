"""The JWK Set of a system at its URL: fetched with care, kept for a while."""

import pytest
import requests
import responses
from joserfc.jwk import KeySet, RSAKey

from smartapp.systems import registered
from smartapp.systems.keys import LARGEST, KeysUnreadable, PublicKeys

URL = "https://far.example/jwks.json"
NEXT = KeySet([RSAKey.generate_key(2048, {"kid": "r2"})]).as_dict(private=False)


@pytest.fixture
def wire():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        yield wire


@pytest.fixture
def far(tables, tmp_path):
    """The system whose keys are at a URL."""
    return registered.read(tables, tmp_path)[-1]


@pytest.fixture
def found(far):
    """The kids found for a kid at a second; keys are kept in between."""
    times = [0.0]
    keys = PublicKeys(lambda: times[0])

    def find(kid, at=0.0):
        times[0] = at
        return [key.kid for key in keys.find(far, kid)]

    return find


def test_a_system_proves_itself_with_keys_at_its_url(system, wire, jwks):
    wire.get(URL, json=jwks)
    assert system("far").token().status_code == 200


def test_a_jku_that_is_the_registered_url_is_accepted(system, wire, jwks):
    wire.get(URL, json=jwks)
    far = system("far")
    assert far.token(assertion=far.assertion(header={"jku": URL})).status_code == 200


def test_keys_are_fetched_once(found, wire, jwks):
    wire.get(URL, json=jwks)
    assert [found("r1"), found("e1", 299.0)] == [["r1"], ["e1"]]
    assert len(wire.calls) == 1


def test_an_unknown_kid_fetches_the_keys_once_again(found, wire, jwks):
    wire.get(URL, json=jwks)
    wire.get(URL, json=NEXT)
    assert [found("r1"), found("r2", 11.0)] == [["r1"], ["r2"]]


def test_nonsense_is_not_passed_on_as_traffic(found, wire, jwks):
    wire.get(URL, json=jwks)
    assert [found(f"kid-{number}", number / 10) for number in range(99)] == [[]] * 99
    assert len(wire.calls) == 1


@pytest.mark.parametrize(
    ("cache_control", "seconds"),
    [("", 300), ("max-age=60", 60), ("public, max-age=999999", 3600), ("no-store", 0)],
)
def test_keys_are_kept_as_long_as_their_answer_allows(found, wire, jwks, cache_control, seconds):
    wire.get(URL, json=jwks, headers={"Cache-Control": cache_control})
    found("r1")
    found("r1", max(0.0, seconds - 0.1))
    fresh = len(wire.calls)
    found("r1", seconds + 0.1)
    assert (fresh, len(wire.calls)) == ((1, 2) if seconds else (2, 3))


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 500},
        {"body": "nonsense"},
        {"body": b"\xff"},
        {"json": {"keys": []}},
        {"body": b" " * (LARGEST + 1)},
        {"body": requests.ConnectTimeout()},
    ],
)
def test_keys_that_cannot_be_had_prove_nobody(found, system, wire, answer):
    wire.get(URL, **answer)
    with pytest.raises(KeysUnreadable):
        found("r1")
    assert system("far").token().get_json()["error"] == "invalid_client"


def test_a_redirect_is_not_followed(found, wire, jwks):
    wire.get(URL, status=302, headers={"Location": "https://evil.example/"})
    wire.get("https://evil.example/", json=jwks)
    with pytest.raises(KeysUnreadable):
        found("r1")
    assert [call.request.url for call in wire.calls] == [URL]


def test_the_environment_has_no_say(found, wire, jwks, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine far.example login a password b")
    monkeypatch.setenv("NETRC", str(netrc))
    wire.get(URL, json=jwks)
    found("r1")
    assert "Authorization" not in wire.calls[0].request.headers
