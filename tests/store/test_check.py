"""What may come in: a known type, sound in structure, with codes from the required value sets."""

import copy

import pytest

from smartapp.fhir import wire
from smartapp.store.check import check
from smartapp.store.outcome import Refused


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"<Patient/>", 400),
        (b"[]", 400),
        (b'{"resourceType":"Robot"}', 400),
        (b'{"resourceType":"Goal"}', 400),
        (b'{"resourceType":"Patient","nickname":"x"}', 422),
        (b'{"resourceType":"Patient","birthDate":"yesterday"}', 422),
        (b'{"resourceType":"Patient","gender":"banana"}', 422),
    ],
)
def test_unsound_bodies_are_refused_with_an_outcome(ask, body, status):
    answer, outcome = ask("POST", "Patient", body)
    assert answer.status == status
    assert outcome["issue"][0]["severity"] == "error"


def test_a_refusal_tells_where_but_never_the_value(ask):
    _, outcome = ask("POST", "Patient", b'{"resourceType":"Patient","birthDate":"Ada Secret"}')
    assert "birthDate" in outcome["issue"][0]["diagnostics"]
    assert "Secret" not in outcome["issue"][0]["diagnostics"]


def test_a_required_code_is_from_its_value_set(ask, ada, make_goal):
    answer, outcome = ask("POST", "Goal", make_goal(ada, lifecycleStatus="banana"))
    assert (answer.status, outcome["issue"][0]["code"]) == (422, "code-invalid")


def test_a_date_no_calendar_has_is_refused(ask, ada, make_goal):
    answer, _ = ask("POST", "Goal", make_goal(ada, startDate="2026-02-30"))
    assert answer.status == 422


def test_a_body_that_is_not_json_by_its_header_is_415(ask):
    body = b'{"resourceType":"Patient"}'
    assert ask("POST", "Patient", body, Content_Type="application/fhir+xml")[0].status == 415


def test_a_body_beyond_the_limit_is_413(ask):
    assert ask("POST", "Patient", b" " * (16 * 1024 * 1024 + 1))[0].status == 413


def test_nesting_without_end_is_refused(ask):
    deep = b'{"resourceType":"Patient","extension":' + b'[{"extension":' * 400
    deep += b"[]" + b"}]" * 400 + b"}"
    assert ask("POST", "Patient", deep)[0].status in (400, 422)


def test_checking_does_not_touch_the_resource():
    resource = wire.decode(
        b'{"resourceType":"Patient","name":[{"given":["Ada",null],"_given":[null,{"id":"a"}]}],'
        b'"extension":[{"url":"urn:x","valueDecimal":0.40}]}'
    )
    before = copy.deepcopy(resource)
    check(resource)
    assert resource == before


def test_a_type_the_store_does_not_keep_is_refused(store):
    with pytest.raises(Refused) as refused:
        store.create({"resourceType": "Robot"})
    assert refused.value.status == 400


def test_a_second_no_clock_can_place_is_refused(score):
    with pytest.raises(Refused) as refused:
        score(effectiveDateTime="2016-12-31T23:59:60Z")
    assert refused.value.status == 422
