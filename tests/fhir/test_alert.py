"""The self-harm question raises its alert in whatever holds it, finished or not."""

import pytest

from smartapp.fhir import names
from smartapp.fhir.alert import QUESTION, in_observation, in_response
from smartapp.fhir.response import Answered
from smartapp.program.assessment import Response

SEVERAL = {"valueCoding": {"system": names.LOINC, "code": "LA6569-3"}}
NOT_AT_ALL = {"valueCoding": {"system": names.LOINC, "code": "LA6568-5"}}


def _asked(*answers, link="44260-8", **more):
    row = {"linkId": link, "answer": list(answers), **more}
    nested = {"linkId": "g", "item": [{"linkId": "q", "answer": [{"item": [row]}]}]}
    return {"resourceType": "QuestionnaireResponse", "status": "in-progress", "item": [nested]}


def _told(alerts):
    return [(alert.answer, alert.words) for alert in alerts]


@pytest.mark.parametrize("status", ["in-progress", "completed", "amended", "stopped"])
def test_one_answer_alone_alerts_at_every_status(status):
    """FACTS 3.1: at save of the answer, even if the form is incomplete or later abandoned."""
    assert _told(in_response(_asked(SEVERAL) | {"status": status})) == [(1, "Several days")]


def test_what_was_entered_in_error_is_no_alert():
    assert in_response(_asked(SEVERAL) | {"status": "entered-in-error"}) == ()


@pytest.mark.parametrize("answers", [(), (NOT_AT_ALL,), ({"item": []},)])
def test_not_at_all_and_no_answer_are_no_alert(answers):
    assert in_response(_asked(*answers)) == ()


@pytest.mark.parametrize("link", ["44260-8", "/44260-8", "14371", "/44249-1/44260-8"])
def test_it_is_known_by_the_link_ids_of_its_copies(link):
    (alert,) = in_response(_asked(SEVERAL, link=link))
    assert (alert.link_id, alert.question) == (link, QUESTION.text)


def test_it_is_known_by_its_words():
    assert in_response(_asked(SEVERAL, link="9", text=QUESTION.text + "?"))
    assert in_response(_asked(SEVERAL, link="9", text="Another question")) == ()


def test_it_is_known_by_the_code_in_the_questionnaire():
    item = {"linkId": "9", "code": [{"system": names.LOINC, "code": "44260-8"}]}
    questionnaire = {"item": [{"linkId": "g", "item": [item]}]}
    assert in_response(_asked(SEVERAL, link="9"), questionnaire)
    assert in_response(_asked(SEVERAL, link="8"), questionnaire) == ()


def test_it_is_known_by_the_code_also_where_the_form_does_not_say_whose_it_is():
    questionnaire = {"item": [{"linkId": "9", "code": [{"code": "44260-8"}]}]}
    assert in_response(_asked(SEVERAL, link="9"), questionnaire)


def test_a_form_of_others_is_quoted_in_its_own_words():
    """Who reads of the alert reads what the patient read, not LOINC's words for the same code."""
    own = {"system": "https://clinic.example", "code": "a1", "display": "Some days"}
    own["extension"] = [{"url": names.ORDINAL, "valueDecimal": 1}]
    item = {"linkId": "9", "text": "Dark thoughts?"}
    questionnaire = {"item": [item | {"code": [{"system": names.LOINC, "code": "44260-8"}]}]}
    (alert,) = in_response(_asked({"valueCoding": own}, link="9"), questionnaire)
    assert (alert.question, alert.words) == ("Dark thoughts?", "Some days")


@pytest.mark.parametrize("said", [{"valueInteger": 1}, {"valueCoding": {"code": "LA6569-3"}}])
def test_a_bare_number_or_code_is_put_in_words(said):
    assert _told(in_response(_asked(said))) == [(1, "Several days")]


def test_yes_alerts_and_no_does_not():
    """A site's form may ask the question with yes and no."""
    assert _told(in_response(_asked({"valueBoolean": True}))) == [(1, "Yes")]
    assert in_response(_asked({"valueBoolean": False})) == ()


UNREADABLE = (
    {"valueString": "it is complicated"},
    {"valueInteger": 9},
    {"valueDate": "2026-11-23"},
    {"valueBoolean": "maybe"},
)


@pytest.mark.parametrize("answer", UNREADABLE)
def test_an_answer_that_cannot_be_read_alerts_too(answer):
    """What is unreadable is never taken for zero."""
    assert _told(in_response(_asked(answer))) == [(None, str(*answer.values()))]


def test_of_several_answers_the_highest_counts():
    nearly = {"valueInteger": 3}
    assert _told(in_response(_asked(NOT_AT_ALL, nearly, SEVERAL))) == [(3, "Nearly every day")]


def test_in_our_own_phq_9_it_is_found_inside_its_group(content):
    phq = content.instruments["phq-9"]
    items = list(Answered.of(Response(phq, {"44250-9": 0, "44260-8": 2})).items)
    resource = {"questionnaire": f"{phq.url}|1.0.0", "status": "in-progress", "item": items}
    (alert,) = in_response(resource, None, [content.instruments["peg"], phq])
    assert (alert.answer, alert.words) == (2, "More than half the days")
    assert alert.question == phq.items[8].text


def _recorded(**more):
    code = {"coding": [{"system": names.LOINC, "code": "44260-8"}]}
    return {"resourceType": "Observation", "status": "final", "code": code, **more}


@pytest.mark.parametrize(
    "value",
    [
        {"valueCodeableConcept": {"coding": [SEVERAL["valueCoding"]]}},
        {"valueInteger": 1},
        {"valueQuantity": {"value": 1}},
        {"valueString": "Several days"},
    ],
)
def test_a_recorded_answer_alerts(value):
    assert _told(in_observation(_recorded(**value))) == [(1, "Several days")]


def test_a_recorded_component_alerts():
    panel = {"status": "final", "component": [_recorded(valueInteger=2), {"valueInteger": 3}]}
    assert _told(in_observation(panel)) == [(2, "More than half the days")]


@pytest.mark.parametrize(
    "observation",
    [
        _recorded(valueInteger=0),
        _recorded(dataAbsentReason={"text": "declined"}),
        _recorded(valueInteger=3, status="entered-in-error"),
        {"code": {"coding": [{"system": "http://x", "code": "44260-8"}]}, "valueInteger": 3},
        {"valueInteger": 3},
    ],
)
def test_what_records_no_such_thing_is_no_alert(observation):
    assert in_observation(observation) == ()
