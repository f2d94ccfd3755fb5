"""The step an alert leads to: what was answered, what was done about it, saved once, printable.

What is typed here is kept on our own disk first and then saved in the record; an EHR that refuses
or does not answer changes nothing about that.
"""

import logging
from dataclasses import dataclass
from uuid import UUID

from flask import abort, flash, redirect, session, url_for
from flask.typing import ResponseReturnValue

from smartapp.drafts.draft import State
from smartapp.errors import DraftUnknown, EhrError, EntryRefused, GshError, LaunchError
from smartapp.fhir import safety as records
from smartapp.fhir.assessment import key_of
from smartapp.fhir.chart import Record
from smartapp.fhir.place import Place
from smartapp.fhir.safety import Past
from smartapp.program.alert import Alert
from smartapp.program.enrollment import Person
from smartapp.program.safety import (
    ACTION,
    TOLD,
    Choices,
    Handled,
    SafetyAlert,
    covers,
    respond,
)
from smartapp.web.form import Form, blank, typed
from smartapp.web.opened import opened
from smartapp.web.pages import again, page, pages
from smartapp.web.program import current
from smartapp.web.safety import asked, listed, report, user
from smartapp.web.spoken import locale_of

log = logging.getLogger(__name__)

STEP = "safety/step.html"
ELSEWHERE = "elsewhere"
"""The mode of an answer that the record holds without us."""
KEPT = "What was done is kept."
KEPT_AND_SAVED = "What was done is in the record."
KEPT_IN_STORE = (
    "What was done is in the program's own store, because the EHR takes no such entry: who reads "
    "only the chart does not see it."
)
NOT_SAVED = "What was done is kept here. The record does not have it yet: see the alert's page."
_PEOPLE = "safety_people"


@dataclass(frozen=True)
class Line:
    """An alert in a list: where it leads, what it is about, and how it stands."""

    href: str
    name: str
    answer: str
    alert: SafetyAlert
    state: str
    tone: str


@pages.get("/alerts/<uuid:key>")
def show_alert(key: UUID) -> str:
    """Show the step while nobody responded, else what was done."""
    record = _record()
    alert = _found(key, record)
    if alert.handled is None:
        _remember(record)
        now = opened().chart.moment()
        form = blank(told_on=now.date().isoformat(), told_at=f"{now:%H:%M}")
        return page(STEP, form=form, **_step(alert, form))
    said = {action.code: action.display for action in opened().content.safety_actions}
    actions = [said.get(code, code) for code in alert.handled.actions]
    waits = opened().outbox.holds(alert.handled.form_id)
    told = {"apart": KEPT_IN_STORE if _is_apart(alert.handled) else ""}
    return page("safety/show.html", alert=alert, actions=actions, waits=waits, **told)


def _is_apart(handled: Handled) -> bool:
    """Whether the response is where readers of the chart do not see it; if that can be asked."""
    try:
        return records.kept_at(opened().chart, handled) is Place.STORE
    except (EhrError, LaunchError):
        return False


@pages.post("/alerts/<uuid:key>")
def update_alert(key: UUID) -> ResponseReturnValue:
    """Keep what was done, save it in the record, and go on where the alert came from."""
    form, launch = typed(), opened()
    alert = _found(key)
    try:
        if alert.handled is None or alert.handled.form_id != form.form_id:
            alert = launch.alerts.handle(alert, _handled(alert, form))
    except EntryRefused as error:
        return again(STEP, form, error, **_step(alert, form))
    _save(alert)
    return _onward(alert)


@pages.post("/alerts/<uuid:key>/record")
def update_recorded(key: UUID) -> ResponseReturnValue:
    """Save in the record what could not be saved there before."""
    alert = _found(key)
    if alert.handled is not None and not alert.is_recorded:
        _save(alert)
    return redirect(url_for("pages.show_alert", key=key), 303)


@pages.context_processor
def _listed() -> dict[str, object]:
    return {"alert_lines": alert_lines, "unhandled_alerts": unhandled}


def alert_lines() -> list[Line]:
    """Every alert of the patient, the newest first."""
    return [_line(alert) for alert in reversed(listed())]


def unhandled(record: Record) -> list[Line]:
    """Answers in the record that alert and that nobody handled through us, the newest first."""
    ours = listed()
    left = [one for one in record.alerting if not any(_is_known(one, alert) for alert in ours)]
    return [_line(_elsewhere(one)) for one in left]


def _is_known(past: Past, alert: SafetyAlert) -> bool:
    """Whether it is ours; an answer that was made a higher one elsewhere is news.

    One raised by a draft has the draft's key, one raised by a correction the assessment's own.
    """
    key, found = alert.asked.assessment, past.found
    same = past.assessment in (key_of(key), str(key)) and found.link_id == alert.asked.link_id
    return (same and covers(alert, found)) or past.key == alert.key


