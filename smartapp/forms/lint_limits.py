"""Whether the limits of an item fit its type, and each other.

Source: FHIR R4 extensions minValue, maxValue, regex and the others of ``reading_limits.py``.
"""

from collections.abc import Iterator, Mapping

from smartapp.errors import ContentError
from smartapp.forms.enablement_compare import compared
from smartapp.forms.lint_conditions import COMPARABLE
from smartapp.forms.lint_items import NUMBERS, TEXTS, found
from smartapp.forms.pattern import compile_pattern
from smartapp.forms.questionnaire import Item, ItemType, Limits, Value
from smartapp.forms.reading_element import Finding

_INITIAL: Mapping[ItemType, tuple[str, ...]] = {
    **COMPARABLE,
    ItemType.URL: ("Uri",),
    ItemType.DECIMAL: ("Decimal", "Integer"),
    ItemType.INTEGER: ("Integer",),
    ItemType.DATE: ("Date",),
    ItemType.DATETIME: ("DateTime",),
    ItemType.ATTACHMENT: ("Attachment",),
    ItemType.CHOICE: ("Coding", "Integer", "Date", "Time", "String", "Reference"),
    ItemType.OPEN_CHOICE: ("Coding", "Integer", "Date", "Time", "String", "Reference"),
}
_PURPOSES: Mapping[str, tuple[ItemType, ...]] = {
    "decimal_places": (ItemType.DECIMAL, ItemType.QUANTITY),
    "min_length": TEXTS,
    "pattern": (*TEXTS, *NUMBERS),
    "mime_types": (ItemType.ATTACHMENT,),
    "max_size": (ItemType.ATTACHMENT,),
    "reference_types": (ItemType.REFERENCE,),
    "reference_profiles": (ItemType.REFERENCE,),
    "step": (*NUMBERS, ItemType.QUANTITY),
}


def lint_limits(item: Item) -> Iterator[Finding]:
    """Give what is wrong about an item's limits, units and initial values."""
    limits = item.limits
    for name, types in _PURPOSES.items():
        if getattr(limits, name) not in (None, "", ()) and item.type not in types:
            reason = f"{name.replace('_', ' ')} says nothing on a {item.type} item"
            yield found(item, "extension", reason, "warning")
    yield from _bounds(item, limits)
    yield from _counts(item, limits)
    yield from _pattern(item, limits.pattern)
    yield from _units(item)
    for number, value in enumerate(item.initial):
        if item.is_question and _kind(value) not in _INITIAL[item.type]:
            yield found(item, f"initial[{number}]", f"is no answer of a {item.type} item")


def _bounds(item: Item, limits: Limits) -> Iterator[Finding]:
    for name, value in (("minValue", limits.least), ("maxValue", limits.most)):
        if value is not None:
            yield from _bound(item, name, value)
    both = None not in (limits.least, limits.most)
    if both and (_compared(limits.least or {}, limits.most or {}) or 0) > 0:
        yield found(item, "extension", "minValue is above maxValue")


def _bound(item: Item, name: str, value: Value) -> Iterator[Finding]:
    if item.type in TEXTS or _kind(value) not in COMPARABLE.get(item.type, ()):
        yield found(item, "extension", f"{name} does not fit a {item.type} item")
    elif _compared(value, value) != 0:
        yield found(item, "extension", f"{name} is no {_kind(value)}")


def _kind(value: Value) -> str:
    return next(iter(value)).removeprefix("value")


def _compared(left: Value, right: Value) -> int | None:
    name, content = next(iter(right.items()))
    return compared(
        (_kind(left), next(iter(left.values()))), name.removeprefix("value"), content, 0
    )


def _counts(item: Item, limits: Limits) -> Iterator[Finding]:
    for names, least, most in (
        ("minLength is above maxLength", limits.min_length, limits.max_length),
        ("minOccurs is above maxOccurs", limits.min_occurs, limits.max_occurs),
    ):
        if least is not None and most is not None and least > most:
            yield found(item, "extension", names)
    if limits.max_occurs == 0 and not item.hidden:
        yield found(item, "extension", "maxOccurs is 0, so nobody can answer it")
    if (limits.min_occurs or 0) > 1 and not item.repeats:
        yield found(item, "extension", "minOccurs above 1 needs repeats")
    if (limits.max_occurs or 0) > 1 and not item.repeats:
        yield found(item, "extension", "maxOccurs above 1 says nothing without repeats", "warning")


def _pattern(item: Item, pattern: str) -> Iterator[Finding]:
    """A pattern runs in time that grows with the text only, or it is refused (RE2)."""
    try:
        compile_pattern(pattern)
    except ContentError as error:
        yield found(item, "extension", f"regex cannot be used: {error}")


def _units(item: Item) -> Iterator[Finding]:
    if (item.unit or item.units) and item.type not in (*NUMBERS, ItemType.QUANTITY):
        yield found(item, "extension", f"a unit says nothing on a {item.type} item", "warning")
    for unit in (item.unit, *item.units):
        if unit is not None and not (unit.get("display") or unit.get("code")):
            yield found(item, "extension", "a unit has nothing to show")
    codes = [[unit.get(name, "") for name in ("system", "code", "display")] for unit in item.units]
    if not all(isinstance(part, str) for parts in codes for part in parts):
        yield found(item, "extension", "a unit has a part that is not text")
    elif len(set(map(tuple, codes))) != len(codes):
        yield found(item, "extension", "a unit is offered twice")
