"""Choices as radio buttons, check-boxes, or a drop-down where the form asks for it or is long."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from smartapp.forms.entry_choice import OTHER, own_words, tokens, value_words
from smartapp.forms.entry_names import CLEAR, SHOWN, Path, part_name
from smartapp.forms.entry_values import shown, value_of
from smartapp.forms.questionnaire import Item, ItemType, Option
from smartapp.web.questionnaire_element import EMPTY, Attributes, hidden, joined, tag
from smartapp.web.questionnaire_page import Notes, Page, heading, notes

Answers = Sequence[dict[str, Any]]
NONE: Mapping[str, Attributes] = {}
LONG = 12
"""Options; a longer list that may have one answer is a drop-down."""
YES_NO = (("true", "yes"), ("false", "no"))


def choice(page: Page, item: Item, path: Path, answers: Answers) -> Markup:
    """Write a choice or open choice."""
    if item.control == "autocomplete" and item.type is ItemType.OPEN_CHOICE and not item.repeats:
        return _combobox(page, item, path, answers)
    is_list = item.control in {"drop-down", "autocomplete", "lookup"}
    if not item.repeats and (is_list or (not item.control and len(item.options) > LONG)):
        return _list(page, item, path, answers)
    return _marks(page, item, path, answers)


def boolean(page: Page, item: Item, path: Path, answers: Answers) -> Markup:
    """Write a yes-or-no question."""
    name = page.name(path)
    given = page.unread.get(name) or (shown(item, answers[0])[""] if answers else "")
    options = (
        _option(page, name, "radio", value, page.say(key), value == given, number)
        for number, (value, key) in enumerate(YES_NO)
    )
    cells = tag("div", {"class": "options inline"}, *options)
    return group(page, item, name, notes(page, item, name), cells)


def group(
    page: Page,
    item: Item,
    name: str,
    note: Notes,
    cells: Markup,
    kind: str = "",
    described: str = "",
) -> Markup:
    """Put options into a group with the question as its legend and a way to take an answer back.

    ``described``: the id of what describes the group beside its notes.
    """
    is_many = item.repeats and item.type in {ItemType.CHOICE, ItemType.OPEN_CHOICE}
    attributes: dict[str, str | bool | None] = {
        "class": " ".join(filter(None, ("field", kind, "wrong" if note.is_wrong else ""))),
        "role": None if is_many else "radiogroup",
        "aria-required": "true" if item.required and not is_many else None,
        **note.attributes(described),
    }
    attributes["aria-invalid"] = None if is_many else attributes["aria-invalid"]
    parts = (tag("legend", {}, heading(page, item)), note.before, cells, note.after)
    return tag("fieldset", attributes, *parts, hidden(SHOWN, name, page.is_off), clear(page, name))


def clear(page: Page, name: str, described: str = "", key: str = "clear-answer") -> Markup:
    """Write the button that takes an answer back; the style sheet shows it when there is one."""
    attributes: Attributes = {
        "class": "clear",
        "name": CLEAR + name,
        "disabled": page.is_off,
        "aria-describedby": described,
    }
    return tag("button", attributes, page.say(key))


def _marks(page: Page, item: Item, path: Path, answers: Answers) -> Markup:
    name = page.name(path)
    kind = "checkbox" if item.repeats else "radio"
    given = set(tokens(item, answers))
    off = page.settled.toggled_off.get(path, ())
    offered = [o for o in item.options if o.key not in off or o.key in given]
    parts = [
        _option(page, name, kind, o.key, option_words(page, o), o.key in given, place, o.exclusive)
        for place, o in enumerate(offered)
    ]
    parts += _kept(page, item, name, kind, answers, len(parts))
    if item.type is ItemType.OPEN_CHOICE:
        parts.append(_other(page, item, name, answers, len(parts)))
    inline = " inline" if item.orientation == "horizontal" else ""
    note = notes(page, item, name, page.say("choose-all") if item.repeats else "")
    return group(page, item, name, note, tag("div", {"class": f"options{inline}"}, *parts))


def option_words(page: Page, option: Option) -> Markup:
    """Return an option's prefix and words."""
    number = tag("span", {"class": "prefix"}, option.prefix, " ") if option.prefix else EMPTY
    return number + (page.said(option.text) if not is_moment(option) else _plain(page, option))


def is_moment(option: Option) -> bool:
    """Tell whether an option is a day or a time, which each language writes in its own way."""
    return not option.value.keys().isdisjoint({"valueDate", "valueTime"})


def _plain(page: Page, option: Option) -> str:
    words = page.plain(option.text)
    return page.words.moment(words) if is_moment(option) else words


def _option(
    page: Page,
    name: str,
    kind: str,
    value: str,
    words: str,
    is_on: bool,
    place: int,
    is_exclusive: bool = False,
) -> Markup:
    key = f"field-{name}" + (f":{place}" if place else "")
    attributes: Attributes = {
        "type": kind,
        "id": key,
        "name": name,
        "value": value,
        "checked": is_on,
        "disabled": page.is_off,
        "data-exclusive": is_exclusive,
    }
    label = tag("label", {"for": key}, words)
    return tag("div", {"class": "option"}, tag("input", attributes), label)


