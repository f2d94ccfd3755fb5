"""The record: everything the program page shows, read in one round of parallel requests.

Nothing here waits for another answer first: names of people come from the references' displays,
which we write, and assessments are tied together by an extension, not by further reads. A type
the EHR refuses is told in ``unread``, never passed over.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smartapp.errors import EhrForbidden, EhrNotFound, EhrRejected
from smartapp.fhir import careplan, names, outcome
from smartapp.fhir.assessment import AssessmentKept, read_assessments
from smartapp.fhir.condition import read_conditions
from smartapp.fhir.enrollment import read_enrollments
from smartapp.fhir.goal import read_goals
from smartapp.fhir.kept import Kept, Resource
from smartapp.fhir.patient import Patient, read_patient
from smartapp.fhir.redflags import Checklist, latest
from smartapp.program.enrollment import Condition, Enrollment, Modality
from smartapp.program.goal import Goal

if TYPE_CHECKING:
    from smartapp.fhir.chart import Chart

log = logging.getLogger(__name__)

_REFUSALS = (EhrForbidden, EhrNotFound, EhrRejected)
_PAGE = ("_count", "100")


@dataclass(frozen=True)
class Record:
    """What the chart holds of one patient's program.

    ``conditions`` pain first; ``enrollments`` newest first; ``goals`` those worked on first;
    ``assessments`` ours, ``elsewhere`` scores of our scales that others recorded, both oldest
    first; ``unread`` the resource types the EHR did not let us read or that we cannot understand;
    ``author_name`` the user's name; ``checklist`` the newest red-flag checklist.
    """

    patient: Patient
    conditions: tuple[Condition, ...]
    enrollments: tuple[Kept[Enrollment], ...]
    goals: tuple[Kept[Goal], ...]
    assessments: tuple[AssessmentKept, ...]
    elsewhere: tuple[AssessmentKept, ...]
    unread: tuple[str, ...]
    encounter_modality: Modality | None
    author_name: str
    checklist: Checklist | None = None


def open_record(chart: "Chart") -> Record:
    """Read it all; an error only when the patient cannot be read or the EHR does not answer."""
    asked = _questions(chart)
    answers = chart.client.together(*(_tolerant(ask) for ask in asked.values()))
    told = dict(zip(asked, answers, strict=True))
    rows = {type_: found or [] for type_, found in told.items()}
    if not rows["Patient"]:
        raise EhrForbidden
    enrollments, understood = read_enrollments(chart, rows["CarePlan"], rows["CareTeam"])
    ours, elsewhere = read_assessments(chart, rows["QuestionnaireResponse"], rows["Observation"])
    unread = [type_ for type_, found in told.items() if found is None]
    return Record(
        patient=read_patient(rows["Patient"][0]),
        conditions=read_conditions(rows["Condition"]),
        enrollments=enrollments,
        goals=read_goals(rows["Goal"]),
        assessments=ours,
        elsewhere=elsewhere,
        unread=tuple(unread if understood else dict.fromkeys([*unread, "CarePlan"])),
        encounter_modality=_modality(rows.get("Encounter", [])),
        author_name=chart.author_name,
        checklist=latest(chart, rows["QuestionnaireResponse"]),
    )


def _questions(chart: "Chart") -> dict[str, Callable[[], list[Resource]]]:
    """One request a resource type."""
    # US Core has servers know "Patient/id" and "id" alike; some compare references as text.
    client, patient = chart.client, ("patient", f"Patient/{chart.patient_id}")
    category = ("category", f"{names.PROGRAM_CATEGORY}|{names.PROGRAM}")
    scales = outcome.scales(chart.content.instruments.values())
    code = ("code", ",".join(f"{system}|{code}" for system, code in scales))
    asked: dict[str, Callable[[], list[Resource]]] = {
        "Patient": lambda: [client.read("Patient", chart.patient_id)],
        "Condition": lambda: client.search("Condition", [patient, _PAGE]),
        "CarePlan": lambda: client.search("CarePlan", [patient, category, _PAGE]),
        "CareTeam": lambda: client.search("CareTeam", [patient, _PAGE]),
        "Goal": lambda: client.search("Goal", [patient, _PAGE]),
        "QuestionnaireResponse": lambda: client.search("QuestionnaireResponse", [patient, _PAGE]),
        "Observation": lambda: client.search("Observation", [patient, code, _PAGE]),
    }
    encounter = chart.encounter
    if encounter:
        asked["Encounter"] = lambda: [client.read("Encounter", encounter)]
    return asked


def _tolerant(ask: Callable[[], list[Resource]]) -> Callable[[], list[Resource] | None]:
    def asked() -> list[Resource] | None:
        try:
            return ask()
        except _REFUSALS as error:
            log.warning("a part of the record could not be read: %s", error.code)
            return None

    return asked


def _modality(encounters: list[Resource]) -> Modality | None:
    return careplan.modality((encounters[0].get("class") or {}).get("code")) if encounters else None
