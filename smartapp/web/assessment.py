"""Assessments: started for an occasion with the instruments it asks for, and read again."""

from collections.abc import Mapping
from typing import Any

from flask import abort, redirect, url_for
from flask.typing import ResponseReturnValue

from smartapp.drafts.answers import Sheet
from smartapp.drafts.draft import Draft, Start
from smartapp.errors import EhrError, EntryRefused, GshError, Problem
from smartapp.fhir.amendment import can_be_corrected
from smartapp.forms.questionnaire import Questionnaire
from smartapp.forms.state import begin
from smartapp.program.assessment import Occasion, session_number
from smartapp.web import hands, paper, schedule
from smartapp.web.answered import Row, printed, rows
from smartapp.web.course import occasion as occasion_name
from smartapp.web.form import Form, blank, typed
from smartapp.web.opened import opened
from smartapp.web.outcome import courses, lacking, readings, scales
from smartapp.web.pages import again, page, pages
from smartapp.web.program import belonging, current, enrolled_now
from smartapp.web.prompted import of_assessment
from smartapp.web.seams import seams
from smartapp.web.sheet import context, form
from smartapp.web.unfinished import unfinished

TEMPLATE = "assessment/form.html"
NOTHING_CHOSEN = Problem("instruments", "Choose at least one questionnaire.")
NO_OCCASION = Problem("occasion", "Choose when this assessment is made.")
ASKED = "ask."
"""What the name of an instrument's box begins with; its slug follows."""
_NOT_NEEDED = frozenset({"text", "photo", "contact", "contained", "identifier", "link"})


@pages.get("/assessments/new")
def new_assessment() -> str:
    """Show what the program proposes to assess now, and what is unfinished."""
    proposal = seams().proposed(opened().chart.open())
    number = str(proposal.session_number or "")
    asked = {ASKED + slug: "yes" for slug in proposal.instruments}
    begun = blank(occasion=proposal.occasion, session_number=number, **asked)
    return page(TEMPLATE, form=begun, **_shown())


@pages.post("/assessments")
def create_assessment() -> ResponseReturnValue:
    """Start a draft, once however often the form is sent, and open its first questionnaire."""
    sent = typed()
    begun = schedule.gone_on_with(sent)
    if begun:
        return redirect(url_for("pages.show_draft", key=begun.key), 303)
    if paper.lacks_day(sent.values):
        return page(TEMPLATE, form=sent, **_shown())
    try:
        draft = _started(sent)
    except GshError as error:
        return again(TEMPLATE, sent, error, **_shown())
    return redirect(url_for("pages.edit_answers", key=draft.key, number=1), 303)


@pages.get("/assessments/<key>")
def show_assessment(key: str) -> str:
    """Show one assessment: every answer, every score and how it was reached."""
    record = opened().chart.open()
    kept = next((a for a in record.assessments if a.key == key), None)
    if kept is None:
        abort(404)
    changes = courses(belonging(record, current(record)), scales())
    return page(
        "assessment/show.html",
        kept=kept,
        readings=readings(kept, changes),
        lacking=lacking(kept),
        unwritten=() if "Observation" in record.unread else kept.unwritten,
        occasion=occasion_name,
        prompted=of_assessment(kept, changes),
        answered=[_answered(one) for one in kept.answered],
    )


def _answered(one: Mapping[str, Any]) -> tuple[object, ...]:
    return title(one), numbered(one), hands.words(one), one, can_be_corrected(one)


def numbered(response: Mapping[str, Any]) -> list[Row]:
    """The answers of a QuestionnaireResponse, with the numbers that its form prints."""
    known = opened().content.forms.get(str(response.get("questionnaire") or ""))
    return rows(response, printed(known) if known else None)


def title(response: Mapping[str, Any]) -> str:
    """What the questionnaire of a QuestionnaireResponse is called; its address if unknown."""
    canonical = str(response.get("questionnaire") or "")
    found = opened().content.forms.get(canonical)
    if found:
        return found.title.plain
    url = canonical.partition("|")[0]
    every = opened().content.instruments.values()
    return next((one.title for one in every if one.url == url), url)


def _started(sent: Form) -> Draft:
    enrolled = enrolled_now()
    occasion = _occasion(sent)
    planned = enrolled.thing.planned_sessions if enrolled else None
    number = session_number(sent.values, occasion, planned)
    asked = _asked(sent)
    if not asked:
        raise EntryRefused(NOTHING_CHOSEN)
    launch = opened()
    mode, filled_on = paper.entered(sent.values)
    start = Start(
        occasion,
        number,
        tuple(one.canonical for one in asked),
        enrolled.reference if enrolled else None,
        launch.chart.author,
        launch.user_name,
        mode,
        patient=_patient(),
        filled_on=filled_on,
    )
    known = context(start)
    sheets = [Sheet(tuple(begin(one, known)), paper_on=filled_on) for one in asked]
    return launch.drafts.start(sent.form_id, start, sheets)


def _occasion(sent: Form) -> Occasion:
    try:
        return Occasion(sent.value("occasion"))
    except ValueError:
        raise EntryRefused(NO_OCCASION) from None


def _asked(sent: Form) -> list[Questionnaire]:
    """The questionnaires whose boxes are ticked, in the program's order."""
    return [form(canonical) for slug, canonical in _offered() if sent.value(ASKED + slug) == "yes"]


def _offered() -> list[tuple[str, str]]:
    """Slug and ``url|version`` of each instrument of the program."""
    content = opened().content
    return [(slug, content.canonical(slug)) for slug in content.program.instruments]


def _patient() -> dict[str, Any]:
    """What the forms' expressions may know of the patient; nothing when the EHR is down."""
    try:
        known = opened().chart.identity()
    except EhrError:
        return {}
    return {name: value for name, value in known.items() if name not in _NOT_NEEDED}


def _shown() -> dict[str, object]:
    return {
        "choices": [(ASKED + slug, form(canonical).title.plain) for slug, canonical in _offered()],
        "action": url_for("pages.create_assessment"),
        "unfinished": unfinished(),
    }
