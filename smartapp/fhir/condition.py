"""The problems a patient may be referred for (Condition), pain first."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from smartapp.fhir import names
from smartapp.fhir.kept import codes, label
from smartapp.program.enrollment import Condition

_CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
_VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
_ICD10 = ("http://hl7.org/fhir/sid/icd-10-cm", "http://hl7.org/fhir/sid/icd-10")
_PAIN_ICD10 = re.compile(r"(G89|R52|M54|M79\.7|M25\.5)")
_PAIN_SNOMED = frozenset({"373621006", "82423001", "203082005", "279039007"})
_PAIN_WORDS = re.compile(r"pain|algia|dolor|fibromyalg", re.IGNORECASE)


def read_conditions(rows: Iterable[Mapping[str, Any]]) -> tuple[Condition, ...]:
    """The active problems with a name; those about pain first, else in the server's order.

    What is resolved, refuted or entered in error is left out, and so are diagnoses that belong to
    one encounter only.
    """
    current = [row for row in rows if _current(row) and label(row.get("code") or {})]
    current.sort(key=lambda row: not _is_pain(row))
    return tuple(Condition(f"Condition/{r['id']}", label(r["code"])) for r in current)


def _current(row: Mapping[str, Any]) -> bool:
    clinical = set(codes(row.get("clinicalStatus"), _CLINICAL))
    verified = set(codes(row.get("verificationStatus"), _VERIFICATION))
    where = set(codes(row.get("category"), names.CONDITION_CATEGORY))
    return (
        not clinical & {"inactive", "resolved", "remission"}
        and not verified & {"refuted", "entered-in-error"}
        and where != {"encounter-diagnosis"}
    )


def _is_pain(row: Mapping[str, Any]) -> bool:
    code = row["code"]
    icd10 = (c for system in _ICD10 for c in codes(code, system))
    if any(_PAIN_ICD10.match(c) for c in icd10):
        return True
    if not _PAIN_SNOMED.isdisjoint(codes(code, names.SNOMED)):
        return True
    return _PAIN_WORDS.search(label(code)) is not None
