"""The head of a response: of which form, about whom, by whom, when (rules 1 to 8).

Which form it is and whose (1, 2, 5 to 8) is held at any time; its age (3 and 4) when handed in.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from smartapp.forms.issue import Issue
from smartapp.forms.questionnaire import Questionnaire
from smartapp.forms.rules import primitive
from smartapp.forms.rules.case import AUTHORS, SOURCES, Expected
from smartapp.forms.rules.found import ROOT, issue
from smartapp.forms.rules.reference import contained, target
from smartapp.forms.rules.span import is_above, span

STATUSES = {"in-progress", "completed", "amended", "entered-in-error", "stopped"}
FINISHED = {"completed", "amended"}
_NAMES = """
    resourceType id meta implicitRules language text contained extension modifierExtension
    identifier basedOn partOf questionnaire status subject encounter authored author source item
"""
PARTS = frozenset(_NAMES.split())
"""What a QuestionnaireResponse has (R4)."""
CLOCKS_DIFFER = timedelta(minutes=5)
"""How far in the future a response may be written: clocks are not all the same."""


def problems(
    questionnaire: Questionnaire, response: Mapping[str, Any], expected: Expected
) -> Iterator[Issue]:
    """Return the issues of the header that are held at any time."""
    yield from _kind(response)
    yield from _form(questionnaire, response)
    if response.get("status") not in _hashable(STATUSES):
        yield _issue(5, "status", "The response does not say whether it is finished.")
    yield from _subject(questionnaire, response, expected)
    yield from _person(response, "author", AUTHORS, expected.author_types)
    yield from _person(response, "source", SOURCES, expected.source_types)
    yield from _modified(questionnaire.raw, response)


def aged(
    questionnaire: Questionnaire, response: Mapping[str, Any], now: datetime
) -> Iterator[Issue]:
    """Return the issues of the header that matter once it is handed in."""
    if questionnaire.status in {"draft", "retired"}:
        said = f"This form is {questionnaire.status}, and not in use."
        yield _issue(3, "questionnaire", said)
    written = response.get("authored")
    if "authored" not in response:
        return
    fault = primitive.moment(written)
    if fault:
        yield _issue(fault.rule, "authored", "The response does not say when it was written.")
        return
    yield from _authored(questionnaire, str(written), now)


def _hashable(known: set[str]) -> list[str]:
    """Return names as a list, in which anything may be looked for."""
    return list(known)


def _issue(rule: int, part: str, sentence: str) -> Issue:
    return issue(rule, (), f"{ROOT}.{part}" if part else ROOT, sentence)


def _kind(response: Mapping[str, Any]) -> Iterator[Issue]:
    if response.get("resourceType") != ROOT:
        yield _issue(17, "", "This is no response to a form.")
    foreign = {name.removeprefix("_") for name in response if isinstance(name, str)} - PARTS
    if foreign:
        yield _issue(17, "", "The response has parts that FHIR does not know.")


def _form(questionnaire: Questionnaire, response: Mapping[str, Any]) -> Iterator[Issue]:
    named = response.get("questionnaire")
    if questionnaire.raw.get("resourceType", "Questionnaire") != "Questionnaire":
        yield _issue(2, "questionnaire", "What the response answers is no form.")
    elif named is None:
        yield _issue(1, "questionnaire", "The response does not say which form it answers.")
    elif named not in (questionnaire.url, questionnaire.canonical):
        said = "This response answers another form, or another version of it."
        yield _issue(2, "questionnaire", said)


def _authored(questionnaire: Questionnaire, written: str, now: datetime) -> Iterator[Issue]:
    moment = span("valueDateTime", written, now)
    latest = span("valueDateTime", _text(now + CLOCKS_DIFFER), now)
    if moment and latest and is_above(moment, latest):
        yield _issue(4, "authored", "The response was written in the future.")
    period = questionnaire.raw.get("effectivePeriod")
    start, end = _ends(period if isinstance(period, dict) else {}, now)
    if moment and ((start and is_above(start, moment)) or (end and is_above(moment, end))):
        yield _issue(4, "authored", "The form was not in use when the response was written.")


def _ends(period: Mapping[str, Any], now: datetime) -> tuple[Any, Any]:
    start, end = (
        None if primitive.moment(period.get(name)) else span("valueDateTime", period[name], now)
        for name in ("start", "end")
    )
    return start, end


def _text(moment: datetime) -> str:
    zoned = moment if moment.tzinfo else moment.astimezone()
    return zoned.isoformat(timespec="seconds")


def _subject(
    questionnaire: Questionnaire, response: Mapping[str, Any], expected: Expected
) -> Iterator[Issue]:
    subject = response.get("subject")
    types = questionnaire.raw.get("subjectType") or []
    kind = _target(response, subject)
    if subject is not None and kind is None:
        yield _issue(6, "subject", "The response does not say whom it is about.")
    elif kind and isinstance(types, list) and types and kind not in types:
        yield _issue(6, "subject", "This form is not about this kind of subject.")
    elif expected.subject and not _is_same(subject, expected.subject):
        yield _issue(6, "subject", "This response is not about the patient of this chart.")


def _is_same(subject: Any, reference: str) -> bool:
    """Tell whether a subject is the expected one, in this version of it or without."""
    written = subject.get("reference") if isinstance(subject, dict) else None
    return isinstance(written, str) and written.partition("/_history/")[0] == reference


def _person(
    response: Mapping[str, Any], part: str, known: tuple[str, ...], allowed: tuple[str, ...]
) -> Iterator[Issue]:
    if part not in response:
        return
    kind = _target(response, response[part])
    if kind is None:
        yield _issue(7, part, f"The {part} of the response cannot be read.")
    elif kind and kind not in {*known} & {*allowed}:
        yield _issue(7, part, f"The {part} of the response is not one who may answer this form.")


def _target(response: Mapping[str, Any], reference: Any) -> str | None:
    """Return the type of what a reference of the header points at; None if it is none."""
    parts = reference if isinstance(reference, dict) else {}
    if not all(isinstance(parts.get(name, ""), str) for name in ("reference", "type")):
        return None
    inside = contained(response, parts.get("reference", ""))
    return target(parts) if inside is None else str(inside.get("resourceType"))


def _modified(form: Mapping[str, Any], response: Mapping[str, Any]) -> Iterator[Issue]:
    if "implicitRules" in form or any(_modifiers(form, "")):
        said = "This form changes its meaning in a way that this program does not know."
        yield _issue(8, "questionnaire", said)
    if "implicitRules" in response:
        said = "The response follows rules that this program does not know."
        yield _issue(8, "implicitRules", said)
    for at in _modifiers(response, ROOT):
        said = "A part changes its meaning in a way that this program does not know."
        yield issue(8, (), f"{at}.modifierExtension", said)


def _modifiers(element: Any, at: str, depth: int = 0) -> Iterator[str]:
    """Return where modifierExtension stands, in items and answers as deep as forms go."""
    if not isinstance(element, Mapping) or depth > 120:
        return
    if "modifierExtension" in element:
        yield at or "Questionnaire"
    for part in ("item", "answer"):
        below = element.get(part)
        for index, one in enumerate(below if isinstance(below, list) else ()):
            yield from _modifiers(one, f"{at}.{part}[{index}]", depth + 1)
