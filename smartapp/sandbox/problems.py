"""What the synthetic patients live with: problem-list conditions and encounters.

Pain codes are those of the project's facts sheet (ICD-10-CM G89.x, M54.x, M79.7; SNOMED CT
373621006 and 82423001); the other conditions carry well-known ICD-10-CM codes.
"""

from datetime import date, datetime, time, timedelta, timezone
from random import Random
from typing import Any

from smartapp.sandbox.staff import US_CORE

ICD = "http://hl7.org/fhir/sid/icd-10-cm"
SNOMED = "http://snomed.info/sct"
_TERMS = "http://terminology.hl7.org/CodeSystem"
ZONE = timezone(timedelta(hours=-8))

Coding = tuple[str, str, str]
PAIN: tuple[tuple[str, tuple[Coding, ...]], ...] = (
    ("Chronic pain syndrome", ((ICD, "G89.4", "Chronic pain syndrome"),
                               (SNOMED, "373621006", "Chronic pain syndrome"))),
    ("Chronic low back pain", ((ICD, "M54.50", "Low back pain, unspecified"),
                               (SNOMED, "82423001", "Chronic pain"))),
    ("Vertebrogenic low back pain", ((ICD, "M54.51", "Vertebrogenic low back pain"),)),
    ("Other chronic low back pain", ((ICD, "M54.59", "Other low back pain"),)),
    ("Fibromyalgia", ((ICD, "M79.7", "Fibromyalgia"),)),
    ("Chronic pain after trauma", ((ICD, "G89.21", "Chronic pain due to trauma"),
                                   (SNOMED, "82423001", "Chronic pain"))),
    ("Chronic postsurgical pain", ((ICD, "G89.28", "Other chronic postprocedural pain"),
                                   (SNOMED, "82423001", "Chronic pain"))),
    ("Chronic post-thoracotomy pain", ((ICD, "G89.22", "Chronic post-thoracotomy pain"),)),
    ("Central pain syndrome", ((ICD, "G89.0", "Central pain syndrome"),)),
    ("Chronic pain", ((ICD, "G89.29", "Other chronic pain"),
                      (SNOMED, "82423001", "Chronic pain"))),
)  # fmt: skip
OTHER: tuple[tuple[str, tuple[Coding, ...]], ...] = (
    ("High blood pressure", ((ICD, "I10", "Essential (primary) hypertension"),)),
    ("Type 2 diabetes", ((ICD, "E11.9", "Type 2 diabetes mellitus without complications"),)),
    ("Generalized anxiety", ((ICD, "F41.1", "Generalized anxiety disorder"),)),
    ("Depression", ((ICD, "F33.1", "Major depressive disorder, recurrent, moderate"),)),
    ("Insomnia", ((ICD, "G47.00", "Insomnia, unspecified"),)),
    ("Asthma", ((ICD, "J45.909", "Unspecified asthma, uncomplicated"),)),
    ("High cholesterol", ((ICD, "E78.5", "Hyperlipidemia, unspecified"),)),
    ("Reflux", ((ICD, "K21.9", "Gastro-esophageal reflux disease without esophagitis"),)),
    ("Underactive thyroid", ((ICD, "E03.9", "Hypothyroidism, unspecified"),)),
    ("Migraine", ((ICD, "G43.909",
                   "Migraine, unspecified, not intractable, without status migrainosus"),)),
)  # fmt: skip


def concept(system: str, code: str, display: str) -> dict[str, Any]:
    """A CodeableConcept of one coding."""
    return {"coding": [{"system": system, "code": code, "display": display}]}


def conditions(patient: str, number: int, today: date, random: Random) -> list[dict[str, Any]]:
    """One or two pain problems, then one to three others; the first pain one varies by number."""
    pains = [PAIN[number % len(PAIN)]]
    if random.random() < 0.4:
        pains.append(random.choice([pain for pain in PAIN if pain not in pains]))
    kinds = pains + random.sample(OTHER, random.randint(1, 3))
    return [
        _condition(f"{patient}-c{place}", patient, kind, today, random)
        for place, kind in enumerate(kinds, 1)
    ]


def _condition(
    key: str, patient: str, kind: tuple[str, tuple[Coding, ...]], today: date, random: Random
) -> dict[str, Any]:
    text, codings = kind
    onset = today - timedelta(days=random.randint(200, 4500))
    keys = ("system", "code", "display")
    return {
        "resourceType": "Condition",
        "id": key,
        "meta": {"profile": [f"{US_CORE}/us-core-condition-problems-health-concerns"]},
        "clinicalStatus": concept(f"{_TERMS}/condition-clinical", "active", "Active"),
        "verificationStatus": concept(f"{_TERMS}/condition-ver-status", "confirmed", "Confirmed"),
        "category": [
            concept(f"{_TERMS}/condition-category", "problem-list-item", "Problem List Item")
        ],
        "code": {"coding": [dict(zip(keys, c, strict=True)) for c in codings], "text": text},
        "subject": {"reference": f"Patient/{patient}"},
        "onsetDateTime": onset.isoformat(),
        "recordedDate": (onset + timedelta(days=random.randint(1, 90))).isoformat(),
    }


def encounters(
    patient: str, number: int, today: date, random: Random, staff: tuple[str, ...]
) -> list[dict[str, Any]]:
    """Today's in-progress one (in person or virtual, by turns) and one to three finished ones."""
    kind = ("VR", "virtual") if number % 2 else ("AMB", "ambulatory")
    current = _encounter(f"{patient}-e1", patient, kind, staff[number % len(staff)])
    start = datetime.combine(today, time(8 + number % 8, 0), ZONE)
    current |= {"status": "in-progress", "period": {"start": start.isoformat()}}
    return [current] + [
        _past(f"{patient}-e{place}", patient, today, random, staff)
        for place in range(2, 3 + random.randint(0, 2))
    ]


def _past(
    key: str, patient: str, today: date, random: Random, staff: tuple[str, ...]
) -> dict[str, Any]:
    encounter = _encounter(key, patient, ("AMB", "ambulatory"), random.choice(staff))
    day = today - timedelta(days=random.randint(14, 500))
    start = datetime.combine(day, time(random.randint(8, 15), random.choice((0, 30))), ZONE)
    end = start + timedelta(minutes=random.choice((30, 45, 60)))
    return encounter | {"period": {"start": start.isoformat(), "end": end.isoformat()}}


def _encounter(key: str, patient: str, kind: tuple[str, str], by: str) -> dict[str, Any]:
    code, display = kind
    return {
        "resourceType": "Encounter",
        "id": key,
        "meta": {"profile": [f"{US_CORE}/us-core-encounter"]},
        "identifier": [{"system": "http://sandbox.example.org/visit", "value": key.upper()}],
        "status": "finished",
        "class": {"system": f"{_TERMS}/v3-ActCode", "code": code, "display": display},
        "type": [{"text": "Pain clinic visit" if code == "AMB" else "Pain clinic video visit"}],
        "subject": {"reference": f"Patient/{patient}"},
        "participant": [{"individual": {"reference": f"Practitioner/{by}"}}],
        "serviceProvider": {"reference": "Organization/org-pain-clinic"},
    }
