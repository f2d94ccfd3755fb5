"""A dozen synthetic chronic-pain patients from a seed: the same seed and day, the same bytes.

US Core-shaped Patients. Family names are invented compounds; telephone numbers are 555-01xx and
the town does not exist.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from smartapp.sandbox import problems, staff
from smartapp.sandbox.staff import US_CORE

MRN_SYSTEM = "http://sandbox.example.org/mrn"
_OMB = "urn:oid:2.16.840.1.113883.6.238"
_BCP47 = "urn:ietf:bcp:47"
_RACES = {
    "white": ("2106-3", "White"), "black": ("2054-5", "Black or African American"),
    "asian": ("2028-9", "Asian"), "native": ("1002-5", "American Indian or Alaska Native"),
    "pacific": ("2076-8", "Native Hawaiian or Other Pacific Islander"),
}  # fmt: skip
_ETHNICITIES = {
    True: ("2135-2", "Hispanic or Latino"),
    False: ("2186-5", "Not Hispanic or Latino"),
}
_LANGUAGES = {
    "en": "English", "es": "Spanish", "vi": "Vietnamese", "zh": "Chinese", "ar": "Arabic",
    "ru": "Russian", "so": "Somali",
}  # fmt: skip
_STARTS = ("Ash", "Bell", "Cald", "Dun", "Elm", "Fair", "Glen", "Hart", "Ivel", "Kest", "Lind",
           "Marl", "Nor", "Pem", "Rook", "Sten", "Tarn", "Wex")  # fmt: skip
_ENDS = ("averley", "brindle", "combery", "dovane", "esk", "fallow", "garrow", "hollin", "istle",
         "kenning", "lorne", "mayne")  # fmt: skip


@dataclass(frozen=True)
class _Sketch:
    given: str
    gender: str
    birth_sex: str
    age: int
    race: str
    hispanic: bool
    language: str


_SKETCHES = (
    _Sketch("Miriam", "female", "F", 58, "white", False, "en"),
    _Sketch("Darnell", "male", "M", 44, "black", False, "en"),
    _Sketch("Lucía", "female", "F", 37, "white", True, "es"),
    _Sketch("Thuy", "female", "F", 66, "asian", False, "vi"),
    _Sketch("Callum", "male", "M", 29, "white", False, "en"),
    _Sketch("Winona", "female", "F", 51, "native", False, "en"),
    _Sketch("Samir", "male", "M", 48, "white", False, "ar"),
    _Sketch("Robin", "other", "F", 33, "white", False, "en"),
    _Sketch("Halima", "female", "F", 41, "black", False, "so"),
    _Sketch("Viktor", "male", "M", 72, "white", False, "ru"),
    _Sketch("Keoni", "male", "M", 55, "pacific", False, "en"),
    _Sketch("Xiuying", "female", "F", 79, "asian", False, "zh"),
)


def hospital(seed: int, today: date) -> list[dict[str, Any]]:
    """Every resource of the synthetic hospital, each after what it refers to."""
    random = Random(seed)  # noqa: S311  synthetic data wants a repeatable generator, not a secret one
    people = [_person(number, sketch, today, random) for number, sketch in enumerate(_SKETCHES, 1)]
    team = staff.organizations() + staff.practitioners() + staff.roles()
    return team + [resource for person in people for resource in person]


def _person(number: int, sketch: _Sketch, today: date, random: Random) -> list[dict[str, Any]]:
    key = f"p{number:02}"
    regulars = ("physician-1", "psychologist-1", "coach-1")
    return [
        _patient(key, number, sketch, today, random),
        *problems.conditions(key, number, today, random),
        *problems.encounters(key, number, today, random, regulars),
    ]


def _patient(key: str, number: int, sketch: _Sketch, today: date, random: Random) -> dict[str, Any]:
    family = random.choice(_STARTS) + random.choice(_ENDS)
    born = today - timedelta(days=round(sketch.age * 365.25) + random.randint(1, 360))
    return {
        "resourceType": "Patient",
        "id": key,
        "meta": {"profile": [f"{US_CORE}/us-core-patient"]},
        "extension": _demographics(sketch),
        "identifier": [_mrn(random.randint(100000, 999999))],
        "active": True,
        "name": [{"use": "official", "family": family, "given": [sketch.given]}],
        "telecom": [
            {"system": "phone", "value": f"555-01{number + 20:02}", "use": "mobile"},
            {"system": "email", "value": f"{key}@patients.example.org"},
        ],
        "gender": sketch.gender,
        "birthDate": born.isoformat(),
        "address": [_address(number, random)],
        "communication": [{"language": _language(sketch.language), "preferred": True}],
    }


def _mrn(value: int) -> dict[str, Any]:
    kind = problems.concept("http://terminology.hl7.org/CodeSystem/v2-0203", "MR",
                            "Medical record number")  # fmt: skip
    return {"use": "usual", "type": kind, "system": MRN_SYSTEM, "value": str(value)}


def _address(number: int, random: Random) -> dict[str, Any]:
    line = f"{random.randint(2, 980)} {random.choice(('Alder', 'Birch', 'Cedar', 'Dogwood'))} Lane"
    return {"use": "home", "line": [line], "city": "Sampleton", "state": "WA",
            "postalCode": f"980{number:02}", "country": "US"}  # fmt: skip


def _language(code: str) -> dict[str, Any]:
    return problems.concept(_BCP47, code, _LANGUAGES[code]) | {"text": _LANGUAGES[code]}


def _demographics(sketch: _Sketch) -> list[dict[str, Any]]:
    return [
        _category("race", *_RACES[sketch.race]),
        _category("ethnicity", *_ETHNICITIES[sketch.hispanic]),
        {"url": f"{US_CORE}/us-core-birthsex", "valueCode": sketch.birth_sex},
    ]


def _category(name: str, code: str, display: str) -> dict[str, Any]:
    coding = {"system": _OMB, "code": code, "display": display}
    parts = [{"url": "ombCategory", "valueCoding": coding}, {"url": "text", "valueString": display}]
    return {"url": f"{US_CORE}/us-core-{name}", "extension": parts}
