"""A small program and two small instruments, built by hand so that no file is needed."""

from datetime import date
from fractions import Fraction

import pytest

from smartapp.errors import EntryRefused
from smartapp.program.enrollment import Condition, EnrollmentChoices, Person
from smartapp.program.instrument import Band, Code, Instrument, Item, Scale, Threshold
from smartapp.program.protocol import ExitReason, Program, RedFlag


@pytest.fixture
def today():
    return date(2026, 3, 10)


@pytest.fixture
def program():
    return Program(
        url="https://example.org/PlanDefinition/p",
        version="1.0.0",
        title="Program",
        sessions_least=6,
        sessions_most=12,
        sessions_usual=8,
        red_flags=(RedFlag("fever", "Fever"), RedFlag("trauma", "Major trauma")),
        exit_reasons=(
            ExitReason("finished", "Finished", "completed"),
            ExitReason("own-choice", "Chose to stop", "withdrawn"),
        ),
        instruments=("peg",),
        red_flags_questionnaire="https://example.org/Questionnaire/red-flags|1.0.0",
    )


@pytest.fixture
def choices():
    conditions = (Condition("Condition/9", "Chronic low back pain"),)
    people = (Person("Practitioner/1", "Cora Coach"), Person("Practitioner/2", "Sam Senior"))
    return EnrollmentChoices({c.reference: c for c in conditions}, {p.reference: p for p in people})


def make_instrument(slug, links, highest, **scale):
    items = tuple(
        Item(link, f"Question {link}", None, 0, highest, "none", "most") for link in links
    )
    fields = {
        "code": Code("https://example.org", slug, slug),
        "title": slug,
        "method": "sum",
        "items": tuple(links),
        "least": Fraction(0),
        "most": Fraction(highest * len(links)),
        "better": "higher",
        "answers_needed": len(links),
        "missing_rule": "All are needed.",
        "decimals": 0,
        "bands": (),
        "bands_source": "",
        "thresholds": (),
        "components": False,
    }
    made = Scale(**(fields | scale))
    return Instrument(slug, "https://example.org/q", "1", slug, "", items, (made,), "free", "us")


@pytest.fixture
def instrument():
    """Return a maker of instruments: slug, link ids, highest answer, and any field of the scale."""
    return make_instrument


@pytest.fixture
def peg():
    """Return PEG's shape: a mean of three, lower is better, meaningful from 1 point or 30%."""
    thresholds = (
        Threshold("absolute", Fraction(1), "a meaningful change", "Reed 2023"),
        Threshold("percent", Fraction(3, 10), "a 30% change", "CDC 2022"),
    )
    return make_instrument(
        "peg",
        ["pain", "enjoyment", "activity"],
        10,
        method="mean",
        most=Fraction(10),
        better="lower",
        decimals=1,
        thresholds=thresholds,
    )


@pytest.fixture
def pseq():
    """Return PSEQ's shape: a sum of ten with bands, higher is better, meaningful from 5.5."""
    bands = [("severe", 0, 19), ("moderate", 20, 30), ("mild", 31, 40), ("minimal", 41, 60)]
    return make_instrument(
        "pseq",
        [str(n) for n in range(1, 11)],
        6,
        bands=tuple(Band(c, c.title(), Fraction(low), Fraction(high)) for c, low, high in bands),
        bands_source="ePPOC",
        thresholds=(
            Threshold("absolute", Fraction(11, 2), "a meaningful change", "Chiarotto 2016"),
        ),
    )


@pytest.fixture
def problems():
    """Return a caller that must be refused, giving its problems as field to sentence."""

    def refused(call, *args):
        with pytest.raises(EntryRefused) as caught:
            call(*args)
        return {problem.field: problem.sentence for problem in caught.value.problems}

    return refused
