"""Answers that nobody gives: calculated, read-only and fixed ones (rules 55 to 57).

What is hidden or read-only and has initial values keeps them. A calculated answer is compared with
what the other answers come to now; where the user may change it, or it was left out (as in what we
saved before forms calculated), a difference is a warning.
"""

from collections.abc import Hashable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from smartapp.forms.issue import Issue
from smartapp.forms.questionnaire import Item, Value
from smartapp.forms.rules.case import Case
from smartapp.forms.rules.choices import same
from smartapp.forms.rules.found import Found, Place, named
from smartapp.forms.rules.span import exact
from smartapp.forms.said import said

KEPT = Fraction(1, 10**9)
"""What two results may differ by, in proportion: many servers keep numbers as binary fractions."""


def problems(case: Case) -> Iterator[Issue]:
    """Return the issues of what the form answers by itself."""
    for level in case.levels():
        for item in level.items:
            place = _place(level.of(item), level.missing(item))
            if not item.is_question or not case.settled.enabled(place.path) or _spoiled(place):
                continue
            if item.calculated:
                yield from _calculated(case, place)
            elif item.read_only or item.hidden:
                yield from _fixed(case, place)


def _place(given: list[Found], missing: Place) -> Place:
    return given[0] if given else missing


def _spoiled(place: Place) -> bool:
    return isinstance(place, Found) and place.spoiled


def _given(place: Place) -> list[Hashable]:
    answers = place.answers if isinstance(place, Found) else ()
    return [_same(answer.kind, answer.value) for answer in answers if answer.kind]


def _calculated(case: Case, place: Place) -> Iterator[Issue]:
    values = case.settled.calculated.get(place.path, ())
    given = _given(place)
    if place.path in case.settled.failed or _agree(
        given, [_same(*pair) for value in values for pair in _values(value)]
    ):
        return
    name = named(place.item, case.context.language)
    why = "The form works out {name} from the other answers, and comes to something else."
    is_fixed = place.item.read_only or place.item.hidden
    yield place.issue(
        55, said(why, name=name), severity="error" if is_fixed and given else "warning"
    )


def _agree(given: list[Hashable], worked_out: list[Hashable]) -> bool:
    """Tell whether both are the same, but for digits that servers do not keep."""
    return len(given) == len(worked_out) and all(
        one == other or _is_near(one, other) for one, other in zip(given, worked_out, strict=True)
    )


def _is_near(one: Any, other: Any) -> bool:
    if one[0] != "number" or other[0] != "number":
        return False
    return bool(abs(one[1] - other[1]) <= KEPT * max(1, abs(one[1])))


def _fixed(case: Case, place: Place) -> Iterator[Issue]:
    item, name = place.item, named(place.item, case.context.language)
    initial = _initial(item)
    if initial:
        if _given(place) != initial:
            yield place.issue(
                57, said("The answer to {name} is fixed and cannot be changed.", name=name)
            )
    elif item.read_only and item.initial_path is None and _given(place):
        not_yours = "The answer to {name} is not for you to give. Take it out."
        yield place.issue(56, said(not_yours, name=name))


def _initial(item: Item) -> list[Hashable]:
    chosen = [option.value for option in item.options if option.initial]
    values: list[Value] = [*item.initial, *chosen]
    return [_same(*pair) for value in values for pair in _values(value)]


def _values(answer: Any) -> list[tuple[str, Any]]:
    parts = answer.items() if isinstance(answer, Mapping) else ()
    return [(name, content) for name, content in parts if name.startswith("value")]


def _same(kind: str, value: Any) -> Hashable:
    """Return what makes two answers the same, numbers by their size, whatever their digits."""
    if isinstance(value, int | Decimal | float) and not isinstance(value, bool):
        return "number", exact(value)
    if kind == "valueQuantity":
        number = value.get("value")
        unit = value.get("code") or value.get("unit")
        return kind, None if number is None else exact(number), unit
    if isinstance(value, Mapping) and kind not in {"valueCoding", "valueReference"}:
        return kind, tuple(sorted((name, str(part)) for name, part in value.items()))
    return same(kind, value)
