"""Functions from one type to another (FHIRPath 2.0.0, section "Conversion").

What cannot be converted is empty.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from smartapp.fhirpath.function import Function, of_one
from smartapp.fhirpath.moment import Date, DateTime, Moment, Time
from smartapp.fhirpath.operator import bounded
from smartapp.fhirpath.quantity import Quantity, read
from smartapp.fhirpath.run import Run
from smartapp.fhirpath.value import Items, is_number, one, single

_INTEGER = re.compile(r"[+-]?\d{1,10}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?\d{1,28}(?:\.\d{1,28})?", re.ASCII)
_YES = {"true", "t", "yes", "y", "1", "1.0"}
_NO = {"false", "f", "no", "n", "0", "0.0"}
_LONGEST = 6
"""One character more than the longest of these words."""


def _to_integer(value: Any) -> Items:
    if isinstance(value, str):
        return bounded(int(value)) if _INTEGER.fullmatch(value) else []
    return [int(value)] if isinstance(value, int) else []


def _to_decimal(value: Any) -> Items:
    if isinstance(value, str):
        return bounded(Decimal(value)) if _DECIMAL.fullmatch(value) else []
    return [Decimal(value)] if isinstance(value, int | Decimal) else []


def _to_string(value: Any) -> Items:
    if isinstance(value, bool):
        return [str(value).lower()]
    if isinstance(value, Decimal):
        return [f"{value:f}"]
    return [str(value)] if isinstance(value, int | str | Moment | Quantity) else []


def _to_boolean(value: Any) -> Items:
    if isinstance(value, bool):
        return [value]
    if isinstance(value, str):
        word = value[:_LONGEST].lower()
        return [word in _YES] if word in _YES | _NO else []
    return [value == 1] if is_number(value) and value in (0, 1) else []


def _to_date(value: Any) -> Items:
    if isinstance(value, DateTime):
        return [Date(value.parts[:3])]
    if isinstance(value, str):
        return one(Date.read(value))
    return [value] if isinstance(value, Date) else []


def _to_date_time(value: Any) -> Items:
    if isinstance(value, Date):
        return [DateTime(value.parts)]
    if isinstance(value, str):
        return one(DateTime.read(value))
    return [value] if isinstance(value, DateTime) else []


def _to_time(value: Any) -> Items:
    if isinstance(value, str):
        return one(Time.read(value))
    return [value] if isinstance(value, Time) else []


def _to_quantity(value: Any) -> Items:
    if isinstance(value, bool):
        return [Quantity(Decimal(value))]
    if isinstance(value, str):
        return one(read(value))
    return [Quantity(value)] if is_number(value) else [value] if isinstance(value, Quantity) else []


def _in_unit(run: Run, items: Items, *unit: Items) -> Items:
    """``toQuantity``: with a unit, only an amount of that unit (or one that converts to it)."""
    value = single(items)
    found = [] if value is None else _to_quantity(value)
    wanted = single(unit[0]) if unit else None
    return found if wanted is None else [q for amount in found for q in _converted(amount, wanted)]


def _converted(amount: Quantity, unit: Any) -> Items:
    own, one_of_it = amount.size, Quantity(Decimal(1), str(unit)).size
    return [Quantity(own[1] / one_of_it[1], str(unit))] if own[0] == one_of_it[0] else []


def _tells(convert: Callable[[Any], Items]) -> Function:
    return of_one(lambda value: [bool(convert(value))])


def _can_be_in_unit(run: Run, items: Items, *unit: Items) -> Items:
    return [bool(_in_unit(run, items, *unit))] if items else []


_TO: dict[str, Callable[[Any], Items]] = {
    "Integer": _to_integer,
    "Decimal": _to_decimal,
    "String": _to_string,
    "Boolean": _to_boolean,
    "Date": _to_date,
    "DateTime": _to_date_time,
    "Time": _to_time,
}
CONVERSION: dict[str, Function] = {
    **{f"to{name}": of_one(convert) for name, convert in _TO.items()},
    **{f"convertsTo{name}": _tells(convert) for name, convert in _TO.items()},
    "toQuantity": Function(_in_unit, 0, 1),
    "convertsToQuantity": Function(_can_be_in_unit, 0, 1),
}
