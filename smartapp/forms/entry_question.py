"""One question as sent: its answers one by one, each with its place on the page."""

from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any

from smartapp.forms import entry_choice
from smartapp.forms.entry_choice import OTHER, Answer
from smartapp.forms.entry_names import CLEAR, REMOVE, Path, part_name
from smartapp.forms.entry_sent import DROP, Sent, Upload
from smartapp.forms.entry_values import SENTENCES, read, shown
from smartapp.forms.questionnaire import Item, ItemType
from smartapp.forms.said import Said, quoted, said

CHOICES = {ItemType.CHOICE, ItemType.OPEN_CHOICE}
BOTH = said(
    "Choose {other} to give your own answer, or empty its field.", other=quoted(said("Other"))
)
TOO_LARGE = "This file is too large. Choose a smaller one."
WRONG_KIND = "This kind of file is not accepted here. Choose another."


@dataclass(frozen=True)
class Row:
    """One answer, or none; ``below`` are the items that were nested in the one at ``place``.

    ``place`` is None for an answer whose nested items were not on the page. ``unread`` is what
    could not be read, by part, and ``sentence`` what to say about it.
    """

    answer: Answer
    place: int | None
    below: list[dict[str, Any]] = field(default_factory=list)
    unread: dict[str, str] = field(default_factory=dict)
    sentence: str = ""


def choice(sent: Sent, item: Item, before: list[Answer], path: Path) -> list[Row]:
    """Read a choice or open choice."""
    name = sent.name((*path, (item.link_id, 0)))
    other = part_name(name, OTHER)
    if sent.pressed(CLEAR, (*path, (item.link_id, 0))):
        return _rows(item, [], before)
    if not sent.was_offered(name) and not sent.was_offered(other):
        return _rows(item, list(zip(before, range(len(before)), strict=True)), before)
    tokens, words = [token for token in sent.texts(name) if token], sent.texts(other)
    picked = entry_choice.picked(item, tokens, words, before)
    if picked is None:
        sent.give_back((*path, (item.link_id, 0)), {OTHER: "".join(words)}, BOTH)
        picked = tokens
    return _rows(item, entry_choice.chosen(item, picked, words, before), before)


def _rows(item: Item, found: list[entry_choice.Placed], before: list[Answer]) -> list[Row]:
    """Keep what is nested below each answer; below a single choice whatever is chosen now."""
    if item.repeats:
        return [Row(a, at, [] if at is None else _below(before, at)) for a, at in found]
    only = [Row(a, at, _below(before, at or 0)) for a, at in found if at is None or at == 0]
    rest = [Row(a, at, _below(before, at)) for a, at in found if at]
    return [Row(row.answer, 0, row.below) for row in only or [Row({}, 0, _below(before, 0))]] + rest


def typed(sent: Sent, item: Item, before: list[Answer], path: Path) -> list[Row]:
    """Read a question whose answers are typed, each in fields of its own."""
    count = max(1, len(before))
    if item.repeats:
        count = max(count, sent.count(path, item, len(before)))
    return [_typed(sent, item, before, path, place) for place in range(count)]


def _typed(sent: Sent, item: Item, before: list[Answer], path: Path, place: int) -> Row:
    at = (*path, (item.link_id, place))
    if sent.pressed(REMOVE, at):
        return Row({}, None)
    old = before[place] if place < len(before) else {}
    below = _below(before, place)
    name = sent.name(at)
    if sent.pressed(CLEAR, at) or sent.entry.get(part_name(name, DROP)):
        return Row({}, place, below)
    if name in sent.files:
        return _file(item, old, place, sent.files[name], below)
    return _value(sent, item, old, sent.parts(name), Row({}, place, below))


def _value(sent: Sent, item: Item, old: Answer, parts: dict[str, str], row: Row) -> Row:
    """Keep the answer when its fields are as they were shown, else read them."""
    was = shown(item, old)
    if all(was.get(part, "") == text for part, text in parts.items()):
        return Row(old, row.place, row.below)
    try:
        value = read(item, parts, sent.zone)
    except ValueError as error:
        told = next((one for one in error.args if isinstance(one, Said)), SENTENCES[item.type])
        return Row({}, row.place, row.below, parts, told)
    kept = _kept_unit(old, parts, value)
    return Row(kept, row.place, row.below)


def _kept_unit(old: Answer, parts: dict[str, str], value: Any) -> Answer:
    """Put the unit that was there, though not offered, beside a changed number."""
    if not value or parts.get("unit") != "=" or "valueQuantity" not in value:
        return dict(value or {})
    was = old.get("valueQuantity", {})
    unit = {key: was[key] for key in ("unit", "system", "code") if key in was}
    return {"valueQuantity": value["valueQuantity"] | unit}


def _file(item: Item, old: Answer, place: int, upload: Upload, below: list[dict[str, Any]]) -> Row:
    limits = item.limits
    if limits.max_size is not None and len(upload.data) > limits.max_size:
        return Row(old, place, below, {}, TOO_LARGE)
    if limits.mime_types and upload.content_type not in limits.mime_types:
        return Row(old, place, below, {}, WRONG_KIND)
    attachment = {
        "contentType": upload.content_type,
        "data": b64encode(upload.data).decode("ascii"),
        "size": len(upload.data),
        "title": upload.title,
    }
    return Row({"valueAttachment": attachment}, place, below)


def _below(before: list[Answer], place: int) -> list[dict[str, Any]]:
    below: list[dict[str, Any]] = before[place].get("item") or [] if place < len(before) else []
    return below
