"""The answers a choice offers: answerOption, or a value set that is contained or given expanded.

A value set must list its concepts, by ``expansion`` or by ``compose.include.concept``. One that
filters, imports or takes in a whole code system cannot be offered whole, and is refused.
Source: FHIR R4 Questionnaire.item.answerOption and answerValueSet, ValueSet.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from smartapp.forms.defined import DEFINED
from smartapp.forms.questionnaire import Option, Text, Value
from smartapp.forms.reading_element import Element, checked, one_value
from smartapp.forms.reading_text import CORE, read_text

ORDINALS = (
    f"{CORE}ordinalValue",
    f"{CORE}itemWeight",
    "http://hl7.org/fhir/StructureDefinition/questionnaire-ordinalValue",
)
EXCLUSIVE = f"{CORE}questionnaire-optionExclusive"
PREFIX = f"{CORE}questionnaire-optionPrefix"
MEDIA = ("http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-itemAnswerMedia",)
UNWHOLE = (f"{CORE}valueset-toocostly", f"{CORE}valueset-unclosed")
OFFERED = ("Integer", "Date", "Time", "String", "Coding", "Reference")
MOST_OPTIONS = 1000
"""A list longer than this is not a list to choose from on a page."""


def read_options(item: Element) -> tuple[Option, ...]:
    """Read the item's own answerOption list."""
    elements = list(item.each("answerOption"))
    if len(elements) > MOST_OPTIONS:
        item.error("answerOption", f"has more than {MOST_OPTIONS} options")
        return ()
    read = (_option(element, str(index)) for index, element in enumerate(elements))
    return tuple(option for option in read if option is not None)


def _option(element: Element, key: str) -> Option | None:
    name, content = one_value(element.raw, "value")
    if name.removeprefix("value") not in OFFERED:
        element.error("", "needs one value: integer, date, time, string, Coding or Reference")
        return None
    if element.extensions(*MEDIA):
        element.error("extension", "itemAnswerMedia: pictures and sounds are not supported")
    content = checked(element, name, content)
    is_known = content is not None and _has_texts(element, name)
    text = _words(element, name, content) if is_known else None
    if text is None:
        return None
    if not text.plain.strip():
        element.error(name, "has nothing to show")
    return Option(
        key=key,
        value={name: content},
        text=text,
        prefix=_prefix(element, name),
        ordinal=_ordinal(element, name),
        exclusive=bool(element.setting(EXCLUSIVE, "Boolean")),
        initial=element.flag("initialSelected"),
    )


def _has_texts(element: Element, name: str) -> bool:
    """Tell whether what makes a coding the same as another is text; note what is not."""
    inner = element.inside(name) if isinstance(element.raw[name], dict) else None
    if inner is None:
        return True
    before = len(element.findings)
    for part in ("system", "version", "code", "display", "reference"):
        inner.text(part)
    return len(element.findings) == before


def _words(element: Element, name: str, content: Any) -> Text:
    """Return what is shown for a value; a code or reference without display shows itself."""
    inner = element.inside(name) if isinstance(content, dict) else None
    if inner is None:
        return read_text(element, name, str(content))
    display = read_text(inner, "display")
    bare = inner.text("code") or inner.text("reference")
    return display if display.plain else Text(bare, display.translations)


def _prefix(element: Element, name: str) -> str:
    for holder in _holders(element, name):
        found = holder.setting(PREFIX, "String")
        if found:
            return str(found)
    return ""


def _ordinal(element: Element, name: str) -> Decimal | None:
    """Return the option's number; it may stand at the option, at its value or beside it."""
    for holder in _holders(element, name):
        extension = holder.extension(*ORDINALS)
        if extension is not None:
            number = extension.value("Decimal", "Integer")
            return None if number is None else Decimal(number)
    return None


def _holders(element: Element, name: str) -> Iterator[Element]:
    inner = (element.inside(name) if isinstance(element.raw[name], dict) else None, element)
    for holder in (*inner, element.inside(f"_{name}")):
        if holder is not None:
            yield holder


def read_value_set(
    item: Element, contained: Mapping[str, Element], given: Mapping[str, Mapping[str, Any]]
) -> tuple[Option, ...]:
    """Read the options of the item's answerValueSet; ``given`` is by canonical."""
    canonical = item.text("answerValueSet")
    found = find_value_set(canonical, item, contained, given)
    if found is None:
        item.error("answerValueSet", absent(canonical))
        return ()
    options = _listed(found, item)
    if not options and not any(f.severity == "error" for f in found.findings):
        item.error("answerValueSet", f"the value set {canonical} is empty")
    return options


