"""The program page: enrollment, goals, assessments and change at one glance."""

from flask.typing import ResponseReturnValue

from smartapp.errors import EhrUnreachable, LaunchEnded
from smartapp.fhir.assessment import belongs
from smartapp.fhir.chart import AssessmentKept, Kept, Record
from smartapp.program.enrollment import Enrollment, EnrollmentStatus
from smartapp.web import schedule
from smartapp.web.course import occasion
from smartapp.web.errors import status
from smartapp.web.opened import opened, remember_identity
from smartapp.web.outbox import Line, lines
from smartapp.web.outcome import brief, courses, groups, scales
from smartapp.web.pages import page, pages
from smartapp.web.picks import choosable, picked
from smartapp.web.places import apart, missing, movable, whereabouts
from smartapp.web.prompted import of_courses
from smartapp.web.safety import catch_up
from smartapp.web.typed import set_aside
from smartapp.web.unfinished import unfinished


@pages.get("/")
def index() -> ResponseReturnValue:
    """Show everything the record holds of this person's program, read in one parallel round.

    What waits to be saved is tried first; when the EHR does not answer, it alone is shown, and the
    assessments that can go on without it.
    """
    opened().outbox.flush_briefly()
    waiting = lines()
    try:
        record = opened().chart.open()
    except EhrUnreachable as error:
        catch_up()
        going_on = unfinished()
        if not waiting and not going_on:
            raise
        told = page("outbox/index.html", lines=waiting, error=error, unfinished=going_on)
        return told, status(error)
    remember_identity(record.patient)
    catch_up(record)
    return _program(record, waiting)


def _program(record: Record, waiting: list[Line]) -> str:
    enrollment = current(record)
    counted = belonging(record, enrollment)
    gathered = groups(counted)
    return page(
        "program/index.html",
        record=record,
        waiting=waiting,
        unfinished=unfinished(record),
        schedule=schedule.lines(enrollment, counted, opened().drafts.unfinished()),
        aside=set_aside(),
        missing=missing(),
        whereabouts=whereabouts(record),
        apart=apart(record),
        movable=movable(record),
        choosable=choosable(),
        picked=picked(),
        enrollment=enrollment,
        earlier=[kept for kept in record.enrollments if kept is not enrollment],
        groups=gathered,
        prompted=of_courses([course for group in gathered for course in group.every]),
        several=[e.thing.status for e in record.enrollments].count(EnrollmentStatus.ACTIVE) > 1,
        occasion=occasion,
        brief=brief,
        reasons={r.code: r.display for r in opened().content.program.exit_reasons},
        Status=EnrollmentStatus,
    )


@pages.get("/outcomes")
def outcomes() -> str:
    """Show first against last, every threshold with its source, and each score, ready to print."""
    record = opened().chart.open()
    gathered = groups(belonging(record, current(record)))
    return page(
        "outcome/index.html",
        groups=gathered,
        prompted=of_courses([course for group in gathered for course in group.every]),
        elsewhere=courses(record.elsewhere, scales()),
        occasion=occasion,
    )


def current(record: Record) -> Kept[Enrollment] | None:
    """Return the enrollment the page is about: the active one, else the newest."""
    active = [e for e in record.enrollments if e.thing.status is EnrollmentStatus.ACTIVE]
    return next(iter([*active, *record.enrollments]), None)


def enrolled_now() -> Kept[Enrollment] | None:
    """Return the enrollment the page is about; None also when the EHR cannot be asked now.

    What is saved then names no enrollment and counts for whichever the patient has: it can be kept
    until the EHR answers, and need not be typed again.
    """
    return enrolled_or_unread()[0]


def enrolled_or_unread() -> tuple[Kept[Enrollment] | None, bool]:
    """Return the same, and whether the EHR could not be asked for it."""
    try:
        return current(opened().chart.open()), False
    except (EhrUnreachable, LaunchEnded):
        return None, True


def belonging(record: Record, enrollment: Kept[Enrollment] | None) -> list[AssessmentKept]:
    """Return the assessments that change is judged by: not those of another enrollment."""
    chart = opened().chart
    return [a for a in record.assessments if enrollment is None or belongs(chart, a, enrollment)]
