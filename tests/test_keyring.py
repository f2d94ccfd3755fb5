"""What each encryption key still opens, so that none is taken out that somebody's work needs."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from click.testing import CliRunner
from cryptography.fernet import Fernet

from smartapp import config, keyring, parts
from smartapp.cli import main
from smartapp.launch.witness import Event, Step
from smartapp.sealed import Whose

FORM = UUID("00000000-0000-4000-8000-000000000001")
HERE = Whose("https://hill.example/fhir", "patient-1")
TOLD = Event(Step.HANDED_OVER, "Hill", "https://hill.example/fhir", "Practitioner/7", "patient-1")


def now():
    return datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


@pytest.fixture
def loaded(sound):
    return config.load(sound)


@pytest.fixture
def kept(loaded):
    """A form that was typed and a lock, both under the only key there is."""
    parts.typed(loaded, now).put(HERE, "enrollment", FORM, {"coach": "Dana"})
    parts.locks(loaded, now).make("handle-1", TOLD, "2580")


@pytest.fixture
def rotated(sound, kept):
    """A new key before the old one, and something new under it."""
    key = sound.parent / "key-2"
    key.write_bytes(Fernet.generate_key())
    sound.write_text(sound.read_text().replace('["key"]', '["key-2", "key"]'))
    loaded = config.load(sound)
    parts.locks(loaded, now).make("handle-2", TOLD, "2580")
    return loaded


@pytest.fixture
def check(sound):
    def run(command="check"):
        return CliRunner().invoke(main, [command, "--config", str(sound)])

    return run


def test_what_each_key_opens_is_counted_by_file(check, rotated):
    told = check().output.splitlines()
    assert "Encryption key 1 (newest): devices.sqlite3 1" in told
    assert "Encryption key 2 (retired): devices.sqlite3 1, drafts.sqlite3 1" in told
    assert not [line for line in told if line.startswith("Warning")]


def test_a_key_that_opens_nothing_any_more_may_go(check, rotated):
    (rotated.data_dir / "devices.sqlite3").unlink()
    parts.typed(rotated, now).drop(HERE, "enrollment")
    assert "Encryption key 2 (retired): nothing" in check().output.splitlines()


def test_what_no_key_opens_is_warned_of(check, kept, sound):
    (sound.parent / "key").write_bytes(Fernet.generate_key())
    told = check()
    assert told.exit_code == 0
    assert "Warning: no key in encryption_key_files opens devices.sqlite3 1, drafts.sqlite3 1." in (
        told.output
    )


def test_the_start_warns_of_it_too(check, kept, sound, monkeypatch):
    monkeypatch.setattr("os.execv", lambda *_: None)
    assert "Warning" not in check("serve").output
    (sound.parent / "key").write_bytes(Fernet.generate_key())
    assert "Warning: no key in encryption_key_files opens" in check("serve").output


def test_nothing_of_a_patient_is_told_and_nothing_is_made(check, loaded):
    assert "Encryption key 1 (newest): nothing" in check().output
    assert not loaded.data_dir.exists()


def test_the_store_is_not_sealed_and_not_counted(loaded):
    parts.embedded_file(loaded).create({"resourceType": "Patient"})
    assert keyring.sealed(loaded.data_dir, loaded.encryption_keys) == []


def test_a_file_that_is_no_database_is_warned_of(check, kept, loaded):
    (loaded.data_dir / "alerts.sqlite3").write_bytes(b"not a database at all" * 100)
    assert "Warning: alerts.sqlite3 cannot be read." in check().output.splitlines()


def test_a_typed_form_is_found_under_any_key_that_is_kept(rotated):
    """What the count is for: with its key in place nothing is lost, without it nothing is found."""
    assert parts.typed(rotated, now).find(HERE, "enrollment")
    alone = replace(rotated, encryption_keys=rotated.encryption_keys[:1])
    assert parts.typed(alone, now).find(HERE, "enrollment") is None
