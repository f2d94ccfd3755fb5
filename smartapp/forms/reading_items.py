"""Items of a Questionnaire, read one below the other.

Source: FHIR R4 Questionnaire.item; R4 extensions questionnaire-hidden, -itemControl,
-choiceOrientation, -unit, -unitOption and -unitValueSet.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from smartapp.forms import expressions
from smartapp.forms.expressions import read_setting
from smartapp.forms.looked_up import SDC, Names
from smartapp.forms.options import absent, find_value_set, read_options, read_value_set
from smartapp.forms.questionnaire import Condition, Item, ItemType, Option, Text, Toggle, Value
from smartapp.forms.reading_called import called
from smartapp.forms.reading_element import Element, checked, one_value
from smartapp.forms.reading_limits import read_limits
from smartapp.forms.reading_refused import ITEM, refuse
from smartapp.forms.reading_text import CORE, read_text

DEEPEST = 12
CONTROLS = frozenset(
    re.findall(
        r"[\w-]+",
        "list table htable gtable atable header footer page inline prompt unit lower "
        "upper flyover help legal autocomplete drop-down check-box radio-button slider "
        "spinner text-box text-area ",
    )
)
"""Codes of itemControl that have a form of their own; the type alone decides for any other."""
TYPES = frozenset(ItemType)
LISTED = {"string": "String", "integer": "Integer", "date": "Date", "time": "Time"}
"""Types that may list their answers too (que-5), and what the options then are."""
R5 = {"coding": "is a type of FHIR R5; in R4 it is choice or open-choice"}
OPERATORS = ("exists", "=", "!=", ">", "<", ">=", "<=")


@dataclass(frozen=True)
class Shelf:
    """Where value sets are found: in the Questionnaire by id, or given by canonical."""

    contained: Mapping[str, Element]
    given: Mapping[str, Mapping[str, Any]]


def read_items(parent: Element, names: Names, shelf: Shelf, depth: int = 1) -> tuple[Item, ...]:
    """Read the items below an element; ``names`` are the variables they may use."""
    elements = list(parent.each("item"))
    if elements and depth > DEEPEST:
        parent.error("item", f"is nested more than {DEEPEST} levels deep")
        return ()
    found = (_item(element, parent, names, shelf, depth) for element in elements)
    return tuple(item for item in found if item is not None)


def _item(element: Element, parent: Element, names: Names, shelf: Shelf, depth: int) -> Item | None:
    refuse(element, ITEM)
    kind = element.text("type")
    if kind not in TYPES:
        reason = R5.get(kind, "is no type of item that can be shown")
        element.error("type", f"{kind or 'nothing'} {reason}")
        return None
    variables, below = expressions.read_variables(element, names)
    options = _options(element, shelf)
    return Item(
        link_id=_link_id(element),
        type=_type(kind, options),
        text=read_text(element, "text"),
        called=called(element, parent),
        open_label=_open_label(element),
        at=element.at,
        prefix=element.text("prefix"),
        prefix_text=read_text(element, "prefix"),
        codes=tuple(code.raw for code in element.each("code")),
        definition=element.text("definition"),
        options=options,
        toggles=tuple(_toggles(element, below, options)),
        value_set=element.text("answerValueSet"),
        variables=variables,
        constraints=expressions.read_constraints(element, below),
        limits=read_limits(element, below),
        children=read_items(element, below, shelf, depth + 1),
        raw=element.raw,
        **_flags(element),
        **_units(element, shelf),
        **_values(element, below),
    )


def _type(kind: str, options: tuple[Option, ...]) -> ItemType:
    """Return the type; a question of plain values that lists them is a choice among them."""
    kinds = {name.removeprefix("value") for option in options for name in option.value}
    return ItemType.CHOICE if kinds == {LISTED.get(kind)} else ItemType(kind)


def _link_id(element: Element) -> str:
    link_id = element.text("linkId")
    if not link_id.strip() or len(link_id) > 255:
        element.error("linkId", "is missing, or longer than 255 characters")
    elif not link_id.isprintable() or link_id != link_id.strip():
        element.error("linkId", "has blanks around it, or characters that cannot be printed")
    return link_id


def _open_label(element: Element) -> Text:
    """Return the form's own words for an answer that is none of the options."""
    extension = element.extension(f"{SDC}openLabel")
    return Text("") if extension is None else read_text(extension, "valueString")


