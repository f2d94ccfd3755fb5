"""Putting values into the answers of a form at a place, with all that must be there around it."""

from itertools import takewhile
from typing import Any

from smartapp.forms.questionnaire import Item, Questionnaire, Value
from smartapp.forms.state_place import Entry, Place, link_id_of

DEEPEST = 64
"""Levels of JSON that are copied: 12 levels of items, nested below answers, need 48."""


def copied(node: Any, depth: int = DEEPEST) -> Any:
    """Return JSON that shares no list and no object with the given one, as deep as forms go."""
    if depth and isinstance(node, dict):
        return {name: copied(part, depth - 1) for name, part in node.items()}
    if depth and isinstance(node, list):
        return [copied(part, depth - 1) for part in node]
    return node


def values_of(place: Place) -> tuple[Value, ...]:
    """Return the values of a place's answers."""
    found = ({n: c for n, c in a.items() if n.startswith("value")} for a in place.answers)
    return tuple(value for value in found if value)


def put(
    questionnaire: Questionnaire, items: list[Entry], place: Place, values: tuple[Value, ...]
) -> bool:
    """Make the values the answers of a question; tell whether there is room for them.

    What stands below an answer stays below the answer in its place. There is no room below a
    question that has no answer.
    """
    if place.entry is None and (not values or not _make(questionnaire, items, place)):
        return not values
    below = [answer.get("item") for answer in place.answers]
    below += [None] * (len(values) - len(below))
    answers = [dict(v) | ({"item": b} if b else {}) for v, b in zip(values, below, strict=False)]
    place.answers[:] = answers
    if place.entry is not None:
        place.entry["answer"] = place.answers
    if not answers and place.entry is not None:
        del place.entry["answer"]
    return True


def _make(questionnaire: Questionnaire, items: list[Entry], place: Place) -> bool:
    """Make the entry of a place, and those around it."""
    siblings = _siblings(questionnaire, items, place)
    if siblings is None:
        return False
    entries, known = siblings
    place.entry = {"linkId": place.item.link_id}
    entries.insert(_position(entries, known, place.item), place.entry)
    return True


def _siblings(
    questionnaire: Questionnaire, items: list[Entry], place: Place
) -> tuple[list[Entry], tuple[Item, ...]] | None:
    parent = place.parent
    if parent is None:
        return items, questionnaire.items
    if parent.is_group:
        if parent.entry is None and not _make(questionnaire, items, parent):
            return None
        holder = parent.entry
    else:
        index = place.path[-2][1]
        holder = parent.answers[index] if index < len(parent.answers) else None
    inside = None if holder is None else holder.setdefault("item", [])
    return (inside, parent.item.children) if isinstance(inside, list) else None


def _position(entries: list[Entry], known: tuple[Item, ...], item: Item) -> int:
    """Return where an entry belongs: behind those of the items before it."""
    before = {o.link_id for o in takewhile(lambda other: other is not item, known)}
    last = [n for n, entry in enumerate(entries) if link_id_of(entry) in before]
    return last[-1] + 1 if last else 0
