"""Where the answers of a form stand: every item of the Questionnaire, instance by instance.

A repeating group has a place for each of its items in the response, and an item below a question
one for each answer above it. What has no answer yet has a place too, at index 0.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from smartapp.forms.questionnaire import Item, ItemType, Questionnaire

ItemPath = tuple[tuple[str, int], ...]
"""The way to an item: linkId and index, from the root.

The index is that of a repeating group's instance, and of the answer above a nested child; it is 0
for the item itself when it is no group.
"""
Entry = dict[str, Any]
"""One ``item`` of a QuestionnaireResponse."""


@dataclass(slots=True, eq=False)
class Place:
    """One item at one path: its ``entry`` in the response, None while there is none.

    ``shown`` is its entry in what would be submitted now, for expressions. A question that stands
    there twice by mistake has the answers of all its entries.
    """

    item: Item
    path: ItemPath
    parent: "Place | None"
    entry: Entry | None
    answers: list[dict[str, Any]]
    children: list["Place"] = field(default_factory=list)
    is_open: bool = True
    shown: Entry | None = None

    @property
    def is_group(self) -> bool:
        """Tell whether its children stand in it, not in its answers."""
        return self.item.type is ItemType.GROUP


def places(questionnaire: Questionnaire, items: Sequence[Any]) -> list[Place]:
    """Return every place in the order of the form."""
    return [
        below
        for place in grow(questionnaire.items, items, None, ())
        for below in _with_children(place)
    ]


def grow(
    items: tuple[Item, ...], entries: Any, parent: Place | None, above: ItemPath
) -> Iterator[Place]:
    """Return the places of items in one list of entries, each with its children."""
    given = _by_link_id(entries)
    for item in items:
        mine = given.get(item.link_id, [])
        if item.type is ItemType.GROUP:
            for index, entry in enumerate(mine or [None]):
                yield _group(item, entry, parent, (*above, (item.link_id, index)))
        else:
            yield _question(item, mine, parent, above)


def _group(item: Item, entry: Entry | None, parent: Place | None, path: ItemPath) -> Place:
    place = Place(item, path, parent, entry, [])
    place.children.extend(grow(item.children, (entry or {}).get("item"), place, path))
    return place


def _question(item: Item, mine: list[Entry], parent: Place | None, above: ItemPath) -> Place:
    answers = [answer for entry in mine for answer in _dicts(entry.get("answer"))]
    entry = mine[0] if mine else None
    place = Place(item, (*above, (item.link_id, 0)), parent, entry, answers)
    if item.children:
        for index, answer in enumerate(answers or [{}]):
            path = (*above, (item.link_id, index))
            place.children.extend(grow(item.children, answer.get("item"), place, path))
    return place


def _with_children(place: Place) -> Iterator[Place]:
    yield place
    for child in place.children:
        yield from _with_children(child)


def _by_link_id(entries: Any) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for entry in _dicts(entries):
        link_id = link_id_of(entry)
        if link_id is not None:
            found.setdefault(link_id, []).append(entry)
    return found


def link_id_of(entry: Any) -> str | None:
    """Return the linkId of what should be an item of a response, None where it has none."""
    link_id = entry.get("linkId") if isinstance(entry, dict) else None
    return link_id if isinstance(link_id, str) else None


def _dicts(entries: Any) -> list[dict[str, Any]]:
    if not isinstance(entries, list):
        return []
    return [entry for entry in entries if isinstance(entry, dict)]


def has_value(answer: dict[str, Any]) -> bool:
    """Tell whether an answer says anything: a value that is not empty."""
    return any(
        name.startswith("value") and content not in (None, "", {})
        for name, content in answer.items()
    )
