"""An enrollment as a FHIR CarePlan, and back.

Our extensions on CarePlan: ``planned-sessions`` (valuePositiveInt), ``modality`` (valueCoding: AMB
or VR of HL7's v3-ActCode), ``consent`` (``date`` valueDate, ``method`` valueCode) and
``exit-reason`` (valueCodeableConcept). HL7's own status-reason extension is not allowed on
CarePlan in R4. The day it ended is ``period.end``; the note on it is the Annotation with the id
``exit``.
"""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from smartapp.fhir import careteam, names
from smartapp.fhir.kept import Resource, codes, coding, concept, day, extend, extension
from smartapp.fhir.narrative import narrative
from smartapp.program.enrollment import (
    Condition,
    Consent,
    ConsentMethod,
    Enrollment,
    EnrollmentStatus,
    Exit,
    Modality,
)

if TYPE_CHECKING:
    from smartapp.fhir.chart import Chart

EXIT_NOTE = "exit"
_STATUS = {
    EnrollmentStatus.ACTIVE: "active",
    EnrollmentStatus.COMPLETED: "completed",
    EnrollmentStatus.WITHDRAWN: "revoked",
}
_MEANING = {
    "completed": EnrollmentStatus.COMPLETED,
    "revoked": EnrollmentStatus.WITHDRAWN,
}
_MODALITY = {
    Modality.IN_PERSON: coding(names.ACT_CODE, "AMB", "ambulatory"),
    Modality.TELEHEALTH: coding(names.ACT_CODE, "VR", "virtual"),
}


def is_enrollment(plan: Mapping[str, Any]) -> bool:
    """True for a CarePlan of our program that was not entered in error."""
    ours = names.PROGRAM in codes(plan.get("category"), names.PROGRAM_CATEGORY)
    return ours and plan.get("status") != "entered-in-error"


def has_ended(plan: Mapping[str, Any]) -> bool:
    """True for the CarePlan of an enrollment that was completed or withdrawn."""
    return plan.get("status") in _MEANING


def modality(code: Any) -> Modality | None:
    """The modality an Encounter class stands for, where it stands for one."""
    found = {c["code"]: m for m, c in _MODALITY.items()}
    return found.get(code) if isinstance(code, str) else None


def write(chart: "Chart", enrollment: Enrollment) -> Resource:
    """The CarePlan of a new enrollment, still without its links to team and checklist."""
    program = chart.content.program
    category = coding(names.CAREPLAN_CATEGORY, "assess-plan", "Assessment and Plan of Treatment")
    about = enrollment.condition
    made: Resource = {
        "resourceType": "CarePlan",
        "meta": {"source": names.SOURCE},
        "text": narrative(enrollment, program),
        "extension": _extensions(enrollment),
        "instantiatesCanonical": [f"{program.url}|{program.version}"],
        "status": _STATUS[enrollment.status],
        "intent": "plan",
        "category": [
            concept(category),
            concept(coding(names.PROGRAM_CATEGORY, names.PROGRAM, program.title)),
        ],
        "title": program.title,
        "subject": chart.subject,
        "period": {"start": enrollment.started.isoformat()},
        "created": chart.written(),
        **chart.authorship("author"),
        "addresses": [{"reference": about.reference, "display": about.name}],
    }
    return chart.in_context(made)


def change(chart: "Chart", plan: Resource, before: Enrollment, enrollment: Enrollment) -> Resource:
    """A copy of ``plan`` that says ``enrollment``; what ``before`` said already stays as it is."""
    changed, program = deepcopy(plan), chart.content.program
    was = {extended["url"]: extended for extended in _extensions(before)}
    for extended in _extensions(enrollment):
        if extended != was[extended["url"]]:
            extend(changed, extended)
    if enrollment.status != before.status:
        changed["status"] = _STATUS[enrollment.status]
    if enrollment.exit and enrollment.exit != before.exit:
        _put_exit(chart, changed, enrollment.exit)
    if (changed.get("text") or {}).get("status") == "generated":
        changed["text"] = narrative(enrollment, program)
    return changed


def read(plan: Mapping[str, Any], teams: Iterable[Mapping[str, Any]]) -> Enrollment:
    """The enrollment in a CarePlan; ValueError when something it cannot be without is missing."""
    coach, supervisor = careteam.people(teams)
    period = plan.get("period") or {}
    started = day(period.get("start"))
    if started is None:
        raise ValueError("period.start")
    status = _MEANING.get(plan.get("status", ""), EnrollmentStatus.ACTIVE)
    return Enrollment(
        condition=_condition(plan),
        started=started,
        planned_sessions=int(extension(plan, names.PLANNED_SESSIONS).get("valuePositiveInt") or ""),
        modality=_modality(plan),
        coach=coach,
        supervisor=supervisor,
        consent=_consent(plan),
        status=status,
        exit=None if status is EnrollmentStatus.ACTIVE else _exit(plan),
    )


def _extensions(enrollment: Enrollment) -> list[Resource]:
    consent = enrollment.consent
    return [
        {"url": names.PLANNED_SESSIONS, "valuePositiveInt": enrollment.planned_sessions},
        {"url": names.MODALITY, "valueCoding": dict(_MODALITY[enrollment.modality])},
        {
            "url": names.CONSENT,
            "extension": [
                {"url": "date", "valueDate": consent.given_on.isoformat()},
                {"url": "method", "valueCode": consent.method.value},
            ],
        },
    ]


def _put_exit(chart: "Chart", plan: Resource, left: Exit) -> None:
    displays = {reason.code: reason.display for reason in chart.content.program.exit_reasons}
    why = concept(coding(names.EXIT_REASONS, left.reason, displays[left.reason]))
    plan.setdefault("period", {})["end"] = left.on.isoformat()
    extend(plan, {"url": names.EXIT_REASON, "valueCodeableConcept": why})
    if left.note:
        plan.setdefault("note", []).append({"id": EXIT_NOTE, **chart.annotation(left.note)})


def _condition(plan: Mapping[str, Any]) -> Condition:
    about = (plan.get("addresses") or [{}])[0]
    return Condition(about.get("reference") or "", about.get("display") or "")


def _modality(plan: Mapping[str, Any]) -> Modality:
    code = (extension(plan, names.MODALITY).get("valueCoding") or {}).get("code")
    found = modality(code)
    if found is None:
        raise ValueError("modality")
    return found


def _consent(plan: Mapping[str, Any]) -> Consent:
    given = extension(plan, names.CONSENT)
    given_on = day(extension(given, "date").get("valueDate"))
    if given_on is None:
        raise ValueError("consent")
    return Consent(given_on, ConsentMethod(extension(given, "method").get("valueCode", "")))


def _exit(plan: Mapping[str, Any]) -> Exit | None:
    on = day((plan.get("period") or {}).get("end"))
    reason = extension(plan, names.EXIT_REASON).get("valueCodeableConcept")
    code = next(codes(reason, names.EXIT_REASONS), "")
    notes = (n.get("text") for n in plan.get("note") or () if n.get("id") == EXIT_NOTE)
    return Exit(on, code, next(notes, None) or "") if on else None
