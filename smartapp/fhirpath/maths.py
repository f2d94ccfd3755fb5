"""Functions on numbers (FHIRPath 2.0.0, section "Math"; sum and the like as in its later drafts).

The sum, mean, least and greatest of nothing are empty: a missing answer is never zero.
"""

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any

from smartapp.errors import PathFailed
from smartapp.fhirpath.function import Function
from smartapp.fhirpath.operator import EXACT, OPERATORS, bounded, calculated, order
from smartapp.fhirpath.quantity import Quantity
from smartapp.fhirpath.run import Run
from smartapp.fhirpath.value import Items, is_number, single, values, whole

_MOST_PLACES = 28


def _numeric(items: Items) -> int | Decimal | None:
    value = single(items)
    if value is None or is_number(value):
        number: int | Decimal | None = value
        return number
    raise PathFailed("a number is expected")


def _of_number(work: Callable[[Decimal], Any]) -> Function:
    def body(run: Run, items: Items) -> Items:
        number = _numeric(items)
        return [] if number is None else calculated(lambda: work(Decimal(number)))

    return Function(body)


def _to_whole(rounding: str) -> Function:
    return _of_number(lambda number: int(number.to_integral_value(rounding)))


def _absolute(run: Run, items: Items) -> Items:
    value: Any = single(items)
    if isinstance(value, Quantity):
        return [Quantity(abs(Decimal(value.value)), value.unit)]
    return [] if value is None else bounded(abs(_numeric([value]) or 0))


def _round(run: Run, items: Items, *places: Items) -> Items:
    """Round halves away from zero, as on paper; to a whole number it stays a decimal."""
    number = _numeric(items)
    count = (whole(places[0]) if places else 0) or 0
    if not 0 <= count <= _MOST_PLACES:
        raise PathFailed("round() takes 0 to 28 places")
    if number is None:
        return []
    step = Decimal(1).scaleb(-count)
    return calculated(lambda: Decimal(number).quantize(step, ROUND_HALF_UP, EXACT))


def _power(run: Run, items: Items, exponent: Items) -> Items:
    base, up = _numeric(items), _numeric(exponent)
    if base is None or up is None:
        return []
    found = calculated(lambda: EXACT.power(base, up))
    is_whole = type(base) is int and type(up) is int and up >= 0
    return [n for value in found for n in (bounded(int(value)) if is_whole else [value])]


def _log(run: Run, items: Items, base: Items) -> Items:
    number, of = _numeric(items), _numeric(base)
    if number is None or of is None:
        return []
    return calculated(lambda: _logarithm(Decimal(number), Decimal(of)))


def _logarithm(number: Decimal, base: Decimal) -> Decimal:
    """Return the logarithm to 28 digits, so that the one of 1000 to the base 10 is 3."""
    found = EXACT.divide(number.ln(EXACT), base.ln(EXACT))
    return found.quantize(Decimal(1).scaleb(-28), ROUND_HALF_UP, EXACT)


def _sum(run: Run, items: Items) -> Items:
    first, *rest = values(items) or [None]
    total = [] if first is None else [first]
    if total and not (is_number(first) or isinstance(first, Quantity | str)):
        raise PathFailed("sum() needs numbers")
    for value in rest:
        total = OPERATORS["+"](run, total, [value])
    return total


def _average(run: Run, items: Items) -> Items:
    found = values(items)
    return OPERATORS["/"](run, _sum(run, found), [len(found)]) if found else []


def _extreme(sign: int) -> Function:
    def body(run: Run, items: Items) -> Items:
        best, *rest = values(items) or [None]
        for value in rest:
            if sign * (order(run, value, best) or 0) > 0:
                best = value
        return [] if best is None else [best]

    return Function(body)


MATHS: dict[str, Function] = {
    "abs": Function(_absolute),
    "ceiling": _to_whole(ROUND_CEILING),
    "floor": _to_whole(ROUND_FLOOR),
    "truncate": _to_whole(ROUND_DOWN),
    "round": Function(_round, 0, 1),
    "exp": _of_number(lambda number: number.exp(EXACT)),
    "ln": _of_number(lambda number: number.ln(EXACT)),
    "log": Function(_log, 1, 1),
    "power": Function(_power, 1, 1),
    "sqrt": _of_number(lambda number: number.sqrt(EXACT)),
    "sum": Function(_sum),
    "avg": Function(_average),
    "min": _extreme(-1),
    "max": _extreme(1),
}
