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
from smartapp.forms.questionnaire import Item, ItemType
from smartapp.web.questionnaire_choice import clear, option_words
from smartapp.web.questionnaire_element import EMPTY, Attributes, hidden, tag
from smartapp.web.questionnaire_page import Page, need, notes, title

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
) -> Markup:
    """Write the table; each row has the attributes of its ``tr``."""
    options = rows[0][0].options
    columns = [option_words(page, option) for option in options]
    is_numeric = all(option.text.plain.strip().isdecimal() for option in options)
    kind = f"matrix n{len(options)}{'' if is_numeric else ' worded'}"
    whole = all(row[0].required for row in rows)
    body = (_row(page, name, row, columns, not whole) for row in rows)
    needed = need(page, rows[0][0]) if whole and not group.required else EMPTY
    return tag(
        "table",
        {"class": kind, "role": "table"},
        tag("caption", {}, page.say("one-per-row"), needed),
        tag("thead", {"role": "rowgroup"}, _head(page, name, columns)),
        tag("tbody", {"role": "rowgroup"}, *body),
    )


def _head(page: Page, name: str, columns: Sequence[Markup]) -> Markup:
    role = {"role": "columnheader", "scope": "col"}
    first = tag("th", role, page.say("question"))
    rest = (tag("th", {**role, "id": f"col-{name}-{n}"}, words) for n, words in enumerate(columns))
    last = tag("th", role, tag("span", {"class": "visually-hidden"}, page.say("take-back")))
    return tag("tr", {"role": "row"}, first, *rest, last)


def _row(
    page: Page,
    name: str,
    row: tuple[Item, Path, Answers, Attributes],
    columns: Sequence[Markup],
    is_marked: bool,
) -> Markup:
    item, path, answers, attributes = row
    page = page.off() if attributes.get("hidden") else page
    field, given = page.name(path), tokens(item, answers)
    note = notes(page, item, field)
    words = tag("span", {"id": f"row-{field}"}, title(page, item))
    needed = need(page, item) if is_marked else EMPTY
    head = tag("th", {"role": "rowheader", "scope": "row"}, words, needed, note.before)
    taken = hidden(SHOWN, field, page.is_off) + clear(page, field, f"row-{field}", "clear")
    last = tag("td", {"role": "cell", "class": "last"}, taken)
    cells = [
        _cell(page, field, option.key, option.key in given, f"col-{name}-{n}", note.ids, columns[n])
        for n, option in enumerate(item.options)
    ]
    kind: Mapping[str, str] = {"class": "wrong"} if note.is_wrong else {}
    joined_cells = Markup("".join(cells))  # noqa: S704 - names and keys are ours, the words are escaped
    return tag("tr", {"role": "row", **kind, **attributes}, head, joined_cells, last)


def _cell(
    page: Page, field: str, key: str, is_on: bool, column: str, described: str, words: Markup
) -> str:
    """Write one cell at once: a form has hundreds, and of all this only the words are not ours.

    What is the same in a row, and what is the same in a column, stand together: it packs better.
    """
    place = f' id="field-{field}"' if column.endswith("-0") else ""
    state = f"{' checked' if is_on else ''}{' disabled' if page.is_off else ''}"
    about = f' aria-describedby="{described}"' if described else ""
    return (
        f'<td role="cell"><label class="cell"><input type="radio"{place} name="{field}"{state}'
        f'{about} aria-labelledby="row-{field} {column}" value="{key}"><span>{words}</span></label>'
        "</td>"
    )
