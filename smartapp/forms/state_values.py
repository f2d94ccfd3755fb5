"""What an expression gave, as answers of an item; what does not fit the item is no answer.

Source: FHIRPath R4 types; SDC 3.0 calculatedExpression and initialExpression.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from smartapp.fhirpath.moment import Date, DateTime, Moment, Time
from smartapp.fhirpath.quantity import Quantity, to_element
from smartapp.forms.coding import identity
from smartapp.forms.questionnaire import Item, ItemType, Value
from smartapp.forms.state_write import copied


def as_values(item: Item, results: list[Any]) -> tuple[Value, ...]:
    """Return the results as values of the item's type; several fit a repeating item only.

    A result that does not fit makes all of them none: half a calculation is a wrong one.
    """
    if len(results) > 1 and not item.repeats:
        return ()
    values = [as_value(item, result) for result in results]
    return tuple(value for value in values if value is not None) if all(values) else ()


def as_value(item: Item, result: Any) -> Value | None:
    """Return one result as a value of the item's type, or None."""
    if item.type in (ItemType.CHOICE, ItemType.OPEN_CHOICE):
        return _chosen(item, result)
    name, fit = _FITTING.get(item.type, ("", _nothing))
    content = _quantity(item, result) if item.type is ItemType.QUANTITY else fit(result)
    return None if content is None else {name: content}


def _chosen(item: Item, result: Any) -> Value | None:
    """Return the option that a Coding, a code or a plain value names."""
    for option in item.options:
        if _names(result, next(iter(option.value.values()))):
            return option.value
    if isinstance(result, Mapping):
        return None
    is_open = item.type is ItemType.OPEN_CHOICE and isinstance(result, str)
    return {"valueString": result} if is_open else None


def _names(result: Any, offered: Any) -> bool:
    if not isinstance(offered, Mapping):
        return bool(_plain(result) == offered) and not isinstance(result, bool)
    if isinstance(result, Mapping):
        if "reference" in offered:
            return bool(result.get("reference") == offered["reference"])
        return identity(result) == identity(offered)
    return bool(result == offered.get("code"))


def _plain(result: Any) -> Any:
    return str(result) if isinstance(result, Moment) else result


def _nothing(_: Any) -> Any:
    return None


def _boolean(result: Any) -> Any:
    return result if isinstance(result, bool) else None


def _decimal(result: Any) -> Any:
    is_number = isinstance(result, int | Decimal) and not isinstance(result, bool)
    return Decimal(result) if is_number else None


def _integer(result: Any) -> Any:
    number = _decimal(result)
    return None if number is None or number != number.to_integral_value() else int(number)


def _text(result: Any) -> Any:
    if isinstance(result, str | Moment):
        return str(result) or None
    number = _decimal(result)
    return None if number is None else f"{number:f}"


def _moment(kind: type[Moment]) -> Callable[[Any], Any]:
    def fit(result: Any) -> Any:
        text = str(result) if isinstance(result, str | Moment) else ""
        return text if kind.read(text) else None

    return fit


def _quantity(item: Item, result: Any) -> Any:
    if isinstance(result, Quantity):
        return to_element(result)
    if isinstance(result, Mapping):
        return _element("value")(result)
    number = _decimal(result)
    if number is None or item.unit is None:
        return None
    names = {"system": "system", "code": "code", "display": "unit"}
    unit = {ours: item.unit[theirs] for theirs, ours in names.items() if theirs in item.unit}
    return {"value": number, **unit}


def _element(*marks: str) -> Callable[[Any], Any]:
    """Take a part of a resource that has one of the marks of its type; never a whole resource."""

    def fit(result: Any) -> Any:
        is_part = isinstance(result, Mapping) and "resourceType" not in result
        return copied(result) if is_part and any(mark in result for mark in marks) else None

    return fit


_FITTING: Mapping[ItemType, tuple[str, Callable[[Any], Any]]] = {
    ItemType.BOOLEAN: ("valueBoolean", _boolean),
    ItemType.DECIMAL: ("valueDecimal", _decimal),
    ItemType.INTEGER: ("valueInteger", _integer),
    ItemType.DATE: ("valueDate", _moment(Date)),
    ItemType.DATETIME: ("valueDateTime", _moment(DateTime)),
    ItemType.TIME: ("valueTime", _moment(Time)),
    ItemType.STRING: ("valueString", _text),
    ItemType.TEXT: ("valueString", _text),
    ItemType.URL: ("valueUri", _text),
    ItemType.REFERENCE: ("valueReference", _element("reference", "identifier")),
    ItemType.ATTACHMENT: ("valueAttachment", _element("data", "url")),
    ItemType.QUANTITY: ("valueQuantity", _nothing),
}
