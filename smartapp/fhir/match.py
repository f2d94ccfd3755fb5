"""One person in two places: the store's Patient that stands for the EHR's.

They are matched by issuer and patient id, which the store's Patient carries as an identifier. The
medical record number is the cross-check: where both have one they must agree, because an id that
was given to somebody else must never join two people's records.
"""

from collections.abc import Mapping
from typing import Any

from smartapp.errors import EhrNonsense, EhrWrongPatient
from smartapp.fhir import identity, names
from smartapp.fhir.client import EhrClient
from smartapp.fhir.kept import Resource, codes

_Key = tuple[str | None, str]


def find(client: EhrClient, issuer: str, patient_id: str) -> Resource | None:
    """The store's Patient for this patient of this EHR; the oldest, should there be several.

    ``client`` is the store's, bound to nobody.
    """
    wanted = (issuer, patient_id)
    rows = client.search("Patient", [("identifier", f"{issuer}|{patient_id}")])
    found = [row for row in rows if wanted in identity.keys(row)]
    return min(found, key=_age) if found else None


def known(client: EhrClient, issuer: str) -> list[str]:
    """The ids of every patient of this EHR the store knows, in order; ``client`` as in ``find``."""
    rows = client.search("Patient", [("identifier", f"{issuer}|"), ("_count", "100")])
    return sorted(
        {value for row in rows for system, value in identity.keys(row) if system == issuer}
    )


def make(client: EhrClient, issuer: str, patient: Mapping[str, Any]) -> Resource:
    """The store's Patient for the EHR's ``patient``, made unless it is there already."""
    # The link first: it is what a repeated creation is recognized by.
    link = {"system": issuer, "value": patient["id"]}
    numbers = [row for row in patient.get("identifier") or () if _is_mrn(row)]
    made = {"resourceType": "Patient", "meta": {"source": names.SOURCE}}
    client.create({**made, "identifier": [link, *numbers]})
    found = find(client, issuer, patient["id"])
    if found is None:
        raise EhrNonsense
    return found


def check(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> None:
    """Raise ``EhrWrongPatient`` when both have medical record numbers and share none."""
    one, other = _mrns(theirs), _mrns(ours)
    if one and other and not any(_agree(a, b) for a in one for b in other):
        raise EhrWrongPatient


def _agree(one: _Key, other: _Key) -> bool:
    systems = {one[0], other[0]} - {None}
    return one[1] == other[1] and len(systems) < 2


def _mrns(patient: Mapping[str, Any]) -> list[_Key]:
    rows = [row for row in patient.get("identifier") or () if _is_mrn(row)]
    return [(row.get("system"), str(row["value"]).strip()) for row in rows]


def _is_mrn(row: Mapping[str, Any]) -> bool:
    return bool(row.get("value")) and "MR" in codes(row.get("type"), names.IDENTIFIER_TYPE)


def _age(patient: Resource) -> tuple[str, str]:
    return str((patient.get("meta") or {}).get("lastUpdated") or ""), str(patient["id"])
