"""The patient as the banner shows them."""

from datetime import date

import pytest

from smartapp.fhir.patient import Patient, full_name, read_patient

WHOLE = {
    "resourceType": "Patient",
    "id": "p1",
    "name": [
        {"use": "maiden", "text": "Wrong"},
        {"text": "Also wrong"},
        {"use": "official", "given": ["Ana", "Maria"], "family": "Ruiz", "suffix": ["PhD"]},
    ],
    "birthDate": "1970-02-28",
    "gender": "female",
    "identifier": [
        {"value": "no type"},
        {"type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203"}]}},
        {
            "type": {
                "coding": [
                    {"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}
                ]
            },
            "value": "MRN-7",
        },
    ],
    "communication": [
        {"language": {"text": "English"}},
        {"language": {"coding": [{"code": "es"}]}, "preferred": True},
    ],
}


def test_everything_the_banner_needs() -> None:
    assert read_patient(WHOLE) == Patient(
        "p1", "Ana Maria Ruiz PhD", date(1970, 2, 28), "1970-02-28", "female", "MRN-7", "es"
    )


def test_what_is_missing_is_blank() -> None:
    assert read_patient({"id": "p1"}) == Patient("p1", "", None, "", "", "", "")


@pytest.mark.parametrize("born", ["1970", "1970-02"])
def test_a_partial_birth_date_is_kept_as_it_is_and_has_no_age(born: str) -> None:
    patient = read_patient({"id": "p1", "birthDate": born, "_birthDate": {"extension": []}})
    assert (patient.birth_date, patient.born, patient.age(date(2026, 1, 1))) == (None, born, None)


@pytest.mark.parametrize(
    ("today", "age"), [("2026-02-27", 55), ("2026-02-28", 56), ("2026-03-01", 56)]
)
def test_age_changes_on_the_birthday(today: str, age: int) -> None:
    assert read_patient(WHOLE).age(date.fromisoformat(today)) == age


def test_a_name_as_text_is_taken_as_it_is() -> None:
    assert full_name({"name": [{"family": ""}, {"text": "Ana R."}]}) == "Ana R."
