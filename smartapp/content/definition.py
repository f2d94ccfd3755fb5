"""Scoring definitions: how an instrument is scored whose words we may not ship.

``questionnaires/scoring/<slug>.json`` is a Questionnaire with our scoring extension and with its
questions' numbers, but without any text. ``questionnaires/README.md`` says how a site's file is
matched with it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smartapp.content.jsonfile import read_json
from smartapp.content.shipped import FOLDER, SCORING
from smartapp.errors import ContentError
from smartapp.fhir.element import Element
from smartapp.fhir.questionnaire import MAXIMUM, MINIMUM
from smartapp.fhir.scoring import SCORING as EXTENSION
from smartapp.fhir.scoring import read_code, read_scale
from smartapp.program.instrument import Code, Instrument, Item, Scale
from smartapp.program.soundness import faults


@dataclass(frozen=True)
class Definition:
    """How one instrument is scored; ``items`` are its questions, without their words.

    ``code`` is the whole instrument's, where a code system has one. ``source`` says where the
    rules come from, ``advice`` what a site must make sure of itself. A scale whose table has no
    row is given only where the site has a table.
    """

    slug: str
    title: str
    items: tuple[Item, ...]
    scales: tuple[Scale, ...]
    code: Code | None
    source: str
    advice: str

    @property
    def is_in_order(self) -> bool:
        """Tell whether its questions may be known by their order: they are numbered, or one."""
        return len(self.items) == 1 or all(item.link_id.isdigit() for item in self.items)


def read_definitions(folder: Path = FOLDER / SCORING) -> Mapping[str, Definition]:
    """Read every definition, by slug; raise ContentError ``<file>: <element>: <reason>``."""
    found = {}
    for path in sorted(folder.glob("*.json")):
        try:
            found[path.stem] = read_definition(read_json(path))
        except ContentError as error:
            raise ContentError(f"{SCORING}/{path.name}: {error}") from None
        if found[path.stem].slug != path.stem:
            reason = "Questionnaire.id: is not the file's name"
            raise ContentError(f"{SCORING}/{path.name}: {reason}")
    return found


def read_definition(raw: Mapping[str, Any]) -> Definition:
    """Read one definition; raise ContentError ``<element>: <reason>`` if it is unsound."""
    root = Element("Questionnaire", raw)
    codes = root.children("code")
    made = Definition(
        slug=root.text("id"),
        title=root.text("title"),
        items=tuple(_item(element) for element in root.children("item")),
        scales=tuple(read_scale(element) for element in root.extensions(EXTENSION)),
        code=read_code(codes[0]) if codes else None,
        source=root.text("description"),
        advice=str(raw.get("purpose") or ""),
    )
    if not made.scales:
        raise root.wrong("extension", "has no scoring extension")
    for element, reason in _faults(made):
        raise ContentError(f"Questionnaire.{element}: {reason}")
    return made


def is_open(scale: Scale) -> bool:
    """Tell whether the scale waits for a table that only a site can have."""
    return scale.conversion is not None and not scale.conversion.points


def _item(item: Element) -> Item:
    if "text" in item.fields:
        raise item.wrong("text", "is there, but a definition holds no words of the instrument")
    codes = item.children("code")
    return Item(
        link_id=item.text("linkId"),
        text="",
        code=read_code(codes[0]) if codes else None,
        minimum=item.part(MINIMUM, int),
        maximum=item.part(MAXIMUM, int),
        lower_label="",
        upper_label="",
    )


def _faults(made: Definition) -> Iterator[tuple[str, str]]:
    given = tuple(scale for scale in made.scales if not is_open(scale))
    yield from faults(Instrument("", "", "", "", "", made.items, given, "", ""))
    known = {item.link_id for item in made.items}
    for scale in made.scales:
        if not set(scale.items) <= known:
            yield f"scoring {scale.code.code}.item", "is not a list of items of this definition"
