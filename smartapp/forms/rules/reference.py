"""References to the record (rule 51).

Source: FHIR R4 "References between Resources"; the types are those of R4's resource list.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from smartapp.forms.issue import Issue
from smartapp.forms.questionnaire import ItemType
from smartapp.forms.rules.case import Case
from smartapp.forms.rules.found import Answer, Found
from smartapp.forms.said import either, said

_R4 = """
    Account ActivityDefinition AdverseEvent AllergyIntolerance Appointment AppointmentResponse
    AuditEvent Basic Binary BiologicallyDerivedProduct BodyStructure Bundle CapabilityStatement
    CarePlan CareTeam CatalogEntry ChargeItem ChargeItemDefinition Claim ClaimResponse
    ClinicalImpression CodeSystem Communication CommunicationRequest CompartmentDefinition
    Composition ConceptMap Condition Consent Contract Coverage CoverageEligibilityRequest
    CoverageEligibilityResponse DetectedIssue Device DeviceDefinition DeviceMetric DeviceRequest
    DeviceUseStatement DiagnosticReport DocumentManifest DocumentReference EffectEvidenceSynthesis
    Encounter Endpoint EnrollmentRequest EnrollmentResponse EpisodeOfCare EventDefinition Evidence
    EvidenceVariable ExampleScenario ExplanationOfBenefit FamilyMemberHistory Flag Goal
    GraphDefinition Group GuidanceResponse HealthcareService ImagingStudy Immunization
    ImmunizationEvaluation ImmunizationRecommendation ImplementationGuide InsurancePlan Invoice
    Library Linkage List Location Measure MeasureReport Media Medication MedicationAdministration
    MedicationDispense MedicationKnowledge MedicationRequest MedicationStatement MedicinalProduct
    MedicinalProductAuthorization MedicinalProductContraindication MedicinalProductIndication
    MedicinalProductIngredient MedicinalProductInteraction MedicinalProductManufactured
    MedicinalProductPackaged MedicinalProductPharmaceutical MedicinalProductUndesirableEffect
    MessageDefinition MessageHeader MolecularSequence NamingSystem NutritionOrder Observation
    ObservationDefinition OperationDefinition OperationOutcome Organization
    OrganizationAffiliation Parameters Patient PaymentNotice PaymentReconciliation Person
    PlanDefinition Practitioner PractitionerRole Procedure Provenance Questionnaire
    QuestionnaireResponse RelatedPerson RequestGroup ResearchDefinition
    ResearchElementDefinition ResearchStudy ResearchSubject RiskAssessment RiskEvidenceSynthesis
    Schedule SearchParameter ServiceRequest Slot Specimen SpecimenDefinition StructureDefinition
    StructureMap Subscription Substance SubstanceNucleicAcid SubstancePolymer SubstanceProtein
    SubstanceReferenceInformation SubstanceSourceMaterial SubstanceSpecification SupplyDelivery
    SupplyRequest Task TerminologyCapabilities TestReport TestScript ValueSet VerificationResult
    VisionPrescription
"""
TYPES = frozenset(_R4.split())
_LITERAL = re.compile(
    r"(?:https?://\S+/)?([A-Z][A-Za-z]{1,63})/[A-Za-z0-9.-]{1,64}(?:/_history/[A-Za-z0-9.-]{1,64})?"
)
_ELSEWHERE = re.compile(r"(?:https?://|urn:uuid:|urn:oid:)\S+")


def problems(case: Case) -> Iterator[Issue]:
    """Return the issues of all references."""
    for found in case.every():
        if found.item.type is ItemType.REFERENCE:
            for answer in found.answers:
                if answer.kind:
                    yield from _reference(case, found, answer)


def contained(response: Mapping[str, Any], reference: str) -> Mapping[str, Any] | None:
    """Return the resource inside the response that ``#id`` names, None if there is none."""
    resources = response.get("contained")
    for resource in resources if isinstance(resources, list) else ():
        if isinstance(resource, dict) and f"#{resource.get('id')}" == reference:
            return resource
    return None


def target(reference: Mapping[str, Any]) -> str | None:
    """Return the type a reference points at, "" when it does not tell, None if it is none."""
    written, stated = reference.get("reference"), reference.get("type", "").rpartition("/")[2]
    if written is None:
        return stated if "identifier" in reference or "display" in reference else None
    match = _LITERAL.fullmatch(written)
    if match:
        return match[1]
    return stated if _ELSEWHERE.fullmatch(written) else None


def _reference(case: Case, found: Found, answer: Answer) -> Iterator[Issue]:
    at, value = f"{answer.at}.value", answer.value
    inside = contained(case.response, value.get("reference", ""))
    kind = target(value) if inside is None else str(inside.get("resourceType"))
    allowed = found.item.limits.reference_types
    if kind is None or (kind and kind not in TYPES):
        yield found.issue(51, "This entry of the record cannot be found. Choose it again.", at)
    elif kind and allowed and kind not in allowed:
        wanted = said("Choose an entry of type {types}.", types=either(allowed))
        yield found.issue(51, wanted, at)
    elif kind and value.get("type", kind).rpartition("/")[2] != kind:
        yield found.issue(51, "This entry of the record says two types. Choose it again.", at)
    elif inside is not None and not _claims(inside, found.item.limits.reference_profiles):
        unclaimed = "The entry does not say that it keeps to the profile that the form asks for."
        yield found.issue(51, unclaimed, at, severity="warning")


def _claims(resource: Mapping[str, Any], profiles: tuple[str, ...]) -> bool:
    meta = resource.get("meta")
    claimed = meta.get("profile") if isinstance(meta, dict) else None
    return not profiles or (isinstance(claimed, list) and any(one in profiles for one in claimed))
