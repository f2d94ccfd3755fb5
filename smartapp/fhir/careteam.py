"""Who delivers an enrollment: a CareTeam of coach and supervisor.

Coach and supervisor carry our role code; the coach also NUCC's Health & Wellness Coach in the same
CodeableConcept, because US Core allows one role a participant. ``onBehalfOf`` stands only beside a
Practitioner (invariant ctm-1).
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from smartapp.fhir import names, practitioner
from smartapp.fhir.kept import Resource, codes, coding, concept, identifier
from smartapp.program.enrollment import Enrollment, Person

if TYPE_CHECKING:
    from smartapp.fhir.chart import Chart

NOBODY = Person("", "")
_NUCC_COACH = coding(names.NUCC, names.HEALTH_COACH, "Health & Wellness Coach")


def new_team(chart: "Chart", enrollment: Enrollment, form_id: UUID) -> Resource:
    """The CareTeam of a new enrollment; asks the EHR for whom coach and supervisor act."""
    acts_for = practitioner.organizations(chart.client, (enrollment.coach, enrollment.supervisor))
    coach = concept(_NUCC_COACH, coding(names.PROGRAM_ROLE, names.COACH, "Coach"))
    supervisor = concept(coding(names.PROGRAM_ROLE, names.SUPERVISOR, "Supervisor"))
    made: Resource = {
        "resourceType": "CareTeam",
        "meta": {"source": names.SOURCE},
        "identifier": [identifier(form_id, "care-team")],
        "status": "active",
        "name": chart.content.program.title,
        "subject": chart.subject,
        "period": {"start": enrollment.started.isoformat()},
        "participant": [
            _participant(enrollment.coach, coach, acts_for),
            _participant(enrollment.supervisor, supervisor, acts_for),
        ],
    }
    return chart.in_context(made)


def people(teams: Iterable[Mapping[str, Any]]) -> tuple[Person, Person]:
    """Coach and supervisor in these CareTeams; ``NOBODY`` for whom they do not name."""
    found = [p for team in teams for p in team.get("participant") or ()]
    return _in_role(found, names.COACH), _in_role(found, names.SUPERVISOR)


def _participant(
    person: Person, role: Resource, acts_for: Mapping[str, dict[str, str]]
) -> Resource:
    member = {"reference": person.reference, "display": person.name}
    made: Resource = {"role": [role], "member": member}
    if person.reference in acts_for:
        made["onBehalfOf"] = acts_for[person.reference]
    return made


def _in_role(participants: Iterable[Mapping[str, Any]], role: str) -> Person:
    for participant in participants:
        if role in codes(participant.get("role"), names.PROGRAM_ROLE):
            member = participant.get("member") or {}
            return Person(member.get("reference") or "", member.get("display") or "")
    return NOBODY
