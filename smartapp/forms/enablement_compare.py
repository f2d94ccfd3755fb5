"""Whether answers fulfil a condition of enableWhen.

Source: FHIR R4, value set questionnaire-enable-operator: ``=`` is true when at least one answer is
equal, ``!=`` when none is (so too when there is no answer), an order when at least one answer
fulfils it. Dates of different precision are compared as far as both say (FHIRPath "Comparison").
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from smartapp.errors import PathFailed
from smartapp.fhirpath.moment import DateTime, Moment, Time, compare
from smartapp.fhirpath.quantity import of_element, together
from smartapp.forms.coding import identity
from smartapp.forms.questionnaire import Condition

_ORDERS: Mapping[str, Callable[[int, int], bool]] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}
_MOMENTS: Mapping[str, type[Moment]] = {
    "Date": DateTime,
    "DateTime": DateTime,
    "Instant": DateTime,
    "Time": Time,
}
_TEXTS = ("String", "Uri", "Markdown", "Code")


def holds(condition: Condition, answers: Sequence[Mapping[str, Any]], zone: int = 0) -> bool:
    """Tell whether the condition holds; ``zone`` is taken for a time that has none (minutes)."""
    name, expected = next(iter(condition.answer.items()))
    if condition.operator == "exists":
        return bool(answers) is bool(expected)
    kind = name.removeprefix("answer")
    orders = (compared(value, kind, expected, zone) for value in map(_value, answers) if value)
    if condition.operator == "=":
        return any(order == 0 for order in orders)
    if condition.operator == "!=":
        return not any(order == 0 for order in orders)
    test = _ORDERS[condition.operator]
    return any(order is not None and order != DIFFERENT and test(order, 0) for order in orders)


DIFFERENT = 2
"""Not equal, and without an order: two codes, two texts."""


def _value(answer: Mapping[str, Any]) -> tuple[str, Any] | None:
    for name, content in answer.items():
        if name.startswith("value"):
            return name[5:], content
    return None


def compared(value: tuple[str, Any], kind: str, expected: Any, zone: int) -> int | None:
    """Return -1, 0 or 1; DIFFERENT without an order; None when it cannot be said."""
    own, content = value
    if kind in _MOMENTS and own in _MOMENTS:
        return _moments(_MOMENTS[own].read(str(content)), _MOMENTS[kind].read(str(expected)), zone)
    if kind in {"Integer", "Decimal"} and own in {"Integer", "Decimal"}:
        return _order(content, expected)
    if kind == own == "Quantity":
        return _quantities(content, expected)
    return 0 if _identity(own, content) == _identity(kind, expected) else DIFFERENT


def _order(left: Any, right: Any) -> int | None:
    try:
        ours, theirs = Decimal(left), Decimal(right)
    except (ArithmeticError, TypeError, ValueError):
        return None
    return (ours > theirs) - (ours < theirs)


def _moments(left: Moment | None, right: Moment | None, zone: int) -> int | None:
    if left is None or right is None:
        return None
    try:
        return compare(left, right, zone)
    except PathFailed:
        return None


def _quantities(left: Any, right: Any) -> int | None:
    try:
        ours, theirs = of_element(left), of_element(right)
        if ours is None or theirs is None:
            return None
        return _order(*together(ours, theirs)[:2])
    except (PathFailed, AttributeError, ArithmeticError):
        return None


def _identity(kind: str, content: Any) -> Any:
    if kind == "Coding" and isinstance(content, Mapping):
        return kind, *identity(content)
    if kind == "Reference" and isinstance(content, Mapping):
        return kind, content.get("reference")
    return "text" if kind in _TEXTS else kind, content
