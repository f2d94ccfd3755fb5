"""What is wrong with a response: one issue a fault, and all of them as an OperationOutcome.

A sentence tells the person who answers what to do. It quotes the question, never the answer, so
that issues carry nothing of the patient.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from smartapp.forms.state_place import ItemPath

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Issue:
    """One fault; ``expression`` is FHIRPath into the response, ``rule`` a number of ``rules``.

    ``code`` is one of HL7's issue types. ``path`` and ``link_id`` name the item, and are empty
    where the fault is not of an item.
    """

    severity: Severity
    code: str
    expression: str
    link_id: str
    path: ItemPath
    sentence: str
    rule: int


def operation_outcome(issues: Iterable[Issue]) -> dict[str, Any]:
    """Return an R4 OperationOutcome; without issues it says that all is well."""
    listed = [_entry(issue) for issue in issues]
    return {"resourceType": "OperationOutcome", "issue": listed or [_WELL]}


_WELL = {
    "severity": "information",
    "code": "informational",
    "details": {"text": "No problem was found."},
}


def _entry(issue: Issue) -> dict[str, Any]:
    place = f", linkId {issue.link_id}" if issue.link_id.strip() else ""
    return {
        "severity": issue.severity,
        "code": issue.code,
        "details": {"text": str(issue.sentence)},
        "diagnostics": f"rule {issue.rule}{place}",
        "expression": [issue.expression],
    }
