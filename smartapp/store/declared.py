"""Every search parameter the store answers, per resource type, as one table.

A row reads ``name kind path[|path...] [target[|target...]]``. Names and meanings are those of FHIR
R4's search parameter registry (https://hl7.org/fhir/R4/searchparameter-registry.html). Kinds are
FHIR's, and ``canonical`` for the references that are ``url|version`` (FHIR calls those reference).
A path is dotted JSON; targets limit what a reference may point at (none given: anything).
Flag is the exception: R4 gives it no status, category or code, which R5 does or we need.
"""

_SUBJECT = """
    patient reference subject Patient
    subject reference subject
    identifier token identifier
"""
_PATIENT = """
    patient reference patient Patient
    identifier token identifier
"""
_ABOUT = _SUBJECT + "\n encounter reference encounter Encounter"
_PERFORMERS = (
    "Practitioner|PractitionerRole|Organization|HealthcareService|CareTeam"
    "|Patient|RelatedPerson|Device"
)
_PUBLISHED = """
    url uri url
    version token version
    status token status
    name string name
    title string title
    identifier token identifier
    date date date
"""
_NAMED = """
    identifier token identifier
    name string name
    family string name.family
    given string name.given
    active token active
"""

TABLE = {
    "Patient": _NAMED
    + """
    birthdate date birthDate
    gender token gender
    general-practitioner reference generalPractitioner Practitioner|Organization|PractitionerRole
    """,
    "Practitioner": _NAMED,
    "PractitionerRole": """
    identifier token identifier
    practitioner reference practitioner Practitioner
    organization reference organization Organization
    role token code
    specialty token specialty
    active token active
    """,
    "Organization": """
    identifier token identifier
    name string name|alias
    active token active
    """,
    "Location": """
    identifier token identifier
    name string name|alias
    status token status
    """,
    "RelatedPerson": """
    identifier token identifier
    patient reference patient Patient
    name string name
    active token active
    """,
    "Condition": _ABOUT
    + """
    clinical-status token clinicalStatus
    verification-status token verificationStatus
    category token category
    code token code
    onset-date date onsetDateTime|onsetPeriod
    recorded-date date recordedDate
    """,
    "CarePlan": _ABOUT
    + """
    status token status
    intent token intent
    category token category
    date date period
    instantiates-canonical canonical instantiatesCanonical
    care-team reference careTeam CareTeam
    condition reference addresses Condition
    goal reference goal Goal
    based-on reference basedOn CarePlan
    part-of reference partOf CarePlan
    replaces reference replaces CarePlan
    activity-reference reference activity.reference
    """,
    "CareTeam": _ABOUT
    + """
    status token status
    category token category
    date date period
    participant reference participant.member
    """,
    "Goal": _SUBJECT
    + """
    lifecycle-status token lifecycleStatus
    achievement-status token achievementStatus
    category token category
    start-date date startDate
    target-date date target.dueDate
    """,
    "QuestionnaireResponse": _ABOUT
    + f"""
    status token status
    authored date authored
    questionnaire canonical questionnaire
    author reference author {_PERFORMERS}
    source reference source Patient|Practitioner|PractitionerRole|RelatedPerson
    based-on reference basedOn CarePlan|ServiceRequest
    part-of reference partOf Observation|Procedure
    """,
    "Questionnaire": _PUBLISHED + "\n code token item.code",
    "PlanDefinition": _PUBLISHED + "\n type token type",
    "Observation": _ABOUT
    + f"""
    status token status
    category token category
    code token code
    combo-code token code|component.code
    date date effectiveDateTime|effectivePeriod|effectiveInstant
    based-on reference basedOn
    derived-from reference derivedFrom
    focus reference focus
    has-member reference hasMember Observation|QuestionnaireResponse|MolecularSequence
    performer reference performer {_PERFORMERS}
    """,
    "Encounter": _SUBJECT
    + """
    status token status
    class token class
    type token type
    date date period
    participant reference participant.individual Practitioner|PractitionerRole|RelatedPerson
    part-of reference partOf Encounter
    """,
    "Provenance": f"""
    target reference target
    patient reference target Patient
    agent reference agent.who {_PERFORMERS}
    entity reference entity.what
    recorded date recorded
    """,
    "Communication": _ABOUT
    + f"""
    status token status
    category token category
    sent date sent
    sender reference sender {_PERFORMERS}
    recipient reference recipient
    based-on reference basedOn
    part-of reference partOf
    """,
    "Task": f"""
    identifier token identifier
    patient reference for Patient
    subject reference for
    encounter reference encounter Encounter
    status token status
    intent token intent
    priority token priority
    code token code
    focus reference focus
    based-on reference basedOn
    owner reference owner {_PERFORMERS}
    requester reference requester {_PERFORMERS}
    authored-on date authoredOn
    modified date lastModified
    """,
    "Flag": _ABOUT
    + f"""
    status token status
    category token category
    code token code
    date date period
    author reference author {_PERFORMERS}
    """,
    "DetectedIssue": _PATIENT
    + """
    status token status
    code token code
    identified date identifiedDateTime|identifiedPeriod
    implicated reference implicated
    """,
    "DocumentReference": _SUBJECT
    + f"""
    encounter reference context.encounter Encounter
    status token status
    category token category
    type token type
    date date date
    period date context.period
    author reference author {_PERFORMERS}
    related reference context.related
    """,
    "ServiceRequest": _ABOUT
    + """
    status token status
    intent token intent
    category token category
    code token code
    authored date authoredOn
    based-on reference basedOn
    """,
    "Procedure": _ABOUT
    + """
    status token status
    category token category
    code token code
    date date performedDateTime|performedPeriod
    based-on reference basedOn
    part-of reference partOf
    """,
    "Consent": _PATIENT
    + """
    status token status
    scope token scope
    category token category
    date date dateTime
    """,
    "AllergyIntolerance": _PATIENT + "\n clinical-status token clinicalStatus\n code token code",
    "MedicationRequest": _ABOUT
    + "\n status token status\n intent token intent\n authoredon date authoredOn",
    "Group": "identifier token identifier\n type token type\n member reference member.entity",
    "Device": _PATIENT + "\n status token status",
}
"""Resource type to its rows; a type that is not here is not kept."""
