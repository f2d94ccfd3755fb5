"""What a form's expressions say of the answers (rules 54 and 58), and limits that they give (53).

A constraint is broken when it is false; when it has nothing to say, some answer that it speaks of
is missing, which other rules judge. An expression that fails is the form's fault, not the user's.
Source: SDC 3.0 "Form Behavior and Calculation", constraints; FHIR R4 questionnaire-constraint.
"""

from collections.abc import Callable, Iterator
from typing import Any

from smartapp.errors import PathFailed
from smartapp.fhirpath import Path, to_answer
from smartapp.forms.issue import Issue
from smartapp.forms.questionnaire import Constraint, Item
from smartapp.forms.rules import primitive, value
from smartapp.forms.rules.case import Case
from smartapp.forms.rules.found import ROOT, Found, issue

OUT_OF_ORDER = "This form cannot check its answers as it should. Tell your clinic."
_Report = Callable[..., Issue]


def problems(case: Case) -> Iterator[Issue]:
    """Return the issues of constraints and variables, of the whole form and of its items."""
    form = case.questionnaire

    def report(rule: int, sentence: str, severity: Any = None) -> Issue:
        return issue(rule, (), ROOT, sentence, severity)

    yield from _variables(case, None, [variable.path for variable in form.variables], report)
    for constraint in form.constraints:
        yield from _constraint(case, None, constraint, report)
    for found in case.every():
        yield from _item(case, found)


def _item(case: Case, found: Found) -> Iterator[Issue]:
    item = found.item

    def report(rule: int, sentence: str, severity: Any = None) -> Issue:
        return found.issue(rule, sentence, severity=severity)

    yield from _variables(case, found, [variable.path for variable in item.variables], report)
    if found.path in case.settled.failed:
        yield report(58, OUT_OF_ORDER)
    for constraint in item.constraints:
        yield from _constraint(case, found, constraint, report)


def _variables(
    case: Case, found: Found | None, paths: list[Path], report: _Report
) -> Iterator[Issue]:
    for path in paths:
        try:
            case.evaluate(path, found)
        except PathFailed:
            yield report(58, OUT_OF_ORDER)


def _constraint(
    case: Case, found: Found | None, constraint: Constraint, report: _Report
) -> Iterator[Issue]:
    try:
        results = case.evaluate(constraint.path, found)
    except PathFailed:
        yield report(54, OUT_OF_ORDER)
        return
    if any(result is False for result in results):
        yield report(54, constraint.human, constraint.severity)


def worked_out(case: Case, found: Found, path: Path) -> Iterator[tuple[str, Any]]:
    """Return the values, as (value[x], content), that an expression gives for an item's limit.

    What is no value of the item's type limits nothing. Raises PathFailed.
    """
    for result in case.evaluate(path, found):
        for kind, content in to_answer(result, found.item.type).items():
            if _is_sound(found.item, kind, content):
                yield kind, content


def _is_sound(item: Item, kind: str, content: Any) -> bool:
    check = primitive.SIMPLE.get(kind)
    return check(content) is None if check else value.fault(item, kind, content) is None
