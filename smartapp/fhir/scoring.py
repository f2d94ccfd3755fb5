"""Our extension ``scoring`` as a Scale; ``questionnaires/README.md`` lists every part of it."""

from fractions import Fraction
from typing import Any

from smartapp.fhir.element import Element
from smartapp.fhir.names import BASE
from smartapp.program.instrument import (
    Band,
    Code,
    Conversion,
    Cutoff,
    Norm,
    Prompt,
    Recode,
    Reliability,
    Scale,
    Threshold,
)

SCORING = f"{BASE}/StructureDefinition/scoring"


def read_scale(scoring: Element) -> Scale:
    """Read one scale; raise ContentError ``<path>: <reason>`` where a part is missing or odd."""
    return Scale(
        code=read_code(Element(f"{scoring.path}.code", scoring.part("code", dict))),
        title=scoring.phrase("title"),
        method=scoring.one_of("method", "sum", "mean"),
        items=_strings(scoring, "item"),
        least=scoring.number("least"),
        most=scoring.number("most"),
        better=scoring.one_of("better", "lower", "higher"),
        answers_needed=scoring.part("answersNeeded", int),
        missing_rule=scoring.phrase("missingRule"),
        decimals=scoring.part("decimals", int),
        bands=tuple(_band(element) for element in scoring.extensions("band")),
        bands_source="".join(_strings(scoring, "bandsSource")),
        thresholds=tuple(_threshold(element) for element in scoring.extensions("threshold")),
        components=scoring.part("components", bool),
        is_answer=_flag(scoring, "answer"),
        is_change=_flag(scoring, "change"),
        **_arithmetic(scoring),
        **_readings(scoring),
    )


def read_code(coding: Element) -> Code:
    """Read a Coding, which must have system, code and display."""
    return Code(coding.text("system"), coding.text("code"), coding.text("display"))


def _arithmetic(scoring: Element) -> dict[str, Any]:
    ceiling, factor = _number(scoring, "ceiling"), _number(scoring, "factor")
    tables = [_conversion(element) for element in _once(scoring, "table")]
    return {
        "reverse": _strings(scoring, "reverse"),
        "recodes": tuple(_recode(element) for element in scoring.extensions("recode")),
        "factor": Fraction(1) if factor is None else factor,
        "offset": _number(scoring, "offset") or Fraction(0),
        "ceiling": ceiling,
        "conversion": tables[0] if tables else None,
    }


def _readings(scoring: Element) -> dict[str, Any]:
    known = [_reliability(element) for element in _once(scoring, "reliability")]
    cutoffs = [_cutoff(element) for element in _once(scoring, "cutoff")]
    return {
        "reliability": known[0] if known else None,
        "norms": tuple(_norm(element) for element in scoring.extensions("norm")),
        "cutoff": cutoffs[0] if cutoffs else None,
        "prompts": tuple(_prompt(element) for element in scoring.extensions("prompt")),
    }


def _once(element: Element, url: str) -> list[Element]:
    """Read a part that may be left out, but not be there twice."""
    return [element.extension(url)] if element.extensions(url) else []


def _strings(element: Element, url: str) -> tuple[str, ...]:
    return tuple(part.value(str) for part in element.extensions(url))


def _number(element: Element, url: str) -> Fraction | None:
    return element.number(url) if element.extensions(url) else None


def _flag(element: Element, url: str) -> bool:
    return element.part(url, bool) if element.extensions(url) else False


def _band(band: Element) -> Band:
    return Band(band.phrase("code"), band.phrase("label"), band.number("low"), band.number("high"))


def _threshold(threshold: Element) -> Threshold:
    unit = Fraction(1, 100) if threshold.part("kind", str) == "percent" else Fraction(1)
    return Threshold(
        kind=threshold.one_of("kind", "absolute", "percent"),
        amount=threshold.number("amount") * unit,
        label=threshold.phrase("label"),
        source=threshold.phrase("source"),
        band_change=_flag(threshold, "bandChange"),
    )


def _recode(recode: Element) -> Recode:
    rows = [(row, row.part("answer", int)) for row in recode.extensions("count")]
    counts = {answer: row.number("worth") for row, answer in rows}
    if len(counts) != len(rows):
        raise recode.wrong("count", "lists an answer twice")
    return Recode(recode.phrase("item"), counts)


def _conversion(table: Element) -> Conversion:
    rows = [(row.number("raw"), row.number("points")) for row in table.extensions("row")]
    if len(dict(rows)) != len(rows):
        raise table.wrong("row", "lists a raw number twice")
    return Conversion(dict(rows), table.phrase("source"))


def _reliability(known: Element) -> Reliability:
    return Reliability(
        source=known.phrase("source"),
        sd=_number(known, "sd"),
        coefficient=_number(known, "coefficient"),
        sem=_number(known, "sem"),
        mdc95=_number(known, "mdc95"),
    )


def _norm(norm: Element) -> Norm:
    return Norm(
        label=norm.phrase("label"),
        mean=norm.number("mean"),
        source=norm.phrase("source"),
        sd=_number(norm, "sd"),
        normal=_flag(norm, "normal"),
    )


def _cutoff(cutoff: Element) -> Cutoff:
    return Cutoff(cutoff.number("amount"), cutoff.phrase("source"))


def _prompt(prompt: Element) -> Prompt:
    return Prompt(
        kind=prompt.one_of("kind", "below", "at-least"),
        amount=prompt.number("amount"),
        text=prompt.phrase("text"),
        source=prompt.phrase("source"),
    )
