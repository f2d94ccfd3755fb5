"""Whether an answer is of the item's type and written as FHIR has it (rules 26 to 29, and 32).

Rule 32 is 26 for a list of options: no option has the type of the answer. Both are of structure,
and hold at any time.
"""

from collections.abc import Mapping
from typing import Any

from smartapp.forms.questionnaire import Item, ItemType
from smartapp.forms.rules import primitive
from smartapp.forms.rules.primitive import Check, Fault

T = ItemType
KINDS: Mapping[ItemType, tuple[str, ...]] = {
    T.BOOLEAN: ("valueBoolean",),
    T.DECIMAL: ("valueDecimal",),
    T.INTEGER: ("valueInteger",),
    T.DATE: ("valueDate",),
    T.DATETIME: ("valueDateTime",),
    T.TIME: ("valueTime",),
    T.STRING: ("valueString",),
    T.TEXT: ("valueString",),
    T.URL: ("valueUri",),
    T.CHOICE: ("valueCoding",),
    T.OPEN_CHOICE: ("valueCoding", "valueString"),
    T.ATTACHMENT: ("valueAttachment",),
    T.REFERENCE: ("valueReference",),
    T.QUANTITY: ("valueQuantity",),
}
"""The value[x] of every item type (R4 Questionnaire, "Item types")."""
CHOSEN = {"Coding", "Integer", "Date", "Time", "String", "Reference"}
"""What an answerOption may be."""
CHOICES = (T.CHOICE, T.OPEN_CHOICE)

SENTENCES: Mapping[ItemType, str] = {
    T.BOOLEAN: "Choose yes or no.",
    T.DECIMAL: "This must be a number like 12.5.",
    T.INTEGER: "This must be a whole number like 12.",
    T.DATE: "This must be a date like 2026-11-23.",
    T.DATETIME: "This must be a date and time like 2026-11-23T14:30:00+01:00.",
    T.TIME: "This must be a time like 14:30:00.",
    T.STRING: "This must be text.",
    T.TEXT: "This must be text.",
    T.URL: "This must be a web address like https://example.org.",
    T.CHOICE: "Choose one of the answers offered.",
    T.OPEN_CHOICE: "Choose one of the answers offered, or write your own.",
    T.ATTACHMENT: "Attach a file here.",
    T.REFERENCE: "Choose an entry of the record here.",
    T.QUANTITY: "This must be a number with its unit.",
}


def kinds(item: Item) -> frozenset[str]:
    """Return the value[x] that the item takes; its options decide where it has some."""
    offered = {kind for option in item.options for kind in option.value}
    if item.type is T.OPEN_CHOICE:
        return frozenset(offered | {*KINDS[item.type]})
    return frozenset(offered or KINDS[item.type])


def fault(item: Item, kind: str, value: Any) -> Fault | None:
    """Return what is wrong with the type of an answer or the way it is written, or None."""
    if kind not in kinds(item):
        is_listed = bool(item.options) and kind.removeprefix("value") in CHOSEN
        return Fault(32 if is_listed else 26, SENTENCES[item.type])
    wrong = primitive.SIMPLE[kind](value) if kind in primitive.SIMPLE else _complex(kind, value)
    if wrong is None and kind == "valueString" and item.type is not T.TEXT and _has_lines(value):
        return Fault(28, "This must be one line. Take the line breaks out.")
    return wrong


def _has_lines(value: str) -> bool:
    return "\n" in value or "\r" in value


def _complex(kind: str, value: Any) -> Fault | None:
    if not isinstance(value, dict) or not value:
        return Fault(27, "This answer cannot be read. Enter it again.")
    parts = PARTS[kind]
    for name, content in value.items():
        check = parts.get(name, None if name in ALLOWED or name.startswith("_") else _unknown)
        wrong = check(content) if check else None
        if wrong:
            return wrong
    return None


def _unknown(_content: Any) -> Fault:
    return Fault(27, "This answer has a part that FHIR does not know.")


def _comparator(content: Any) -> Fault | None:
    known = isinstance(content, str) and content in {"<", "<=", ">=", ">"}
    return None if known else Fault(27, "A quantity is compared by <, <=, >= or > only.")


def _identifier(content: Any) -> Fault | None:
    sound = isinstance(content, dict) and bool(content)
    return None if sound else Fault(27, "This entry of the record cannot be read. Choose it again.")


ALLOWED = {"id", "extension"}
PARTS: Mapping[str, Mapping[str, Check]] = {
    "valueCoding": {
        "system": primitive.uri,
        "version": primitive.text,
        "code": primitive.code,
        "display": primitive.text,
        "userSelected": primitive.boolean,
    },
    "valueQuantity": {
        "value": primitive.decimal,
        "comparator": _comparator,
        "unit": primitive.text,
        "system": primitive.uri,
        "code": primitive.code,
    },
    "valueAttachment": {
        "contentType": primitive.code,
        "language": primitive.code,
        "data": primitive.base64,
        "url": primitive.uri,
        "size": primitive.size,
        "hash": primitive.base64,
        "title": primitive.text,
        "creation": primitive.moment,
    },
    "valueReference": {
        "reference": primitive.text,
        "type": primitive.uri,
        "identifier": _identifier,
        "display": primitive.text,
    },
}
"""The parts of the complex values, and how each is written (R4, "Data Types")."""
