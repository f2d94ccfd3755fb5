"""One evaluation: what it knows, and how many steps it has left."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from smartapp.errors import PathFailed
from smartapp.fhirpath.moment import minutes_of
from smartapp.fhirpath.value import Items

LONGEST_TEXT = 1_000_000
"""Characters of a text that an expression may build or search."""
_PER_STEP = 100
"""Characters of a text that count as one step."""


class Allowance:
    """Steps that several evaluations may take together."""

    __slots__ = ("left",)

    def __init__(self, steps: int) -> None:
        self.left = steps

    @property
    def is_used_up(self) -> bool:
        """Tell whether nothing more can be evaluated."""
        return self.left <= 0


class Run:
    """The state of one evaluation; ``this``, ``index`` and ``total`` are those of its loop."""

    __slots__ = ("focus", "index", "left", "now", "this", "total", "variables", "zone")

    def __init__(
        self, focus: Items, variables: Mapping[str, Items], now: datetime, budget: int
    ) -> None:
        self.focus = focus
        self.variables = variables
        self.now = now
        self.zone = minutes_of(now)
        self.left = budget
        self.this = focus
        self.index: Items = []
        self.total: Items = []

    def spend(self, steps: int) -> None:
        """Count steps; raise when there are none left."""
        self.left -= steps
        if self.left < 0:
            raise PathFailed("it takes more steps than an expression may take")

    def look(self, value: Any) -> None:
        """Count a look at a value: one step, more for a long text."""
        self.spend(1 + (len(value) // _PER_STEP if isinstance(value, str) else 0))

    def built(self, text: str) -> str:
        """Count a text that was built; raise when it is too long."""
        self.will_build(len(text))
        return text

    def will_build(self, length: int) -> None:
        """Count a text before it is built; raise when it is too long."""
        if length > LONGEST_TEXT:
            raise PathFailed(f"a text of more than {LONGEST_TEXT} characters")
        self.spend(1 + length // _PER_STEP)

    def each(self, step: "Step", items: Items) -> "list[tuple[Any, Items]]":
        """Evaluate a step for every item, as $this with its $index; return items with answers."""
        this, index = self.this, self.index
        found = []
        for number, item in enumerate(items):
            self.spend(1)
            self.this, self.index = [item], [number]
            found.append((item, step(self, self.this)))
        self.this, self.index = this, index
        return found


Step = Callable[[Run, Items], Items]
"""A part of a compiled expression: from the collection before it to the one after it."""
