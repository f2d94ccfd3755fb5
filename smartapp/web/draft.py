"""A draft as pages: one a questionnaire, kept with every step, and set aside with a reason.

Nothing here needs the EHR: an assessment goes on while its token is over or it does not answer.
"""

from datetime import UTC, datetime
from functools import partial
from uuid import UUID

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from smartapp.drafts.answers import Page
from smartapp.drafts.draft import Draft, State
from smartapp.drafts.patient import Base
from smartapp.errors import EntryRefused, GshError, Problem
from smartapp.fhir.assessment import key_of
from smartapp.forms.entry_names import ADD, CLEAR, REMOVE, SHOWN
from smartapp.forms.entry_sent import Upload
from smartapp.web import progress
from smartapp.web.answers import given
from smartapp.web.errors import status
from smartapp.web.form import blank, discarding, typed
from smartapp.web.hands import giver, hand_over, is_alone
from smartapp.web.opened import opened
from smartapp.web.pages import again, page, pages, saved
from smartapp.web.questionnaire import has_fields, needs_upload
from smartapp.web.review import problems
from smartapp.web.safety import held, look, look_aside
from smartapp.web.seams import seams
from smartapp.web.sheet import PREFIX, Filled, filled, said_in
from smartapp.web.spoken import translated, words
from smartapp.web.tablet import handed_back
from smartapp.web.unfinished import title

PAGE = "assessment/page.html"
DISCARD = "assessment/discard.html"
KEPT = "The answers so far are kept. Continue under “Assessments in progress”, here or elsewhere."


@pages.get("/assessments/<uuid:key>/resume")
def show_draft(key: UUID) -> ResponseReturnValue:
    """Go on where the draft stands: the first questionnaire with a question left, or the review."""
    draft = opened().drafts.find(key)
    elsewhere = moved_on(draft)
    if elsewhere:
        return elsewhere
    every = range(1, len(draft.sheets) + 1)
    left = next((number for number in every if filled(draft, number).unanswered()), None)
    return redirect(_place(draft, left or len(draft.sheets) + 1), 303)


@pages.get("/assessments/<uuid:key>/<int:number>")
def edit_answers(key: UUID, number: int) -> ResponseReturnValue:
    """Show one questionnaire as it is filled in; with ``check`` also what is still wrong."""
    draft = opened().drafts.find(key)
    if not 0 < number <= len(draft.sheets):
        return moved_on(draft) or redirect(_place(draft, 1), 303)
    shown = filled(draft, number)
    wrong = problems(shown) if "check" in request.args else ()
    return moved_on(draft) or _page(draft, shown, wrong)


@pages.post("/assessments/<uuid:key>/<int:number>")
def update_answers(key: UUID, number: int) -> ResponseReturnValue:
    """Keep the whole page, do what its button says, and go where it leads."""
    draft = _kept(key, number)
    shown = filled(draft, number)
    look_aside(draft, number)
    seams().alerts(draft, shown.questionnaire.canonical, shown.said())
    go = request.form.get("go", "")
    if go in _RECORDED:
        progress.keep(draft, shown)
    return held(draft) or _onward(draft, shown, go)


def _onward(draft: Draft, shown: Filled, go: str) -> ResponseReturnValue:
    number = shown.number
    if go == "next" and shown.entered.problems:
        return _page(draft, shown, (), EntryRefused(*shown.entered.problems))
    if go in _AWAY:
        return _AWAY[go]()
    return redirect(_place(draft, number + _STEPS.get(go, 0)), 303)


@pages.get("/assessments/<uuid:key>/discard")
def edit_discarded(key: UUID) -> ResponseReturnValue:
    """Ask whether the draft is to be discarded, and why."""
    draft = opened().drafts.find(key)
    return moved_on(draft) or page(DISCARD, form=blank(), draft=draft, title=title(draft))


