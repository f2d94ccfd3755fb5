"""What a function of FHIRPath is to the parser: its body, and what it takes between brackets."""

from collections.abc import Callable
from typing import Any, NamedTuple

from smartapp.fhirpath.run import Run
from smartapp.fhirpath.value import Items, single, values

Body = Callable[..., Items]


class Function(NamedTuple):
    """``body(run, items, *arguments)``, with ``least`` to ``most`` arguments.

    ``takes`` says what an argument is: "values" a collection, "steps" a part of the expression that
    the body evaluates itself, "type" the name of a type.
    """

    body: Body
    least: int = 0
    most: int = 0
    takes: str = "values"


def of_one(work: Callable[[Any], Items]) -> Function:
    """A function without arguments on one value; empty on nothing, refused on several."""

    def body(run: Run, items: Items) -> Items:
        value = single(items)
        return [] if value is None else work(value)

    return Function(body)


def of_all(work: Callable[[Items], Any]) -> Function:
    """A function without arguments that makes one value of all values."""
    return Function(lambda run, items: [work(values(items))])
