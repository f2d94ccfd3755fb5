"""Every instrument has worked examples: ``<slug>.json`` here gives answers, score and band."""

import json
import re
from fractions import Fraction
from pathlib import Path

import pytest
from fhirpathpy import evaluate
from fhirpathpy.models import models

from smartapp.content import FOLDER, load
from smartapp.program.assessment import Response, band, score, shown

CALCULATED = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-calculatedExpression"
HERE = Path(__file__).parent
SLUGS = sorted(path.stem for path in FOLDER.glob("*.json"))
EXAMPLES = [
    pytest.param(path.stem, example, id=f"{path.stem}-{n}")
    for path in sorted(HERE.glob("*.json"))
    for n, example in enumerate(json.loads(path.read_text())["examples"])
]


@pytest.fixture(scope="module")
def content():
    return load()


def _response(content, slug, answers):
    instrument = content.instruments[slug]
    links = [item.link_id for item in instrument.items]
    return Response(instrument, dict(zip(links, answers, strict=True)))


def _resource(response):
    """Return the answers as a QuestionnaireResponse, as other renderers see them."""
    items = [
        {"linkId": link_id, "answer": [{"valueInteger": number}]}
        for link_id, number in response.answers.items()
    ]
    return {"resourceType": "QuestionnaireResponse", "item": items}


def _expressions(questionnaire):
    """Return the calculatedExpression of every score question, by the code of its scale."""
    return {
        item["code"][0]["code"]: extension["valueExpression"]["expression"]
        for item in questionnaire["item"]
        for extension in item.get("extension", [])
        if extension["url"] == CALCULATED
    }


def test_every_instrument_has_worked_examples():
    assert sorted(path.stem for path in HERE.glob("*.json")) == SLUGS


@pytest.mark.parametrize(("slug", "example"), EXAMPLES)
def test_a_worked_example(content, slug, example):
    scores = score(_response(content, slug, example["answers"]))
    made = {s.scale.code.code: s for s in scores}[example["scale"]]
    fell = band(made)
    assert made.value == Fraction(example["score"])
    assert shown(made.value, made.scale.decimals) == example["shown"]
    assert (fell.code if fell else None) == example["band"]


@pytest.mark.parametrize(("slug", "example"), EXAMPLES)
def test_other_renderers_reach_the_same_score(content, slug, example):
    """FHIRPath gives decimals, so a third agrees to 12 places; whole scores agree exactly."""
    response = _response(content, slug, example["answers"])
    expressions = _expressions(content.questionnaires[slug])
    resource = _resource(response)
    for made in score(response):
        expression = expressions[made.scale.code.code]
        (value,) = evaluate(resource, expression, {"resource": resource}, models["r4"])
        assert abs(Fraction(str(value)) - made.value) < Fraction(1, 10**12)


@pytest.mark.parametrize("slug", SLUGS)
def test_other_renderers_reach_no_score_from_a_missing_answer(content, slug):
    """Explicit addition of nothing is nothing; ``sum()`` would make it a zero."""
    instrument = content.instruments[slug]
    response = Response(instrument, {item.link_id: 1 for item in instrument.items[1:]})
    resource = _resource(response)
    for expression in _expressions(content.questionnaires[slug]).values():
        assert evaluate(resource, expression, {"resource": resource}, models["r4"]) == []


@pytest.mark.parametrize("slug", SLUGS)
def test_every_scale_is_a_read_only_question_too(content, slug):
    questionnaire = content.questionnaires[slug]
    codes = {scale.code.code for scale in content.instruments[slug].scales}
    assert set(_expressions(questionnaire)) == codes
    assert all(i["readOnly"] for i in questionnaire["item"] if re.match("score", i["linkId"]))
