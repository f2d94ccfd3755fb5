"""Safety alerts on the way of an assessment: raised as an answer is kept, seen until dealt with.

An alert is kept on our own disk before an answer is said to be kept. Telling the record of it comes
after, and is tried again with every program page: no EHR holds up an alert, or makes one vanish.
"""

import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import groupby
from typing import Any
from uuid import UUID

from flask import flash, g, get_template_attribute, redirect, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from smartapp.drafts.draft import Draft
from smartapp.errors import AlertsFailed, EhrError, FormGone, LaunchError
from smartapp.fhir import answer
from smartapp.fhir import safety as records
from smartapp.fhir.alert import in_response
from smartapp.fhir.chart import Record
from smartapp.program.alert import Alert
from smartapp.program.enrollment import EnrollmentStatus, Person
from smartapp.program.safety import Asked, Raising, SafetyAlert, covers, refuse_open
from smartapp.web.aside import variants
from smartapp.web.hands import is_alone, mode
from smartapp.web.opened import Opened, opened
from smartapp.web.pages import pages
from smartapp.web.sheet import filled
from smartapp.web.spoken import locale_of
from smartapp.web.watched import watched

log = logging.getLogger(__name__)

PATIENCE = 1.0
"""Seconds that the answer's acknowledgement waits for the record to be told of an alert."""
NOT_SUBMITTED = (
    "The assessment is not submitted yet, and all its answers are kept: first say below what was "
    "done about this answer."
)
NOT_ENDED = (
    "An answer of this patient needs action, and nobody has recorded any. Open it from the red bar "
    "above, say what was done, and then end the enrollment."
)
Items = Sequence[Mapping[str, Any]]


def alerts(draft: Draft, canonical: str, items: Items) -> None:
    """Raise an alert for each watched answer in a form's items; say what became of others."""
    found = _found(canonical, items)
    for one in found:
        _raise(draft, canonical, one)
    _changed(draft, canonical, items, {one.link_id for one in found})


def look(draft: Draft) -> None:
    """Raise what a draft's answers need, as if they were just kept: nobody may have heard of it.

    What a questionnaire was answered that is no longer there cannot be read: the lists of
    unfinished assessments say so (web/unfinished.py).
    """
    for number in range(1, len(draft.sheets) + 1):
        try:
            shown = filled(draft, number)
        except FormGone as error:
            log.warning("a part of a draft was not looked over for alerts: %s", error.code)
            continue
        look_aside(draft, number)
        alerts(draft, shown.questionnaire.canonical, shown.said())


def look_aside(draft: Draft, number: int) -> None:
    """Raise what an answer needs that was set aside: somebody gave it all the same."""
    for shown in variants(draft, number):
        canonical = shown.questionnaire.canonical
        known = _of(draft.key)
        for one in _found(canonical, shown.said()):
            place = asked(draft.key, canonical, one).place
            if not any(k.asked.place == place and covers(k, one) for k in known):
                _raise(draft, canonical, one)


def held(draft: Draft) -> ResponseReturnValue | None:
    """The way to the step that must come first; None when nothing is open, or for a patient."""
    waiting = opened().alerts.open(draft.key)
    if not waiting or is_alone():
        return None
    return redirect(url_for("pages.show_alert", key=waiting[0].key), 303)


def hold(draft: Draft) -> ResponseReturnValue | None:
    """The same for a draft that is about to be submitted, with the reason why it is not."""
    look(draft)
    if not opened().alerts.open(draft.key):
        return None
    flash(NOT_SUBMITTED, "warn")
    return held(draft)


def hold_exit() -> None:
    """Raise EntryRefused while any alert of the patient is open."""
    refuse_open(opened().alerts.all(), NOT_ENDED)


def acknowledged(draft: Draft) -> dict[str, object]:
    """What the page's script is told beside that an answer is kept."""
    if is_alone():
        return {"crisis": bool(_of(draft.key))}
    waiting = opened().alerts.open(draft.key)
    if not waiting:
        return {}
    here = url_for("pages.show_alert", key=waiting[0].key)
    return {"alert": {"url": here, "text": f"{waiting[0].name} needs action now"}}


def user() -> Person:
    """Who uses this launch."""
    return Person(opened().user_reference or "", opened().user_name)


def asked(assessment: UUID, canonical: str, found: Alert) -> Asked:
    """The question an alert is about, as people know it."""
    content, url = opened().content, canonical.partition("|")[0]
    known = next((i for i in content.instruments.values() if i.url == url), None)
    form = content.forms.get(canonical)
    title = known.title if known else form.title.plain if form else "a questionnaire"
    slug = known.slug if known else str((form.raw if form else {}).get("id") or url)
    items = known.items if known else ()
    number = next((known.number(i) for i in items if known and i.link_id == found.link_id), "")
    return Asked(assessment, slug, short(title), found.link_id, number, found.question)


def short(title: str) -> str:
    """What people say: "the PHQ-9" for "Patient Health Questionnaire (PHQ-9)"."""
    name = title.rpartition("(")[2].rstrip(")").strip()
    return f"the {name}" if title.endswith(")") and name else title


def report(alert: SafetyAlert, record: Record | None = None) -> None:
    """Tell the record of an alert, and of what was done about it where it was not told of that.

    Who waits does so briefly, and what fails is tried again.
    """
    launch = opened()
    sender = threading.Thread(target=_report, args=(launch, alert, record), daemon=True)
    sender.start()
    sender.join(PATIENCE)


