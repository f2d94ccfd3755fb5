"""A compiled expression, and what callers do with what it yields."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from smartapp.errors import PathFailed
from smartapp.fhirpath.element import roots
from smartapp.fhirpath.moment import Date, DateTime, Time
from smartapp.fhirpath.parser import Parser
from smartapp.fhirpath.quantity import Quantity, to_element
from smartapp.fhirpath.run import Allowance, Run, Step
from smartapp.fhirpath.value import Items, result

NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Path:
    """An expression ready to be evaluated; ``names`` are the variables it uses, without ``%``.

    Variables that are always the same, such as ``%ucum``, are not among the names.
    """

    expression: str
    names: frozenset[str]
    _step: Step = field(repr=False, compare=False)

    def evaluate(
        self,
        focus: Any,
        variables: Mapping[str, Any] = NOTHING,
        *,
        now: datetime,
        budget: int = 100_000,
        allowance: Allowance | None = None,
    ) -> list[Any]:
        """Return the collection that the expression yields for a resource, an element or a list.

        Elements come back as they stand in the JSON (a decimal always as Decimal); what was worked
        out is bool, int, Decimal, str, Date, DateTime, Time or Quantity. ``ordinal()`` looks into
        the variable ``questionnaire`` where an answer carries no score. ``now`` is aware;
        ``budget`` counts steps, each a few microseconds at most; they are taken from the
        ``allowance`` too, if there is one. Raises PathFailed, whose message says why and holds
        nothing of the data.
        """
        steps = budget if allowance is None else min(budget, allowance.left)
        items = roots(focus)
        known = {name: _given(name, items, variables) for name in self.names}
        if "questionnaire" in variables:
            known["questionnaire"] = roots(variables["questionnaire"])
        run = Run(items, known, now, steps)
        try:
            run.spend(1)
            return [result(item) for item in self._step(run, items)]
        except RecursionError:
            raise PathFailed("the data are nested too deeply") from None
        except (ArithmeticError, ValueError):
            raise PathFailed("numbers that cannot be worked with") from None
        finally:
            if allowance is not None:
                allowance.left -= steps - max(run.left, 0)


def _given(name: str, focus: Items, variables: Mapping[str, Any]) -> Items:
    if name in variables:
        return roots(variables[name])
    if name == "context":
        return focus
    if name == "rootResource" and "resource" in variables:
        return roots(variables["resource"])
    if name in ("resource", "rootResource") and _is_resource(focus):
        return focus
    raise PathFailed(f"%{name} was not given")


def _is_resource(focus: Items) -> bool:
    return len(focus) == 1 and "resourceType" in (getattr(focus[0], "value", None) or {})


def compile(expression: str, variables: Collection[str] = ()) -> Path:
    """Compile an expression that may use ``variables``, names without ``%``.

    Raises PathError ``at column N: reason`` for syntax, an unknown function, variable or type, or a
    wrong number of arguments.
    """
    parser = Parser(expression, variables)
    step = parser.parse()
    return Path(expression, frozenset(parser.names), step)


_ANSWERS: dict[type, str] = {
    bool: "valueBoolean",
    int: "valueInteger",
    Decimal: "valueDecimal",
    Date: "valueDate",
    DateTime: "valueDateTime",
    Time: "valueTime",
}


def to_answer(value: Any, item_type: str = "") -> dict[str, Any]:
    """Return a value as a QuestionnaireResponse's answer, ``{"valueInteger": 3}``.

    ``item_type`` is the Questionnaire item's; without it the value's own type decides, and a text
    is a string. A whole number answers a decimal item as Decimal, and the other way round.
    """
    if isinstance(value, dict):
        return {f"value{_element_kind(value, item_type)}": value}
    if isinstance(value, Quantity):
        return {"valueQuantity": to_element(value)}
    if isinstance(value, str):
        return {f"value{_text_kind(item_type)}": value}
    if type(value) is int or isinstance(value, Decimal):
        return _number_answer(value, item_type)
    shown = value if isinstance(value, bool) else str(value)
    return {_ANSWERS[type(value)]: shown}


def _number_answer(value: int | Decimal, item_type: str) -> dict[str, Any]:
    if item_type == "quantity":
        return {"valueQuantity": {"value": value}}
    if item_type == "decimal":
        return {"valueDecimal": Decimal(value)}
    if item_type == "integer" and value == int(value):
        return {"valueInteger": int(value)}
    return {_ANSWERS[type(value)]: value}


def _text_kind(item_type: str) -> str:
    named = {"date": "Date", "dateTime": "DateTime", "time": "Time", "url": "Uri"}
    return named.get(item_type, "String")


def _element_kind(value: dict[str, Any], item_type: str) -> str:
    by_type = {"quantity": "Quantity", "attachment": "Attachment", "reference": "Reference"}
    if item_type in by_type:
        return by_type[item_type]
    marks = {"reference": "Reference", "value": "Quantity", "contentType": "Attachment"}
    return next((kind for mark, kind in marks.items() if mark in value), "Coding")
