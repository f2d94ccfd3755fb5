"""Creating: the server's id and version, nothing else disturbed, never twice on a condition."""

import pytest

from smartapp.fhir import wire
from smartapp.store.outcome import Refused


def test_the_server_sets_id_version_and_time_and_nothing_else(store):
    sent = wire.decode(
        b'{"resourceType":"Patient","id":"mine","meta":{"source":"urn:app","versionId":"9"},'
        b'"extension":[{"url":"urn:x","valueDecimal":0.40}],"birthDate":"1961-04",'
        b'"_birthDate":{"extension":[{"url":"urn:y","valueString":"about"}]}}'
    )
    kept, new = store.create(sent)
    got = kept.resource
    assert new
    assert got["id"] != "mine"
    assert got["meta"] == {
        "source": "urn:app",
        "versionId": "1",
        "lastUpdated": "2026-11-23T09:00:01.715Z",
    }
    untouched = {name: value for name, value in sent.items() if name not in ("id", "meta")}
    assert {name: got[name] for name in untouched} == untouched
    assert b'"valueDecimal":0.40' in kept.body


def test_created_over_http_it_answers_201_with_where_and_which_version(ask, ada, make_goal):
    answer, body = ask("POST", "Goal", make_goal(ada))
    assert answer.status == 201
    assert answer.headers["ETag"] == 'W/"1"'
    url = f"https://ehr.example/fhir/Goal/{body['id']}/_history/1"
    assert answer.headers["Location"] == url
    assert answer.headers["Content-Type"] == "application/fhir+json;charset=utf-8"
    assert answer.headers["Last-Modified"].endswith("GMT")


def test_prefer_minimal_answers_with_an_empty_body(ask, ada, make_goal):
    answer, _ = ask("POST", "Goal", make_goal(ada), Prefer="return=minimal")
    assert (answer.status, answer.body) == (201, b"")
    assert "Location" in answer.headers


def test_if_none_exist_gives_back_the_one_that_exists(ask, ada, make_goal):
    sent = make_goal(ada, identifier=[{"system": "urn:s", "value": "form-1"}])
    first, kept = ask("POST", "Goal", sent, If_None_Exist="identifier=urn:s|form-1")
    again, same = ask("POST", "Goal", sent, If_None_Exist="identifier=urn:s|form-1")
    assert (first.status, again.status) == (201, 200)
    assert same == kept


def test_if_none_exist_with_several_matches_is_412(store, ada, make_goal):
    store.create(make_goal(ada))
    store.create(make_goal(ada))
    with pytest.raises(Refused) as refused:
        store.create(make_goal(ada), f"patient={ada}")
    assert refused.value.status == 412


@pytest.mark.parametrize("condition", ["idntifier=x", "_sort=_id", "?"])
def test_a_condition_that_filters_nothing_is_refused(store, ada, make_goal, condition):
    with pytest.raises(Refused) as refused:
        store.create(make_goal(ada), condition)
    assert refused.value.status == 400
