"""An EHR that sends what FHIR does not allow: the pages are there, and leak nothing of it."""

import random
from copy import deepcopy

import pytest

from smartapp.fhir import wire

ODD = [None, "", "x", 7, True, [], {}, [None], [[]], ["x"], [7], [{}], {"x": 1}, "2026-13-45"]
ODD += ["9" * 400, "\0", [{"value": {}}], {"coding": ["x"]}, {"reference": 7}, {"extension": "x"}]
ODD += [{"coding": [{"code": ["x"], "system": 7}]}, [{"reference": 7}]]
WRITTEN = ("Condition", "CarePlan", "CareTeam", "Goal", "QuestionnaireResponse", "Observation")
PAGES = ("", "outcomes", "note", "places", "goals/new", "assessments/new")
ROWS = 60
"""Odd rows in one answer."""


def nodes(value, path=()):
    """The way to every part of a resource but what says whose and what it is."""
    named = value.items() if isinstance(value, dict) else enumerate(value)
    for step, part in named:
        if step not in ("resourceType", "subject"):
            yield (*path, step)
            yield from nodes(part, (*path, step)) if isinstance(part, dict | list) else ()


def spoilt(row, draw, number):
    """The row with one of its parts replaced by something odd."""
    made = wire.decode(wire.encode(row)) | {"id": f"odd-{number}"}
    *above, last = draw.choice(list(nodes(made)))
    holder = made
    for step in above:
        holder = holder[step]
    holder[last] = deepcopy(draw.choice(ODD))
    return made


@pytest.fixture
def rows(coach, ehr, patient):
    """What a whole course left in the record."""
    coach.enroll()
    coach.add_goal()
    coach.assess(7, 2)
    coach.answer(coach.start("phq-9"), 1)
    return [row for type_ in WRITTEN for row in ehr.kept(type_, patient)]


def test_no_page_fails_whatever_is_odd_about_a_row(coach, ehr, rows):
    draw = random.Random(4711)
    for _ in range(4):
        ehr.stray = [spoilt(draw.choice(rows), draw, number) for number in range(ROWS)]
        for place in PAGES:
            answered = coach.get(place)
            assert answered.status_code == 200, place


def test_that_something_is_not_shown_is_said(coach, ehr, rows):
    goal = next(row for row in rows if row["resourceType"] == "Goal")
    ehr.stray = [goal | {"id": "odd", "description": "Walk"}]
    assert "Not shown below: Goal" in coach.see()
