"""A site's form as an instrument: scored by its own extension, by a definition of ours, or not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from smartapp.content import counted
from smartapp.content.definition import Definition, is_open
from smartapp.content.finding import find
from smartapp.content.findings import Findings
from smartapp.content.mapping import Map
from smartapp.errors import ContentError
from smartapp.fhir.element import Element
from smartapp.fhir.questionnaire import WATCH
from smartapp.fhir.scoring import SCORING, read_scale
from smartapp.forms.questionnaire import Item as Question
from smartapp.forms.questionnaire import Questionnaire
from smartapp.program.instrument import Instrument, Item, Scale, Watch
from smartapp.program.soundness import faults


@dataclass(frozen=True)
class Scoring:
    """What scores a file: the definition it follows, if any, and what its map says."""

    definition: Definition | None
    said: Map


def chosen(
    slug: str, form: Questionnaire, said: Map, definitions: Mapping[str, Definition]
) -> Definition | None:
    """Return the definition that the map names, or that has the file's name or panel code.

    None where the form brings its own scoring, or nothing fits; raises ContentError.
    """
    own = bool(Element("Questionnaire", form.raw).extensions(SCORING))
    if said.definition:
        if said.definition not in definitions:
            raise ContentError(f"map definition: is not one of {', '.join(definitions)}")
        if own:
            raise ContentError("map definition: the questionnaire has a scoring of its own")
        return definitions[said.definition]
    if own:
        return None
    return definitions.get(slug) or _by_panel(form, definitions.values())


def instrument(
    slug: str, form: Questionnaire, scoring: Scoring, findings: Findings
) -> Instrument | None:
    """Return what scores the form; None where nothing does. What is unsound becomes a finding."""
    definition, said = scoring.definition, scoring.said
    if definition:
        found = find(definition, form, said.items, findings)
        scales = () if findings.errors else _scales(definition, found, said, findings)
    else:
        _refuse_map(said, findings)
        scales = tuple(_own(form, findings))
    watched = _watched(form, findings)
    if findings.errors or not scales:
        _refuse_watches(watched, findings)
        return None
    made = _made(slug, form, scales, watched, definition.source if definition else "")
    for fault in faults(made):
        findings.error(f"Questionnaire.{fault.element}", fault.reason)
    return made


def _refuse_watches(watched: Iterable[Watch], findings: Findings) -> None:
    """Refuse a promise that would not be kept: alerts are found among an instrument's items."""
    for watch in watched:
        reason = "is watched, but nothing scores the questionnaire, so that it would not alert"
        findings.error(f"Questionnaire.item {watch.link_id}", reason)


def _by_panel(form: Questionnaire, definitions: Iterable[Definition]) -> Definition | None:
    """Return the definition of the LOINC panel (or our code) that the whole form is coded with."""
    coded = Element("Questionnaire", form.raw).children("code")
    codes = [(code.fields.get("system"), code.fields.get("code")) for code in coded]
    named = (one for one in definitions if one.code)
    return next((d for d in named if d.code and (d.code.system, d.code.code) in codes), None)


def _refuse_map(said: Map, findings: Findings) -> None:
    for name, part in (("items", said.items), ("tables", said.tables)):
        if part:
            findings.error(f"map {name}", "there is no scoring definition that it is for")


def _scales(
    definition: Definition, found: Mapping[str, Item], said: Map, findings: Findings
) -> tuple[Scale, ...]:
    tabled = {scale.code.code for scale in definition.scales if scale.conversion}
    for code in sorted(said.tables.keys() - tabled):
        findings.error(f"map tables.{code}", f"is none of {definition.slug}'s scales with a table")
    made = [_scale(scale, found, said) for scale in definition.scales]
    for scale in made:
        if is_open(scale):
            reason = f"is not given, because it needs a table; add it to {definition.slug}'s map"
            findings.warn(f"tables.{scale.code.code}", f"{scale.title} {reason}")
    return tuple(scale for scale in made if not is_open(scale))


def _scale(scale: Scale, found: Mapping[str, Item], said: Map) -> Scale:
    """Return the definition's scale with the link ids of the site's file, and with its table."""
    made = replace(
        scale,
        items=tuple(found[name].link_id for name in scale.items),
        reverse=tuple(found[name].link_id for name in scale.reverse),
        recodes=tuple(replace(one, item=found[one.item].link_id) for one in scale.recodes),
    )
    table = said.tables.get(scale.code.code, scale.conversion)
    if table is None or not table.points:
        return made
    least, most = min(table.points.values()), max(table.points.values())
    bands = tuple(
        replace(band, low=max(band.low, least), high=min(band.high, most))
        for band in scale.bands
        if band.low <= most and band.high >= least
    )
    return replace(made, conversion=table, least=least, most=most, bands=bands)


def _own(form: Questionnaire, findings: Findings) -> Iterable[Scale]:
    """Give the scales of the form's own scoring extensions, whose questions must be countable."""
    for element in Element("Questionnaire", form.raw).extensions(SCORING):
        with findings.noting():
            scale = read_scale(element)
            for link_id in scale.items:
                _check(form, scale, form.item(link_id), link_id)
            yield scale


def _check(form: Questionnaire, scale: Scale, question: Question | None, link_id: str) -> None:
    if question is None:
        raise ContentError(
            f"Questionnaire.scoring {scale.code.code}.item: {link_id} is no linkId of it"
        )
    counted.item(form, question)


def _made(
    slug: str,
    form: Questionnaire,
    scales: tuple[Scale, ...],
    watched: tuple[Watch, ...],
    source: str,
) -> Instrument:
    raw = form.raw
    return Instrument(
        slug=slug,
        url=form.url,
        version=form.version,
        title=form.title.plain,
        preamble="",
        items=tuple(counted.counted(form)),
        scales=scales,
        notice=str(raw.get("copyright") or ""),
        source=source or str(raw.get("description") or ""),
        watches=watched,
    )


def _watched(form: Questionnaire, findings: Findings) -> tuple[Watch, ...]:
    found = []
    for question in form.walk():
        with findings.noting():
            for mark in Element(question.at, question.raw).extensions(WATCH):
                at_least, reason = mark.part("atLeast", int), mark.phrase("reason")
                found.append(Watch(question.link_id, at_least, reason))
    return tuple(found)
