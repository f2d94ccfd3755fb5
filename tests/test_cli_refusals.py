"""The administrator's commands about what EHRs refused."""

import re

import pytest
from click.testing import CliRunner
from cryptography.fernet import Fernet

from smartapp import cli, config, parts
from smartapp.fhir.refusals import digest

BASE = "https://ehr.example/fhir"


@pytest.fixture
def run(tmp_path):
    """Run a command on a configuration with one site, whose EHR refused goals and visits."""
    (tmp_path / "key").write_bytes(Fernet.generate_key())
    file = tmp_path / "app.toml"
    file.write_text(
        'public_url = "https://app.example"\ndata_dir = "data"\nencryption_key_files = ["key"]\n'
        f'[[sites]]\nname = "Clinic"\nissuer = "{BASE}/"\nclient_id = "ours"\n'
    )
    kept = parts.refusals(config.load(file))
    kept.remember(BASE, "Goal", "create", 405)
    kept.remember(BASE, "Encounter", "create", 403, "Practitioner/7")
    for user in ("Practitioner/7", "Practitioner/8"):
        kept.remember(BASE, "Goal", "update", 403, user)

    def run(*words):
        return CliRunner().invoke(cli.main, ["refusals", *words, "--config", str(file)])

    return run


def test_they_are_listed_by_site_with_whose_they_are(run):
    output = run("list").output
    assert [re.sub(r" [0-9-]{10} ", " ", line) for line in output.splitlines()] == [
        f"Clinic: Encounter create 403 for one user, {digest('Practitioner/7')}",
        "Clinic: Goal create 405 for everybody",
        "Clinic: Goal update 403 for everybody, because 2 users were refused",
    ]
    assert "Practitioner" not in output


@pytest.mark.parametrize(("words", "left"), [(["Clinic", "Goal"], 1), (["Clinic"], 0)])
def test_one_type_or_all_can_be_forgotten(run, words, left):
    assert run("forget", *words).output == f"Forgotten: {4 - left}.\n"
    assert len(run("list").output.splitlines()) == left


def test_a_site_that_is_not_there_is_told(run):
    answer = run("forget", "Klinik")
    assert (answer.exit_code, "There is no site Klinik" in answer.output) == (1, True)
