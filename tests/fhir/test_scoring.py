"""Every part of the scoring extension becomes part of a Scale, or is refused by its path."""

import json
from copy import deepcopy
from decimal import Decimal
from fractions import Fraction

import pytest

from smartapp.content import FOLDER
from smartapp.errors import ContentError
from smartapp.fhir.element import Element
from smartapp.fhir.questionnaire import read_instrument
from smartapp.fhir.scoring import SCORING, read_scale
from smartapp.program.instrument import Reliability

SEMCD = json.loads((FOLDER / "semcd-6.json").read_text(), parse_float=Decimal)


@pytest.fixture
def parts():
    return deepcopy(SEMCD["extension"][0]["extension"])


@pytest.fixture
def read(parts):
    """Return a reader of the scale with parts added; names are urls, lists are nested parts."""

    def scale(**added):
        made = [_part(url, value) for url, value in added.items()]
        return read_scale(Element("scoring", {"url": SCORING, "extension": [*parts, *made]}))

    return scale


def _part(url, value):
    if isinstance(value, list):
        return {"url": url, "extension": [_part(*one) for one in value]}
    names = {str: "valueString", int: "valueInteger", Decimal: "valueDecimal", bool: "valueBoolean"}
    return {"url": url, names[type(value)]: value}


def test_what_is_left_out_changes_nothing(read):
    scale = read()
    assert (scale.reverse, scale.recodes, scale.conversion) == ((), (), None)
    assert (scale.factor, scale.offset, scale.ceiling) == (1, 0, None)


def test_the_arithmetic_is_read_exactly(read):
    scale = read(reverse="2", factor=Decimal("0.1"), offset=Decimal("-0.5"), ceiling=Decimal(9))
    assert (scale.reverse, scale.factor, scale.offset, scale.ceiling) == (
        ("2",),
        Fraction(1, 10),
        Fraction(-1, 2),
        9,
    )


def test_a_recoding_is_read_answer_by_answer(read):
    counts = [("count", [("answer", n), ("worth", Decimal(10 - n))]) for n in range(3)]
    (recode,) = read(recode=[("item", "1"), *counts]).recodes
    assert (recode.item, recode.counts) == ("1", {0: 10, 1: 9, 2: 8})


def test_a_table_is_read_row_by_row_with_its_source(read):
    rows = [("row", [("raw", Decimal(n)), ("points", Decimal("40.5"))]) for n in (4, 5)]
    conversion = read(table=[("source", "manual"), *rows]).conversion
    assert (conversion.points, conversion.source) == (
        {4: Fraction(81, 2), 5: Fraction(81, 2)},
        "manual",
    )


@pytest.mark.parametrize(
    ("added", "says"),
    [
        (
            {"recode": [("item", "1"), *[("count", [("answer", 0), ("worth", Decimal(1))])] * 2]},
            "scoring.recode.count: lists an answer twice",
        ),
        (
            {"table": [("source", "s"), *[("row", [("raw", 1), ("points", Decimal(1))])] * 2]},
            "scoring.table.row: lists a raw number twice",
        ),
        ({"table": [("row", [("raw", 1), ("points", 2)])]}, "scoring.table.source: is there 0"),
        ({"cutoff": [("amount", Decimal(3))]}, "scoring.cutoff.source: is there 0 times"),
        ({"norm": [("mean", Decimal(3)), ("source", "s")]}, "scoring.norm.label: is there 0"),
        ({"factor": "two"}, "scoring.factor.value: is not one Decimal"),
        ({"reliability": [("source", "s")]}, "scoring.reliability: is there 2 times, not once"),
    ],
)
def test_an_unsound_part_is_refused_by_its_path(read, added, says):
    with pytest.raises(ContentError, match=says):
        read(**added)


def test_error_of_measurement_and_norm_of_the_semcd_6():
    """Stanford: 605 people, mean 5.17, standard deviation 2.22, internal consistency .91."""
    (scale,) = read_instrument(SEMCD).scales
    known, (norm,) = scale.reliability, scale.norms
    assert known == Reliability(known.source, sd=Fraction("2.22"), coefficient=Fraction("0.91"))
    assert (norm.mean, norm.sd, norm.normal) == (Fraction("5.17"), Fraction("2.22"), False)


def test_pseq_1_1_carries_eppocs_rule_and_the_readings_known(content):
    (scale,) = content.instruments["pseq"].scales
    assert [(t.amount, t.band_change) for t in scale.thresholds] == [
        (Fraction(11, 2), False),
        (7, True),
    ]
    assert (scale.reliability.mdc95, scale.norms[0].mean) == (Fraction("11.52"), Fraction("20.7"))
    assert [(p.kind, p.amount) for p in scale.prompts] == [("below", 20)]
    assert scale.cutoff.amount == 30


@pytest.mark.parametrize(
    ("slug", "title", "amount"),
    [
        ("phq-9", "PHQ-9 total", 10),
        ("gad-7", "GAD-7 total", 10),
        ("phq-4", "PHQ-4 anxiety (GAD-2)", 3),
        ("phq-4", "PHQ-4 depression (PHQ-2)", 3),
    ],
)
def test_the_published_cutoffs(content, slug, title, amount):
    """Kroenke 2001, Spitzer 2006, Kroenke 2009."""
    scales = {scale.title: scale for scale in content.instruments[slug].scales}
    assert scales[title].cutoff.amount == amount


def test_a_normal_norm_says_so(read):
    norm = [("label", "US"), ("mean", 5), ("sd", Decimal(1)), ("normal", True), ("source", "s")]
    assert [one.normal for one in read(norm=norm).norms] == [False, True]
