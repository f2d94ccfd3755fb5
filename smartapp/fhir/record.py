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
from smartapp.fhir import careplan, names, outcome, parallel, safety
from smartapp.fhir.assessment import AssessmentKept, read_assessments
from smartapp.fhir.condition import read_conditions
from smartapp.fhir.enrollment import read_enrollments
from smartapp.fhir.goal import read_goals
from smartapp.fhir.kept import Kept, Resource
from smartapp.fhir.merge import merged
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
    """What the chart holds of one patient's program, in EHR and store together.

    ``conditions`` pain first; ``enrollments`` newest first; ``goals`` those worked on first;
    ``assessments`` ours, ``elsewhere`` scores of our scales that others recorded, both oldest
    first; ``unread`` the resource types the EHR did not let us read or that we cannot understand;
    ``author_name`` the user's name; ``checklist`` the newest red-flag checklist; ``alerting`` every
    answer in it that needs the safety workflow, whoever recorded it, newest first.
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
    alerting: tuple[safety.Past, ...] = ()


def open_record(chart: "Chart") -> Record:
    """Read it all; an error only when the patient cannot be read or a place does not answer."""
    rows, unread = _read(chart)
    odd = sorted(chart.client.unsound)
    enrollments, understood = read_enrollments(chart, rows["CarePlan"], rows["CareTeam"])
    ours, elsewhere = read_assessments(chart, rows["QuestionnaireResponse"], rows["Observation"])
    return Record(
        patient=read_patient(rows["Patient"][0]),
        conditions=read_conditions(rows["Condition"]),
        enrollments=enrollments,
        goals=read_goals(rows["Goal"]),
        assessments=ours,
        elsewhere=elsewhere,
        unread=tuple(dict.fromkeys([*unread, *odd, *(() if understood else ["CarePlan"])])),
        encounter_modality=_modality(rows.get("Encounter", [])),
        author_name=chart.author_name,
        checklist=latest(chart, rows["QuestionnaireResponse"]),
        alerting=safety.past(chart, rows),
    )


def rows(chart: "Chart") -> dict[str, list[Resource]]:
    """The resources themselves, by type, in EHR and store together."""
    return _read(chart)[0]


def _read(chart: "Chart") -> tuple[dict[str, list[Resource]], list[str]]:
    """All rows, each thing once, and the types that the EHR refused."""
    told, stored = _both(chart)
    found: dict[str, list[Resource]] = {type_: some or [] for type_, some in told.items()}
    if not found["Patient"]:
        raise EhrForbidden
    if chart.places.store is not None:
        chart.places.store.check(found["Patient"][0])
        found = merged(found, stored)
    return found, [type_ for type_, some in told.items() if some is None]


def _both(
    chart: "Chart",
) -> tuple[dict[str, list[Resource] | None], dict[str, list[Resource]]]:
    """What EHR and store answer, asked at the same time; None for what the EHR refused."""
    asked = _questions(chart)
    stored = _stored_questions(chart)
    calls = (*(_tolerant(ask) for ask in asked.values()), *stored.values())
    answers = parallel.together(calls, len(calls))
    ours = [rows or [] for rows in answers[len(asked) :]]
    told = dict(zip(asked, answers[: len(asked)], strict=True))
    return told, dict(zip(stored, ours, strict=True))


def _questions(chart: "Chart") -> dict[str, Callable[[], list[Resource]]]:
    """One request a resource type."""
    # US Core has servers know "Patient/id" and "id" alike; some compare references as text.
    ehr, patient = chart.places.ehr, ("patient", f"Patient/{chart.patient_id}")
    wanted = {"Condition": [_PAGE], **_filters(chart)}
    asked: dict[str, Callable[[], list[Resource]]] = {"Patient": lambda: [chart.identity()]}
    for type_, params in wanted.items():
        asked[type_] = lambda t=type_, p=params: ehr.search(t, [patient, *p])  # type: ignore[misc]  # the defaults bind the loop's values
    encounter = chart.encounter
    if encounter:
        asked["Encounter"] = lambda: [ehr.read("Encounter", encounter)]
    return asked


def _stored_questions(chart: "Chart") -> dict[str, Callable[[], list[Resource]]]:
    """The same of the store, for what the program itself writes."""
    store = chart.places.store
    if store is None:
        return {}
    return {
        type_: lambda t=type_, p=params: store.rows(t, p)  # type: ignore[misc]  # the defaults bind the loop's values
        for type_, params in _filters(chart).items()
    }


def _filters(chart: "Chart") -> dict[str, list[tuple[str, str]]]:
    """What to ask of each type the program writes, beside the patient."""
    category = ("category", f"{names.PROGRAM_CATEGORY}|{names.PROGRAM}")
    scales = outcome.scales(chart.content.instruments.values())
    asked = [*(f"{system}|{code}" for system, code in scales), safety.SELF_HARM]
    code = ("code", ",".join(asked))
    return {
        "CarePlan": [category, _PAGE],
        "CareTeam": [_PAGE],
        "Goal": [_PAGE],
        "QuestionnaireResponse": [_PAGE],
        "Observation": [code, _PAGE],
    }


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
