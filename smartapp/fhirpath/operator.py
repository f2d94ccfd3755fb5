"""The operators but those of logic (FHIRPath 2.0.0, "Comparison", "Math", "Collections")."""

from collections.abc import Callable
from decimal import Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Any

from smartapp.errors import PathFailed
from smartapp.fhirpath.equality import alike, equal, key, moments
from smartapp.fhirpath.moment import Moment, compare
from smartapp.fhirpath.quantity import Quantity, together
from smartapp.fhirpath.run import Run
from smartapp.fhirpath.shift import moved
from smartapp.fhirpath.value import Items, amount, is_number, one, plain, single, text

EXACT = Context(prec=34, traps=[DivisionByZero, InvalidOperation, Overflow])
"""Arithmetic on decimals: 34 digits, so that sums and means of scores are exact."""
_INTEGERS = range(-(2**31), 2**31)
_DECIMAL_END = Decimal(10) ** 28

Operator = Callable[[Run, Items, Items], Items]


def bounded(value: Any) -> Items:
    """Return a number; empty if it is out of range (FHIRPath "Math": overflow is empty)."""
    if type(value) is int:
        return [value] if value in _INTEGERS else []
    return [value] if abs(value) < _DECIMAL_END else []


def calculated(work: Callable[[], Any]) -> Items:
    """Return what the arithmetic yields, empty where it has no answer, such as a root of -1."""
    try:
        return bounded(work())
    except (ArithmeticError, ValueError):
        return []


def _for_pairs(apply: Callable[[Run, Any, Any], Items]) -> Operator:
    """An operator on two values that is empty when one is missing."""

    def operator(run: Run, left: Items, right: Items) -> Items:
        ours, theirs = single(left), single(right)
        return [] if ours is None or theirs is None else apply(run, ours, theirs)

    return operator


def _add(run: Run, left: Any, right: Any) -> Items:
    if is_number(left) and is_number(right):
        return _exactly(EXACT.add, int.__add__, left, right)
    if isinstance(left, str) and isinstance(right, str) and not isinstance(right, Quantity):
        return [run.built(left + right)]
    return _sum_of_amounts(left, right, 1)


def _subtract(run: Run, left: Any, right: Any) -> Items:
    if is_number(left) and is_number(right):
        return _exactly(EXACT.subtract, int.__sub__, left, right)
    return _sum_of_amounts(left, right, -1)


def _exactly(
    decimal: Callable[[Any, Any], Decimal], whole: Callable[[Any, Any], int], left: Any, right: Any
) -> Items:
    if type(left) is int and type(right) is int:
        return bounded(whole(left, right))
    return calculated(lambda: decimal(left, right))


def _sum_of_amounts(left: Any, right: Any, sign: int) -> Items:
    if isinstance(right, Quantity) and isinstance(left, Moment | str):
        return one(moved(left, right, sign))
    ours, theirs = amount(left), amount(right)
    if ours is None or theirs is None:
        raise PathFailed("+ and - need two numbers, two texts, or a date and a duration")
    mine, other, unit = together(ours, theirs)
    return [Quantity(EXACT.add(mine, sign * other), unit)]


def _multiply(run: Run, left: Any, right: Any) -> Items:
    if is_number(left) and is_number(right):
        return _exactly(EXACT.multiply, int.__mul__, left, right)
    ours, theirs = amount(left), amount(right)
    if ours is None or theirs is None:
        raise PathFailed("* needs two numbers")
    if "1" not in (ours.unit, theirs.unit):
        raise PathFailed("amounts with units cannot be multiplied with each other here")
    unit = theirs.unit if ours.unit == "1" else ours.unit
    return [Quantity(v, unit) for v in calculated(lambda: EXACT.multiply(ours.value, theirs.value))]


