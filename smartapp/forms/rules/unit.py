"""The number and the unit of an amount (rules 27, 47 and 48).

An amount without a number is a half-typed one: it may be kept, but not handed in.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from smartapp.forms.issue import Issue
from smartapp.forms.questionnaire import Item, ItemType
from smartapp.forms.rules.case import Case
from smartapp.forms.rules.found import Answer, Found, named
from smartapp.forms.said import either, said

UNIT_VALUE_SET = "http://hl7.org/fhir/StructureDefinition/questionnaire-unitValueSet"


def problems(case: Case) -> Iterator[Issue]:
    """Return the issues of all amounts."""
    for found in case.every():
        if found.item.type is ItemType.QUANTITY:
            name = named(found.item, case.context.language)
            for answer in found.answers:
                if answer.kind:
                    yield from _amount(found, answer, name)


def _amount(found: Found, answer: Answer, name: str) -> Iterator[Issue]:
    if "value" not in answer.value:
        yield found.issue(27, said("Enter a number for {name}.", name=name), f"{answer.at}.value")
    rule, units = _units(found.item)
    if units and not any(_is_in(answer.value, unit) for unit in units):
        words = either(_words(unit) for unit in units[:10])
        asked = said("Give {name} in {units}.", name=name, units=words)
        yield found.issue(rule, asked, f"{answer.at}.value")


def _units(item: Item) -> tuple[int, tuple[Mapping[str, Any], ...]]:
    """Return the rule about the item's units, and those allowed; none where any will do."""
    if item.units:
        return (48 if _has_value_set(item) else 47), item.units
    return 48, (item.unit,) if item.unit else ()


def _has_value_set(item: Item) -> bool:
    extensions = item.raw.get("extension")
    return isinstance(extensions, list) and any(
        isinstance(one, dict) and one.get("url") == UNIT_VALUE_SET for one in extensions
    )


def _is_in(quantity: Mapping[str, Any], unit: Mapping[str, Any]) -> bool:
    if unit.get("code"):
        return (quantity.get("system"), quantity.get("code")) == (unit.get("system"), unit["code"])
    return quantity.get("unit") == _words(unit)


def _words(unit: Mapping[str, Any]) -> str:
    return str(unit.get("display") or unit.get("unit") or unit.get("code") or "")
