"""The program as a FHIR R4 PlanDefinition, with the resources it points at.

``questionnaires/README.md`` lists every element used. The actions are found by their code in our
program-action code system, so their order and titles are free.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from smartapp.fhir.element import Element
from smartapp.fhir.names import BASE, OCCASIONS, UCUM
from smartapp.fhir.questionnaire import check_identity
from smartapp.program.assessment import Occasion
from smartapp.program.protocol import ExitReason, Planned, Program, RedFlag

EXIT_REASONS = f"{BASE}/StructureDefinition/exit-reasons"
SESSION_RANGE = f"{BASE}/StructureDefinition/session-range"
ASSESSMENT_TIMING = f"{BASE}/StructureDefinition/assessment-timing"
ACTIONS = f"{BASE}/CodeSystem/program-action"

Resources = Mapping[str, Mapping[str, Any]]


def read_program(
    plan: Mapping[str, Any], resources: Resources, instruments: Mapping[str, str]
) -> Program:
    """Read the program; raise ContentError ``<element>: <reason>`` if it is unsound.

    ``resources`` are the other content resources by canonical ``url|version``; ``instruments``
    maps the canonical of every instrument to its slug.
    """
    root = Element("PlanDefinition", plan)
    checklist = _action(root, "enrollment")
    reasons = _resolve(root.extension(EXIT_REASONS), "valueCanonical", resources)
    asked = _action(root, "assessments")
    usual = _action(root, "sessions").extension(SESSION_RANGE)
    least, most = usual.part("least", int), usual.part("most", int)
    if not 1 <= least <= usual.part("usual", int) <= most:
        raise usual.wrong("usual", "is not within least and most")
    return Program(
        url=root.text("url"),
        version=root.text("version"),
        title=root.text("title"),
        sessions_least=least,
        sessions_most=most,
        sessions_usual=usual.part("usual", int),
        red_flags=_red_flags(_resolve(checklist, "definitionCanonical", resources)),
        exit_reasons=tuple(_exit_reason(concept) for concept in reasons.children("concept")),
        instruments=_instruments(asked, instruments),
        red_flags_questionnaire=checklist.text("definitionCanonical"),
        planned=_planned(asked, instruments),
    )


def _action(root: Element, code: str) -> Element:
    for action in root.children("action"):
        if code in _codes(action, ACTIONS):
            return action
    raise root.wrong("action", f"has no action with code {code}")


def _codes(action: Element, system: str) -> list[Any]:
    codings = [coding for c in action.children("code") for coding in c.children("coding")]
    return [c.fields.get("code") for c in codings if c.fields.get("system") == system]


def _resolve(element: Element, name: str, resources: Resources) -> Element:
    canonical = element.text(name)
    if canonical not in resources:
        raise element.wrong(name, f"{canonical} is not among the content files")
    return Element(canonical.rsplit("/", 1)[-1], resources[canonical])


def _red_flags(checklist: Element) -> tuple[RedFlag, ...]:
    check_identity(checklist.fields)
    asked = [e for e in checklist.children("item") if e.fields.get("type") == "boolean"]
    if not asked:
        raise checklist.wrong("item", "asks for no red flag")
    return tuple(RedFlag(e.text("linkId"), e.text("text")) for e in asked)


def _exit_reason(concept: Element) -> ExitReason:
    ends = [p for p in concept.children("property") if p.fields.get("code") == "ends"]
    value = ends[0].fields.get("valueCode") if len(ends) == 1 else None
    if value == "completed" or value == "withdrawn":
        return ExitReason(concept.text("code"), concept.text("display"), value)
    raise concept.wrong("property", "ends is neither completed nor withdrawn")


def _instruments(assessments: Element, instruments: Mapping[str, str]) -> tuple[str, ...]:
    """Return the slugs of the instruments asked for, in the order of their first mention."""
    slugs: dict[str, None] = {}
    for action in _below(assessments):
        if "definitionCanonical" in action.fields:
            canonical = action.text("definitionCanonical")
            if canonical not in instruments:
                raise action.wrong("definitionCanonical", f"{canonical} is not an instrument here")
            slugs[instruments[canonical]] = None
    return tuple(slugs)


def _below(action: Element) -> Iterator[Element]:
    for child in action.children("action"):
        yield child
        yield from _below(child)


def _planned(assessments: Element, instruments: Mapping[str, str]) -> tuple[Planned, ...]:
    """Return each occasion's rule; an occasion planned twice or not ours is refused."""
    planned: dict[Occasion, Planned] = {}
    for action in assessments.children("action"):
        codes = [code for code in _codes(action, OCCASIONS) if code in set(Occasion)]
        if len(codes) != 1 or codes[0] in planned:
            raise action.wrong("code", "is not one occasion, planned once")
        occasion = Occasion(codes[0])
        planned[occasion] = _rule(action, occasion, _instruments(action, instruments))
    return tuple(planned.values())


def _rule(action: Element, occasion: Occasion, slugs: tuple[str, ...]) -> Planned:
    timing = action.extension(ASSESSMENT_TIMING)
    every = timing.part("every", int) if occasion is Occasion.SESSION else 1
    grace = timing.part("graceDays", int)
    if every < 1 or grace < 0:
        raise timing.wrong("every", "and graceDays cannot be below 1 and 0")
    months = _months_after(action) if occasion is Occasion.FOLLOW_UP else 0
    return Planned(occasion, slugs, every, months, grace)


def _months_after(action: Element) -> int:
    """How long after the sessions a follow-up comes: ``relatedAction.offsetDuration``, UCUM mo."""
    for related in action.children("relatedAction"):
        offset = related.fields.get("offsetDuration") or {}
        value = offset.get("value")
        if (offset.get("system"), offset.get("code")) == (UCUM, "mo") and type(value) is int:
            return value
    raise action.wrong("relatedAction", "has no offsetDuration in whole months (UCUM mo)")
