"""Value sets that FHIR R4 defines itself and forms ask for by their address, with all their codes.

Source: FHIR R4 (4.0.1), which is public domain (CC0). A value set of the same address that is
given counts before these.
"""

from collections.abc import Mapping
from typing import Any

VERSION = "4.0.1"
_TERMS = "http://terminology.hl7.org/CodeSystem/"
_CODES: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "administrative-gender": {
        "http://hl7.org/fhir/administrative-gender": {
            "male": "Male",
            "female": "Female",
            "other": "Other",
            "unknown": "Unknown",
        }
    },
    "yesnodontknow": {
        f"{_TERMS}v2-0136": {"Y": "Yes", "N": "No"},
        f"{_TERMS}data-absent-reason": {"asked-unknown": "Don't know"},
    },
    "marital-status": {
        f"{_TERMS}v3-MaritalStatus": {
            "A": "Annulled",
            "D": "Divorced",
            "I": "Interlocutory",
            "L": "Legally Separated",
            "M": "Married",
            "P": "Polygamous",
            "S": "Never Married",
            "T": "Domestic partner",
            "U": "unmarried",
            "W": "Widowed",
        },
        f"{_TERMS}v3-NullFlavor": {"UNK": "unknown"},
    },
}


def _value_set(name: str) -> dict[str, Any]:
    include = [
        {"system": system, "concept": [{"code": c, "display": d} for c, d in codes.items()]}
        for system, codes in _CODES[name].items()
    ]
    head = {"resourceType": "ValueSet", "url": f"http://hl7.org/fhir/ValueSet/{name}"}
    return {**head, "version": VERSION, "compose": {"include": include}}


DEFINED: Mapping[str, Mapping[str, Any]] = {
    value_set["url"]: value_set for value_set in map(_value_set, _CODES)
}
