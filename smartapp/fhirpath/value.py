"""What an expression works on: elements of a resource, and the values they stand for.

A collection is a list of items. An item is a Node (an element of a resource, which knows its type
and where it hangs) or a value of FHIRPath's own: bool, int, Decimal, str, Moment or Quantity.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from smartapp.errors import PathFailed
from smartapp.fhirpath.moment import Date, DateTime, Moment, Time
from smartapp.fhirpath.quantity import Quantity, of_element

Items = list[Any]


class Node:
    """An element: its JSON ``value``, FHIR type ``kind`` or "", and ``parent``.

    A primitive's extensions are its ``extra``; its ``value`` is None when it has only these.
    """

    __slots__ = ("extra", "kind", "parent", "value")

    def __init__(
        self,
        value: Any,
        kind: str = "",
        parent: "Node | None" = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self.value = value
        self.kind = kind
        self.parent = parent
        self.extra = extra


_FAR = 60
"""Powers of ten from 1, and digits after the point, of a number that is worked with."""


def _number(value: Any) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return Decimal(str(value)) if is_number else value


def worked_with(value: Any) -> Any:
    """Return a value of the data; raise for a number so huge that one step with it takes long.

    It is not left out, for a sum without it would be wrong.
    """
    if isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        is_near = isinstance(exponent, int) and exponent >= -_FAR and abs(value.adjusted()) <= _FAR
    else:
        is_near = type(value) is not int or value.bit_length() <= 3 * _FAR
    if not is_near:
        raise PathFailed("a number that is out of range")
    return value


def _reading(moment: type[Moment]) -> Callable[[Any], Any]:
    return lambda value: (moment.read(value) or value) if isinstance(value, str) else value


_READ: dict[str, Callable[[Any], Any]] = {
    "decimal": _number,
    "date": _reading(Date),
    "dateTime": _reading(DateTime),
    "instant": _reading(DateTime),
    "time": _reading(Time),
}
QUANTITIES = {"Quantity", "Age", "Duration", "Count", "Distance", "SimpleQuantity"}
_OF_QUANTITY = {"value", "comparator", "unit", "system", "code", "id", "extension"}


def plain(item: Any) -> Any:
    """Return the value an item stands for; of a complex element the element's dict."""
    if type(item) is not Node:
        return item
    value = worked_with(item.value)
    if type(value) is dict:
        return _amount_of(value) if _is_quantity(item) else value
    convert = _READ.get(item.kind)
    if convert is not None:
        return convert(value)
    return _number(value) if type(value) is float else value


def _amount_of(element: Mapping[str, Any]) -> Any:
    worked_with(element.get("value"))
    return of_element(element) or element


def _is_quantity(node: Node) -> bool:
    value = node.value
    return node.kind in QUANTITIES or (
        not node.kind and "value" in value and value.keys() <= _OF_QUANTITY
    )


def result(item: Any) -> Any:
    """Return an item as callers get it: elements as they stand in the JSON, decimals as Decimal."""
    if type(item) is not Node:
        return item
    value = worked_with(item.value)
    return _number(value) if item.kind == "decimal" or type(value) is float else value


def values(items: Items) -> Items:
    """Return the values of a collection; elements without one are left out."""
    return [value for value in map(plain, items) if value is not None]


def single(items: Items) -> Any:
    """Return the one value, None of an empty collection; raise if there are several."""
    if not items:
        return None
    if len(items) > 1:
        raise PathFailed("several values where one is expected")
    return plain(items[0])


def truth(items: Items) -> bool | None:
    """Return yes, no or unknown; one value that is no boolean counts as yes.

    FHIRPath 2.0.0, section "Singleton Evaluation of Collections".
    """
    value = single(items)
    return value if value is None or isinstance(value, bool) else True


def text(items: Items) -> str | None:
    """Return the one string, None of an empty collection; raise if it is something else."""
    value = single(items)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Moment):
        return str(value)
    raise PathFailed("a text is expected")


def whole(items: Items) -> int | None:
    """Return the one integer, None of an empty collection; raise if it is something else."""
    value = single(items)
    if value is None or type(value) is int:
        return value
    raise PathFailed("an integer is expected")


def is_number(value: Any) -> bool:
    """Tell whether it is an integer or a decimal; a boolean is none."""
    return type(value) is int or isinstance(value, Decimal)


def amount(value: Any) -> Quantity | None:
    """Return a number or a quantity as a quantity, None of anything else."""
    if isinstance(value, Quantity):
        return value
    return Quantity(value) if is_number(value) else None


def one(value: Any) -> Items:
    """Return a collection of one value, an empty one of None."""
    return [] if value is None else [value]