def _divide(run: Run, left: Any, right: Any) -> Items:
    if is_number(left) and is_number(right):
        return calculated(lambda: EXACT.divide(left, right))
    ours, theirs = amount(left), amount(right)
    if ours is None or theirs is None:
        raise PathFailed("/ needs two numbers")
    if theirs.unit == "1":
        return [
            Quantity(v, ours.unit)
            for v in calculated(lambda: EXACT.divide(ours.value, theirs.value))
        ]
    mine, other, _ = together(ours, theirs)
    return [Quantity(v) for v in calculated(lambda: EXACT.divide(mine, other))]


def _whole_part(run: Run, left: Any, right: Any) -> Items:
    _must_be_numbers(left, right)
    return calculated(lambda: int(EXACT.divide_int(left, right)))


def _remainder(run: Run, left: Any, right: Any) -> Items:
    _must_be_numbers(left, right)
    kind = int if type(left) is int and type(right) is int else Decimal
    return calculated(lambda: kind(EXACT.remainder(left, right)))


def _must_be_numbers(left: Any, right: Any) -> None:
    if not (is_number(left) and is_number(right)):
        raise PathFailed("div and mod need two numbers")


def _join(run: Run, left: Items, right: Items) -> Items:
    return [run.built((text(left) or "") + (text(right) or ""))]


def order(run: Run, left: Any, right: Any) -> int | None:
    """Return -1, 0 or 1 for two values, None if their precision or units leave it open."""
    pair = moments(left, right)
    if pair is not None:
        return compare(*pair, run.zone)
    if isinstance(left, str) and isinstance(right, str):
        run.look(left)
        return (left > right) - (left < right)
    ours, theirs = amount(left), amount(right)
    if ours is None or theirs is None:
        raise PathFailed("values of these types cannot be ordered")
    (dimension, mine), (other_dimension, other) = ours.size, theirs.size
    return (mine > other) - (mine < other) if dimension == other_dimension else None


def _ordered(holds: Callable[[int], bool]) -> Operator:
    def apply(run: Run, left: Any, right: Any) -> Items:
        found = order(run, left, right)
        return [] if found is None else [holds(found)]

    return _for_pairs(apply)


def _equals(run: Run, left: Items, right: Items) -> Items:
    return one(equal(run, left, right)) if left and right else []


def _differs(run: Run, left: Items, right: Items) -> Items:
    return [not verdict for verdict in _equals(run, left, right)]


def _member(run: Run, item: Items, among: Items) -> Items:
    if not item:
        return []
    single(item)
    return [key(run, item[0]) in {key(run, other) for other in among}]


def distinct(run: Run, items: Items) -> Items:
    """Return the items without repetitions, the first of each in its place."""
    found: dict[Any, Any] = {}
    for item in items:
        if plain(item) is not None:
            found.setdefault(key(run, item), item)
    return list(found.values())


def negative(items: Items) -> Items:
    """Return the number or amount with the other sign; raise for anything else."""
    value = single(items)
    if is_number(value):
        return bounded(-value)
    if isinstance(value, Quantity):
        return [Quantity(-value.value, value.unit)]
    if value is None:
        return []
    raise PathFailed("a sign needs a number")


OPERATORS: dict[str, Operator] = {
    "+": _for_pairs(_add),
    "-": _for_pairs(_subtract),
    "*": _for_pairs(_multiply),
    "/": _for_pairs(_divide),
    "div": _for_pairs(_whole_part),
    "mod": _for_pairs(_remainder),
    "&": _join,
    "|": lambda run, left, right: distinct(run, left + right),
    "<": _ordered(lambda order: order < 0),
    "<=": _ordered(lambda order: order <= 0),
    ">": _ordered(lambda order: order > 0),
    ">=": _ordered(lambda order: order >= 0),
    "=": _equals,
    "!=": _differs,
    "~": lambda run, left, right: [alike(run, left, right)],
    "!~": lambda run, left, right: [not alike(run, left, right)],
    "in": _member,
    "contains": lambda run, left, right: _member(run, right, left),
}
