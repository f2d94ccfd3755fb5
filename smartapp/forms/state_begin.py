"""The answers a form begins with.

Source: FHIR R4 Questionnaire.item.initial, answerOption.initialSelected; R4 extension
questionnaire-minOccurs; SDC 3.0 initialExpression.
"""

from typing import Any

from smartapp.errors import PathFailed
from smartapp.fhirpath import Allowance, Path
from smartapp.forms.questionnaire import Item, Questionnaire, Value
from smartapp.forms.state_place import Entry, Place, places
from smartapp.forms.state_scope import Context, Scope
from smartapp.forms.state_submitted import submitted
from smartapp.forms.state_values import as_values
from smartapp.forms.state_write import copied, put

MOST_INSTANCES = 50
"""Rows that a group begins with, those of the groups around it counted in."""


def begin(questionnaire: Questionnaire, context: Context) -> list[Entry]:
    """Return the items of a new form: initial values, chosen options, groups that must be there.

    Initial expressions see the initial values, and each other in the order of the form. One that
    cannot be evaluated gives nothing, nor do those for which no steps are left.
    """
    items = _items(questionnaire.items)
    grown = places(questionnaire, items)
    allowance = Allowance(context.steps)
    for place in grown:
        if place.item.initial_path and not place.answers:
            allowance.left -= len(grown)
            shown = _shown(questionnaire, context, grown)
            scope = Scope(questionnaire, context, shown, allowance)
            put(questionnaire, items, place, _worked_out(scope, place, place.item.initial_path))
    return items


def _shown(questionnaire: Questionnaire, context: Context, grown: list[Place]) -> list[Entry]:
    roots = [place for place in grown if place.parent is None]
    return submitted(roots, [], questionnaire.items, context.language)


def _worked_out(scope: Scope, place: Place, path: Path) -> tuple[Value, ...]:
    try:
        return as_values(place.item, scope.evaluate(path, place))
    except PathFailed:
        return ()


def _items(items: tuple[Item, ...], room: int = MOST_INSTANCES) -> list[Entry]:
    return [entry for item in items for entry in _entries(item, room)]


def _entries(item: Item, room: int) -> list[Entry]:
    if item.is_question:
        values = _initial(item)
        answers = [_answer(item, value, room) for value in values]
        return [{"linkId": item.link_id, "answer": answers}] if answers else []
    least = min(item.limits.min_occurs or 0, room)
    children = _items(item.children, room // max(least, 1))
    if not children:
        return [{"linkId": item.link_id} for _ in range(least)] if least > 1 else []
    return [{"linkId": item.link_id, "item": copied(children)} for _ in range(max(least, 1))]


def _answer(item: Item, value: Value, room: int) -> dict[str, Any]:
    below = _items(item.children, room)
    answer: dict[str, Any] = copied(dict(value))
    return answer | ({"item": below} if below else {})


def _initial(item: Item) -> list[Value]:
    return [*item.initial, *(option.value for option in item.options if option.initial)]
