"""Instruments as FHIR R4 Questionnaires; ``questionnaires/README.md`` lists every element used.

Only whole-number questions become items. The read-only score question is for other renderers: our
scores come from the scoring extension, executed exactly (``program/assessment.py``).
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from smartapp.errors import ContentError
from smartapp.fhir.element import Element
from smartapp.fhir.names import BASE
from smartapp.program.instrument import Band, Code, Instrument, Item, Scale, Threshold
from smartapp.program.soundness import faults

SCORING = f"{BASE}/StructureDefinition/scoring"
ITEM_CONTROL = "http://hl7.org/fhir/StructureDefinition/questionnaire-itemControl"
MINIMUM = "http://hl7.org/fhir/StructureDefinition/minValue"
MAXIMUM = "http://hl7.org/fhir/StructureDefinition/maxValue"


def read_instrument(questionnaire: Mapping[str, Any]) -> Instrument:
    """Read a scored Questionnaire; raise ContentError ``<element>: <reason>`` if it is unsound."""
    root = check_identity(questionnaire)
    scales = tuple(_scale(element) for element in root.extensions(SCORING))
    if not scales:
        raise root.wrong("extension", "has no scoring extension")
    instrument = Instrument(
        slug=root.text("id"),
        url=root.text("url"),
        version=root.text("version"),
        title=root.text("title"),
        preamble=_preamble(root),
        items=tuple(_item(e) for e in root.children("item") if _is_question(e)),
        scales=scales,
        notice=root.text("copyright"),
        source=root.text("description"),
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
    counts = Counter(element.text("linkId") for element in _all_items(root))
    for link_id, count in counts.items():
        if count > 1:
            raise root.wrong("item", f"linkId {link_id} is there {count} times")
    return root


def _all_items(element: Element) -> Iterator[Element]:
    for item in element.children("item"):
        yield item
        yield from _all_items(item)


def _is_question(item: Element) -> bool:
    return item.fields.get("type") == "integer" and not item.fields.get("readOnly", False)


def _preamble(root: Element) -> str:
    displays = [e for e in root.children("item") if e.fields.get("type") == "display"]
    return "\n".join(element.text("text") for element in displays)


def _item(item: Element) -> Item:
    codes = item.children("code")
    return Item(
        link_id=item.text("linkId"),
        text=item.text("text"),
        code=_code(codes[0]) if codes else None,
        minimum=item.part(MINIMUM, int),
        maximum=item.part(MAXIMUM, int),
        lower_label=_label(item, "lower"),
        upper_label=_label(item, "upper"),
    )


def _label(item: Element, control: str) -> str:
    for child in item.children("item"):
        coded = [c.value(dict) for c in child.extensions(ITEM_CONTROL)]
        if any(coding.get("code") == control for c in coded for coding in c.get("coding", [])):
            return child.text("text")
    raise item.wrong("item", f"has no display item with itemControl {control}")


def _code(coding: Element) -> Code:
    return Code(coding.text("system"), coding.text("code"), coding.text("display"))


def _scale(scoring: Element) -> Scale:
    return Scale(
        code=_code(Element(f"{scoring.path}.code", scoring.part("code", dict))),
        title=scoring.phrase("title"),
        method=scoring.one_of("method", "sum", "mean"),
        items=tuple(element.value(str) for element in scoring.extensions("item")),
        least=scoring.number("least"),
        most=scoring.number("most"),
        better=scoring.one_of("better", "lower", "higher"),
        answers_needed=scoring.part("answersNeeded", int),
        missing_rule=scoring.phrase("missingRule"),
        decimals=scoring.part("decimals", int),
        bands=tuple(_band(element) for element in scoring.extensions("band")),
        bands_source="".join(e.value(str) for e in scoring.extensions("bandsSource")),
        thresholds=tuple(_threshold(element) for element in scoring.extensions("threshold")),
        components=scoring.part("components", bool),
    )


def _band(band: Element) -> Band:
    return Band(band.phrase("code"), band.phrase("label"), band.number("low"), band.number("high"))


def _threshold(threshold: Element) -> Threshold:
    unit = Fraction(1, 100) if threshold.part("kind", str) == "percent" else Fraction(1)
    return Threshold(
        kind=threshold.one_of("kind", "absolute", "percent"),
        amount=threshold.number("amount") * unit,
        label=threshold.phrase("label"),
        source=threshold.phrase("source"),
    )
