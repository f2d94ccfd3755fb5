"""The patient as the banner shows them (Patient, US Core)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from smartapp.fhir import names
from smartapp.fhir.kept import codes, day, label


@dataclass(frozen=True)
class Patient:
    """Who the record is about; what the EHR does not tell is "" (or None).

    ``birth_date`` is None for a partial date; ``born`` is the date as the EHR writes it, partial
    or not. ``sex`` is FHIR's administrative gender, ``language`` a name or a BCP-47 code.
    """

    id: str
    name: str
    birth_date: date | None
    born: str
    sex: str
    mrn: str
    language: str

    def age(self, today: date) -> int | None:
        """Whole years on ``today``; None when the birth date is not fully known."""
        if self.birth_date is None:
            return None
        before = (today.month, today.day) < (self.birth_date.month, self.birth_date.day)
        return today.year - self.birth_date.year - before


def read_patient(resource: Mapping[str, Any]) -> Patient:
    """The patient in a Patient resource."""
    born = str(resource.get("birthDate") or "")
    return Patient(
        id=resource["id"],
        name=full_name(resource),
        birth_date=day(born),
        born=born,
        sex=str(resource.get("gender") or ""),
        mrn=_mrn(resource),
        language=_language(resource),
    )


def full_name(resource: Mapping[str, Any]) -> str:
    """The name of a Patient or Practitioner: the official one before the usual, before any."""
    found = [n for n in resource.get("name") or () if n.get("use") not in ("old", "maiden")]
    found.sort(key=lambda n: {"official": 0, "usual": 1}.get(n.get("use"), 2))
    return next((text for text in map(_name, found) if text), "")


def _name(name: Mapping[str, Any]) -> str:
    parts = [*(name.get("given") or ()), name.get("family"), *(name.get("suffix") or ())]
    return name.get("text") or " ".join(part for part in parts if part)


def _mrn(resource: Mapping[str, Any]) -> str:
    def values() -> Iterator[str]:
        for found in resource.get("identifier") or ():
            if "MR" in codes(found.get("type"), names.IDENTIFIER_TYPE) and found.get("value"):
                yield str(found["value"])

    return next(values(), "")


def _language(resource: Mapping[str, Any]) -> str:
    spoken = list(resource.get("communication") or ())
    spoken.sort(key=lambda c: c.get("preferred") is not True)
    return label(spoken[0].get("language") or {}) if spoken else ""
