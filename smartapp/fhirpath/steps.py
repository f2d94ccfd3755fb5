"""The parts that a compiled expression is put together from."""

from collections.abc import Sequence
from typing import Any

from smartapp.errors import PathFailed
from smartapp.fhirpath.element import child
from smartapp.fhirpath.function import Function
from smartapp.fhirpath.kind import has_kind
from smartapp.fhirpath.operator import Operator, negative
from smartapp.fhirpath.run import Run, Step
from smartapp.fhirpath.value import Items, single


def literal(*given: Any) -> Step:
    """A value written in the expression, or none: ``{}``."""
    held = list(given)
    return lambda run, items: held


def variable(name: str) -> Step:
    """The value of ``%name``."""

    def step(run: Run, items: Items) -> Items:
        return run.variables[name]

    return step


def special(name: str) -> Step:
    """``$this``, ``$index`` or ``$total``."""
    attribute = name.removeprefix("$")

    def step(run: Run, items: Items) -> Items:
        found: Items = getattr(run, attribute)
        return found

    return step


def head(name: str) -> Step:
    """The first name of a path: the resource itself if that is its type, else its children."""
    below = child(name)
    if not name[:1].isupper():
        return below

    def step(run: Run, items: Items) -> Items:
        return [item for item in items if has_kind(item, name)] or below(run, items)

    return step


def chain(first: Step, then: Sequence[Step]) -> Step:
    """A path: each step works on what the one before found."""
    if not then:
        return first

    def step(run: Run, items: Items) -> Items:
        run.spend(len(then))
        items = first(run, items)
        for each in then:
            items = each(run, items)
        return items

    return step


def fold(first: Step, then: Sequence[tuple[Operator, Step]]) -> Step:
    """Operators from left to right, each with its right side."""
    if not then:
        return first

    def step(run: Run, items: Items) -> Items:
        run.spend(len(then))
        left = first(run, items)
        for operate, right in then:
            left = operate(run, left, right(run, items))
        return left

    return step


def call(function: Function, arguments: Sequence[Step]) -> Step:
    """A function; arguments that are collections are found from ``$this``."""
    body = function.body
    if function.takes != "steps" and arguments:
        return _after(lambda run, items: body(run, items, *[s(run, run.this) for s in arguments]))
    return _after(lambda run, items: body(run, items, *arguments))


def _after(step: Step) -> Step:
    """A step that looks at every item, and so is counted by their number."""

    def counted(run: Run, items: Items) -> Items:
        run.spend(1 + len(items))
        return step(run, items)

    return counted


def typed(function: Function, name: str) -> Step:
    """A function whose argument is the name of a type."""
    return _after(lambda run, items: function.body(run, items, name))


def type_operator(function: Function, name: str) -> Operator:
    """``is`` or ``as`` with the type on the right."""
    return lambda run, left, right: function.body(run, left, name)


def index(position: Step) -> Step:
    """``[n]``: the item at a place, counted from 0; empty beyond the end."""

    def step(run: Run, items: Items) -> Items:
        at = single(position(run, run.this))
        if at is not None and type(at) is not int:
            raise PathFailed("an index is an integer")
        return items[at : at + 1] if at is not None and at >= 0 else []

    return step


def signed(operand: Step, is_negative: bool) -> Step:
    """A sign before a number or an amount."""

    def step(run: Run, items: Items) -> Items:
        found = negative(operand(run, items))
        return negative(found) if not is_negative else found

    return step
