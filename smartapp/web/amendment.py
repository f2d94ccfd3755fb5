"""Correcting what was submitted: the questionnaire with its answers, a reason, and every version.

Only what this program submitted can be corrected here. Nothing is typed twice: a refusal, a
conflict and an EHR that does not answer all give back what was typed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from smartapp.drafts.draft import Draft, Start, State
from smartapp.errors import (
    EhrConflict,
    EhrUnreachable,
    EntryRefused,
    GshError,
    LaunchEnded,
    Problem,
)
from smartapp.fhir import amendment as records
from smartapp.fhir.alert import in_response
from smartapp.fhir.kept import Resource, keep
from smartapp.fhir.safety import assessment_of
from smartapp.forms.entry import Entered, read_entry
from smartapp.forms.entry_names import ADD, CLEAR, REMOVE, SHOWN
from smartapp.forms.state import Context, settle
from smartapp.forms.written import kept_fields
from smartapp.web.answered import Row, rows
from smartapp.web.assessment import numbered, title
from smartapp.web.errors import status
from smartapp.web.form import Form, blank, typed
from smartapp.web.opened import opened
from smartapp.web.pages import page, pages
from smartapp.web.review import problems, scored
from smartapp.web.safety import held
from smartapp.web.seams import seams
from smartapp.web.sheet import PREFIX, Filled, form
from smartapp.web.shown import recall, remember
from smartapp.web.spoken import words

EDIT = "amendment/form.html"
LONGEST = 1000
NO_REASON = Problem("reason", "Say why the answers are corrected, so that others can follow it.")
TOO_LONG = Problem("reason", f"Say it in at most {LONGEST} characters.")
NOTHING_CHANGED = Problem("", "No answer was changed, so there is nothing to correct.")
NO_ANSWER = Problem("", "No question would have an answer. Leave at least one.")
CORRECTED = "The correction is in the record, and what stood there before stays readable."
WITHOUT_SCORE = "without-score"


@dataclass(frozen=True)
class Correction:
    """A response as it was read, and its questionnaire with the answers it is to have."""

    before: Resource
    filled: Filled

    @property
    def items(self) -> list[dict[str, Any]]:
        """The answers it is to have."""
        return self.filled.settled.submitted()


@pages.get("/responses/<response_id>/edit")
def edit_response(response_id: str) -> ResponseReturnValue:
    """Show the answers to be corrected, at the version the record has now."""
    before = _read(response_id)
    remember(keep(None, before))
    correction = _correction(before)
    return _page(correction, blank(keep(None, before).version))


@pages.post("/responses/<response_id>")
def update_response(response_id: str) -> ResponseReturnValue:
    """Save the correction over the version that was shown, or say what keeps it from that."""
    sent = typed()
    before, unread = _shown(response_id, sent)
    correction = _correction(before, request.form.to_dict(flat=False))
    if any(name.startswith((ADD, REMOVE, CLEAR)) for name in request.form):
        return _page(correction, sent)
    try:
        reason = _checked(correction, sent)
        if unread:
            _alerted(correction)  # first: that it waits for the EHR holds up no alert
            records.save_later(opened().chart, before, correction.items, reason, sent.form_id)
            raise unread
        return _save(correction, sent, reason)
    except EhrConflict as error:
        return _conflict(response_id, correction, sent.refused(error))
    except GshError as error:
        return _again(correction, sent, error)


@pages.get("/responses/<response_id>/versions")
def response_versions(response_id: str) -> str:
    """Show every version of the answers: who corrected them, when and why."""
    kept = opened().chart.read("QuestionnaireResponse", response_id)
    versions = [(one, numbered(one.response)) for one in records.versions(kept)]
    told = {"title": title(kept), "key": assessment_of(kept), "kept": kept}
    return page("amendment/versions.html", versions=versions, **told)


def _save(correction: Correction, sent: Form, reason: str) -> ResponseReturnValue:
    before, chart = correction.before, opened().chart
    about = _alerted(correction)
    records.save(chart, before, sent.version, correction.items, reason, sent.form_id)
    flash(CORRECTED)
    there = url_for("pages.show_assessment", key=assessment_of(before))
    return (held(about) if about else None) or redirect(there, 303)


def _read(response_id: str) -> Resource:
    found = opened().chart.read("QuestionnaireResponse", response_id)
    if not records.can_be_corrected(found):
        abort(404)
    return found


def _shown(response_id: str, sent: Form) -> tuple[Resource, GshError | None]:
    """The response as it is now; where it cannot be read, as the form had it, and why."""
    try:
        return _read(response_id), None
    except (EhrUnreachable, LaunchEnded) as error:
        for row in recall(f"QuestionnaireResponse/{response_id}", sent.version)[:1]:
            return row, error
        raise


def _correction(before: Resource, sent: Mapping[str, list[str]] | None = None) -> Correction:
    """The questionnaire with its answers, or with what was sent put into them."""
    questionnaire = form(str(before.get("questionnaire") or ""))
    known = Context(opened().chart.moment(), "", opened().chart.recognized)
    items = [dict(item) for item in before.get("item") or ()]
    entered = Entered(items)
    if sent is not None:
        buttons = (ADD, REMOVE, CLEAR)
        own = {
            n: t for n, t in sent.items() if n.startswith((f"{PREFIX}/", *buttons)) or n == SHOWN
        }
        said = kept_fields(questionnaire, own, words())
        entered = read_entry(questionnaire, said, items, prefix=PREFIX, zone=opened().zone)
    settled = settle(questionnaire, entered.items, known, before=items)
    return Correction(before, Filled(1, questionnaire, entered, settled, known))


def _checked(correction: Correction, sent: Form) -> str:
    """The reason; raises EntryRefused for everything that keeps the correction from being saved."""
    filled, reason = correction.filled, sent.value("reason").strip()
    wrong = [*filled.entered.problems, *problems(filled)]
    if not sent.value(WITHOUT_SCORE):
        known = {problem.field for problem in wrong}
        wrong += [problem for problem in scored(filled) if problem.field not in known]
    if filled.is_blank:
        wrong.append(NO_ANSWER)
    elif not wrong and rows({"item": correction.items}) == rows(correction.before):
        wrong.append(NOTHING_CHANGED)
    if not reason or len(reason) > LONGEST:
        wrong.append(TOO_LONG if reason else NO_REASON)
    if wrong:
        raise EntryRefused(*wrong)
    return reason


def _alerted(correction: Correction) -> Draft | None:
    """Raise alerts for answers that need action and did not before; what they are kept under."""
    before, canonical = correction.before, correction.filled.questionnaire.canonical
    raw, instruments = correction.filled.questionnaire.raw, opened().content.instruments.values()
    known = in_response(before, raw, instruments)
    found = in_response({**before, "item": correction.items}, raw, instruments)
    if not set(found) - set(known):
        return None
    about = _draft(before, canonical)
    seams().alerts(about, canonical, correction.items)
    return about


def _draft(before: Resource, canonical: str) -> Draft:
    """The assessment that a response belongs to, as alerts know it."""
    launch = opened()
    start = Start("", None, (canonical,), None, launch.chart.author, launch.user_name)
    now = launch.chart.moment().timestamp()
    return Draft(UUID(assessment_of(before)), State.OPEN, 0, now, now, start)


def _page(
    correction: Correction, shown: Form, template: str = EDIT, **more: object
) -> ResponseReturnValue:
    before, filled = correction.before, correction.filled
    lacking = bool(scored(filled)) and shown.error is not None
    more_wrong = tuple(p for p in shown.problems if p not in filled.entered.problems)
    told = page(
        template,
        form=shown,
        title=title(before),
        before=before,
        body=filled.markup("", more_wrong, live=True),
        action=url_for("pages.update_response", response_id=before["id"]),
        key=assessment_of(before),
        lacking=lacking,
        **more,
    )
    return told, status(shown.error) if shown.error else 200


def _again(correction: Correction, sent: Form, error: GshError) -> ResponseReturnValue:
    outbox = opened().outbox
    kept = Form(sent.form_id, sent.values, sent.version, waits=outbox.holds(sent.form_id))
    return _page(correction, kept.refused(error))


def _conflict(response_id: str, correction: Correction, sent: Form) -> ResponseReturnValue:
    """Both versions, question by question, and the choice."""
    theirs = _read(response_id)
    remember(keep(None, theirs))
    asked = {"questionnaire": theirs.get("questionnaire")}
    mine, other = numbered({**asked, "item": correction.items}), numbered(theirs)
    compared = _compared(mine, other)
    own = [(n, text) for n, texts in request.form.lists() for text in texts if _is_sent(n)]
    newer = Form(sent.form_id, sent.values, keep(None, theirs).version, error=sent.error)
    return _page(correction, newer, "amendment/conflict.html", rows=compared, own=own)


def _compared(mine: Sequence[Row], other: Sequence[Row]) -> list[tuple[str, str, str]]:
    """Both answers of every question; questions with the same words stay apart by their place."""
    both = [{row.path: row for row in rows} for rows in (mine, other)]
    every = {row.path: row.text for row in (*other, *mine)}
    ordered = dict.fromkeys(row.path for row in (*mine, *other))
    told = [[one[path].answers if path in one else () for one in both] for path in ordered]
    return [
        (every[path], "; ".join(own), "; ".join(theirs))
        for path, (own, theirs) in zip(ordered, told, strict=True)
    ]


def _is_sent(name: str) -> bool:
    """Whether a field is part of what the form says, and not of how it is sent."""
    return name not in ("csrf_token", "form_id", "version")
