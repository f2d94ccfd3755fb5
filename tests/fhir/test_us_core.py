"""What we write conforms to US Core 6.1: cardinalities, types, patterns, slices and bindings.

The profiles' snapshots are read from beside the repository. Their invariants, which are FHIRPath,
are ours by hand in ``smartapp/fhir/authored.py``.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from smartapp.fhir import assessment as assessments
from smartapp.fhir import authored
from smartapp.fhir import enrollment as enrollments
from smartapp.fhir import goal as goals
from smartapp.fhir import note as notes
from smartapp.program.assessment import Occasion, Response, score
from smartapp.program.enrollment import EnrollmentStatus, Exit
from smartapp.program.goal import Achievement
from smartapp.program.summary import Summary

PROFILES = Path(__file__).parents[3] / "shared" / "us-core"
pytestmark = pytest.mark.skipif(
    not PROFILES.is_dir(), reason="the US Core profiles are not beside this repository"
)
FORM = UUID(int=2)
VALUE_SETS = {
    "us-core-narrative-status": {"generated", "additional"},
    "request-status": authored.REQUIRED["CarePlan"]["status"],
    "care-plan-intent": authored.REQUIRED["CarePlan"]["intent"],
    "care-team-status": authored.REQUIRED["CareTeam"]["status"],
    "goal-status": authored.REQUIRED["Goal"]["lifecycleStatus"],
    "questionnaire-answers-status": authored.REQUIRED["QuestionnaireResponse"]["status"],
    "observation-status": authored.REQUIRED["Observation"]["status"],
    "document-reference-status": authored.REQUIRED["DocumentReference"]["status"],
    "composition-status": {"preliminary", "final", "amended", "entered-in-error"},
    "document-relationship-type": {"replaces", "transforms", "signs", "appends"},
    "mimetypes": {"text/plain", "application/xhtml+xml"},
}
Element = dict[str, Any]


class Profile:
    """One StructureDefinition's snapshot, checked against JSON resources."""

    def __init__(self, name: str) -> None:
        path = PROFILES / f"StructureDefinition-us-core-{name}.json"
        self.elements: list[Element] = json.loads(path.read_text())["snapshot"]["element"]
        self.bound: set[str] = set()

    def faults(self, resource: Element) -> list[str]:
        return list(self._within(resource, resource["resourceType"]))

    def _within(self, value: Element, path: str) -> Iterator[str]:
        children = [e for e in self.elements if e["id"].rpartition(".")[0] == path]
        known = {"resourceType", "id"}
        for child in (c for c in children if not c.get("sliceName")):
            names = _names(child, value)
            known |= set(names)
            yield from self._child(child, [v for n in names for v in _listed(value[n])])
        for child in (c for c in children if c.get("sliceName")):
            yield from self._slice(child, _listed(value.get(_leaf(child), [])))
        if children:
            yield from (f"{path}.{name}: unknown" for name in value.keys() - known)

    def _child(self, element: Element, values: list[Any]) -> Iterator[str]:
        yield from _counted(element, len(values))
        wanted = _wanted(element)
        for value in values:
            if wanted is not None and not _fits(value, wanted):
                yield f"{element['id']}: not as fixed"
            yield from self._bound_to(element, value)
            if isinstance(value, dict):
                yield from self._within(value, element["id"])

    def _slice(self, element: Element, values: list[Any]) -> Iterator[str]:
        wanted = _wanted(element)
        if wanted is not None:
            yield from _counted(element, sum(_fits(value, wanted) for value in values))

    def _bound_to(self, element: Element, value: Any) -> Iterator[str]:
        binding = element.get("binding", {})
        name = binding.get("valueSet", "").partition("|")[0].rpartition("/")[2]
        if binding.get("strength") == "required" and name in VALUE_SETS:
            self.bound.add(name)
            if value not in VALUE_SETS[name]:
                yield f"{element['id']}: {name}"


def _leaf(element: Element) -> str:
    return element["path"].rpartition(".")[2]


