"""Scores of every scale are written under their own codes, and read back exactly."""

from fractions import Fraction

import pytest

from smartapp.fhir import names, outcome
from smartapp.program.assessment import Response, attainable


def _scores(content, slug, *numbers):
    instrument = content.instruments[slug]
    links = [item.link_id for item in instrument.items]
    return instrument, attainable(Response(instrument, dict(zip(links, numbers, strict=False))))


@pytest.mark.parametrize(
    ("slug", "numbers", "written"),
    [
        ("phq-9", [1] * 9, {(names.LOINC, "44261-6"): 9}),
        ("gad-7", [2] * 7, {(names.LOINC, "70274-6"): 14}),
        (
            "phq-4",
            [3, 2, 1, 0],
            {
                (names.LOINC, "70272-0"): 6,
                (f"{names.BASE}/CodeSystem/phq-4", "gad-2"): 5,
                (names.LOINC, "55758-7"): 1,
            },
        ),
    ],
)
def test_each_scale_has_its_observation(chart, content, slug, numbers, written):
    instrument, scores = _scores(content, slug, *numbers)
    made = [outcome.write(chart, instrument, score) for score in scores]
    told = {(c["system"], c["code"]): m["valueQuantity"]["value"] for m in made for c in _code(m)}
    assert told == written
    assert {m["category"][0]["coding"][0]["code"] for m in made} == {"survey"}


def _code(observation):
    return observation["code"]["coding"]


def test_an_incomplete_scale_has_none(content):
    """Both anxiety questions are answered, one on depression is not."""
    _, scores = _scores(content, "phq-4", 3, 2, 1)
    assert [score.scale.code.code for score in scores] == ["gad-2"]


def test_a_mean_with_a_missing_answer_says_so_and_reads_back_exactly(chart, content):
    instrument, (made,) = _scores(content, "semcd-6", 5, 6, 4, 7, 3)
    observation = outcome.write(chart, instrument, made)
    assert outcome.read(observation, instrument, made.scale, made.answers) == made
    assert (made.value, "5 of 6 answered, without question 6." in made.how) == (Fraction(5), True)


def test_components_of_others_may_be_coded(content):
    """A PEG whose parts are LOINC's coded numbers."""
    peg = content.instruments["peg"]
    (scale,) = peg.scales
    parts = [
        {
            "code": {"coding": [{"system": names.LOINC, "code": item.code.code}]},
            "valueCodeableConcept": {"coding": [{"code": "LA10139-6"}]},
        }
        for item in peg.items
    ]
    observation = {"status": "final", "valueQuantity": {"value": 7}, "component": parts}
    assert outcome.read(observation, peg, scale, {}).answers == {i.link_id: 7 for i in peg.items}
