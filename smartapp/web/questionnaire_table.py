"""Questions that share one list of answers, as a table: rows are questions, columns answers.

Any group that is a matrix is shown so, whatever its itemControl calls it. On narrow screens the
style sheet stacks the rows; the roles written out keep it a table for screen readers there too.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from smartapp.forms.entry import is_closed
from smartapp.forms.entry_choice import tokens
from smartapp.forms.entry_names import SHOWN, Path
from smartapp.forms.questionnaire import Item, ItemType, Option
from smartapp.web.questionnaire_choice import clear, option_words
from smartapp.web.questionnaire_element import Attributes, hidden, joined, tag
from smartapp.web.questionnaire_page import Page, heading, need, notes

Answers = Sequence[dict[str, Any]]
FEWEST, MOST = 2, 11
"""Answers in a row."""


def rows_of(group: Item) -> tuple[Item, ...]:
    """Return the questions of a matrix, nothing when the group is none."""
    rows = tuple(child for child in group.children if child.is_question and not child.hidden)
    others = [child for child in group.children if child.type is ItemType.GROUP]
    if group.repeats or others or len(rows) < FEWEST or not all(map(_fits, rows)):
        return ()
    lists = {tuple((str(o.value), o.text.plain, o.prefix) for o in row.options) for row in rows}
    return rows if len(lists) == 1 else ()


def _fits(item: Item) -> bool:
    is_plain = item.type is ItemType.CHOICE and not item.repeats and not is_closed(item)
    is_short = FEWEST <= len(item.options) <= MOST and not item.toggles and not item.children
    return is_plain and is_short and item.control in {"", "radio-button", "likert"}


def can_show(item: Item, answers: Answers) -> bool:
    """Tell whether a row has a column for the answer that was given."""
    return not any(token.startswith("=") for token in tokens(item, answers))


def table(
    page: Page,
    group: Item,
    name: str,
    rows: Sequence[tuple[Item, Path, Answers, Attributes]],
    title: Markup,
) -> Markup:
    """Write the table; each row comes with the attributes of its ``tr``."""
    options = rows[0][0].options
    is_numeric = all(option.text.plain.strip().isdecimal() for option in options)
    head = tag("tr", {"role": "row"}, _corner(), *_columns(page, name, options))
    kind = f"likert matrix n{len(options)}{'' if is_numeric else ' worded'}"
    body = (_row(page, name, row) for row in rows)
    all_required = all(row[0].required for row in rows) and not group.required
    return tag(
        "table",
        {"class": kind, "role": "table"},
        tag("caption", {"id": f"label-{name}"}, title, need(rows[0][0]) if all_required else ""),
        tag("thead", {"role": "rowgroup"}, head),
        tag("tbody", {"role": "rowgroup"}, *body),
    )


def _corner() -> Markup:
    attributes = {"role": "columnheader", "scope": "col", "class": "likert-question"}
    return tag("th", attributes, "Question")


def _columns(page: Page, name: str, options: Sequence[Option]) -> list[Markup]:
    return [
        tag(
            "th",
            {"role": "columnheader", "scope": "col", "id": f"col-{name}-{option.key}"},
            option_words(page, option),
        )
        for option in options
    ]


def _row(page: Page, name: str, row: tuple[Item, Path, Answers, Attributes]) -> Markup:
    item, path, answers, attributes = row
    page = page.off() if attributes.get("hidden") else page
    field, given = page.name(path), tokens(item, answers)
    note = notes(page, item, field)
    words = tag("span", {"id": f"row-{field}"}, heading(page, item))
    taken = hidden(SHOWN, field, page.is_off) + clear(page, field, f"row-{field}")
    head = tag("th", {"role": "rowheader", "scope": "row"}, words, note.before, taken)
    cells = (
        _cell(page, name, field, o, o.key in given, note.ids, n) for n, o in enumerate(item.options)
    )
    kind: Mapping[str, str] = {"class": "wrong"} if note.is_wrong else {}
    return tag("tr", {"role": "row", **kind, **attributes}, head, *cells)


def _cell(
    page: Page, name: str, field: str, option: Option, is_on: bool, described: str, place: int
) -> Markup:
    attributes = {
        "type": "radio",
        "id": f"field-{field}" + (f":{place}" if place else ""),
        "name": field,
        "value": option.key,
        "checked": is_on,
        "disabled": page.is_off,
        "aria-labelledby": f"row-{field} col-{name}-{option.key}",
        "aria-describedby": described,
    }
    words = tag("span", {}, option_words(page, option))
    label = tag("label", {"class": "cell"}, joined((tag("input", attributes), words)))
    return tag("td", {"role": "cell"}, label)
