"""The administrator's commands over the embedded store."""

import sqlite3
from contextlib import closing

import pytest
from click.testing import CliRunner

from smartapp import config, parts
from smartapp.cli import main
from smartapp.store.storage import FhirStore


@pytest.fixture
def file(sound):
    (sound.parent / "data").mkdir()
    return sound


@pytest.fixture
def run(file):
    return lambda *words: CliRunner().invoke(main, ["store", *map(str, words), "--config", file])


def test_a_sound_store_is_said_to_be_sound(run):
    answer = run("check")
    assert (answer.exit_code, answer.output) == (0, "The store is sound.\n")


def test_what_is_wrong_is_told_and_fails(run, file):
    store = parts.embedded_file(config.load(file))
    patient, _ = store.create({"resourceType": "Patient"})
    with closing(sqlite3.connect(file.parent / "data" / "store.sqlite3")) as connection:
        connection.execute("DELETE FROM version")
        connection.commit()
    answer = run("check")
    assert answer.exit_code == 1
    assert answer.output.endswith("The store is unsound.\n")
    assert patient.id not in answer.output


def test_a_backup_holds_what_the_store_holds(run, file, tmp_path):
    kept, _ = parts.embedded_file(config.load(file)).create({"resourceType": "Patient"})
    assert run("backup", tmp_path / "copy").output == f"Copied to {tmp_path / 'copy'}.\n"
    assert FhirStore(tmp_path / "copy").read("Patient", kept.id).id == kept.id


def test_a_backup_is_never_written_over(run, tmp_path):
    run("backup", tmp_path / "copy")
    answer = run("backup", tmp_path / "copy")
    assert answer.exit_code == 1
    assert "nothing was written" in answer.output


def test_a_store_on_another_server_is_not_ours_to_look_after(run, file, tmp_path):
    (tmp_path / "token").write_text("secret")
    served = '[store]\nurl = "https://store.example/fhir"\ntoken_file = "token"\n[[sites]]'
    file.write_text(file.read_text().replace("[[sites]]", served))
    assert "look after it there" in run("check").output
