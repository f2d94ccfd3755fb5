"""The program page: enrollment, goals, assessments and change at one glance."""

from smartapp.fhir.chart import Kept, Record
from smartapp.program.assessment import shown
from smartapp.program.enrollment import Enrollment, EnrollmentStatus
from smartapp.web.opened import opened, remember_identity
from smartapp.web.outcome import courses, occasion, scales
from smartapp.web.pages import page, pages


@pages.get("/")
def index() -> str:
    """Show everything the record holds of this person's program, read in one parallel round."""
    record = opened().chart.open()
    remember_identity(record.patient)
    enrollment = current(record)
    return page(
        "program/index.html",
        record=record,
        enrollment=enrollment,
        earlier=[kept for kept in record.enrollments if kept is not enrollment],
        courses=courses(record.assessments, scales()),
        occasion=occasion,
        shown=shown,
        reasons={r.code: r.display for r in opened().content.program.exit_reasons},
        Status=EnrollmentStatus,
    )


def current(record: Record) -> Kept[Enrollment] | None:
    """Return the enrollment the page is about: the active one, else the newest."""
    active = [e for e in record.enrollments if e.thing.status is EnrollmentStatus.ACTIVE]
    return next(iter([*active, *record.enrollments]), None)
