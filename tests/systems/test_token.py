"""The token endpoint: RFC 6749 sections 4.4, 5.1 and 5.2, SMART Backend Services."""

import sqlite3

import pytest


@pytest.fixture
def me(system):
    return system("quality")


def test_a_token_answer_has_what_smart_asks_for(me):
    answer = me.token("system/Observation.rs").get_json()
    assert len(answer.pop("access_token")) >= 43
    assert answer == {"token_type": "bearer", "expires_in": 300, "scope": "system/Observation.rs"}


def test_token_answers_may_not_be_kept_by_caches(me):
    for answer in (me.token(), me.token("openid")):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Pragma"] == "no-cache"


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": None}, "unsupported_grant_type"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, "unsupported_grant_type"),
        ({"client_assertion_type": None}, "invalid_client"),
        ({"client_assertion_type": "urn:other"}, "invalid_client"),
        ({"client_assertion": None}, "invalid_client"),
        ({"client_id": "scores"}, "invalid_client"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": ""}, "invalid_scope"),
        ({"scope": "openid"}, "invalid_scope"),
        ({"scope": "patient/*.rs"}, "invalid_scope"),
        ({"scope": "system/*.cud"}, "invalid_scope"),
        ({"scope": ["system/*.rs", "system/Goal.rs"]}, "invalid_request"),
    ],
)
def test_each_error_has_its_code(me, form, error):
    answer = me.token(**form)
    assert (answer.status_code, answer.get_json()["error"]) == (400, error)
    assert answer.get_json()["error_description"]


def test_the_client_id_may_be_repeated(me):
    assert me.token(client_id="quality").status_code == 200


def test_scopes_beyond_the_registered_ones_are_not_granted(system):
    scores = system("scores")
    assert scores.token("system/*.cruds").get_json()["scope"] == "system/Observation.rs"
    assert scores.token("system/Patient.rs").get_json()["error"] == "invalid_scope"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_tokens_are_asked_for_by_post(me, method):
    answer = me.http.open("/systems/token", method=method)
    assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_request")


def test_a_token_lives_five_minutes(quality, clock):
    clock.wait(seconds=299)
    assert quality.ask("Patient").status_code == 200
    clock.wait(seconds=1)
    assert quality.ask("Patient").status_code == 401


def test_only_the_hash_of_a_token_is_kept(me, tmp_path):
    token = me.token().get_json()["access_token"]
    kept = b"".join(file.read_bytes() for file in tmp_path.glob("data/systems.sqlite3*"))
    assert kept
    assert token.encode() not in kept


def test_tokens_that_are_over_are_forgotten(me, clock, tmp_path):
    me.token()
    clock.wait(minutes=6)
    me.token()
    with sqlite3.connect(tmp_path / "data/systems.sqlite3") as file:
        assert file.execute("SELECT count(*) FROM token").fetchone() == (1,)


def test_a_token_works_in_every_process(quality, another_process):
    other = another_process("quality")
    other.headers = quality.headers
    assert other.ask("Patient").status_code == 200


def test_a_token_ends_with_the_systems_registration(quality, another_process, tables):
    tables[:] = [table for table in tables if table["client_id"] != "quality"]
    other = another_process("quality")
    other.headers = quality.headers
    assert other.ask("Patient").status_code == 401


def test_a_token_shrinks_with_the_systems_registration(quality, another_process, tables):
    tables[0]["scopes"] = ["system/Observation.rs"]
    other = another_process("quality")
    other.headers = quality.headers
    assert other.ask("Observation").status_code == 200
    assert other.ask("Patient").status_code == 403
