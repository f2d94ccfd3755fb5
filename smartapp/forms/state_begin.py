"""The answers a form begins with.

Source: FHIR R4 Questionnaire.item.initial, answerOption.initialSelected; R4 extension
questionnaire-minOccurs; SDC 3.0 initialExpression.
"""

from typing import Any

from smartapp.errors import PathFailed
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
    cannot be evaluated gives nothing.
    """
    items = _items(questionnaire.items)
    waiting = [p for p in places(questionnaire, items) if p.item.initial_path and not p.answers]
    for number in range(len(waiting)):
        grown = places(questionnaire, items)
        place = next(p for p in grown if p.path == waiting[number].path)
        put(questionnaire, items, place, _worked_out(questionnaire, context, grown, place))
    return items


def _worked_out(
    questionnaire: Questionnaire, context: Context, grown: list[Place], place: Place
) -> tuple[Value, ...]:
    roots = [other for other in grown if other.parent is None]
    shown = submitted(roots, [], questionnaire.items, context.language)
    path = place.item.initial_path
    try:
        results = Scope(questionnaire, context, shown).evaluate(path, place) if path else []
    except PathFailed:
        return ()
    return as_values(place.item, results)


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