def _record() -> Record | None:
    """The record, or nothing when it cannot be asked now: the step needs none."""
    try:
        return opened().chart.open()
    except (EhrError, LaunchError) as error:
        log.warning("a safety alert is shown without the record: %s", error.code)
        return None


def _found(key: UUID, record: Record | None = None) -> SafetyAlert:
    alert = opened().alerts.find(key)
    if alert is not None:
        return alert
    known = record or opened().chart.open()
    return next((_elsewhere(one) for one in known.alerting if one.key == key), None) or abort(404)


def _elsewhere(past: Past) -> SafetyAlert:
    about = asked(past.key, past.form, past.found)
    by = Person("", past.author_name)
    return SafetyAlert(past.key, about, past.found.answer, past.found.words, past.on, by, ELSEWHERE)


def _handled(alert: SafetyAlert, form: Form) -> Handled:
    actions = opened().content.safety_actions
    now = opened().chart.moment()
    choices = Choices(_people(), actions)
    return respond(alert, form.values, choices, user(), now, form.form_id)


def _save(alert: SafetyAlert) -> None:
    """Save the response in the record; what fails is told, and can be tried again."""
    launch, handled = opened(), alert.handled
    assert handled is not None, "only what was done is saved"
    if not alert.is_reported and alert.mode != ELSEWHERE:
        report(alert)
    try:
        place = records.respond(launch.chart, alert, handled, launch.content.safety_actions)
    except GshError as error:
        if not launch.outbox.holds(handled.form_id):
            log.warning("the record has no response to a safety alert yet: %s", error.code)
            flash(NOT_SAVED, "warn")
            return
        flash(NOT_SAVED, "warn")
    else:
        flash(*((KEPT_AND_SAVED,) if place is Place.EHR else (KEPT_IN_STORE, "warn")))
    launch.alerts.record(alert)


def _onward(alert: SafetyAlert) -> ResponseReturnValue:
    """To the next alert of the assessment, else back into it, else to what was done."""
    launch, assessment = opened(), alert.asked.assessment
    left = launch.alerts.open(assessment)
    if left:
        return redirect(url_for("pages.show_alert", key=left[0].key), 303)
    if _draft(alert):
        return redirect(url_for("pages.show_draft", key=assessment), 303)
    return redirect(url_for("pages.show_alert", key=alert.key), 303)


def _draft(alert: SafetyAlert) -> UUID | None:
    """The key of the draft it came from, while that is open."""
    try:
        draft = opened().drafts.find(alert.asked.assessment)
    except DraftUnknown:
        return None
    return draft.key if draft.state is State.OPEN else None


def _step(alert: SafetyAlert, form: Form) -> dict[str, object]:
    people = [(TOLD + reference, one.name) for reference, one in _people().items()]
    actions = [(ACTION + one.code, one.display) for one in opened().content.safety_actions]
    return {
        "alert": alert,
        "people": people,
        "actions": actions,
        "chosen": [name for name, text in form.values.items() if text == "yes"],
        "told_problem": form.problem("told") or form.problem("told_other"),
        "crisis": opened().safety.crisis_for(_locale(alert)),
        "back": _back(alert),
    }


def _back(alert: SafetyAlert) -> str:
    """The address of the questionnaire it came from, while that can be changed; else nothing."""
    key = _draft(alert)
    start = opened().drafts.find(key).start if key else None
    if start is None:
        return ""
    nothing = Alert("", alert.asked.link_id, None, "", "")
    forms = [asked(alert.asked.assessment, canonical, nothing).form for canonical in start.forms]
    number = forms.index(alert.asked.form) + 1 if alert.asked.form in forms else 1
    return url_for("pages.edit_answers", key=key, number=number)


def _locale(alert: SafetyAlert) -> str:
    try:
        return locale_of(opened().drafts.find(alert.asked.assessment))
    except DraftUnknown:
        return ""


def _remember(record: Record | None) -> None:
    """Remember coach and supervisor, so that they can be ticked while the EHR is down."""
    enrolled = current(record) if record else None
    if enrolled is not None:
        people = (enrolled.thing.supervisor, enrolled.thing.coach)
        session[_PEOPLE] = {one.reference: one.name for one in people if one.reference}


def _people() -> dict[str, Person]:
    """Whom the user can have told, by reference: the enrollment's people, and not themselves."""
    known: dict[str, str] = session.get(_PEOPLE) or {}
    own = user().reference
    return {ref: Person(ref, name or ref) for ref, name in known.items() if ref != own}


def _line(alert: SafetyAlert) -> Line:
    state = "Needs action" if alert.is_open else "Responded to"
    tone = "bad" if alert.is_open else "good"
    here = url_for("pages.show_alert", key=alert.key)
    return Line(here, alert.name, alert.words, alert, state, tone)
