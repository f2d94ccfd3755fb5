"""Assessments: the instruments on one page, answered once, scored, and read again."""

from collections.abc import Mapping

from flask import abort, url_for
from flask.typing import ResponseReturnValue

from smartapp.errors import EntryRefused, GshError, Problem
from smartapp.fhir import assessment as records
from smartapp.fhir.chart import AssessmentKept, Record
from smartapp.program.assessment import (
    Occasion,
    Response,
    answer,
    answered_any,
    band,
    score,
    session_number,
    shown,
)
from smartapp.program.enrollment import EnrollmentStatus
from smartapp.program.instrument import Instrument
from smartapp.web.form import Form, blank, typed
from smartapp.web.opened import opened
from smartapp.web.outcome import occasion as occasion_name
from smartapp.web.pages import again, page, pages, saved
from smartapp.web.program import belonging, current, enrolled_now

TEMPLATE = "assessment/form.html"
NOTHING_ANSWERED = Problem("", "No question is answered yet. Answer at least one questionnaire.")


@pages.get("/assessments/new")
def new_assessment() -> str:
    """Show the program's instruments with the likely occasion chosen."""
    occasion, number = _likely(opened().chart.open())
    return page(TEMPLATE, form=blank(occasion=occasion, session_number=number), **_shown())


@pages.post("/assessments")
def create_assessment() -> ResponseReturnValue:
    """Save answers and scores together, once however often the form is sent."""
    form = typed()
    try:
        kept = _create(form)
    except GshError as error:
        return again(TEMPLATE, form, error, **_shown())
    return saved("The assessment is in the record.", "pages.show_assessment", key=kept.key)


@pages.get("/assessments/<key>")
def show_assessment(key: str) -> str:
    """Show one assessment: every answer, every score and how it was reached."""
    kept = next((a for a in opened().chart.open().assessments if a.key == key), None)
    if kept is None:
        abort(404)
    return page("assessment/show.html", kept=kept, band=band, shown=shown, occasion=occasion_name)


def _likely(record: Record) -> tuple[str, str]:
    """Guess the occasion: the baseline first, then the next session, after the end a follow-up."""
    enrolled = current(record)
    done = [a.occasion for a in belonging(record, enrolled)]
    if Occasion.BASELINE not in done:
        return Occasion.BASELINE, ""
    if enrolled is None or enrolled.thing.status is not EnrollmentStatus.ACTIVE:
        return Occasion.FOLLOW_UP, ""
    held = done.count(Occasion.SESSION)
    if held >= enrolled.thing.planned_sessions:
        return Occasion.END, ""
    return Occasion.SESSION, str(held + 1)


def _create(form: Form) -> AssessmentKept:
    launch = opened()
    responses = _responses(form.values)
    scores = [made for response in responses for made in score(response)]
    enrolled = enrolled_now()
    occasion = _occasion(form)
    planned = enrolled.thing.planned_sessions if enrolled else None
    number = session_number(form.values, occasion, planned)
    return records.add(launch.chart, occasion, number, responses, scores, enrolled, form.form_id)


def _responses(entry: Mapping[str, str]) -> list[Response]:
    chosen = [i for i in _instruments() if answered_any(i, entry)]
    responses: list[Response] = []
    problems: list[Problem] = []
    for instrument in chosen:
        try:
            responses.append(answer(instrument, entry))
        except EntryRefused as refused:
            problems.extend(refused.problems)
    if not chosen:
        problems.append(NOTHING_ANSWERED)
    if problems:
        raise EntryRefused(*problems)
    return responses


def _occasion(form: Form) -> Occasion:
    try:
        return Occasion(form.value("occasion"))
    except ValueError:
        raise EntryRefused(Problem("occasion", "Choose when this assessment is made.")) from None


def _instruments() -> list[Instrument]:
    content = opened().content
    return [content.instruments[slug] for slug in content.program.instruments]


def _shown() -> dict[str, object]:
    action = url_for("pages.create_assessment")
    return {"instruments": _instruments(), "action": action, "Occasion": Occasion}
