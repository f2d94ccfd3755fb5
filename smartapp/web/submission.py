"""An assessment is submitted: reviewed, checked, fixed, and saved once however often it is sent."""

from uuid import UUID

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from smartapp.drafts.draft import Draft, State
from smartapp.errors import DraftChanged, EntryRefused, GshError
from smartapp.web import progress
from smartapp.web.draft import moved_on, refused
from smartapp.web.errors import status
from smartapp.web.form import Form, blank, typed
from smartapp.web.opened import opened
from smartapp.web.pages import page, pages, saved
from smartapp.web.review import check, outcome, review
from smartapp.web.safety import held, hold
from smartapp.web.seams import seams
from smartapp.web.unfinished import title

REVIEW = "assessment/review.html"
SENDING = "assessment/sending.html"
WITHOUT_SCORE = "without-score."
"""What the name of the box begins with that keeps a questionnaire without its score."""


@pages.get("/assessments/<uuid:key>/review")
def show_review(key: UUID) -> ResponseReturnValue:
    """Show what would be submitted; of what was sent already, that it is not in the record yet."""
    draft = opened().drafts.find(key)
    if draft.state is State.SENDING:
        return _sending(draft, blank())
    return moved_on(draft) or held(draft) or _review(draft, blank())


@pages.post("/assessments/<uuid:key>/submit")
def create_submission(key: UUID) -> ResponseReturnValue:
    """Save the assessment, or say what it lacks; what was submitted before is only shown."""
    form, draft = typed(), opened().drafts.find(key)
    if draft.state is State.OPEN:
        stopped = hold(draft)
        if stopped:
            return stopped
        without = {n for n in range(1, len(draft.sheets) + 1) if form.value(f"{WITHOUT_SCORE}{n}")}
        try:
            wrong = check(draft, frozenset(without))
            draft = draft if wrong else opened().drafts.take(key, _revision(form))
        except (EntryRefused, DraftChanged) as error:
            return _review(opened().drafts.find(key), form.refused(error))
        if wrong:
            return refused(draft, *wrong)
    if draft.state is not State.SENDING:
        return moved_on(draft) or redirect(url_for("pages.index"), 303)
    return _sent(draft, form)


@pages.post("/assessments/<uuid:key>/reopen")
def update_reopened(key: UUID) -> ResponseReturnValue:
    """Let what was not accepted be corrected; not while it waits to be saved."""
    launch = opened()
    if not launch.outbox.holds(key):
        launch.drafts.reopen(key)
    return redirect(url_for("pages.show_review", key=key), 303)


def _sent(draft: Draft, form: Form) -> ResponseReturnValue:
    answered, scores = outcome(draft)
    try:
        kept = seams().submit(opened().chart, draft, answered, scores)
    except GshError as error:
        return _sending(draft, form.refused(error))
    opened().drafts.submitted(draft.key)
    progress.withdraw(draft, {one.canonical for one in answered})
    return saved("The assessment is in the record.", "pages.show_assessment", key=kept.key)


def _review(draft: Draft, form: Form) -> ResponseReturnValue:
    told = page(
        REVIEW,
        draft=draft,
        form=form,
        reviewed=review(draft),
        title=title(draft),
        frame=seams().frame(draft),
        without=WITHOUT_SCORE,
    )
    return told, status(form.error) if form.error else 200


def _sending(draft: Draft, form: Form) -> ResponseReturnValue:
    waits = opened().outbox.holds(draft.key)
    told = page(SENDING, draft=draft, form=form, title=title(draft), waits=waits)
    return told, status(form.error) if form.error else 200


def _revision(form: Form) -> int:
    text = form.value("revision")
    return int(text) if text.isdecimal() and len(text) < 10 else 0