def _flags(element: Element) -> dict[str, Any]:
    return {
        "required": element.flag("required"),
        "repeats": element.flag("repeats"),
        "read_only": element.flag("readOnly"),
        "hidden": bool(element.setting(f"{CORE}questionnaire-hidden", "Boolean")),
        "control": _control(element),
        "orientation": element.setting(f"{CORE}questionnaire-choiceOrientation", "Code") or "",
    }


def _control(element: Element) -> str:
    extension = element.extension(f"{CORE}questionnaire-itemControl")
    raw = None if extension is None else extension.value("CodeableConcept")
    if extension is None or raw is None:
        return ""
    codings = Element(raw, extension.place("valueCodeableConcept"), element.findings)
    codes = [coding.text("code") for coding in codings.each("coding")]
    known = [code for code in codes if code in CONTROLS]
    if not known:
        extension.warn("", f"{', '.join(codes) or 'no code'}: shown as any item of its type")
    return known[0] if known else ""


def _options(element: Element, shelf: Shelf) -> tuple[Option, ...]:
    if not element.text("answerValueSet"):
        return read_options(element)
    if element.raw.get("answerOption"):
        element.error("answerOption", "is there with answerValueSet; only one may be (que-4)")
    return read_value_set(element, shelf.contained, shelf.given)


def _toggles(element: Element, names: Names, options: tuple[Option, ...]) -> Iterator[Toggle]:
    for extension, path in expressions.read_toggles(element, names):
        keys = ((o.key, expressions.same_value(*next(iter(o.value.items())))) for o in options)
        yield expressions.toggle(extension, path, keys)


def _units(element: Element, shelf: Shelf) -> dict[str, Any]:
    unit = element.setting(f"{CORE}questionnaire-unit", "Coding")
    offered = [e.value("Coding") for e in element.extensions(f"{CORE}questionnaire-unitOption")]
    canonical = element.setting(f"{CORE}questionnaire-unitValueSet", "Canonical")
    if canonical:
        offered += _listed_units(element, canonical, shelf)
    return {"unit": unit, "units": tuple(coding for coding in offered if coding is not None)}


def _listed_units(element: Element, canonical: str, shelf: Shelf) -> list[Any]:
    found = find_value_set(canonical, element, shelf.contained, shelf.given)
    if found is None:
        element.error("extension", absent(canonical))
        return []
    stand_in = Element({"answerValueSet": canonical}, element.at, element.findings)
    options = read_value_set(stand_in, shelf.contained, shelf.given)
    return [option.value["valueCoding"] for option in options]


def _values(element: Element, names: Names) -> dict[str, Any]:
    return {
        "enable_when": tuple(_conditions(element)),
        "enable_all": _behavior(element) == "all",
        "enable_path": read_setting(element, expressions.ENABLE_WHEN, names),
        "calculated": read_setting(element, expressions.CALCULATED, names),
        "initial_path": expressions.read_initial(element, names),
        "initial": tuple(_initial(element)),
        "usual_unit": _usual_unit(element),
    }


def _behavior(element: Element) -> str:
    behavior = element.text("enableBehavior")
    if behavior not in {"", "all", "any"}:
        element.error("enableBehavior", "is neither all nor any")
    conditions = element.raw.get("enableWhen")
    if not behavior and isinstance(conditions, list) and len(conditions) > 1:
        element.error("enableBehavior", "is missing with more than one enableWhen (que-12)")
    return behavior


def _conditions(element: Element) -> Iterator[Condition]:
    for when in element.each("enableWhen"):
        name, content = one_value(when.raw, "answer")
        content = checked(when, name, content) if name else None
        operator = when.text("operator")
        if content is None or operator not in OPERATORS or not when.text("question"):
            when.error("", "needs a question, a known operator and one answer")
            continue
        yield Condition(when.text("question"), operator, {name: content})  # type: ignore[arg-type]  # the line above checked it


def _initial(element: Element) -> Iterator[Value]:
    for initial in element.each("initial"):
        name, content = one_value(initial.raw, "value")
        content = checked(initial, name, content) if name else None
        if content is None:
            initial.error("", "needs one value")
        elif not _is_unit_alone(name, content):
            yield {name: content}


def _usual_unit(element: Element) -> dict[str, Any] | None:
    """Return an initial Quantity without a number: no answer, but the unit to begin with."""
    for initial in element.each("initial"):
        inner = initial.inside("valueQuantity") if "valueQuantity" in initial.raw else None
        if inner is not None and _is_unit_alone("valueQuantity", inner.raw):
            return {name: inner.text(name) for name in ("system", "code", "unit")}
    return None


def _is_unit_alone(name: str, content: Any) -> bool:
    return name == "valueQuantity" and isinstance(content, dict) and content.get("value") is None
