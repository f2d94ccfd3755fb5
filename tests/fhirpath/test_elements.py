"""From JSON without a model to typed elements: choices, primitives with extensions, odd data."""

from decimal import Decimal

import pytest

from smartapp.errors import PathFailed

SCORE = "http://hl7.org/fhir/StructureDefinition/itemWeight"
OPTION = {
    "valueCoding": {"system": "s", "code": "a", "extension": [{"url": SCORE, "valueInteger": 2}]}
}


def questionnaire(**asked):
    item = {"linkId": "group", "item": [{"linkId": "q"} | asked]}
    return {"resourceType": "Questionnaire", "item": [item]}


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"valueInteger": 3}, "integer"),
        ({"valueDecimal": 3}, "decimal"),
        ({"valueCoding": {"code": "a"}}, "Coding"),
        ({"valueQuantity": {"value": 3}}, "Quantity"),
        ({"valueDate": "2026"}, "date"),
        ({"valueDateTime": "2026"}, "dateTime"),
        ({"valueTime": "09:00:00"}, "time"),
        ({"valueUri": "urn:a"}, "uri"),
        ({"valueReference": {"reference": "a"}}, "Reference"),
        ({"valueAttachment": {"url": "a"}}, "Attachment"),
    ],
)
def test_an_answer_is_of_the_type_its_name_ends_with(evaluate, answered, answer, kind):
    response = answered(answer)
    assert evaluate(f"item.answer.value.is({kind})", response) == [True]
    assert evaluate(f"item.answer.{next(iter(answer))} is {kind}", response) == [True]
    assert evaluate("item.answer.value is boolean", response) == [False]


@pytest.mark.parametrize(
    ("value", "kind"),
    [(True, "boolean"), (1, "integer"), (1.5, "decimal"), ("a", "string"), ({}, "Element")],
)
def test_an_element_of_unknown_name_has_the_type_of_its_json(evaluate, value, kind):
    assert evaluate(f"odd is {kind}", {"odd": value}) == [True]


@pytest.mark.parametrize("kind", ["string", "code", "FHIR.code"])
def test_a_code_is_a_string_too(evaluate, kind):
    assert evaluate(f"gender is {kind}", {"gender": "female"}) == [True]


def test_a_bundle_is_no_domain_resource(evaluate):
    bundle = {"resourceType": "Bundle"}
    assert evaluate("$this is DomainResource", bundle) == [False]
    assert evaluate("$this is Resource", bundle) == [True]


def test_extensions_of_a_list_of_primitives_stay_with_their_value(evaluate):
    given = {
        "given": ["a", None],
        "_given": [None, {"extension": [{"url": "u", "valueCode": "x"}]}],
    }
    assert evaluate("given.count()", given) == [2]
    assert evaluate("given.extension('u').value", given) == ["x"]
    assert evaluate("given.where(hasValue())", given) == ["a"]


def test_an_answer_that_is_only_missing_has_no_value(evaluate, answered):
    reason = {"_valueInteger": {"extension": [{"url": "why", "valueCode": "declined"}]}}
    response = answered(reason)
    assert evaluate("item.answer.value.hasValue()", response) == [False]
    assert evaluate("item.answer.value.sum()", response) == []
    assert evaluate("item.answer.value.extension('why').value", response) == ["declined"]


@pytest.mark.parametrize("odd", ["text", 3, [[1]], {"answer": "x"}, None])
def test_data_that_are_not_as_fhir_has_them_yield_nothing(evaluate, odd):
    assert evaluate("item.answer.value.ordinal()", {"item": odd}) == []


def test_a_quantity_with_a_comparator_is_no_amount(evaluate, answered):
    """Less than five is no five."""
    response = answered({"valueQuantity": {"value": 5, "comparator": "<", "unit": "kg"}})
    assert evaluate("item.answer.value = 5 'kg'", response) == [False]


def test_the_unit_of_a_quantity_is_its_code_where_ucum_says_so(evaluate, answered):
    coded = {"value": 1, "unit": "kilos", "system": "http://unitsofmeasure.org", "code": "kg"}
    response = answered({"valueQuantity": coded})
    assert evaluate("item.answer.value = 1000 'g'", response) == [True]


def test_answers_finds_every_answer_below(evaluate, answered):
    response = answered(
        {"valueInteger": 1, "item": [{"linkId": "r", "answer": [{"valueInteger": 2}]}]}
    )
    assert evaluate("answers()", response) == [1, 2]


def test_a_score_on_the_answer_comes_first(evaluate, answered):
    response = answered(OPTION)
    assert evaluate("item.answer.value.ordinal()", response) == [Decimal(2)]


def test_a_score_is_found_on_the_option_that_was_chosen(evaluate, answered):
    response = answered({"valueCoding": {"system": "s", "code": "a"}})
    form = questionnaire(answerOption=[{"valueCoding": {"code": "b"}}, OPTION])
    assert evaluate("item.answer.value.ordinal()", response, questionnaire=form) == [Decimal(2)]


def test_a_score_is_found_for_a_text_or_a_number(evaluate, answered):
    option = {"valueInteger": 7, "extension": [{"url": SCORE, "valueDecimal": 1}]}
    form = questionnaire(answerOption=[option])
    found = evaluate("item.answer.ordinal()", answered({"valueInteger": 7}), questionnaire=form)
    assert found == [Decimal(1)]


def test_an_option_without_score_has_none_and_not_zero(evaluate, answered):
    response = answered({"valueCoding": {"code": "b"}})
    form = questionnaire(answerOption=[{"valueCoding": {"code": "b"}}])
    assert evaluate("item.answer.value.ordinal().sum()", response, questionnaire=form) == []


def test_a_score_is_found_in_an_expanded_value_set(evaluate, answered):
    concept = OPTION["valueCoding"]
    held = {"resourceType": "ValueSet", "id": "v", "expansion": {"contains": [concept]}}
    form = questionnaire(answerValueSet="#v") | {"contained": [held, {"id": "other"}]}
    response = answered({"valueCoding": {"system": "s", "code": "a"}})
    assert evaluate("item.answer.value.ordinal()", response, questionnaire=form) == [Decimal(2)]


@pytest.mark.parametrize("form", [{}, {"questionnaire": {"item": []}}])
def test_an_answer_whose_question_is_not_known_has_no_score_silently(evaluate, answered, form):
    with pytest.raises(PathFailed, match="ordinal"):
        evaluate("item.answer.value.ordinal()", answered({"valueCoding": {"code": "a"}}), **form)
