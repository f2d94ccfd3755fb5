"""The readable text of an enrollment's CarePlan (US Core must-support), made from what it says."""

import re
from html import escape

from smartapp.fhir.kept import Resource
from smartapp.program.enrollment import Enrollment
from smartapp.program.protocol import Program

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def narrative(enrollment: Enrollment, program: Program) -> Resource:
    """The Narrative: strict XHTML without styling, every value escaped, no control characters."""
    lines = "".join(f"<p>{_escaped(line)}</p>" for line in _lines(enrollment, program))
    return {
        "status": "generated",
        "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{lines}</div>',
    }


def _escaped(line: str) -> str:
    return escape(_NOT_XML.sub(" ", line), quote=False)


def _lines(enrollment: Enrollment, program: Program) -> list[str]:
    modality = enrollment.modality.value.replace("-", " ")
    consent = enrollment.consent
    lines = [
        f"{program.title}: {enrollment.status.value}.",
        f"For: {enrollment.condition.name}.",
        f"Started {enrollment.started.isoformat()}; "
        f"{enrollment.planned_sessions} sessions planned, {modality}.",
        f"Coach: {enrollment.coach.name}. Supervisor: {enrollment.supervisor.name}.",
        f"Consent: {consent.method.value}, {consent.given_on.isoformat()}.",
    ]
    if enrollment.exit:
        reasons = {reason.code: reason.display for reason in program.exit_reasons}
        why = reasons.get(enrollment.exit.reason, enrollment.exit.reason)
        lines.append(f"Ended {enrollment.exit.on.isoformat()}: {why}.")
    return lines
