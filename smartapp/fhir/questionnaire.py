"""Instruments as FHIR R4 Questionnaires; ``questionnaires/README.md`` lists every element used.

What becomes an item is a question that a scale counts, and any other that could be counted: a
whole number between two ends, or a choice whose options each have an ordinalValue. Everything else
in a Questionnaire is left to the form.
The read-only score question is for other renderers: our scores come from the scoring extension,
executed exactly (``program/scoring.py``).
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from smartapp.errors import ContentError
from smartapp.fhir.element import Element
from smartapp.fhir.names import BASE, ORDINAL
from smartapp.fhir.scoring import SCORING, read_code, read_scale
from smartapp.program.instrument import Instrument, Item, Option, Watch
from smartapp.program.soundness import faults

ITEM_CONTROL = "http://hl7.org/fhir/StructureDefinition/questionnaire-itemControl"
MINIMUM = "http://hl7.org/fhir/StructureDefinition/minValue"
MAXIMUM = "http://hl7.org/fhir/StructureDefinition/maxValue"
UNIT = "http://hl7.org/fhir/StructureDefinition/questionnaire-unit"
ALIAS = f"{BASE}/StructureDefinition/alias"
WATCH = f"{BASE}/StructureDefinition/watch"


def read_instrument(questionnaire: Mapping[str, Any]) -> Instrument:
    """Read a scored Questionnaire; raise ContentError ``<element>: <reason>`` if it is unsound."""
    root = check_identity(questionnaire)
    scales = tuple(read_scale(element) for element in root.extensions(SCORING))
    if not scales:
        raise root.wrong("extension", "has no scoring extension")
    codes = root.children("code")
    counted = {link_id for scale in scales for link_id in scale.items}
    instrument = Instrument(
        slug=root.text("id"),
        url=root.text("url"),
        version=root.text("version"),
        title=root.text("title"),
        preamble=_preamble(root),
        items=tuple(_items(root, counted)),
        scales=scales,
        notice=root.text("copyright"),
        source=root.text("description"),
        code=read_code(codes[0]) if codes else None,
        watches=tuple(_watch(e, mark) for e, _ in _questions(root) for mark in e.extensions(WATCH)),
    )
    for fault in faults(instrument):
        raise ContentError(f"Questionnaire.{fault.element}: {fault.reason}")
    return instrument


def check_identity(questionnaire: Mapping[str, Any]) -> Element:
    """Check what every Questionnaire of ours must have, and return it as an element.

    That is: id, url, version, title, copyright, and link ids that are all different.
    """
    root = Element("Questionnaire", questionnaire)
    if questionnaire.get("resourceType") != "Questionnaire":
        raise root.wrong("resourceType", "is not Questionnaire")
    for name in ("id", "url", "version", "title", "copyright"):
        root.text(name)
    counts = Counter(element.text("linkId") for element, _ in _questions(root))
    for link_id, count in counts.items():
        if count > 1:
            raise root.wrong("item", f"linkId {link_id} is there {count} times")
    return root


def _questions(
    element: Element, groups: tuple[str, ...] = ()
) -> Iterator[tuple[Element, tuple[str, ...]]]:
    """Give every item at every depth, with the link ids of the groups around it."""
    for item in element.children("item"):
        yield item, groups
        is_group = item.fields.get("type") == "group"
        yield from _questions(item, (*groups, item.text("linkId")) if is_group else groups)


def _items(root: Element, counted: set[str]) -> Iterator[Item]:
    """Give what a scale counts, read strictly, and what else could be counted."""
    for element, groups in _questions(root):
        fields = element.fields
        if fields.get("readOnly", False) or fields.get("type") not in ("integer", "choice"):
            continue
        if element.text("linkId") in counted or _could_count(element):
            yield _item(element, groups, strict=element.text("linkId") in counted)


def _could_count(item: Element) -> bool:
    if item.fields["type"] == "integer":
        return len(item.extensions(MINIMUM)) == len(item.extensions(MAXIMUM)) == 1
    ordinals = [_ordinal(option) for option in item.children("answerOption")]
    return bool(ordinals) and all(number is not None for number in ordinals)


def _preamble(root: Element) -> str:
    """Return what stands above the questions: texts of their own, and the groups' headings."""
    above = [e for e in root.children("item") if e.fields.get("type") in ("display", "group")]
    return "\n".join(element.text("text") for element in above if element.fields.get("text"))


def _item(item: Element, groups: tuple[str, ...], *, strict: bool) -> Item:
    codes = item.children("code")
    options = _options(item) if item.fields["type"] == "choice" else ()
    numbers = [option.value for option in options]
    labelled = strict and not options and not item.extensions(UNIT)
    return Item(
        link_id=item.text("linkId"),
        text=item.text("text"),
        code=read_code(codes[0]) if codes else None,
        minimum=min(numbers) if numbers else item.part(MINIMUM, int),
        maximum=max(numbers) if numbers else item.part(MAXIMUM, int),
        lower_label=_label(item, "lower", must=labelled),
        upper_label=_label(item, "upper", must=labelled),
        options=options,
        prefix=str(item.fields.get("prefix") or ""),
        groups=groups,
        aliases=_aliases(item),
    )


def _options(item: Element) -> tuple[Option, ...]:
    options = tuple(_option(element) for element in item.children("answerOption"))
    if not options:
        raise item.wrong("answerOption", "is missing")
    return options


def _option(option: Element) -> Option:
    code, number = read_code(_coding(option)), _ordinal(option)
    if number is None or number != int(number):
        raise option.wrong("ordinalValue", "is not a whole number")
    return Option(int(number), code, code.display, _aliases(option))


def _coding(option: Element) -> Element:
    coding = option.fields.get("valueCoding", {})
    if not isinstance(coding, dict):
        raise option.wrong("valueCoding", "is not a Coding")
    return Element(f"{option.path}.valueCoding", coding)


def _ordinal(option: Element) -> Decimal | None:
    """Read an option's number, which stands at the option or at its coding."""
    found = [*option.extensions(ORDINAL), *_coding(option).extensions(ORDINAL)]
    value = found[0].fields.get("valueDecimal") if found else None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    return Decimal(value)


def _aliases(element: Element) -> tuple[str, ...]:
    return tuple(alias.value(str) for alias in element.extensions(ALIAS))


def _watch(item: Element, mark: Element) -> Watch:
    return Watch(item.text("linkId"), mark.part("atLeast", int), mark.phrase("reason"))


def _label(item: Element, control: str, *, must: bool) -> str:
    """Read what an end of the numbers means; it may be left out where a unit says enough."""
    for child in item.children("item"):
        coded = [c.value(dict) for c in child.extensions(ITEM_CONTROL)]
        if any(coding.get("code") == control for c in coded for coding in c.get("coding", [])):
            return child.text("text")
    if must:
        raise item.wrong("item", f"has no display item with itemControl {control}")
    return ""