def _names(element: Element, value: Element) -> list[str]:
    """The JSON names under which the element occurs; a choice occurs under its type's."""
    leaf = _leaf(element)
    if not leaf.endswith("[x]"):
        return [leaf] if leaf in value else []
    types = "|".join(t["code"][0].upper() + t["code"][1:] for t in element["type"])
    return [n for n in value if re.fullmatch(f"{leaf[:-3]}({types})", n)]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _counted(element: Element, count: int) -> Iterator[str]:
    if count < element["min"]:
        yield f"{element['id']}: {count} of at least {element['min']}"
    if element["max"] != "*" and count > int(element["max"]):
        yield f"{element['id']}: {count} of at most {element['max']}"


def _wanted(element: Element) -> Any:
    return next((v for n, v in element.items() if n.startswith(("fixed", "pattern"))), None)


def _fits(value: Any, pattern: Any) -> bool:
    """FHIR's pattern: everything in it is in the value; a list's members in any order."""
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(_fits(value.get(k), v) for k, v in pattern.items())
    if isinstance(pattern, list):
        return all(any(_fits(v, p) for v in value or ()) for p in pattern)
    return bool(value == pattern)


@pytest.fixture
def written(ehr, chart, enrolled, enrollment, walk, content):
    """A whole course: enrolled, a goal marked, every instrument answered, withdrawn, two notes."""
    kept = goals.add(chart, walk, enrolled, FORM)
    marked = replace(
        walk, achievement=Achievement.ACHIEVED, achieved_on=walk.due, note="Done", closed=True
    )
    goals.save_change(chart, kept, marked, FORM)
    given = [
        Response(i, {item.link_id: item.maximum for item in i.items})
        for i in content.instruments.values()
    ]
    scores = [s for response in given for s in score(response)]
    assessments.add(chart, Occasion.SESSION, 2, given, scores, enrolled, FORM)
    left = replace(
        enrollment,
        status=EnrollmentStatus.WITHDRAWN,
        exit=Exit(date(2026, 12, 1), "own-choice", "Too far."),
    )
    enrollments.save_change(chart, enrollments.read(chart, enrolled.id), left, FORM)
    for title in ("One", "Two"):
        notes.put(chart, enrolled, Summary(title, (), ()), FORM, (notes.TEXT, notes.XHTML))
    return ehr


@pytest.mark.parametrize(
    ("type_", "name", "versions"),
    [
        ("CarePlan", "careplan", 3),
        ("CareTeam", "careteam", 2),
        ("Goal", "goal", 2),
        ("QuestionnaireResponse", "questionnaireresponse", 10),
        ("Observation", "observation-screening-assessment", 15),
        ("DocumentReference", "documentreference", 3),
    ],
)
def test_every_version_we_write_conforms(written, type_: str, name: str, versions: int) -> None:
    profile = Profile(name)
    rows = [row for (t, _), rows in written.rows.items() if t == type_ for row in rows]
    assert len(rows) == versions
    assert [fault for row in rows for fault in profile.faults(row)] == []
    assert [fault for row in rows for fault in authored.faults(row)] == []
    assert profile.bound


@pytest.mark.parametrize(
    ("name", "type_", "broken", "fault"),
    [
        ("goal", "Goal", {"lifecycleStatus": "banana"}, "Goal.lifecycleStatus: goal-status"),
        ("goal", "Goal", {"description": None}, "Goal.description: 0 of at least 1"),
        ("goal", "Goal", {"foo": 1}, "Goal.foo: unknown"),
        ("careplan", "CarePlan", {"category": []}, "CarePlan.category:AssessPlan: 0 of at least 1"),
        (
            "documentreference",
            "DocumentReference",
            {"category": None},
            "DocumentReference.category: 0 of at least 1",
        ),
        ("careteam", "CareTeam", {"participant": None}, "CareTeam.participant: 0 of at least 1"),
    ],
)
def test_the_checker_sees_faults(written, name, type_, broken, fault) -> None:
    row = {**written.all(type_)[0], **broken}
    assert fault in Profile(name).faults({k: v for k, v in row.items() if v is not None})
