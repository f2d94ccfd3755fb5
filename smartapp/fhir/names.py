"""Every URI and code we write or look for, once.

Ours live below ``BASE``; their meaning is in ``questionnaires/terminology/`` where they are codes.
"""

from typing import Final

BASE: Final = "https://w3id.org/guided-self-help/fhir"

# What marks a resource as ours.
SOURCE: Final = BASE
IDENTIFIER: Final = f"{BASE}/NamingSystem/resource"
PSEUDONYM: Final = f"{BASE}/NamingSystem/audit-pseudonym"

# Our extensions. Context and type of each are in the docstring of the module that writes it.
PLANNED_SESSIONS: Final = f"{BASE}/StructureDefinition/planned-sessions"
MODALITY: Final = f"{BASE}/StructureDefinition/modality"
CONSENT: Final = f"{BASE}/StructureDefinition/consent"
EXIT_REASON: Final = f"{BASE}/StructureDefinition/exit-reason"
IMPORTANCE: Final = f"{BASE}/StructureDefinition/goal-importance"
CONFIDENCE: Final = f"{BASE}/StructureDefinition/goal-confidence"
OCCASION: Final = f"{BASE}/StructureDefinition/assessment-occasion"
FORM: Final = f"{BASE}/StructureDefinition/form"
AMENDMENT: Final = f"{BASE}/StructureDefinition/amendment"
PROGRESS: Final = f"{BASE}/StructureDefinition/progress"
SET_ASIDE: Final = f"{BASE}/StructureDefinition/set-aside"
INSTEAD_OF: Final = f"{BASE}/StructureDefinition/instead-of"
AUDIT_CHAIN: Final = f"{BASE}/StructureDefinition/audit-chain"

# Our code systems.
PROGRAM_CATEGORY: Final = f"{BASE}/CodeSystem/program-category"
PROGRAM: Final = "guided-self-help"
PROGRAM_ROLE: Final = f"{BASE}/CodeSystem/program-role"
COACH: Final = "coach"
SUPERVISOR: Final = "supervisor"
EXIT_REASONS: Final = f"{BASE}/CodeSystem/exit-reason"
OCCASIONS: Final = f"{BASE}/CodeSystem/occasion"
ANSWERED_BY: Final = f"{BASE}/CodeSystem/answered-by"
SAFETY_ALERT: Final = f"{BASE}/CodeSystem/safety-alert"
SAFETY_ACTION: Final = f"{BASE}/CodeSystem/safety-action"
AUDIT_EVENTS: Final = f"{BASE}/CodeSystem/audit-event"

# Other people's code systems.
LOINC: Final = "http://loinc.org"
UCUM: Final = "http://unitsofmeasure.org"
SNOMED: Final = "http://snomed.info/sct"
NUCC: Final = "http://nucc.org/provider-taxonomy"
HEALTH_COACH: Final = "171400000X"
ACT_CODE: Final = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
CAREPLAN_CATEGORY: Final = "http://hl7.org/fhir/us/core/CodeSystem/careplan-category"
NOTE_CATEGORY: Final = "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category"
GOAL_CATEGORY: Final = "http://terminology.hl7.org/CodeSystem/goal-category"
GOAL_ACHIEVEMENT: Final = "http://terminology.hl7.org/CodeSystem/goal-achievement"
OBSERVATION_CATEGORY: Final = "http://terminology.hl7.org/CodeSystem/observation-category"
CONDITION_CATEGORY: Final = "http://terminology.hl7.org/CodeSystem/condition-category"
FLAG_CATEGORY: Final = "http://terminology.hl7.org/CodeSystem/flag-category"
IDENTIFIER_TYPE: Final = "http://terminology.hl7.org/CodeSystem/v2-0203"
DATA_OPERATION: Final = "http://terminology.hl7.org/CodeSystem/v3-DataOperation"
PARTICIPATION_MODE: Final = "http://terminology.hl7.org/CodeSystem/v3-ParticipationMode"
PROVENANCE_AGENT: Final = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
DICOM: Final = "http://dicom.nema.org/resources/ontology/DCM"
AUDIT_TYPE: Final = "http://terminology.hl7.org/CodeSystem/audit-event-type"
RESTFUL: Final = "http://hl7.org/fhir/restful-interaction"
RESOURCE_TYPES: Final = "http://hl7.org/fhir/resource-types"
AUDIT_ENTITY: Final = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
OBJECT_ROLE: Final = "http://terminology.hl7.org/CodeSystem/object-role"
SOURCE_TYPE: Final = "http://terminology.hl7.org/CodeSystem/security-source-type"

# Other people's extensions.
COMPLETION_MODE: Final = (
    "http://hl7.org/fhir/StructureDefinition/questionnaireresponse-completionMode"
)
ORDINAL: Final = "http://hl7.org/fhir/StructureDefinition/ordinalValue"

NUMBER_ANSWERS: Final = {
    "LA6111-4": 0,
    "LA6112-2": 1,
    "LA6113-0": 2,
    "LA6114-8": 3,
    "LA6115-5": 4,
    "LA10137-0": 5,
    "LA10138-8": 6,
    "LA10139-6": 7,
    "LA10140-4": 8,
    "LA10141-2": 9,
    "LA13942-0": 10,
}
"""LOINC's answers 0 to 10; its own form shows LA6113-0 as "2 or more", which is wrong."""
