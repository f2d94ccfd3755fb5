"""Reading a Questionnaire: what cannot be shown whole is refused here, with element and reason.

Source: FHIR R4 Questionnaire; SDC 3.0.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from smartapp.errors import ContentError
from smartapp.forms import expressions
from smartapp.forms.lint import lint_questionnaire
from smartapp.forms.looked_up import Names
from smartapp.forms.questionnaire import Questionnaire
from smartapp.forms.reading_element import Element, Finding
from smartapp.forms.reading_items import Shelf, read_items
from smartapp.forms.reading_refused import ROOT, refuse
from smartapp.forms.reading_scan import scan
from smartapp.forms.reading_text import read_text

ValueSets = Mapping[str, Mapping[str, Any]]
"""Value sets that are not contained, by canonical with or without version."""
NONE: ValueSets = MappingProxyType({})
STATUSES = ("draft", "active", "retired", "unknown")


def read_questionnaire(raw: Mapping[str, Any], value_sets: ValueSets = NONE) -> Questionnaire:
    """Read a Questionnaire; raise ContentError ``<element>: <reason>`` with its first error."""
    questionnaire, findings = examine(raw, value_sets)
    first = next((str(f) for f in findings if f.severity == "error"), None)
    if questionnaire is None or first:
        raise ContentError(first or "Questionnaire: cannot be read")
    return questionnaire


def lint(raw: Mapping[str, Any], value_sets: ValueSets = NONE) -> tuple[Finding, ...]:
    """Return everything wrong or doubtful about a Questionnaire."""
    return examine(raw, value_sets)[1]


def examine(
    raw: Mapping[str, Any], value_sets: ValueSets = NONE
) -> tuple[Questionnaire | None, tuple[Finding, ...]]:
    """Read a Questionnaire as far as it can be read, with all that was found."""
    findings = [*scan(raw, "Questionnaire")]
    for canonical, value_set in value_sets.items():
        findings += scan(value_set, f"ValueSet({canonical})")
    if findings:
        return None, tuple(findings)
    root = Element(raw, "Questionnaire", findings)
    questionnaire = _read(root, value_sets)
    findings += lint_questionnaire(questionnaire)
    return questionnaire, tuple(dict.fromkeys(findings))


def _read(root: Element, value_sets: ValueSets) -> Questionnaire:
    if root.raw.get("resourceType") != "Questionnaire":
        root.error("resourceType", "is not Questionnaire")
    refuse(root, ROOT)
    launch = expressions.read_launch(root)
    variables, names = expressions.read_variables(root, Names(frozenset(launch)))
    return Questionnaire(
        url=root.text("url"),
        version=root.text("version"),
        title=read_text(root, "title"),
        status=_status(root),
        language=root.text("language"),
        items=read_items(root, names, Shelf(_contained(root), value_sets)),
        variables=variables,
        constraints=expressions.read_constraints(root, names),
        raw=root.raw,
        launch=launch,
    )


def _status(root: Element) -> str:
    status = root.text("status")
    if status not in STATUSES:
        root.error("status", f"is none of {', '.join(STATUSES)}")
    return status


def _contained(root: Element) -> dict[str, Element]:
    found: dict[str, Element] = {}
    for resource in root.each("contained"):
        name = resource.text("id")
        if not name or name in found:
            resource.error("id", "is missing, or there twice")
        found[name] = resource
    return found
