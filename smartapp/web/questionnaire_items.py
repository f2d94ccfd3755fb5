"""The items of a form, level by level: groups, questions with what is nested below, words."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from markupsafe import Markup

from smartapp.forms.entry import is_closed
from smartapp.forms.entry_names import ADD, REMOVE, SHOWN, Path
from smartapp.forms.questionnaire import Item, ItemType
from smartapp.web.questionnaire_choice import boolean, choice
from smartapp.web.questionnaire_control import button, given, typed
from smartapp.web.questionnaire_element import EMPTY, Attributes, hidden, joined, tag
from smartapp.web.questionnaire_page import Page, beside, heading, notes
from smartapp.web.questionnaire_said import said
from smartapp.web.questionnaire_scale import cells_of, scale
from smartapp.web.questionnaire_table import can_show, rows_of, table
from smartapp.web.questionnaire_when import is_conditional
from smartapp.web.questionnaire_when import table as rules

Entry = dict[str, Any]
Entries = Sequence[Entry]
DEEPEST = 6
"""HTML has six levels of headings."""


def level(page: Page, items: Sequence[Item], entries: Entries, above: Path) -> Markup:
    """Write the items of one level with the answers that are there."""
    return joined(_item(page, item, entries, above) for item in items)


def _item(page: Page, item: Item, entries: Entries, above: Path) -> Markup:
    if item.hidden or (item.calculated is not None and not page.live):
        return EMPTY
    path = (*above, (item.link_id, 0))
    mine = [entry for entry in entries if entry.get("linkId") == item.link_id]
    attributes = conditional(page, item, path)
    inner = page.off() if attributes.get("hidden") else page
    body = _written(inner, item, mine, path)
    return tag("div", attributes, body) if attributes else body


def conditional(page: Page, item: Item, path: Path) -> Attributes:
    """Return the attributes of what is shown only sometimes, none for what always is."""
    if not is_conditional(item):
        return {}
    is_shown = page.settled.enabled(path)
    name = page.name(path)
    return {"id": f"item-{name}", "data-when": rules(page, item, path), "hidden": not is_shown}


def _written(page: Page, item: Item, mine: Entries, path: Path) -> Markup:
    if item.type is ItemType.GROUP:
        return _repeated(page, item, mine, path) if item.repeats else _group(page, item, mine, path)
    if item.type is ItemType.DISPLAY:
        return tag("div", {"class": "words"}, page.said(item.words, inline=False))
    answers = mine[0].get("answer") or [] if mine else []
    return _question(page, item, path, answers) + _below(page, item, path, answers)


def _question(page: Page, item: Item, path: Path, answers: Entries) -> Markup:
    if is_closed(item):
        return given(page, item, path, answers, heading(page, replace(item, required=False)))
    if item.type in {ItemType.CHOICE, ItemType.OPEN_CHOICE}:
        return choice(page, item, path, answers)
    if item.type is ItemType.BOOLEAN and not item.repeats:
        return boolean(page, item, path, answers)
    cells = cells_of(item, answers)
    if cells and page.name(path) not in page.unread:
        return scale(page, item, path, answers, cells)
    return typed(page, item, path, answers)


def _below(page: Page, item: Item, path: Path, answers: Entries) -> Markup:
    """Write what is nested below each answer, or below the answer to come."""
    below = beside(item)
    if not below:
        return EMPTY
    *above, (link_id, _) = path
    parts = []
    for place, answer in enumerate(answers or [{}]):
        at = (*above, (link_id, place))
        inside = level(replace(page, level=page.level + 1), below, answer.get("item") or [], at)
        title = _about(page, item, answer) if len(answers) > 1 else EMPTY
        parts.append(tag("div", {"class": "below"}, title, inside) if inside else EMPTY)
    return joined(parts)


def _about(page: Page, item: Item, answer: Entry) -> Markup:
    words = page.say("quoted", words=tag("bdi", {}, said(page, item, answer)))
    return tag("p", {"class": "below-of"}, page.say("about", answer=words))


# ---------------------------------------------------------------- groups


def _group(page: Page, item: Item, mine: Entries, path: Path) -> Markup:
    entries = mine[0].get("item") or [] if mine else []
    if is_closed(item):
        item = replace(item, children=tuple(map(_shut, item.children)))
    found = _matrix(page, item, entries, path)
    if found is not None:
        return found
    name = page.name(path)
    inner = replace(page, level=page.level + 1)
    body = level(inner, beside(item), entries, path)
    return _section(page, item, name, body)


def _shut(item: Item) -> Item:
    return replace(item, read_only=True, children=tuple(map(_shut, item.children)))


def _section(page: Page, item: Item, name: str, body: Markup) -> Markup:
    note = notes(page, item, name)
    kind = f"group is-{item.control}" if item.control else "group"
    attributes = {"class": kind, "id": f"field-{name}", "tabindex": "-1"}
    if not item.words.plain.strip():
        return tag("div", attributes, note.before, body, note.after)
    head = tag(f"h{min(page.level, DEEPEST)}", {"id": f"label-{name}"}, heading(page, item))
    named = {"aria-labelledby": f"label-{name}"}
    return tag("section", attributes | named, head, note.before, note.after, body)


def _matrix(page: Page, item: Item, entries: Entries, path: Path) -> Markup | None:
    rows = rows_of(item)
    answers = {entry.get("linkId"): entry.get("answer") or [] for entry in entries}
    if not rows or not all(can_show(row, answers.get(row.link_id, ())) for row in rows):
        return None
    name = page.name(path)
    paths = [(row, (*path, (row.link_id, 0))) for row in rows]
    full = [(r, at, answers.get(r.link_id, ()), conditional(page, r, at)) for r, at in paths]
    words = [child for child in beside(item) if child.type is ItemType.DISPLAY]
    body = level(page, words, (), path) + table(page, item, name, full)
    return _section(page, item, name, body)


def _repeated(page: Page, item: Item, mine: Entries, path: Path) -> Markup:
    """Write every instance of a repeating group, and the buttons that add and remove one."""
    *above, (link_id, _) = path
    shown = mine or [{}]
    parts = [
        _instance(page, item, entry, (*above, (link_id, place)), len(shown))
        for place, entry in enumerate(shown)
    ]
    name = page.name(path)
    most = item.limits.max_occurs
    if not is_closed(item) and (most is None or len(shown) < most):
        label = page.word("add-named", name=page.plain(item.words))
        parts.append(button(page, ADD + name, page.say("add"), label))
    return _section(page, item, f"{name}:all", joined(parts))


def _instance(page: Page, item: Item, entry: dict[str, Any], path: Path, count: int) -> Markup:
    place = path[-1][1] + 1
    name = page.name(path)
    if is_closed(item):
        item = replace(item, children=tuple(map(_shut, item.children)))
    inner = replace(page, level=page.level + 1)
    legend = tag("legend", {}, page.said(item.words), f" {place}")
    body = level(inner, beside(item), entry.get("item") or [], path)
    words = page.word("remove-named", name=page.plain(item.words), number=place)
    is_there = count > 1 or entry.get("item")
    take = button(page, REMOVE + name, page.say("remove"), words) if is_there else EMPTY
    attributes = {"class": "instance", "id": f"field-{name}", "tabindex": "-1"}
    offered = EMPTY if is_closed(item) else hidden(SHOWN, name, page.is_off)
    return tag("fieldset", attributes, legend, offered, body, EMPTY if is_closed(item) else take)
