"""The invariants of R4 on a single item, and what else makes an item impossible to answer.

Source: FHIR R4 Questionnaire, que-1 to que-13; SDC 3.0 calculatedExpression.
"""

from collections.abc import Iterator, Mapping

from smartapp.forms.questionnaire import Item, ItemType
from smartapp.forms.reading_element import Finding, Severity

CHOICES = (ItemType.CHOICE, ItemType.OPEN_CHOICE)
TEXTS = (ItemType.STRING, ItemType.TEXT, ItemType.URL, ItemType.OPEN_CHOICE)
NUMBERS = (ItemType.INTEGER, ItemType.DECIMAL)
_LENGTH_ALLOWED = (*TEXTS, *NUMBERS, ItemType.BOOLEAN)
_QUESTIONS_ALONE = (*CHOICES, ItemType.BOOLEAN, ItemType.REFERENCE)
_TYPED = (*NUMBERS, ItemType.QUANTITY, ItemType.DATE, ItemType.DATETIME, ItemType.TIME)
_GROUP = (ItemType.GROUP,)
_DISPLAY = (ItemType.DISPLAY,)
CONTROLS: Mapping[str, tuple[ItemType, ...]] = {
    **dict.fromkeys(("list", "table", "htable", "gtable", "atable", "page"), _GROUP),
    **dict.fromkeys(("header", "footer"), (*_GROUP, *_DISPLAY)),
    **dict.fromkeys(("inline", "prompt", "unit", "lower", "upper", "flyover"), _DISPLAY),
    **dict.fromkeys(("help", "legal"), _DISPLAY),
    **dict.fromkeys(("autocomplete", "drop-down"), _QUESTIONS_ALONE),
    **dict.fromkeys(("check-box", "radio-button"), _QUESTIONS_ALONE),
    "slider": (*NUMBERS, ItemType.QUANTITY),
    "spinner": _TYPED,
    "text-box": TEXTS,
    "text-area": TEXTS,
}
"""The types of item that a code of itemControl is made for."""
ORIENTATIONS = ("", "horizontal", "vertical")


def found(item: Item, name: str, reason: str, severity: Severity = "error") -> Finding:
    """Return a finding about a part of an item."""
    return Finding(severity, f"{item.at}.{name}", reason)


def lint_item(item: Item) -> Iterator[Finding]:
    """Give what is wrong about an item taken alone."""
    yield from _nesting(item)
    yield from _display(item)
    yield from _answers(item)
    yield from _asking(item)
    yield from _control(item)
    yield from _calculated(item)


def _nesting(item: Item) -> Iterator[Finding]:
    if item.type is ItemType.GROUP and not item.children:
        yield found(item, "item", "a group needs items (que-1)")
    if item.type is ItemType.DISPLAY and item.children:
        yield found(item, "item", "a display item has no items (que-1)")


def _display(item: Item) -> Iterator[Finding]:
    if item.type is not ItemType.DISPLAY:
        return
    if item.codes:
        yield found(item, "code", "a display item has no code (que-3)")
    for name, rule in (("required", 6), ("repeats", 6), ("readOnly", 9)):
        if name in item.raw:
            severity: Severity = "error" if item.raw[name] else "warning"
            yield found(item, name, f"a display item has no {name} (que-{rule})", severity)


def _answers(item: Item) -> Iterator[Finding]:
    offers = bool({"answerOption", "answerValueSet"} & item.raw.keys())
    if offers and item.type not in CHOICES:
        yield found(item, "answerOption", f"a {item.type} item has no options (que-5)")
    if item.type is ItemType.CHOICE and not item.options and not item.value_set:
        yield found(item, "answerOption", "a choice needs options to choose from")
    if not item.is_question and (item.initial or item.initial_path):
        yield found(item, "initial", f"a {item.type} item has no initial value (que-8)")
    if "answerOption" in item.raw and item.initial:
        yield found(item, "initial", "initialSelected at the options says it here (que-11)")
    selected = len(item.initial) + sum(option.initial for option in item.options)
    if selected > 1 and not item.repeats:
        yield found(item, "initial", "several initial values need repeats (que-13)")


def _asking(item: Item) -> Iterator[Finding]:
    if item.limits.max_length is not None and item.type not in TEXTS:
        severity: Severity = "warning" if item.raw.get("type") in _LENGTH_ALLOWED else "error"
        yield found(item, "maxLength", "is for items of text (que-10)", severity)
    if item.type is not ItemType.GROUP and not item.hidden and not item.words.plain.strip():
        yield found(item, "text", "is missing, so nobody would know what is asked")
    cannot_answer = (item.hidden or item.read_only) and item.is_question
    if item.required and cannot_answer and not _has_value(item):
        yield found(item, "required", "nobody can answer it, for it is hidden or read-only")


def _has_value(item: Item) -> bool:
    is_selected = any(option.initial for option in item.options)
    return bool(item.initial or item.initial_path or item.calculated or is_selected)


def _control(item: Item) -> Iterator[Finding]:
    if item.control and item.type not in CONTROLS[item.control]:
        yield found(item, "extension", f"itemControl {item.control} is not for a {item.type} item")
    if item.control == "slider" and None in (item.limits.least, item.limits.most):
        yield found(item, "extension", "a slider needs minValue and maxValue", "warning")
    if item.orientation not in ORIENTATIONS:
        yield found(item, "extension", "choiceOrientation is neither horizontal nor vertical")
    if item.type is ItemType.OPEN_CHOICE and not item.options:
        yield found(item, "answerOption", "an open choice without options", "warning")


def _calculated(item: Item) -> Iterator[Finding]:
    if item.calculated is None:
        return
    if not item.is_question:
        yield found(item, "extension", f"a {item.type} item has nothing to calculate")
    if item.initial or item.initial_path or any(option.initial for option in item.options):
        yield found(item, "initial", "a calculated item has no initial value")
    if not item.read_only and not item.hidden:
        yield found(item, "readOnly", "is missing, so what is calculated can be edited", "warning")
