"""Short scales as one radio button a number.

Never a slider: where it starts would be a false answer.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from smartapp.forms.entry_names import Path
from smartapp.forms.entry_values import shown, unit_text, value_of
from smartapp.forms.questionnaire import Item, ItemType
from smartapp.web.questionnaire_choice import group
from smartapp.web.questionnaire_element import EMPTY, tag
from smartapp.web.questionnaire_page import Page, aside, notes

Answers = Sequence[dict[str, Any]]
MOST_CELLS, MOST_STEPS = 11, 21
ENDS = frozenset({"lower", "upper"})


def cells_of(item: Item, answers: Answers) -> list[int]:
    """Return the numbers of a short scale, nothing when the question is no such scale."""
    limits = item.limits
    least, most = _bound(limits.least), _bound(limits.most)
    if item.repeats or least is None or most is None or most < least:
        return []
    step = limits.step or 1
    count = (most - least) // step + 1
    is_scale = (item.control == "slider" and count <= MOST_STEPS) or (
        has_ends(item) and item.type is ItemType.INTEGER and count <= MOST_CELLS
    )
    cells = [least + step * place for place in range(count)] if is_scale else []
    given = shown(item, answers[0])[""] if answers else ""
    return cells if not given or given in map(str, cells) else []


def has_ends(item: Item) -> bool:
    """Tell whether a scale has words at an end."""
    return bool(aside(item, "lower") or aside(item, "upper"))


def _bound(limit: Any) -> int | None:
    number = value_of(limit or {})[1]
    is_whole = isinstance(number, int | Decimal) and number == int(number)
    return int(number) if is_whole else None


def scale(page: Page, item: Item, path: Path, answers: Answers, cells: list[int]) -> Markup:
    """Write a short scale: one radio button a number, with the words at its ends."""
    name = page.name(path)
    given = shown(item, answers[0])[""] if answers else ""
    row = Markup(  # noqa: S704 - names and numbers are ours
        "".join(_cell(page, name, str(n), str(n) == given, n == cells[0]) for n in cells)
    )
    many = " many" if len(cells) > MOST_CELLS else ""
    body = tag("div", {"class": f"cells n{len(cells)}{many}"}, row) + _ends(page, item, name, cells)
    note = notes(page, item, name, _unit(page, item), consumed=ENDS)
    described = f"ends-{name}" if has_ends(item) else ""
    return group(page, item, name, note, body, "scale", described)


def _unit(page: Page, item: Item) -> str:
    return page.say("in-unit", unit=unit_text(item.unit)) if item.unit else ""


def _ends(page: Page, item: Item, name: str, cells: list[int]) -> Markup:
    lower, upper = aside(item, "lower"), aside(item, "upper")
    if not has_ends(item):
        return EMPTY
    words = [page.said(end.text) if end else EMPTY for end in (lower, upper)]
    ends = [
        tag("span", {}, tag("b", {}, str(number)), " ", said)
        for number, said in zip((cells[0], cells[-1]), words, strict=True)
    ]
    between = Markup('<span class="visually-hidden">; </span>')
    return tag("p", {"class": "ends", "id": f"ends-{name}"}, between.join(ends))


def _cell(page: Page, name: str, number: str, is_on: bool, is_first: bool) -> str:
    """Write one cell at once: a form may have hundreds, and all of it is ours."""
    place = f' id="field-{name}"' if is_first else ""
    state = f"{' checked' if is_on else ''}{' disabled' if page.is_off else ''}"
    return (
        f'<label class="cell"><input type="radio"{place} name="{name}"{state} value="{number}">'
        f"<span>{number}</span></label>"
    )
