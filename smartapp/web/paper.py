"""How a draft is answered: asked, on a device, or from paper with the day it was filled in."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from smartapp.drafts.draft import Draft, Mode
from smartapp.errors import EntryRefused, Problem
from smartapp.fhir.kept import day
from smartapp.fhir.manner import ASKED, Manner, read
from smartapp.forms.entry_names import field_name
from smartapp.forms.questionnaire import Item, ItemType
from smartapp.web.pages import pages
from smartapp.web.sheet import PREFIX, Filled
from smartapp.web.trend_words import day as in_words

FIELD = "filled_on"
NO_DAY = Problem(FIELD, "Give the day the paper form was filled in, as it stands on the form.")
NOT_YET = Problem(FIELD, "That day is still to come. Give the day the paper form was filled in.")
NOT_BORN = Problem(FIELD, "The patient was not born by then. Look at the day on the form again.")


def entered(values: Mapping[str, str], today: date, born: date | str | None) -> tuple[Mode, str]:
    """Read ``manner`` and ``filled_on``; the mode, and the day on the form for paper.

    Raises EntryRefused for a day that is none, is to come, or is before the patient's birth.
    """
    if values.get("manner") != Mode.PAPER:
        return Mode.CLINICIAN, ""
    told = values.get(FIELD, "").strip()
    filled_on = day(told) if len(told) == len("2026-11-23") else None
    if filled_on is None:
        raise EntryRefused(NO_DAY)
    if filled_on > today:
        raise EntryRefused(NOT_YET)
    if born and filled_on.isoformat() < str(born):
        raise EntryRefused(NOT_BORN)
    return Mode.PAPER, filled_on.isoformat()


@pages.context_processor
def _shown() -> dict[str, object]:
    return {"paper_keys": keys, "written_out": written_out}


def written_out(text: str) -> str:
    """A day of ISO 8601 as people write it; anything else as it is."""
    found = day(text)
    return in_words(found) if found and len(text) == len("2026-11-23") else text


def keys(draft: Draft, filled: Filled) -> dict[str, dict[str, str]] | None:
    """By field, the radio button of each number that a paper form prints; None unless from paper.

    A whole number from 0 to 10 stands for an answer only where the questionnaire says which.
    """
    if draft.start is None or draft.start.mode is not Mode.PAPER:
        return None
    asked = filled.questions()
    found = {field_name(place.path, PREFIX): _numbers(place.item) for place in asked}
    return {field: numbers for field, numbers in found.items() if numbers}


def _numbers(item: Item) -> dict[str, str]:
    """The number of each option; those of a scale are its radio buttons' own."""
    if not item.options:
        return {str(n): str(n) for n in range(11)} if item.type is ItemType.INTEGER else {}
    given = {one.key: one.value.get("valueInteger", one.ordinal) for one in item.options}
    numbers = {str(int(number)): key for key, number in given.items() if number is not None}
    return numbers if len(numbers) == len(given) else {}


def how(draft: Draft) -> Manner:
    """How the draft was answered, for the record."""
    start = draft.start
    if start is None or start.mode is Mode.CLINICIAN:
        return ASKED
    if start.mode is Mode.PAPER:
        return Manner(paper_on=day(start.filled_on))
    edited = start.shared or draft.revision != start.handed_back
    return Manner(alone=True, edited=edited, proxy=start.proxy)


def marks(responses: Iterable[Mapping[str, Any]]) -> str:
    """What is added to the name of an assessment's occasion wherever it stands."""
    every = list(responses)
    paper = ", from paper" if any(read(one).paper_on for one in every) else ""
    corrected = ", corrected" if any(one.get("status") == "amended" for one in every) else ""
    return paper + corrected


def words(response: Mapping[str, Any]) -> str:
    """A sentence on how a QuestionnaireResponse was answered; empty where a clinician asked."""
    told = read(response)
    by = str((response.get("author") or {}).get("display") or "")
    if told.paper_on:
        filled = f"From paper, filled in on {told.paper_on:%-d %B %Y}"
        return f"{filled}, typed in by {by}." if by else f"{filled}."
    if not told.alone:
        return ""
    who = f"by {told.proxy}, for the patient," if told.proxy else "by the patient"
    if told.edited:
        return f"Answered {who} on a device; some answers were entered{by and f' by {by}'}."
    return f"Answered {who} alone, on a device."
