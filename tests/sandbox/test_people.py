"""The synthetic hospital: repeatable, varied, US Core-shaped, nobody real."""

import json
from datetime import date

import pytest
from fhir.resources.R4B import get_fhir_model_class

from smartapp.sandbox.people import hospital
from smartapp.sandbox.problems import PAIN
from smartapp.sandbox.staff import CLINICIANS, Clinician

TODAY = date(2026, 11, 2)
FACTS = {"G89.0", "G89.21", "G89.22", "G89.28", "G89.29", "G89.4", "M54.50", "M54.51", "M54.59",
         "M79.7", "373621006", "82423001"}  # fmt: skip


@pytest.fixture(scope="module")
def resources():
    return hospital(7, TODAY)


def kind(resources, name):
    return [one for one in resources if one["resourceType"] == name]


def test_the_same_seed_and_day_give_the_same_bytes(resources):
    assert json.dumps(hospital(7, TODAY)) == json.dumps(resources)
    assert json.dumps(hospital(8, TODAY)) != json.dumps(resources)


def test_every_resource_is_valid_r4(resources):
    for one in resources:
        get_fhir_model_class(one["resourceType"]).model_validate(one)


def test_every_resource_comes_after_what_it_refers_to(resources):
    seen = set()
    for one in resources:
        text = json.dumps(one)
        found = {part.partition('"')[0] for part in text.split('"reference": "')[1:]}
        assert found <= seen
        seen.add(f"{one['resourceType']}/{one['id']}")


def test_there_are_twelve_patients_of_many_kinds(resources):
    people = kind(resources, "Patient")
    assert len(people) == 12
    assert {one["gender"] for one in people} == {"female", "male", "other"}
    languages = {one["communication"][0]["language"]["coding"][0]["code"] for one in people}
    assert len(languages) >= 5
    born = sorted(one["birthDate"] for one in people)
    assert int(born[-1][:4]) - int(born[0][:4]) > 40
    assert len({one["identifier"][0]["value"] for one in people}) == 12


def test_a_patient_has_what_us_core_wants(resources):
    for one in kind(resources, "Patient"):
        assert one["identifier"][0]["type"]["coding"][0]["code"] == "MR"
        urls = {part["url"].rsplit("/", 1)[1] for part in one["extension"]}
        assert urls == {"us-core-race", "us-core-ethnicity", "us-core-birthsex"}
        assert {"name", "gender", "birthDate", "address", "telecom"} <= one.keys()


def test_everybody_has_a_pain_condition_with_codes_of_the_facts_sheet(resources):
    texts = {text for text, _ in PAIN}
    for person in kind(resources, "Patient"):
        mine = [one for one in kind(resources, "Condition")
                if one["subject"]["reference"] == f"Patient/{person['id']}"]  # fmt: skip
        pains = [one for one in mine if one["code"]["text"] in texts]
        assert pains
        assert len(mine) > len(pains)
        assert {c["code"] for one in pains for c in one["code"]["coding"]} <= FACTS


def test_everybody_has_one_encounter_in_progress_today(resources):
    running = [one for one in kind(resources, "Encounter") if one["status"] == "in-progress"]
    assert len(running) == 12
    assert {one["class"]["code"] for one in running} == {"AMB", "VR"}
    assert {one["period"]["start"][:10] for one in running} == {"2026-11-02"}


def test_finished_encounters_have_ended(resources):
    for one in kind(resources, "Encounter"):
        assert (one["status"] == "finished") == ("end" in one["period"])


def test_the_staff_has_coaches_students_and_supervisors_each_with_a_role(resources):
    roles = kind(resources, "PractitionerRole")
    assert len(kind(resources, "Practitioner")) == len(roles) == 8
    codes = {one["code"][0]["coding"][0]["code"] for one in roles}
    assert {"171400000X", "390200000X", "103T00000X"} <= codes


def test_no_practitioner_carries_an_npi(resources):
    systems = {one["identifier"][0]["system"] for one in kind(resources, "Practitioner")}
    assert systems == {"http://sandbox.example.org/staff-id"}


def test_the_clinicians_who_sign_in_are_practitioners(resources):
    known = {f"Practitioner/{one['id']}" for one in kind(resources, "Practitioner")}
    assert {one.logical for one in CLINICIANS} <= known
    assert Clinician.of("nobody") is None
