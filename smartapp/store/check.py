"""What may come in: known types of sound structure, required codes from their value sets.

The structure is checked by ``fhir.resources.R4B``, which equals R4 for the types kept here but for
a few elements it allows more of; it has no required bindings, so those of status-like elements are
here (https://hl7.org/fhir/R4/terminologies.html#required). Checking never changes what is stored.
"""

from collections.abc import Mapping
from typing import Any

from fhir.resources.R4B import get_fhir_model_class
from pydantic import ValidationError

from smartapp.store.index import walk
from smartapp.store.outcome import Refused
from smartapp.store.parameters import TYPES

_REQUEST = "draft active on-hold revoked completed entered-in-error unknown"
_EVENT = "preparation in-progress not-done on-hold stopped completed entered-in-error unknown"
_INTENT = (
    "proposal plan directive order original-order reflex-order filler-order instance-order option"
)
_PUBLICATION = "draft active retired unknown"
_RESULT = "registered preliminary final amended corrected cancelled entered-in-error unknown"

REQUIRED: Mapping[str, Mapping[str, str]] = {
    "Patient": {"gender": "male female other unknown"},
    "CarePlan": {"status": _REQUEST, "intent": "proposal plan order option"},
    "CareTeam": {"status": "proposed active suspended inactive entered-in-error"},
    "Goal": {
        "lifecycleStatus": "proposed planned accepted active on-hold completed cancelled "
        "entered-in-error rejected"
    },
    "Condition": {
        "clinicalStatus.coding.code": "active recurrence relapse inactive remission resolved",
        "verificationStatus.coding.code": "unconfirmed provisional differential confirmed refuted "
        "entered-in-error",
    },
    "QuestionnaireResponse": {"status": "in-progress completed amended entered-in-error stopped"},
    "Questionnaire": {"status": _PUBLICATION},
    "PlanDefinition": {"status": _PUBLICATION},
    "Observation": {"status": _RESULT},
    "Encounter": {
        "status": "planned arrived triaged in-progress onleave finished cancelled entered-in-error "
        "unknown"
    },
    "Communication": {"status": _EVENT},
    "Procedure": {"status": _EVENT},
    "Task": {
        "status": "draft requested received accepted rejected ready cancelled in-progress on-hold "
        "failed completed entered-in-error",
        "intent": "unknown " + _INTENT.replace("directive ", ""),
    },
    "Flag": {"status": "active inactive entered-in-error"},
    "DetectedIssue": {"status": _RESULT + " mitigated"},
    "DocumentReference": {"status": "current superseded entered-in-error"},
    "ServiceRequest": {"status": _REQUEST, "intent": _INTENT},
    "Consent": {"status": "draft proposed active rejected inactive entered-in-error"},
    "MedicationRequest": {
        "status": "active on-hold cancelled completed entered-in-error stopped draft unknown"
    },
}
"""Resource type to path to the codes allowed there."""


def check(resource: Mapping[str, Any]) -> None:
    """Refuse what is no resource of a kept type (400) or is not sound (422)."""
    kind = resource.get("resourceType")
    if kind not in TYPES:
        raise Refused(400, "structure", "resourceType names no type this server keeps.")
    _structure(kind, resource)
    for path, codes in REQUIRED.get(kind, {}).items():
        found = set(walk(dict(resource), path))
        if found and not found & set(codes.split()):
            raise Refused(422, "code-invalid", f"{kind}.{path} is not one of: {codes}.")


def _structure(kind: str, resource: Mapping[str, Any]) -> None:
    try:
        get_fhir_model_class(kind).model_validate(resource)
    except ValidationError as error:
        raise Refused(422, "structure", f"{kind}: {_sentence(error)}") from error


def _sentence(error: ValidationError) -> str:
    """Where and what, without the values: they may be a patient's."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    told = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in found[:10]]
    return "; ".join(told)
