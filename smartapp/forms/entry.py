"""What a person sent of a form, put into the answers that were there.

Nothing that the page did not offer is touched: hidden, read-only and calculated items, answers of
another version of the form, whatever an answer carries beside its value. A field that comes back
as it was shown leaves its answer exactly as it was. Text that cannot be read is given back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Any

from smartapp.errors import Problem
from smartapp.forms.entry_choice import Answer
from smartapp.forms.entry_names import ADD, REMOVE, Path
from smartapp.forms.entry_question import CHOICES, Row, choice, typed
from smartapp.forms.entry_sent import Sent, Upload
from smartapp.forms.questionnaire import Item, ItemType, Questionnaire

Items = list[dict[str, Any]]


@dataclass(frozen=True)
class Entered:
    """The answers, what could not be read (by field name, as typed), and what to say about it."""

    items: Items
    unread: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def read_entry(
    questionnaire: Questionnaire,
    entry: Mapping[str, Sequence[str]],
    before: Items,
    *,
    prefix: str = "",
    zone: tzinfo = UTC,
    files: Mapping[str, Upload] | None = None,
) -> Entered:
    """Return the answers ``before`` with what was sent put in; ``before`` stays as it is.

    ``zone`` is where a time of day without a zone was meant. Buttons whose names begin with
    ``add:``, ``remove:`` and ``clear:`` do their work here. Never raises for what was sent.
    """
    sent = Sent(entry, files or {}, prefix, zone)
    items = _level(sent, questionnaire.items, before, ())
    return Entered(items, sent.unread, tuple(sent.problems))


def is_closed(item: Item) -> bool:
    """Tell whether nobody may type into the item: hidden, read-only or calculated."""
    return item.hidden or item.read_only or item.calculated is not None


def _level(sent: Sent, items: Sequence[Item], before: Items, path: Path) -> Items:
    """Read the items of one level; what has no place in the form stays at its end."""
    result: Items = []
    for item in items:
        mine = [kept for kept in before if kept.get("linkId") == item.link_id]
        result += _item(sent, item, mine, path)
    known = {item.link_id for item in items}
    return result + [kept for kept in before if kept.get("linkId") not in known]


def _item(sent: Sent, item: Item, mine: Items, path: Path) -> Items:
    if is_closed(item) or item.type is ItemType.DISPLAY:
        return mine
    if item.type is not ItemType.GROUP:
        return _question(sent, item, mine, path)
    if item.repeats:
        return _instances(sent, item, mine, path)
    return _instance(sent, item, mine[:1], (*path, (item.link_id, 0))) + mine[1:]


def _instances(sent: Sent, item: Item, mine: Items, path: Path) -> Items:
    """Read a repeating group: as many as there were or were offered, one more, one less."""
    is_adding = sent.pressed(ADD, (*path, (item.link_id, 0)))
    result: Items = []
    for index in range(sent.count(path, item, len(mine))):
        at = (*path, (item.link_id, index))
        if not sent.pressed(REMOVE, at):
            found = _instance(sent, item, mine[index : index + 1], at)
            result += found or [{"linkId": item.link_id}] * is_adding
    return [*result, {"linkId": item.link_id}] if is_adding else result


def _instance(sent: Sent, item: Item, mine: Items, at: Path) -> Items:
    old: dict[str, Any] = mine[0] if mine else {"linkId": item.link_id}
    children = _level(sent, item.children, _list(old, "item"), at)
    return [_with(old, "item", children)] if children or mine else []


def _question(sent: Sent, item: Item, mine: Items, path: Path) -> Items:
    old: dict[str, Any] = mine[0] if mine else {"linkId": item.link_id}
    before = _list(old, "answer")
    rows = (choice if item.type in CHOICES else typed)(sent, item, before, path)
    answers = _answers(sent, item, [(row, _nested(sent, item, row, path)) for row in rows], path)
    is_bare = not answers and (before or not mine)
    return mine[1:] if is_bare else [_with(old, "answer", answers), *mine[1:]]


def _answers(sent: Sent, item: Item, rows: list[tuple[Row, Answer]], path: Path) -> list[Answer]:
    """Return the answers, and give back what could not be read, in the places after them."""
    rows.sort(key=lambda pair: (bool(pair[0].sentence), not pair[1]))
    answers = [answer for _, answer in rows if answer]
    for place, (row, _) in enumerate(pair for pair in rows if pair[0].sentence or pair[1]):
        if row.sentence:
            sent.give_back((*path, (item.link_id, place)), row.unread, row.sentence)
    return answers


def _nested(sent: Sent, item: Item, row: Row, path: Path) -> Answer:
    if row.place is None:
        return row.answer
    at = (*path, (item.link_id, row.place))
    return _with(row.answer, "item", _level(sent, item.children, row.below, at))


def _list(old: Mapping[str, Any], key: str) -> Items:
    content: Items = old.get(key) or []
    return content


def _with(old: Mapping[str, Any], key: str, content: Items) -> dict[str, Any]:
    """Return a copy with that content, or without the key when there is none."""
    rest = {name: value for name, value in old.items() if name != key}
    return rest | ({key: content} if content else {})
