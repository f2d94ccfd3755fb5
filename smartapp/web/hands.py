"""Who answers: in this request, in each questionnaire of a draft, and in what was submitted.

One assessment may have questionnaires that a clinician asked, that the patient answered alone, and
that were typed in from paper; each tells that for itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import abort, g

from smartapp.drafts.answers import Sheet
from smartapp.drafts.draft import Draft, Mode
from smartapp.drafts.hand import Hand
from smartapp.drafts.patient import Giver
from smartapp.fhir.kept import day
from smartapp.fhir.manner import ASKED, Manner, read
from smartapp.web.opened import opened

LONGEST_SECRET = 64
ALONE = Hand(alone=True)
"""The patient, or who answers for them: the draft knows who."""


def is_alone() -> bool:
    """Whether the device is in the patient's hands."""
    return g.get("handed") is not None


def giver(over: object = "") -> Giver:
    """Who gives the answers of this request; ``over`` is what their page said of a hand-over."""
    if not isinstance(over, str) or len(over) > LONGEST_SECRET:
        abort(400)
    if is_alone():
        return Giver(ALONE, over)
    launch = opened()
    author = launch.chart.author
    return Giver(Hand(reference=author, name=launch.user_name) if author else Hand(), over)


def hand_over(draft: Draft) -> str:
    """The secret of the hand-over that a page is served in; "" on a clinician's page."""
    return ["", *draft.start.handed][-1] if is_alone() and draft.start else ""


def manner(sheet: Sheet) -> Manner:
    """How a questionnaire was answered, for the record."""
    if not sheet.hands:
        return ASKED
    patients = sorted((h for h in sheet.hands if h.alone), key=lambda one: one.proxy != "")
    staff = [one for one in sheet.hands if not one.alone]
    others = staff or [Hand(name=one.proxy) for one in patients[1:]]
    by = others[-1] if others else Hand()
    return Manner(
        alone=bool(patients),
        edited=bool(patients and others),
        proxy=patients[0].proxy if patients else "",
        paper_on=None if patients else day(sheet.paper_on),
        author=by.reference,
        author_name=by.name,
    )


def mode(draft: Draft, canonical: str) -> Mode:
    """How the newest answer of one questionnaire was given."""
    forms = draft.start.forms if draft.start else ()
    sheets = dict(zip(forms, draft.sheets, strict=False))
    sheet = sheets.get(canonical, Sheet())
    if sheet.hands and sheet.hands[-1].alone:
        return Mode.PATIENT
    return Mode.PAPER if sheet.paper_on else Mode.CLINICIAN


def words(response: Mapping[str, Any]) -> str:
    """A sentence on how a QuestionnaireResponse was answered; empty where nobody is named."""
    return said(read(response), str((response.get("author") or {}).get("display") or ""))


def said(told: Manner, by: str) -> str:
    """The same of what is not submitted yet, recorded ``by`` somebody."""
    if told.paper_on:
        filled = f"From paper, filled in on {told.paper_on:%-d %B %Y}"
        return f"{filled}, typed in by {by}." if by else f"{filled}."
    if not told.alone:
        return f"Recorded by {by}." if by else ""
    who = f"by {told.proxy}, for the patient," if told.proxy else "by the patient"
    if told.edited:
        return f"Answered {who} on a device; some answers were entered{by and f' by {by}'}."
    return f"Answered {who} alone, on a device."


def marks(named: Iterable[tuple[str, Mapping[str, Any]]]) -> str:
    """What is added to the name of an assessment's occasion wherever it stands.

    ``named`` are its responses, each with the short name of its questionnaire, which is said only
    where the mark is not of all.
    """
    every = list(named)
    paper = [name for name, one in every if read(one).paper_on]
    corrected = [name for name, one in every if one.get("status") == "amended"]
    return _mark(paper, every, "from paper") + _mark(corrected, every, "corrected")


def _mark(found: Sequence[str], every: Sequence[object], what: str) -> str:
    if not found:
        return ""
    return f", {what}" if len(found) == len(every) else f", {' and '.join(found)} {what}"
