"""Enrollment: from the checklist and consent to the way out of the program."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from smartapp.errors import (
    EhrConflict,
    EhrUnreachable,
    EntryRefused,
    GshError,
    LaunchEnded,
    Problem,
)
from smartapp.fhir import enrollment as records
from smartapp.fhir import practitioner
from smartapp.fhir.chart import Kept, Record
from smartapp.program.enrollment import (
    Enrollment,
    EnrollmentChoices,
    EnrollmentStatus,
    Modality,
    Person,
    complete,
    enroll,
    red_flags_present,
    withdraw,
)
from smartapp.program.protocol import Program
from smartapp.web.form import Form, Words, blank, compared, day_said, typed
from smartapp.web.opened import opened
from smartapp.web.pages import again, is_search, page, pages, saved
from smartapp.web.program import current
from smartapp.web.safety import hold_exit
from smartapp.web.shown import recall, remember
from smartapp.web.typed import ENROLLMENT, put_aside, set_aside

TEMPLATE = "enrollment/form.html"
LABELS = {"ended": "Last day", "reason": "Reason", "note": "Note"}
ROLES = ("coach", "supervisor")
ALREADY = Problem(
    "", "This patient is already enrolled. Complete or withdraw that enrollment before a new one."
)
Found = dict[str, dict[str, str]]
"""Names of people by reference, by role."""
Leave = Callable[[Enrollment, Mapping[str, str], Program, date], Enrollment]


@pages.get("/enrollment/new")
def new_enrollment() -> ResponseReturnValue:
    """Show the enrollment form with its usual answers filled in."""
    launch = opened()
    record = launch.chart.open()
    if _active(record):
        return redirect(url_for("pages.index"))
    aside = set_aside()
    form = aside.form if aside else _usual(record)
    return page(TEMPLATE, form=form, aside=aside, **_shown(form, record))


def _usual(record: Record) -> Form:
    launch = opened()
    return blank(
        condition=record.conditions[0].reference if record.conditions else "",
        started=launch.today.isoformat(),
        planned_sessions=str(launch.content.program.sessions_usual),
        modality=(record.encounter_modality or Modality.IN_PERSON).value,
        coach=launch.user_reference or "",
        consent_method="verbal",
    )


@pages.post("/enrollment")
def create_enrollment() -> ResponseReturnValue:
    """Enroll the patient, or search for people, or stop when a red flag is present."""
    form, record = typed(), None
    try:
        record = opened().chart.open()
        if is_search():
            return _searched(form, record)
        answer = _create(form, record)
    except GshError as error:
        kept = put_aside(form, error, is_read=record is not None)
        return again(TEMPLATE, form, error, is_kept=kept, **_shown(form, record))
    opened().typed.drop(ENROLLMENT)
    return answer


def _create(form: Form, record: Record) -> ResponseReturnValue:
    launch = opened()
    program = launch.content.program
    flags = red_flags_present(form.values, program)
    checklist = {flag.code: flag.code in flags for flag in program.red_flags}
    cleared = form.value("red_flags_cleared").strip()
    if flags and not cleared:
        records.record_red_flags(launch.chart, checklist, form.form_id)
        present = [flag for flag in program.red_flags if flag.code in flags]
        return page("enrollment/stopped.html", present=present)
    if _active(record) and not records.made_by(record.enrollments, form.form_id):
        raise EntryRefused(ALREADY)
    conditions = {c.reference: c for c in record.conditions}
    choices = EnrollmentChoices(conditions, _chosen(form))
    enrollment = enroll(form.values, choices, program, launch.today)
    records.enroll(launch.chart, enrollment, checklist, form.form_id, cleared if flags else "")
    return saved("The patient is enrolled; it is in the record.", "pages.index")


def _searched(form: Form, record: Record) -> str:
    """Show the form with who was found; the only person found is chosen already."""
    shown = _shown(form, record, _found(form))
    for role in ROLES:
        found = list(shown["people"][role])
        if len(found) == 1 and not form.value(role):
            form = replace(form, values={**form.values, role: found[0]})
    return page(TEMPLATE, form=form, **shown)


@pages.get("/enrollment/<enrollment_id>/complete")
def edit_completion(enrollment_id: str) -> str:
    """Show the form that completes the enrollment."""
    return _exit_page(enrollment_id, "completed")


@pages.post("/enrollment/<enrollment_id>/complete")
def update_completion(enrollment_id: str) -> ResponseReturnValue:
    """Complete the enrollment with its reason."""
    return _leave(enrollment_id, "completed", complete)


@pages.get("/enrollment/<enrollment_id>/withdraw")
def edit_withdrawal(enrollment_id: str) -> str:
    """Show the form that withdraws the enrollment."""
    return _exit_page(enrollment_id, "withdrawn")


@pages.post("/enrollment/<enrollment_id>/withdraw")
def update_withdrawal(enrollment_id: str) -> ResponseReturnValue:
    """Withdraw the enrollment with its reason."""
    return _leave(enrollment_id, "withdrawn", withdraw)


def _leave(enrollment_id: str, ends: str, leave: Leave) -> ResponseReturnValue:
    form, launch = typed(), opened()
    shown = _exit(enrollment_id, ends)
    try:
        hold_exit()
        kept = _enrolled(enrollment_id, form, leave)
        if _left_already(kept.thing, form, ends):
            return _left(ends)
        left = leave(kept.thing, form.values, launch.content.program, launch.today)
        at_version = replace(kept, version=form.version)
        records.save_change(launch.chart, at_version, left, form.form_id)
    except EhrConflict as error:
        return _conflict(enrollment_id, form, error, shown)
    except GshError as error:
        return again("enrollment/exit.html", form, error, **shown)
    return _left(ends)


def _enrolled(enrollment_id: str, form: Form, leave: Leave) -> Kept[Enrollment]:
    """Read the enrollment; where it cannot be read now, keep the exit from what was shown."""
    launch = opened()
    try:
        return records.read(launch.chart, enrollment_id)
    except (EhrUnreachable, LaunchEnded):
        rows = recall(f"CarePlan/{enrollment_id}", form.version)
        kept = records.understood(launch.chart, rows)
        if kept is not None:
            left = leave(kept.thing, form.values, launch.content.program, launch.today)
            records.keep_change(launch.chart, kept, left, form.form_id)
        raise


def _left_already(enrollment: Enrollment, form: Form, ends: str) -> bool:
    """Tell whether an earlier sending of this form, whose answer was lost, has ended it."""
    left = enrollment.exit
    if left is None or enrollment.status.value != ends:
        return False
    typed_again = (form.value("ended"), form.value("reason"), form.value("note").strip())
    return typed_again == (left.on.isoformat(), left.reason, left.note)


def _left(ends: str) -> ResponseReturnValue:
    return saved(f"The enrollment is {ends}; it is in the record.", "pages.index")


def _conflict(
    enrollment_id: str, form: Form, error: GshError, shown: dict[str, object]
) -> ResponseReturnValue:
    theirs, teams = records.read_with_teams(opened().chart, enrollment_id)
    remember(theirs, teams)
    left = theirs.thing.exit
    in_record = blank(
        ended=left.on.isoformat() if left else "still enrolled",
        reason=left.reason if left else "",
        note=left.note if left else "",
    )
    called = {reason.code: reason.display for reason in opened().content.program.exit_reasons}
    words: Words = {"ended": day_said, "reason": lambda code: called.get(code, code)}
    rows = compared(form, in_record, LABELS, words)
    return again("conflict.html", replace(form, version=theirs.version), error, rows=rows, **shown)


def _exit_page(enrollment_id: str, ends: str) -> str:
    kept, teams = records.read_with_teams(opened().chart, enrollment_id)
    remember(kept, teams)
    form = blank(kept.version, ended=opened().today.isoformat())
    return page("enrollment/exit.html", form=form, kept=kept, **_exit(enrollment_id, ends))


def _exit(enrollment_id: str, ends: str) -> dict[str, object]:
    endpoint = "pages.update_completion" if ends == "completed" else "pages.update_withdrawal"
    program = opened().content.program
    reasons = [(r.code, r.display) for r in program.exit_reasons if r.ends == ends]
    action = url_for(endpoint, enrollment_id=enrollment_id)
    return {"ends": ends, "reasons": reasons, "action": action}


def _active(record: Record) -> Kept[Enrollment] | None:
    found = current(record)
    return found if found and found.thing.status is EnrollmentStatus.ACTIVE else None


def _chosen(form: Form) -> dict[str, Person]:
    """Read the chosen people from the EHR, so that no name is taken from the form."""
    client = opened().chart.client
    wanted = {form.value(role) for role in ROLES} - {""}
    return {reference: practitioner.read(client, reference) for reference in wanted}


def _shown(form: Form, record: Record | None, found: Found | None = None) -> dict[str, Any]:
    program = opened().content.program
    numbers = range(program.sessions_least, program.sessions_most + 1)
    return {
        "action": url_for("pages.create_enrollment"),
        "conditions": _conditions(form, record),
        "session_choices": [(n, n) for n in numbers],
        "flags": [(f"red_flag.{flag.code}", flag.text) for flag in program.red_flags],
        "people": {role: _people(form, role) | (found or {}).get(role, {}) for role in ROLES},
        "searched": found is not None,
        "checklist": record.checklist if record else None,
        "problems_unread": record is not None and "Condition" in record.unread,
    }


def _conditions(form: Form, record: Record | None) -> list[tuple[str, str]]:
    """Return the conditions to choose from; the one chosen before when none could be read."""
    if record is not None:
        return [(c.reference, c.name) for c in record.conditions]
    return [(form.value("condition"), "As chosen before")]


def _people(form: Form, role: str) -> dict[str, str]:
    """Return the people to choose from: the user as coach, and who was found before."""
    launch = opened()
    user = launch.user_reference or ""
    is_default = role == "coach" and user.startswith("Practitioner")
    shown = {user: launch.user_name} if is_default else {}
    for reference, name in form.values.items():
        if reference.startswith(f"{role}_name."):
            shown[reference.removeprefix(f"{role}_name.")] = name
    return shown


def _found(form: Form) -> Found:
    """Search the EHR for the people whose names were typed."""
    client = opened().chart.client
    asked = {role: form.value(f"{role}_search").strip() for role in ROLES}
    found = {role: practitioner.find(client, words) for role, words in asked.items() if words}
    return {role: {p.reference: p.name for p in people} for role, people in found.items()}
