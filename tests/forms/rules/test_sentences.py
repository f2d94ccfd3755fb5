"""What a person is told: what to do, about which question, and nothing of what was answered."""

import pytest
from fhir.resources.R4B.operationoutcome import OperationOutcome

from smartapp.forms.issue import Issue, operation_outcome
from smartapp.forms.state import Context

YES_NO = {"linkId": "b", "type": "boolean"}
SECRET = "Zebra 4711"


@pytest.fixture
def said(read, respond, judge):
    """Return the sentences about one response to one item."""

    def said(item, *answers, **named):
        given = [{"linkId": item["linkId"], "answer": list(answers)}] if answers else []
        return [issue.sentence for issue in judge(read(item), respond(*given), **named)]

    return said


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("boolean", "Choose an answer to question 3."),
        ("choice", "Choose an answer to question 3."),
        ("open-choice", "Choose an answer to question 3, or write your own."),
        ("date", "Enter a date for question 3."),
        ("time", "Enter a time for question 3."),
        ("attachment", "Attach a file to question 3."),
        ("integer", "Answer question 3."),
        ("text", "Answer question 3."),
    ],
)
def test_a_missing_answer_is_asked_for_by_its_number(said, kind, sentence):
    item = {"linkId": "s", "type": kind, "prefix": "3.", "text": "How?", "required": True}
    if "choice" in kind:
        item["answerOption"] = [{"valueString": "a"}, {"valueString": "b"}]
    assert said(item) == [sentence]


def test_a_question_without_number_is_called_by_its_words(said):
    item = {**YES_NO, "text": "Do you  sleep\nwell?", "required": True}
    assert said(item) == ["Choose an answer to “Do you sleep well?”."]


def test_long_words_are_cut(said):
    (sentence,) = said({**YES_NO, "text": "very " * 50, "required": True})
    assert sentence.endswith("very…”.")
    assert len(sentence) < 120


def test_a_section_is_called_one(read, respond, judge):
    inner = {**YES_NO, "text": "Well?"}
    group = {"linkId": "g", "type": "group", "prefix": "B)", "required": True, "item": [inner]}
    (issue,) = judge(read(group), respond())
    assert issue.sentence == "Answer at least one question of section B."


def test_the_words_are_those_of_the_language(said, context):
    extension = [
        {"url": "lang", "valueCode": "de"},
        {"url": "content", "valueString": "Schlafen Sie gut?"},
    ]
    url = "http://hl7.org/fhir/StructureDefinition/translation"
    text = {"extension": [{"url": url, "extension": extension}]}
    item = {**YES_NO, "text": "Do you sleep well?", "_text": text, "required": True}
    german = Context(context.now, language="de-AT")
    assert said(item, context=german) == ["Choose an answer to “Schlafen Sie gut?”."]


@pytest.mark.parametrize(
    ("limits", "answer", "sentence"),
    [
        ({"maxLength": 3}, {"valueString": SECRET}, "Write at most 3 characters."),
        ({}, {"valueInteger": 4711}, "This must be text."),
    ],
)
def test_a_sentence_says_what_is_wanted(said, limits, answer, sentence):
    item = {"linkId": "s", "type": "string", "text": "Name?", **limits}
    assert said(item, answer) == [sentence]


def extension(name, **value):
    return {"url": f"http://hl7.org/fhir/StructureDefinition/{name}", **value}


@pytest.mark.parametrize(
    ("kind", "extensions", "answer", "sentence"),
    [
        (
            "integer",
            [extension("minValue", valueInteger=0)],
            {"valueInteger": -1},
            "This must be 0 or more.",
        ),
        (
            "date",
            [extension("maxValue", valueDate="2026-11-23")],
            {"valueDate": "2027"},
            "This must be 2026-11-23 or earlier.",
        ),
        (
            "string",
            [
                extension("regex", valueString="[0-9]{5}"),
                extension("entryFormat", valueString="12345"),
            ],
            {"valueString": "1234"},
            "Write this as 12345.",
        ),
        (
            "decimal",
            [extension("maxDecimalPlaces", valueInteger=0)],
            {"valueDecimal": 1.5},
            "Write no digits after the point.",
        ),
        (
            "attachment",
            [extension("maxSize", valueDecimal=0.000001)],
            {"valueAttachment": {"contentType": "text/plain", "data": "aGk="}},
            "Attach a file of at most 0.000001 MB.",
        ),
    ],
)
def test_a_limit_is_named(said, kind, extensions, answer, sentence):
    item = {"linkId": "s", "type": kind, "text": "How?", "extension": extensions}
    assert said(item, answer) == [sentence]


def test_an_amount_is_limited_with_its_unit(said):
    kilo = {"system": "http://unitsofmeasure.org", "code": "kg", "unit": "kg"}
    url = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-minQuantity"
    least = {"url": url, "valueQuantity": {"value": 2, **kilo}}
    item = {"linkId": "s", "type": "quantity", "text": "Weight?", "extension": [least]}
    assert said(item, {"valueQuantity": {"value": 1, **kilo}}) == ["This must be 2 kg or more."]
    pounds = {**kilo, "code": "[degF]", "unit": "°F"}
    assert said(item, {"valueQuantity": {"value": 1, **pounds}}) == [
        "Give this in kg, or a unit that can be converted to it."
    ]


@pytest.mark.parametrize("kind", ["integer", "date", "boolean", "choice", "url", "reference"])
def test_no_sentence_repeats_the_answer(said, kind):
    options = {"answerOption": [{"valueCoding": {"code": "a"}}]} if kind == "choice" else {}
    item = {"linkId": "s", "type": kind, "text": "How?", **options}
    for answer in (
        {"valueString": SECRET},
        {"valueUri": SECRET},
        {"valueCoding": {"code": SECRET}},
    ):
        sentences = said(item, answer)
        assert sentences
        assert not any(SECRET in sentence for sentence in sentences)


ISSUE = Issue("error", "required", "QuestionnaireResponse.item[0]", "b", (("b", 0),), "Choose.", 23)


def test_an_outcome_has_severity_code_place_and_words():
    (entry,) = operation_outcome([ISSUE])["issue"]
    assert entry == {
        "severity": "error",
        "code": "required",
        "details": {"text": "Choose."},
        "diagnostics": "rule 23, linkId b",
        "expression": ["QuestionnaireResponse.item[0]"],
    }


def test_an_outcome_without_issues_says_so():
    outcome = operation_outcome([])
    assert outcome["resourceType"] == "OperationOutcome"
    assert [entry["severity"] for entry in outcome["issue"]] == ["information"]


@pytest.mark.parametrize("issues", [[], [ISSUE], [ISSUE, ISSUE]])
def test_an_outcome_is_valid_r4(issues):
    assert OperationOutcome.model_validate(operation_outcome(issues)).issue