def absent(canonical: str) -> str:
    """Say that a value set cannot be found, and what to do."""
    reason = f"the value set {canonical} is neither contained nor given"
    advice = "put it beside this file, as a ValueSet that lists its codes"
    return reason if canonical.startswith("#") else f"{reason}: {advice}"


def find_value_set(
    canonical: str,
    at: Element,
    contained: Mapping[str, Element],
    given: Mapping[str, Mapping[str, Any]],
) -> Element | None:
    """Return the ValueSet a canonical names, ``#id`` or ``url|version``, or None.

    What is not given may be one that FHIR defines.
    """
    if canonical.startswith("#"):
        return contained.get(canonical[1:])
    url, _, version = canonical.partition("|")
    for key, raw in (*given.items(), *DEFINED.items()):
        own = raw.get("version", key.partition("|")[2])
        if key.partition("|")[0] == url and (not version or own == version):
            return Element(raw, f"ValueSet({canonical})", at.findings)
    return None


def _listed(value_set: Element, item: Element) -> tuple[Option, ...]:
    if value_set.raw.get("resourceType") != "ValueSet":
        item.error("answerValueSet", "does not name a ValueSet")
        return ()
    expansion = value_set.inside("expansion")
    concepts = _composed(value_set) if expansion is None else _expanded(expansion)
    options = tuple(_concept(c, system, str(n)) for n, (c, system) in enumerate(concepts))
    if len(options) > MOST_OPTIONS:
        item.error("answerValueSet", f"has more than {MOST_OPTIONS} options")
        return ()
    return options


def _expanded(expansion: Element) -> list[tuple[Element, str]]:
    concepts = list(_contains(expansion))
    total = expansion.whole("total")
    if expansion.extensions(*UNWHOLE) or expansion.whole("offset"):
        expansion.error("", "is not the whole value set")
    if total is not None and total > len(concepts):
        expansion.error("total", "says that there are more concepts than are listed")
    return [(c, c.text("system")) for c in concepts if _can_be_chosen(c)]


def _contains(element: Element) -> Iterator[Element]:
    for concept in element.each("contains"):
        yield concept
        yield from _contains(concept)


def _can_be_chosen(concept: Element) -> bool:
    return not concept.flag("abstract") and not concept.flag("inactive")


def _composed(value_set: Element) -> list[tuple[Element, str]]:
    compose = value_set.inside("compose")
    if compose is None:
        value_set.error("", "has neither an expansion nor a list of concepts")
        return []
    if compose.raw.get("exclude"):
        compose.error("exclude", "is not supported; give the value set expanded")
    concepts = []
    for include in compose.each("include"):
        listed = list(include.each("concept"))
        if not listed or include.raw.get("filter") or include.raw.get("valueSet"):
            include.error("", "does not list its concepts; give the value set expanded")
        concepts += [(concept, include.text("system")) for concept in listed]
    return concepts


def _concept(concept: Element, system: str, key: str) -> Option:
    """Return one concept as an option; its number is saved with it, as in an answerOption."""
    code = concept.text("code")
    if not code:
        concept.error("code", "is missing")
    coding: dict[str, Any] = {"system": system} if system else {}
    coding["code"] = code
    text = _designated(concept, code)
    if concept.text("display"):
        coding["display"] = concept.text("display")
    extension = concept.extension(*ORDINALS)
    number = extension.value("Decimal", "Integer") if extension else None
    if extension:
        coding["extension"] = [dict(extension.raw)]
    ordinal = None if number is None else Decimal(number)
    return Option(key=key, value={"valueCoding": coding}, text=text, ordinal=ordinal)


def _designated(concept: Element, code: str) -> Text:
    display = read_text(concept, "display")
    designations = {
        designation.text("language"): designation.text("value")
        for designation in concept.each("designation")
        if designation.text("language") and not designation.raw.get("use")
    }
    return Text(display.plain or code, {**designations, **display.translations})


def label(value: Value) -> str:
    """Return a value in short for a finding: its code, or itself."""
    content = next(iter(value.values()))
    if isinstance(content, Mapping):
        return str(content.get("code") or content.get("reference", ""))
    return str(content)
