"""Which type a value has, for ``is``, ``as`` and ``ofType`` (FHIRPath "Types")."""

from decimal import Decimal
from typing import Any

from smartapp.fhirpath.element import COMPLEX, PRIMITIVES
from smartapp.fhirpath.moment import Date, DateTime, Time
from smartapp.fhirpath.quantity import Quantity
from smartapp.fhirpath.value import QUANTITIES, Node

_SYSTEM: dict[str, type] = {
    "Boolean": bool,
    "Integer": int,
    "Decimal": Decimal,
    "String": str,
    "Date": Date,
    "DateTime": DateTime,
    "Time": Time,
    "Quantity": Quantity,
}
_NAMES = {python: name for name, python in _SYSTEM.items()}
_PARENTS = {
    **dict.fromkeys(("code", "id", "markdown"), "string"),
    **dict.fromkeys(("url", "canonical", "uuid", "oid"), "uri"),
    **dict.fromkeys(("positiveInt", "unsignedInt"), "integer"),
    **dict.fromkeys(QUANTITIES - {"Quantity"}, "Quantity"),
    **dict.fromkeys(COMPLEX - QUANTITIES - {"Element"} | {"Quantity"}, "Element"),
}
_ANY_RESOURCE = {"Resource", "DomainResource"}
_LISTED = """
AllergyIntolerance Appointment Binary Bundle CarePlan CareTeam ClinicalImpression CodeSystem
Communication CommunicationRequest Composition Condition Consent Coverage DetectedIssue Device
DiagnosticReport DocumentReference Encounter EpisodeOfCare FamilyMemberHistory Flag Goal Group
Immunization Library List Location Measure MeasureReport Media Medication
MedicationAdministration MedicationDispense MedicationRequest MedicationStatement NutritionOrder
Observation OperationOutcome Organization Parameters Patient PlanDefinition Practitioner
PractitionerRole Procedure Provenance Questionnaire QuestionnaireResponse RelatedPerson
RequestGroup RiskAssessment ServiceRequest Specimen Substance Task ValueSet ActivityDefinition
VisionPrescription
"""
_RESOURCES = _ANY_RESOURCE | frozenset(_LISTED.split())


def is_known(name: str) -> bool:
    """Tell whether a type is known: ``Coding``, ``FHIR.Coding``, ``System.String``."""
    space, _, bare = name.rpartition(".")
    if space == "System":
        return bare in _SYSTEM
    fhir = bare in PRIMITIVES or bare in COMPLEX or bare in _RESOURCES
    return (fhir and space in ("", "FHIR")) or (not space and bare in _SYSTEM)


def has_kind(item: Any, name: str) -> bool:
    """Tell whether an item is of a type: FHIR's of an element, System's of any other value."""
    space, _, bare = name.rpartition(".")
    if type(item) is Node:
        return space != "System" and _is_fhir(item, bare)
    own = _NAMES.get(type(item), "")
    return space != "FHIR" and bare == own


def _is_fhir(node: Node, name: str) -> bool:
    kind = node.kind or _guess(node.value)
    if isinstance(node.value, dict) and "resourceType" in node.value and name in _ANY_RESOURCE:
        return name == "Resource" or kind not in ("Bundle", "Binary", "Parameters")
    while kind and kind != name:
        kind = _PARENTS.get(kind, "")
    return bool(kind)


def _guess(value: Any) -> str:
    """Say the type of an element that no name told; a text may be any of FHIR's, so string."""
    if isinstance(value, bool):
        return "boolean"
    names: dict[type, str] = {int: "integer", Decimal: "decimal", float: "decimal", str: "string"}
    return names.get(type(value), "Element" if value is not None else "")
