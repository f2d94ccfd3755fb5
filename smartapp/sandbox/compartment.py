"""Which patients a resource is about: FHIR's patient compartment, for the types the sandbox serves.

Provenance has no patient of its own in R4; it belongs where its targets belong.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

SUBJECT = {
    kind: "subject"
    for kind in (
        "CarePlan", "CareTeam", "Communication", "Condition", "DiagnosticReport",
        "DocumentReference", "Encounter", "Flag", "Goal", "MedicationRequest", "Observation",
        "Procedure", "QuestionnaireResponse", "ServiceRequest",
    )
}  # fmt: skip
PATHS = SUBJECT | {
    "AllergyIntolerance": "patient",
    "AuditEvent": "entity.what",
    "Consent": "patient",
    "DetectedIssue": "patient",
    "EpisodeOfCare": "patient",
    "Immunization": "patient",
    "RelatedPerson": "patient",
    "Task": "for",
}
_SHARED = """
    ActivityDefinition CodeSystem HealthcareService Library Location Medication Organization
    PlanDefinition Practitioner PractitionerRole Questionnaire StructureDefinition ValueSet
"""
SHARED = frozenset(_SHARED.split())
Fetch = Callable[[str], Mapping[str, Any] | None]


def values(resource: Any, path: str) -> Iterator[Any]:
    """Every value at a dotted path, walking through lists."""
    if isinstance(resource, list):
        for part in resource:
            yield from values(part, path)
    elif not path:
        yield resource
    elif isinstance(resource, dict):
        name, _, rest = path.partition(".")
        if name in resource:
            yield from values(resource[name], rest)


def local(reference: str, base: str) -> str:
    """``Type/id`` of a reference relative or below ``base``; any other reference unchanged."""
    relative = reference.removeprefix(f"{base}/")
    return relative.partition("/_history/")[0]


class Compartment:
    """Says which patients a resource is about; ``fetch`` reads a resource by ``Type/id`` or urn."""

    def __init__(self, base: str, fetch: Fetch) -> None:
        self._base, self._fetch = base, fetch

    def patients(self, resource: Mapping[str, Any]) -> frozenset[str]:
        """The ids of the patients; a reference elsewhere counts as a patient of its own."""
        kind = resource.get("resourceType", "")
        if kind == "Patient":
            return frozenset({str(resource.get("id"))})
        if kind == "Provenance":
            return self._targets(resource)
        found = values(resource, f"{PATHS[kind]}.reference") if kind in PATHS else ()
        named = (local(str(reference), self._base) for reference in found)
        return frozenset(
            name.removeprefix("Patient/")
            for name in named
            if kind != "AuditEvent" or name.startswith("Patient/")
        )

    def _targets(self, provenance: Mapping[str, Any]) -> frozenset[str]:
        found: frozenset[str] = frozenset()
        for reference in values(provenance, "target.reference"):
            found |= self._owners(local(str(reference), self._base))
        return found

    def _owners(self, reference: str) -> frozenset[str]:
        kind, _, key = reference.partition("/")
        if kind == "Patient":
            return frozenset({key})
        if kind in SHARED or kind == "Provenance":
            return frozenset()
        target = self._fetch(reference)
        return self.patients(target) if target else frozenset({reference})
