"""Answers from paper: the day on the form, and the numbers printed on it.

A whole assessment is begun from paper, or one questionnaire of it is said to be: its day is that
of its answers and scores, and each questionnaire tells it for itself.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import url_for
from flask.typing import ResponseReturnValue

from smartapp.drafts.draft import Draft, Mode
from smartapp.errors import EntryRefused, Problem
from smartapp.fhir.kept import day
from smartapp.forms.entry_names import field_name
from smartapp.forms.questionnaire import Item, ItemType
from smartapp.web.draft import moved_on
from smartapp.web.form import Form, blank, typed
from smartapp.web.hands import is_alone
from smartapp.web.opened import opened
from smartapp.web.pages import again, page, pages, saved
from smartapp.web.sheet import PREFIX, Filled, filled
from smartapp.web.trend_words import day as in_words
from smartapp.web.unfinished import title

FIELD = "filled_on"
TEMPLATE = "assessment/paper.html"
BY_PATIENT = Problem("", "The patient answered this one on the device, so it is not from paper.")
NO_DAY = Problem(FIELD, "Give the day the paper form was filled in, as it stands on the form.")
NOT_YET = Problem(FIELD, "That day is still to come. Give the day the paper form was filled in.")
NOT_BORN = Problem(FIELD, "The patient was not born by then. Look at the day on the form again.")


def entered(values: Mapping[str, str]) -> tuple[Mode, str]:
    """Read ``manner`` and ``filled_on``; the mode, and the day on the forms for paper.

    Raises EntryRefused as ``dated`` does.
    """
    if values.get("manner") != Mode.PAPER:
        return Mode.CLINICIAN, ""
    return Mode.PAPER, dated(values.get(FIELD, ""))


def lacks_day(values: Mapping[str, str]) -> bool:
    """Whether paper was chosen on a page that does not ask for the day."""
    return values.get("manner") == Mode.PAPER and FIELD not in values


def dated(typed: str) -> str:
    """The day on a paper form, ISO 8601.

    Raises EntryRefused for a day that is none, is to come, or is before the patient's birth.
    """
    launch, told = opened(), typed.strip()
    filled_on = day(told) if len(told) == len("2026-11-23") else None
    if filled_on is None:
        raise EntryRefused(NO_DAY)
    if filled_on > launch.today:
        raise EntryRefused(NOT_YET)
    born = launch.patient.birth_date if launch.patient else None
    if born and filled_on.isoformat() < str(born):
        raise EntryRefused(NOT_BORN)
    return filled_on.isoformat()


@pages.get("/assessments/<uuid:key>/<int:number>/paper")
def edit_paper(key: UUID, number: int) -> ResponseReturnValue:
    """Ask whether one questionnaire is from a paper form, and of which day."""
    draft = opened().drafts.find(key)
    elsewhere = moved_on(draft)
    if elsewhere:
        return elsewhere
    shown = filled(draft, min(max(number, 1), len(draft.sheets)))
    begun = blank(**{FIELD: draft.sheet(shown.number).paper_on})
    return page(TEMPLATE, form=begun, **_about(draft, shown))


@pages.post("/assessments/<uuid:key>/<int:number>/paper")
def update_paper(key: UUID, number: int) -> ResponseReturnValue:
    """Say that it is, or with ``go`` "back" that it is not."""
    sent, draft = typed(), opened().drafts.find(key)
    elsewhere = moved_on(draft)
    if elsewhere:
        return elsewhere
    shown = filled(draft, min(max(number, 1), len(draft.sheets)))
    try:
        told = _told(sent, draft, shown.number)
    except EntryRefused as error:
        return again(TEMPLATE, sent, error, **_about(draft, shown))
    opened().drafts.date_paper(key, shown.number, told)
    name = shown.questionnaire.title.plain
    of = f"from paper, filled in on {written_out(told)}" if told else "not from paper"
    return saved(f"{name}: {of}.", "pages.edit_answers", key=key, number=shown.number)


def can_be_paper(draft: Draft, number: int) -> bool:
    """Whether one questionnaire may be said to be from paper: not what the patient answered."""
    return not any(one.alone for one in draft.sheet(number).hands)


@pages.context_processor
def _shown() -> dict[str, object]:
    return {"paper_keys": keys, "written_out": written_out, "can_be_paper": can_be_paper}


def _told(sent: Form, draft: Draft, number: int) -> str:
    if sent.value("go") == "back":
        return ""
    if not can_be_paper(draft, number):
        raise EntryRefused(BY_PATIENT)
    return dated(sent.value(FIELD))


def _about(draft: Draft, shown: Filled) -> dict[str, object]:
    there: dict[str, Any] = {"key": draft.key, "number": shown.number}
    return {
        "draft": draft,
        "shown": shown,
        "title": title(draft),
        "paper_on": draft.sheet(shown.number).paper_on,
        "action": url_for("pages.update_paper", **there),
        "back": url_for("pages.edit_answers", **there),
    }


def written_out(text: str) -> str:
    """A day of ISO 8601 as people write it; anything else as it is."""
    found = day(text)
    return in_words(found) if found and len(text) == len("2026-11-23") else text


def keys(draft: Draft, filled: Filled) -> dict[str, dict[str, str]] | None:
    """By field, the radio button of each number that a paper form prints; None unless from paper.

    A whole number from 0 to 10 stands for an answer only where the questionnaire says which.
    """
    from_paper = draft.sheet(filled.number).paper_on and can_be_paper(draft, filled.number)
    if is_alone() or not from_paper:
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
