"""The fields of questions whose answers are typed: numbers, quantities, dates, words, files."""

from collections.abc import Callable, Sequence
from typing import Any

from markupsafe import Markup

from smartapp.forms.entry_choice import value_words
from smartapp.forms.entry_names import REMOVE, Path, part_name
from smartapp.forms.entry_sent import DROP
from smartapp.forms.entry_values import shown, unit_text, usual_unit, value_of
from smartapp.forms.questionnaire import Item, ItemType
from smartapp.forms.written import NUMBERS, as_written
from smartapp.web.questionnaire_choice import labelled, select
from smartapp.web.questionnaire_element import EMPTY, tag
from smartapp.web.questionnaire_page import Notes, Page, aside, heading, notes
from smartapp.web.questionnaire_said import hint, in_words, said

Answer = dict[str, Any]
MODES = {
    ItemType.INTEGER: "numeric",
    ItemType.DECIMAL: "decimal",
    ItemType.QUANTITY: "decimal",
    ItemType.URL: "url",
}
SIZES = {
    **dict.fromkeys((*NUMBERS, ItemType.TIME), "short"),
    **dict.fromkeys((ItemType.DATE, ItemType.DATETIME), "medium"),
}
"""How wide a field is that is not as wide as the page."""


def typed(page: Page, item: Item, path: Path, answers: Sequence[Answer]) -> Markup:
    """Write a question with one field, or a row for every answer when it repeats."""
    if item.repeats:
        return _rows(page, item, path, answers)
    name = page.name(path)
    note = notes(page, item, name, hint(page, item), consumed=_consumed(item))
    body = _control(page, item, name, answers[0] if answers else {}, note)
    return labelled(page, item, name, note, body)


def _consumed(item: Item) -> frozenset[str]:
    is_line = item.type not in _CONTROLS and item.unit is None
    return frozenset({"unit"}) if is_line else frozenset()


def _rows(page: Page, item: Item, path: Path, answers: Sequence[Answer]) -> Markup:
    """Write the answers, what could not be read of others, and an empty row."""
    *above, (link_id, _) = path
    name = page.name(path)
    rows: list[Markup] = []
    problems: list[str] = []
    for place in range(len(answers) + _unread(page, path, len(answers)) + 1):
        key = page.name((*above, (link_id, place)))
        answer = answers[place] if place < len(answers) else {}
        problems += [page.problems[key]] if place and key in page.problems else []
        if answer or key in page.unread or place < _most(item):
            rows.append(_row(page, item, key, answer, place))
    note = notes(page, item, name, hint(page, item), " ".join(problems), _consumed(item))
    wrong = " wrong" if note.is_wrong else ""
    attributes = {"class": f"field{wrong}", "aria-describedby": note.ids}
    more = button(page, "add:" + name, page.say("add")) if len(rows) < _most(item) else EMPTY
    legend = tag("legend", {}, heading(page, item))
    return tag("fieldset", attributes, legend, note.before, *rows, more, note.after)


def _unread(page: Page, path: Path, count: int) -> int:
    *above, (link_id, _) = path
    found = 0
    while page.name((*above, (link_id, count + found))) in page.unread:
        found += 1
    return found


def _most(item: Item) -> int:
    return item.limits.max_occurs or 1_000_000


def _row(page: Page, item: Item, name: str, answer: Answer, place: int) -> Markup:
    label = page.word("answer-number", question=page.plain(item.words), number=place + 1)
    body = _control(page, item, name, answer, None, label)
    if not answer:
        return tag("div", {"class": "row"}, body)
    words = page.word("remove-answer", number=place + 1)
    return tag(
        "div", {"class": "row"}, body, button(page, REMOVE + name, page.say("remove"), words)
    )


def button(page: Page, name: str, words: str, label: str = "") -> Markup:
    """Write a button that sends the form to add or remove something."""
    attributes: dict[str, str | bool | None] = {
        "class": "button quiet",
        "type": "submit",
        "name": name,
        "formnovalidate": True,
        "aria-label": label,
        "disabled": page.is_off,
    }
    return tag("button", attributes, words)


def _control(
    page: Page, item: Item, name: str, answer: Answer, note: Notes | None, label: str = ""
) -> Markup:
    write = _CONTROLS.get(item.type, _line)
    return write(page, item, name, answer, _common(page, item, name, note, label))


def _common(page: Page, item: Item, name: str, note: Notes | None, label: str) -> dict[str, Any]:
    return {
        "id": f"field-{name}",
        "name": name,
        "required": item.required and note is not None,
        "disabled": page.is_off,
        "aria-label": label,
        **(note.attributes() if note else {}),
    }


def _text(page: Page, item: Item, name: str, answer: Answer) -> str:
    text = page.unread[name] if name in page.unread else shown(item, answer)[""]
    return as_written(page.words, item.type, text)


