"""Every instrument has worked examples: ``<slug>.json`` here gives answers, score and band."""

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from fhirpathpy import evaluate
from fhirpathpy.models import models

from smartapp.content import FOLDER, load
from smartapp.fhir.response import Answered
from smartapp.fhirpath import compile
from smartapp.program.assessment import Response, attainable, band, score, shown

CALCULATED = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-calculatedExpression"
HERE = Path(__file__).parent
NOW = datetime(2026, 11, 23, tzinfo=UTC)
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
    given = zip(links, answers, strict=True)
    return Response(instrument, {link: number for link, number in given if number is not None})


def _resource(response):
    """Return the answers as a QuestionnaireResponse, as other renderers see them."""
    return {
        "resourceType": "QuestionnaireResponse",
        "item": list(Answered.of(response).items),
    }


def _by_fhirpathpy(resource, expression):
    return evaluate(resource, expression, {"resource": resource}, models["r4"])


def _by_ours(resource, expression):
    return compile(expression).evaluate(resource, {"resource": resource}, now=NOW)


def _expressions(questionnaire):
    """Return the calculatedExpression of every score question, by the code of its scale."""
    return {
        item["code"][0]["code"]: extension["valueExpression"]["expression"]
        for item in questionnaire["item"]
        for extension in item.get("extension", [])
        if extension["url"] == CALCULATED
    }


def test_every_instrument_has_worked_examples_and_says_whose_rule_they_follow():
    examples = {path.stem: json.loads(path.read_text()) for path in HERE.glob("*.json")}
    assert sorted(examples) == SLUGS
    assert all(one["source"] for one in examples.values())


@pytest.mark.parametrize(("slug", "example"), EXAMPLES)
def test_a_worked_example(content, slug, example):
    scores = score(_response(content, slug, example["answers"]))
    made = {s.scale.code.code: s for s in scores}[example["scale"]]
    fell = band(made)
    assert made.value == Fraction(example["score"])
    assert shown(made.value, made.scale.decimals) == example["shown"]
    assert (fell.code if fell else None) == example["band"]


@pytest.mark.parametrize("by", [_by_fhirpathpy, _by_ours])
@pytest.mark.parametrize(("slug", "example"), EXAMPLES)
def test_other_renderers_reach_the_same_score(content, slug, example, by):
    """On complete answers, digit by digit: what is written, not the exact value behind it."""
    response = _response(content, slug, example["answers"])
    expressions = _expressions(content.questionnaires[slug])
    resource = _resource(response)
    whole = (made for made in score(response) if len(made.answers) == len(made.scale.items))
    for made in (one for one in whole if not one.scale.is_answer):
        (value,) = by(resource, expressions[made.scale.code.code])
        assert Decimal(str(value)) == Decimal(shown(made.value, made.scale.decimals))


@pytest.mark.parametrize("by", [_by_fhirpathpy, _by_ours])
@pytest.mark.parametrize("slug", SLUGS)
def test_other_renderers_reach_no_score_from_a_missing_answer(content, slug, by):
    """Explicit addition of nothing is nothing; ``sum()`` would make it a zero."""
    instrument = content.instruments[slug]
    expressions = _expressions(content.questionnaires[slug])
    for scale in (one for one in instrument.scales if not one.is_answer):
        for left_out in scale.items:
            given = {i.link_id: i.maximum for i in instrument.items if i.link_id != left_out}
            resource = _resource(Response(instrument, given))
            assert by(resource, expressions[scale.code.code]) == []


def test_the_codes_of_scores_all_differ(content):
    """The identifier of a score's Observation is made from its code."""
    codes = [s.code.code for i in content.instruments.values() for s in i.scales]
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize("slug", SLUGS)
def test_without_any_answer_no_scale_is_reached(content, slug):
    assert attainable(Response(content.instruments[slug], {})) == ()


@pytest.mark.parametrize("slug", SLUGS)
def test_every_score_is_a_read_only_question_too(content, slug):
    """But for what one question says already."""
    questionnaire = content.questionnaires[slug]
    scales = content.instruments[slug].scales
    codes = {scale.code.code for scale in scales if not scale.is_answer}
    assert set(_expressions(questionnaire)) == codes
    assert all(i["readOnly"] for i in questionnaire["item"] if re.match("score", i["linkId"]))