def catch_up(record: Record | None = None) -> None:
    """Look over what is unfinished, and tell the record of alerts it could not be told of before.

    A server that was killed between keeping an answer and raising its alert is made good here.
    When the alerts cannot be used, the red bar of the page says so.
    """
    with suppress(AlertsFailed):
        _catch_up(record)


def listed() -> list[SafetyAlert]:
    """Every alert of the patient for a page to list; none when they cannot be read."""
    with suppress(AlertsFailed):
        return opened().alerts.all()
    return []


def _catch_up(record: Record | None) -> None:
    for draft in opened().drafts.unfinished():
        look(draft)
    for alert in opened().alerts.all() if record else ():
        if not alert.is_reported or (alert.handled and not alert.is_recorded):
            report(alert, record)


def supervisor(record: Record) -> Person | None:
    """The supervisor of the active enrollment."""
    active = [e.thing for e in record.enrollments if e.thing.status is EnrollmentStatus.ACTIVE]
    return active[0].supervisor if active and active[0].supervisor.reference else None


def crisis_notice(locale: str = "") -> Markup:
    """What a patient in a crisis is told in their locale, and that nobody watches the answers."""
    shown = get_template_attribute("safety/parts.html", "crisis_notice")
    return Markup(shown(opened().safety.crisis_for(locale)))  # noqa: S704 - made by our own template


def crisis_for(draft: Draft) -> Markup:
    """The notice on a page a patient sees alone, hidden until an answer needs it; else nothing."""
    if not is_alone():
        return Markup("")
    shown = get_template_attribute("safety/parts.html", "crisis_switch")
    return Markup(shown(crisis_notice(locale_of(draft)), _has_alerts(draft)))  # noqa: S704 - the same


@pages.context_processor
def _shown() -> dict[str, object]:
    return {"open_alerts": _open_alerts, "crisis_for": crisis_for, "watched": watched}


def _open_alerts() -> list[SafetyAlert] | None:
    """What the red bar tells of; nothing on a page a patient sees alone, or without a launch.

    None when it cannot be known: no page, an error's least of all, fails for that.
    """
    try:
        return opened().alerts.open() if "opened" in g and not is_alone() else []
    except AlertsFailed:
        return None


def _has_alerts(draft: Draft) -> bool:
    """Whether a patient alone sees the notice from the beginning; also when nobody can know."""
    try:
        return bool(_of(draft.key))
    except AlertsFailed:
        return True


def _of(assessment: UUID) -> list[SafetyAlert]:
    return [alert for alert in opened().alerts.all() if alert.asked.assessment == assessment]


def _report(launch: Opened, alert: SafetyAlert, record: Record | None) -> None:
    """Tell the record, in a thread: what goes wrong there is nobody's to catch, and waits."""
    try:
        _told(launch, alert, record)
    except Exception as error:  # noqa: BLE001 - else its message, and what is in it, is printed
        log.error("the record was not told of a safety alert: %s", type(error).__name__)


def _told(launch: Opened, alert: SafetyAlert, record: Record | None) -> None:
    """Without the record it is not known who supervises: then it waits."""
    chart, handled = launch.chart, alert.handled
    if not alert.is_reported:
        with _waiting(launch, alert.key) as waits:
            records.report(chart, alert, supervisor(record or chart.open()))
        if not waits:
            launch.alerts.report(alert)
    if handled and record:
        with _waiting(launch, handled.form_id) as waits:
            records.respond(chart, alert, handled, launch.content.safety_actions)
        if not waits:
            launch.alerts.record(alert)


@contextmanager
def _waiting(launch: Opened, form_id: UUID) -> Iterator[list[str]]:
    """Save something; what is given is empty after it, unless it has to be tried again."""
    waits: list[str] = []
    try:
        yield waits
    except (EhrError, LaunchError) as error:
        if not launch.outbox.holds(form_id):
            log.warning("the record was not told of a safety alert yet: %s", error.code)
            waits.append(error.code)


def _found(canonical: str, items: Items) -> tuple[Alert, ...]:
    content = opened().content
    form = content.forms.get(canonical)
    response = {"questionnaire": canonical, "status": "in-progress", "item": items}
    raw, instruments = form.raw if form else None, content.instruments.values()
    return tuple(_worst(in_response(response, raw, instruments)))


def _raise(draft: Draft, canonical: str, one: Alert) -> None:
    launch = opened()
    when = Raising(launch.chart.moment(), user(), str(mode(draft, canonical)))
    made = launch.alerts.raise_for(asked(draft.key, canonical, one), one, when)
    if made is not None and not made.is_reported:
        report(made)


def _worst(found: Sequence[Alert]) -> Iterator[Alert]:
    """One for each question: its highest answer, and before that one that cannot be read."""
    by_link = sorted(found, key=lambda one: one.link_id)
    for _, same in groupby(by_link, key=lambda one: one.link_id):
        yield max(same, key=lambda one: (one.answer is None, one.answer or 0))


def _changed(draft: Draft, canonical: str, items: Items, alerting: set[str]) -> None:
    """Say of what alerted before, and does not now, what the answer is now."""
    form = asked(draft.key, canonical, Alert("", "", None, "", "")).form
    for alert in _of(draft.key):
        if alert.asked.form == form and alert.asked.link_id not in alerting:
            said = "; ".join(_words(items, alert.asked.link_id)) or "no answer"
            if alert.now != said:
                opened().alerts.change(alert, said)


def _words(items: Items, link_id: str) -> Iterator[str]:
    for item in items:
        given = item.get("answer") or ()
        if item.get("linkId") == link_id:
            yield from map(answer.words, given)
        yield from _words(item.get("item") or (), link_id)
        for one in given:
            yield from _words(one.get("item") or (), link_id)
