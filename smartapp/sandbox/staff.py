"""The sandbox's invented staff: organizations, practitioners, their roles, and who may sign in.

US Core-shaped Practitioner, PractitionerRole and Organization. Identifiers are a local system,
not NPIs: a made-up NPI could be somebody's. Role codes are NUCC provider taxonomy.
"""

from dataclasses import dataclass
from typing import Any

US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition"
STAFF_SYSTEM = "http://sandbox.example.org/staff-id"
NUCC = "http://nucc.org/provider-taxonomy"
CLINIC = "org-pain-clinic"

_ROLES = {
    "coach": ("171400000X", "Health & Wellness Coach", "Coach"),
    "student": ("390200000X", "Student in an Organized Health Care Education/Training Program",
                "Student coach"),
    "psychologist": ("103T00000X", "Psychologist", "Psychologist, supervisor"),
    "physician": ("208VP0000X", "Pain Medicine Physician", "Pain physician"),
}  # fmt: skip

_STAFF = (
    ("coach-1", "Ines", "Castellow", "Ms.", "coach"),
    ("coach-2", "Tomasz", "Wrenhollow", "Mr.", "coach"),
    ("student-1", "Priya", "Oakendale", "Ms.", "student"),
    ("student-2", "Jonah", "Fernquist", "Mr.", "student"),
    ("student-3", "Mei", "Larkhaven", "Ms.", "student"),
    ("psychologist-1", "Adaeze", "Thornfield", "Dr.", "psychologist"),
    ("psychologist-2", "Lukas", "Brambletoft", "Dr.", "psychologist"),
    ("physician-1", "Rosalind", "Quillmere", "Dr.", "physician"),
)


@dataclass(frozen=True)
class Clinician:
    """Somebody who can sign in; ``key`` is also the subject of the id_token."""

    key: str
    name: str
    role: str

    @property
    def logical(self) -> str:
        """The Practitioner's reference in the generator's own ids."""
        return f"Practitioner/{self.key}"

    @staticmethod
    def of(key: str | None) -> "Clinician | None":
        """The clinician with this key, or None."""
        return next((one for one in CLINICIANS if one.key == key), None)


def _clinician(key: str) -> Clinician:
    _, given, family, prefix, role = next(row for row in _STAFF if row[0] == key)
    return Clinician(key, f"{prefix} {given} {family}", _ROLES[role][2])


CLINICIANS = tuple(_clinician(key) for key in ("coach-1", "psychologist-1", "physician-1"))


def organizations() -> list[dict[str, Any]]:
    """The one clinic everybody works at."""
    clinic = {
        "resourceType": "Organization",
        "id": CLINIC,
        "meta": {"profile": [f"{US_CORE}/us-core-organization"]},
        "active": True,
        "name": "Sandbox Pain Clinic",
        "telecom": [{"system": "phone", "value": "555-0100", "use": "work"}],
        "address": [{"line": ["1 Example Way"], "city": "Sampleton", "state": "WA",
                     "postalCode": "98000", "country": "US"}],
    }  # fmt: skip
    return [clinic]


def practitioners() -> list[dict[str, Any]]:
    """Eight practitioners: two coaches, three students, two psychologists, one physician."""
    return [_practitioner(number, *row[:4]) for number, row in enumerate(_STAFF, 1)]


def _practitioner(number: int, key: str, given: str, family: str, prefix: str) -> dict[str, Any]:
    return {
        "resourceType": "Practitioner",
        "id": key,
        "meta": {"profile": [f"{US_CORE}/us-core-practitioner"]},
        "identifier": [{"system": STAFF_SYSTEM, "value": f"S{number:04}"}],
        "active": True,
        "name": [{"use": "official", "family": family, "given": [given], "prefix": [prefix]}],
        "telecom": [{"system": "phone", "value": f"555-01{number:02}", "use": "work"}],
    }


def roles() -> list[dict[str, Any]]:
    """One PractitionerRole a practitioner, at the clinic."""
    return [_role(row[0], _ROLES[row[4]]) for row in _STAFF]


def _role(key: str, role: tuple[str, str, str]) -> dict[str, Any]:
    code, display, text = role
    return {
        "resourceType": "PractitionerRole",
        "id": f"role-{key}",
        "meta": {"profile": [f"{US_CORE}/us-core-practitionerrole"]},
        "active": True,
        "practitioner": {"reference": f"Practitioner/{key}"},
        "organization": {"reference": f"Organization/{CLINIC}", "display": "Sandbox Pain Clinic"},
        "code": [{"coding": [{"system": NUCC, "code": code, "display": display}], "text": text}],
        "telecom": [{"system": "phone", "value": "555-0100", "use": "work"}],
    }
