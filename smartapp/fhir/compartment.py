"""Whose resource is it? The patient a resource says it is about, compared on every read and write.

Lenient servers ignore a search parameter they do not know and return everyone's rows, so what the
server filtered is filtered again here.
"""

from collections.abc import Mapping
from typing import Any

from smartapp.fhir import address

_SUBJECT: dict[str, str] = {
    "CarePlan": "subject",
    "CareTeam": "subject",
    "Communication": "subject",
    "Condition": "subject",
    "DetectedIssue": "patient",
    "DocumentReference": "subject",
    "Encounter": "subject",
    "EpisodeOfCare": "patient",
    "Flag": "subject",
    "Goal": "subject",
    "Observation": "subject",
    "Procedure": "subject",
    "QuestionnaireResponse": "subject",
    "ServiceRequest": "subject",
    "Task": "for",
}


def bound(type_: str) -> bool:
    """True for the types we use that belong to exactly one patient (Patient itself included)."""
    return type_ == "Patient" or type_ in _SUBJECT


def belongs(resource: Mapping[str, Any], patient: str, base: str) -> bool:
    """True when ``resource`` is about ``patient`` (an id), or is of a type about no patient.

    A patient's resource that names nobody, or somebody on another server, does not belong.
    """
    type_ = resource.get("resourceType")
    if type_ == "Patient":
        return resource.get("id") == patient
    if type_ not in _SUBJECT:
        return True
    subject = resource.get(_SUBJECT[type_])
    reference = subject.get("reference") if isinstance(subject, Mapping) else None
    named = address.local(base, reference) if isinstance(reference, str) else None
    return named is not None and (named.type, named.id) == ("Patient", patient)
