"""What is saved of a form: the answers of what is enabled, in the order of the Questionnaire.

An item that says nothing is left out, so is a group with nothing in it (QuestionnaireResponse:
"Items without answers should be omitted"). What does not belong to the Questionnaire is kept as it
is, at the end: validation names it, and nothing is lost in silence.
"""

from collections.abc import Iterable
from typing import Any

from smartapp.forms.questionnaire import Item
from smartapp.forms.state_place import Entry, Place, has_value, link_id_of


def submitted(
    roots: Iterable[Place], given: Any, known: tuple[Item, ...], language: str
) -> list[Entry]:
    """Return the items to save, and set what is ``shown`` of every place."""
    entries = [entry for place in roots if (entry := _entry(place, language)) is not None]
    return entries + _strangers(given, known)


def _entry(place: Place, language: str) -> Entry | None:
    place.shown = None
    is_empty = place.entry is None and not place.is_group
    if is_empty or not place.is_open:
        _hide(place)
        return None
    entry = dict(place.entry or {"linkId": place.item.link_id})
    words = place.item.text.in_language(language)
    if words:
        entry["text"] = words
    name, content = _content(place, language)
    entry.pop(name, None)
    if content:
        entry[name] = content
    if not content and not _is_misplaced(entry):
        return None
    place.shown = entry
    return entry


def _hide(place: Place) -> None:
    for child in place.children:
        child.shown = None
        _hide(child)


def _content(place: Place, language: str) -> tuple[str, list[Any]]:
    if place.is_group:
        given = (place.entry or {}).get("item")
        return "item", submitted(place.children, given, place.item.children, language)
    return "answer", _answers(place, language)


def _answers(place: Place, language: str) -> list[Any]:
    saved = []
    inside: dict[int, list[Place]] = {}
    for child in place.children:
        inside.setdefault(child.path[-2][1], []).append(child)
    for index, answer in enumerate(place.answers):
        below = inside.get(index, ())
        items = submitted(below, answer.get("item"), place.item.children, language)
        kept = {name: part for name, part in answer.items() if name != "item"}
        if items:
            kept["item"] = items
        if items or has_value(kept) or "extension" in kept:
            saved.append(kept)
    return saved


def _is_misplaced(entry: Entry) -> bool:
    """Tell whether a group has answers of its own, or a question items: validation names it."""
    return bool(entry.get("answer") or entry.get("item"))


def _strangers(given: Any, known: tuple[Item, ...]) -> list[Entry]:
    if not given or not isinstance(given, list):
        return []
    link_ids = {item.link_id for item in known}
    return [entry for entry in given if link_id_of(entry) not in link_ids]