@pages.post("/assessments/<uuid:key>/discard")
def update_discarded(key: UUID) -> ResponseReturnValue:
    """Set the draft aside for good, with the reason that was typed."""
    form, draft = typed(), opened().drafts.find(key)
    try:
        reason = discarding(form)
        if draft.state is State.OPEN:
            look(draft)  # an answer that needs action does so also in what is discarded
        opened().drafts.discard(key, reason)
    except EntryRefused as error:
        return again(DISCARD, form, error, draft=draft, title=title(draft))
    progress.withdraw(draft)
    return saved("The assessment was discarded; nothing of it is in the record.", "pages.index")


def moved_on(draft: Draft) -> ResponseReturnValue | None:
    """The way to where a draft is that is open no more; None for an open one."""
    if draft.state is State.OPEN:
        return None
    if draft.state is State.SENDING:
        return redirect(url_for("pages.show_review", key=draft.key), 303)
    if draft.state is State.SUBMITTED:
        return redirect(url_for("pages.show_assessment", key=key_of(draft.key)), 303)
    flash("That assessment was discarded.", "note")
    return redirect(url_for("pages.index"), 303)


def refused(draft: Draft, shown: Filled, wrong: tuple[Problem, ...]) -> ResponseReturnValue:
    """The page of the questionnaire in which something is wrong, with the sentences."""
    return _page(draft, shown, wrong, EntryRefused(*shown.entered.problems, *wrong))


def _page(
    draft: Draft,
    shown: Filled,
    wrong: tuple[Problem, ...] = (),
    error: GshError | None = None,
) -> ResponseReturnValue:
    there = partial(url_for, key=draft.key, number=shown.number)
    told = page(
        PAGE,
        draft=draft,
        shown=shown,
        body=shown.markup(there("pages.create_evaluation"), wrong, live=not is_alone()),
        problems=translated((*shown.entered.problems, *wrong)),
        count=len(draft.sheets),
        title=title(draft, words()),
        frame=seams().frame(draft),
        hand_over=hand_over(draft),
        kept=opened().local(datetime.fromtimestamp(draft.changed, UTC)),
        needs_upload=needs_upload(shown.questionnaire),
        has_fields=has_fields,
        action=there("pages.update_answers"),
    )
    return told, status(error) if error else 200


def _place(draft: Draft, number: int) -> str:
    if number > len(draft.sheets):
        return url_for("pages.show_review", key=draft.key)
    return url_for("pages.edit_answers", key=draft.key, number=max(number, 1))


def _kept(key: UUID, number: int) -> Draft:
    """The draft with the page in it. A page whose script has sent everything says so: ``sent``."""
    drafts, by = opened().drafts, giver(request.form.get("hand", ""))
    draft = drafts.find(key)
    if "sent" not in request.form:
        draft = drafts.post(key, number, _posted(draft, number), by)
    pressed = {n: v for n, v in request.form.lists() if n.startswith((ADD, REMOVE, CLEAR))}
    files = _files()
    if not pressed and not files:
        return draft

    def made(kept: Draft) -> Base:
        entered = filled(kept, number, pressed, files).entered
        return entered.items, entered.unread

    return drafts.rebase(key, number, made, by)


def _posted(draft: Draft, number: int) -> Page:
    own = f"{PREFIX}/"
    sent = {name: texts for name, texts in request.form.lists() if name.startswith(own)}
    fields = said_in(draft, number, sent, request.form.get("language"))
    shown = [name for name in request.form.getlist(SHOWN) if name.startswith(own)]
    return Page(fields, shown, _whole("revision"), _whole("rebased"), given())


def _whole(name: str) -> int:
    text = request.form.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _files() -> dict[str, Upload]:
    sent = [(n, f) for n, f in request.files.items() if f.filename and n.startswith(f"{PREFIX}/")]
    return {n: Upload(f.filename or "", f.mimetype, f.stream.read()) for n, f in sent}


def _left() -> ResponseReturnValue:
    flash(KEPT, "note")
    return redirect(url_for("pages.index"), 303)


_RECORDED = ("next", "leave", "hand-back")
_STEPS = {"next": 1, "back": -1}
_AWAY = {"leave": _left, "hand-back": handed_back}