def _line(page: Page, item: Item, name: str, answer: Answer, common: dict[str, Any]) -> Markup:
    text = _text(page, item, name, answer)
    if "\n" in text:
        return _area(page, item, name, answer, common)
    attributes: dict[str, str | bool | None] = {
        "type": "text",
        "class": SIZES.get(item.type, ""),
        "inputmode": MODES.get(item.type),
        "dir": None if item.type in SIZES else "auto",
        "autocomplete": "off",
        "value": text,
    }
    unit = item.unit if item.type is not ItemType.QUANTITY else None
    field = tag("input", common | attributes)
    return _beside(field, _unit_words(page, item, unit))


def _unit_words(page: Page, item: Item, unit: Any) -> Markup:
    if unit:
        return Markup.escape(unit_text(unit))
    words = aside(item, "unit")
    return page.said(words.text) if words else EMPTY


def _beside(field: Markup, *more: Markup) -> Markup:
    if not any(more):
        return field
    return tag("div", {"class": "beside"}, field, *(tag("span", {}, one) for one in more))


def _area(page: Page, item: Item, name: str, answer: Answer, common: dict[str, Any]) -> Markup:
    # The newline is eaten by the browser, so a text that starts with one keeps it.
    text = "\n" + _text(page, item, name, answer)
    return tag("textarea", common | {"rows": "4", "dir": "auto"}, text)


def _quantity(page: Page, item: Item, name: str, answer: Answer, common: dict[str, Any]) -> Markup:
    number = {"type": "text", "class": "short", "inputmode": "decimal", "autocomplete": "off"}
    text = _text(page, item, name, answer)
    field = tag("input", common | number | {"value": text})
    return _beside(field, _unit(page, item, part_name(name, "unit"), answer))


def _unit(page: Page, item: Item, name: str, answer: Answer) -> Markup:
    given = page.unread.get(name) or shown(item, answer).get("unit", "")
    given = given or ("" if answer else usual_unit(item))
    if item.units:
        options = [(str(place), unit_text(unit)) for place, unit in enumerate(item.units)]
        kept = answer.get("valueQuantity") if given == "=" else None
        options += [("=", unit_text(kept))] if kept else []
        is_sure = len(options) == 1 and bool(given or not answer)
        listed = options if is_sure else [("", page.word("choose-unit")), *options]
        return select(page, name, listed, given, item, None, page.word("unit"))
    if item.unit:
        return Markup.escape(unit_text(item.unit))
    attributes: dict[str, str | bool | None] = {
        "type": "text",
        "class": "short",
        "id": f"field-{name}",
        "name": name,
    }
    more: dict[str, str | bool | None] = {
        "value": given,
        "aria-label": page.word("unit"),
        "dir": "auto",
        "disabled": page.is_off,
    }
    return tag("input", attributes | more)


def _reference(page: Page, item: Item, name: str, answer: Answer, common: dict[str, Any]) -> Markup:
    field = tag(
        "input",
        common | {"type": "text", "class": "medium", "value": _text(page, item, name, answer)},
    )
    kept = _kept(page, name, answer) if answer else EMPTY
    types = item.limits.reference_types
    if not types:
        return _beside(field) + kept
    key = part_name(name, "type")
    given = page.unread.get(key) or shown(item, answer).get("type", "")
    options = [(one, one) for one in types]
    options = [("", page.word("choose-kind")), *options] if len(types) > 1 or answer else options
    return _beside(select(page, key, options, given, item, None, page.word("kind")), field) + kept


def _attachment(
    page: Page, item: Item, name: str, answer: Answer, common: dict[str, Any]
) -> Markup:
    accepted = ",".join(item.limits.mime_types)
    field = tag("input", common | {"type": "file", "accept": accepted})
    return field + (_kept(page, name, answer) if answer else EMPTY)


def _kept(page: Page, name: str, answer: Answer) -> Markup:
    """Name what is there, with a box to tick to take it away."""
    key = part_name(name, DROP)
    box = {"type": "checkbox", "id": f"field-{key}", "name": key, "value": "yes"}
    what = tag("bdi", {}, in_words(page, value_of(answer)[1], value_words(answer), ""))
    words = tag("p", {"class": "hint"}, page.say("given", answer=what))
    label = tag("label", {"for": f"field-{key}"}, page.say("take-away"))
    return words + tag(
        "div", {"class": "option"}, tag("input", box | {"disabled": page.is_off}), label
    )


def given(page: Page, item: Item, path: Path, answers: Sequence[Answer], label: Markup) -> Markup:
    """Show the answers of an item that nobody types into."""
    name = page.name(path)
    words = ", ".join(said(page, item, answer) for answer in answers if value_of(answer)[0])
    shown_ = tag("output", {"id": f"field-{name}", "aria-labelledby": f"label-{name}"}, words)
    head = tag("span", {"class": "label", "id": f"label-{name}"}, label)
    return tag("div", {"class": "field given"}, head, shown_)


Control = Callable[[Page, Item, str, Answer, dict[str, Any]], Markup]
_CONTROLS: dict[ItemType, Control] = {
    ItemType.TEXT: _area,
    ItemType.QUANTITY: _quantity,
    ItemType.REFERENCE: _reference,
    ItemType.ATTACHMENT: _attachment,
}
