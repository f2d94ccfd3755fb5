"""The vendors' profiles say what their published statements say; see the table in each test."""

from pathlib import Path

import pytest

from smartapp.fhir import ehrs
from smartapp.fhir.ehrs import NATIVE, WRITTEN, profiles

# Columns: Epic, Oracle Health, athenahealth, MEDITECH, eClinicalWorks, NextGen; c create, u update.
# From the CapabilityStatements the vendors publish, 2022 to 2026.
VENDORS = ("epic", "oracle-health", "athenahealth", "meditech", "eclinicalworks", "nextgen")
TABLE = {
    "CarePlan": ("", "", "", "", "", ""),
    "Goal": ("", "", "", "", "", ""),
    "CareTeam": ("", "", "", "", "", ""),
    "QuestionnaireResponse": ("c", "u", "c", "cu", "c", ""),
    "Observation": ("cu", "cu", "", "", "", ""),
    "DocumentReference": ("cu", "cu", "", "", "", ""),
    "Task": ("u", "", "", "", "", ""),
    "Encounter": ("", "c", "", "", "", ""),
    "Communication": ("c", "c", "", "c", "", ""),
    "Provenance": ("", "", "", "", "", ""),
}


@pytest.mark.parametrize("type_", TABLE)
def test_each_vendor_takes_what_its_statement_says(type_):
    for vendor, letters in zip(VENDORS, TABLE[type_], strict=True):
        taken = {i: profiles()[vendor].allows(type_, i) for i in ("create", "update")}
        assert taken == {"create": "c" in letters, "update": "u" in letters}, vendor


def test_no_surveyed_vendor_takes_care_plans_or_goals():
    taking = [p.name for p in profiles().values() if {"CarePlan", "Goal"} & (p.creates | p.updates)]
    assert taking == [NATIVE]


@pytest.mark.parametrize("profile", profiles().values(), ids=lambda p: p.name)
class TestEvery:
    def test_is_one_file_of_its_name(self, profile):
        file = profile.name.replace("-", "_")
        assert Path(ehrs.__file__).with_name(f"{file}.py").exists()

    def test_says_where_it_was_read(self, profile):
        assert profile.title
        assert all(source.startswith("https://") for source in profile.sources)
        assert profile.sources

    def test_names_only_types_the_program_writes(self, profile):
        assert profile.creates | profile.updates <= set(WRITTEN)

    def test_names_a_format_of_notes_exactly_where_notes_are_taken(self, profile):
        assert bool(profile.note_formats) == profile.allows("DocumentReference", "create")


def test_a_server_that_keeps_fhir_takes_everything():
    native = profiles()[NATIVE]
    assert native.creates == native.updates == set(WRITTEN)