def kept(item: Item, answers: Answers) -> Iterator[tuple[str, str]]:
    """Yield token and words of the answers that are there and are not among the options."""
    for token in tokens(item, answers):
        if token.startswith("="):
            yield token, value_words(answers[int(token[1:])])


def _kept(
    page: Page, item: Item, name: str, kind: str, answers: Answers, place: int
) -> list[Markup]:
    found = enumerate(kept(item, answers), place)
    return [_option(page, name, kind, token, words, True, n) for n, (token, words) in found]


def _other(page: Page, item: Item, name: str, answers: Answers, place: int) -> Markup:
    """Write the field, or fields, for answers in the person's own words."""
    key = part_name(name, OTHER)
    words = own_words(item, answers)
    label = page.plain(item.open_label) or page.word("other-words")
    if item.repeats:
        fields = (_words(page, key, text, place + n, label) for n, text in enumerate([*words, ""]))
        return page.said(item.open_label) + joined(fields)
    is_on = bool(words) and key not in page.unread
    asked = page.said(item.open_label) or page.say("other")
    mark = _option(page, name, "radio", OTHER, asked, is_on, place)
    text = page.unread.get(key) or (words[0] if words else "")
    return mark + _words(page, key, text, 0, label)


def _words(page: Page, name: str, text: str, place: int, label: str) -> Markup:
    attributes: Attributes = {
        "type": "text",
        "class": "medium",
        "id": f"field-{name}" + (f":{place}" if place else ""),
        "name": name,
        "value": text,
        "dir": "auto",
        "autocomplete": "off",
        "aria-label": label,
        "disabled": page.is_off,
        "data-other": True,
    }
    return tag("input", attributes)


def _list(page: Page, item: Item, path: Path, answers: Answers) -> Markup:
    name = page.name(path)
    given = tokens(item, answers)
    off = page.settled.toggled_off.get(path, ())
    offered = [o for o in item.options if o.key not in off or o.key in given]
    options = [(o.key, f"{o.prefix} {_plain(page, o)}".strip()) for o in offered]
    options += kept(item, answers)
    spoken = {o.key: page.spoken(o.text) for o in offered}
    is_open = item.type is ItemType.OPEN_CHOICE
    own = page.plain(item.open_label)
    options += [(OTHER, own or page.word("other"))] if is_open else []
    spoken |= {OTHER: page.spoken(item.open_label)} if own else {}
    note = notes(page, item, name)
    chosen = [("", page.word("choose")), *options]
    body = select(page, name, chosen, given[0] if given else "", item, note, spoken=spoken)
    if is_open:
        words = own_words(item, answers)
        key = part_name(name, OTHER)
        text = page.unread.get(key) or (words[0] if words else "")
        body += _words(page, key, text, 0, own or page.word("other-words"))
    return labelled(page, item, name, note, body)


def select(
    page: Page,
    name: str,
    options: Sequence[tuple[str, str]],
    given: str,
    item: Item,
    note: Notes | None,
    label: str = "",
    spoken: Mapping[str, Attributes] = NONE,
) -> Markup:
    """Write a drop-down list; ``label`` names it where it is only a part of an answer.

    ``spoken`` has by value what marks an option's words as foreign to the page.
    """
    attributes: Attributes = {
        "id": f"field-{name}",
        "name": name,
        "required": item.required and note is not None,
        "disabled": page.is_off,
        "aria-label": label,
        **(note.attributes() if note else {}),
    }
    options_ = (
        tag("option", {"value": v, "selected": v == given, **spoken.get(v, {})}, w)
        for v, w in options
    )
    return tag("select", attributes, *options_)


def labelled(page: Page, item: Item, name: str, note: Notes, body: Markup) -> Markup:
    """Put one control under its label."""
    label = tag("label", {"for": f"field-{name}"}, heading(page, item))
    wrong = " wrong" if note.is_wrong else ""
    return tag("div", {"class": f"field{wrong}"}, label, note.before, body, note.after)


def _combobox(page: Page, item: Item, path: Path, answers: Answers) -> Markup:
    """Write a text field that suggests the options."""
    name = page.name(path)
    key = part_name(name, OTHER)
    note = notes(page, item, name, page.say("suggest"))
    given = value_words(answers[0]) if answers and value_of(answers[0])[0] else ""
    attributes: Attributes = {
        "type": "text",
        "id": f"field-{name}",
        "name": key,
        "value": page.unread.get(key) or given,
        "list": f"list-{name}",
        "dir": "auto",
        "autocomplete": "off",
        "disabled": page.is_off,
        **note.attributes(),
    }
    options = (tag("option", {"value": page.plain(o.text)}) for o in item.options)
    listed = tag("datalist", {"id": f"list-{name}"}, *options)
    return labelled(page, item, name, note, tag("input", attributes) + listed)
