"""The command line: it serves, checks and keeps keys, and says in one sentence what is wrong."""

import os
import signal
import stat
import subprocess
import sys
import time
from uuid import UUID

import pytest
from click.testing import CliRunner
from cryptography.fernet import Fernet

from smartapp import config, parts
from smartapp.cli import main
from smartapp.fhir import names
from smartapp.fhir.outbox import Saving
from smartapp.fhir.place import Place
from smartapp.outbox.sealed import Draft
from smartapp.sealed import Whose

HILL = "https://hill.example/fhir"


@pytest.fixture
def run():
    """Run the command; its answer."""

    def invoke(*words, **environment):
        return CliRunner().invoke(main, [str(word) for word in words], env=environment)

    return invoke


@pytest.fixture
def file(sound):
    """A sound configuration."""
    return sound


class TestCheck:
    def test_of_a_sound_file_names_every_site(self, run, file):
        answer = run("check", "--config", file)
        assert answer.exit_code == 0
        assert "Hill: https://hill.example/fhir (public)" in answer.output
        assert "Configuration and content are sound." in answer.output

    def test_takes_the_file_from_the_environment(self, run, file):
        assert run("check", SMARTAPP_CONFIG=str(file)).exit_code == 0

    def test_of_a_wrong_file_names_the_key_and_fails(self, run, file):
        file.write_text(file.read_text().replace("client_id", "client"))
        answer = run("check", "--config", file)
        assert answer.exit_code == 1
        assert answer.output == "Error: sites[0].client_id: this key is needed and missing.\n"

    def test_of_no_file_fails(self, run, tmp_path):
        answer = run("check", "--config", tmp_path / "none.toml")
        assert answer.exit_code == 1
        assert "cannot be read" in answer.output


class TestServe:
    @pytest.fixture
    def started(self, monkeypatch):
        """What the command becomes instead of running on."""
        started = []

        def become(program, words):
            started.append((program, words, os.environ["SMARTAPP_CONFIG"]))

        monkeypatch.setattr(os, "execv", become)
        monkeypatch.setenv("SMARTAPP_CONFIG", "put back after the test")
        return started

    def test_becomes_gunicorn_on_this_machine_only(self, run, file, started):
        run("serve", "--config", file, "--port", "8123", "--workers", "3")
        ((program, words, _),) = started
        assert program == sys.executable
        assert words[1:4] == ["-m", "gunicorn", "smartapp.app:from_environment()"]
        assert words[words.index("--bind") + 1] == "127.0.0.1:8123"
        assert words[words.index("--workers") + 1] == "3"

    def test_hands_the_file_on(self, run, file, started):
        """The workers read it from the environment."""
        run("serve", "--config", file)
        assert started[0][2] == str(file)

    def test_of_a_wrong_file_does_not_start(self, run, file, started):
        file.write_text("public_url = 7")
        answer = run("serve", "--config", file)
        assert answer.exit_code == 1
        assert answer.output.startswith("Error: public_url:")
        assert not started


class TestKeys:
    def test_are_made_one_of_each_algorithm(self, run, tmp_path):
        answer = run("keys", "make", tmp_path / "keys")
        assert [line.split()[0] for line in answer.output.splitlines()] == ["RS384", "ES384"]

    def test_are_not_made_over_others(self, run, tmp_path):
        run("keys", "make", tmp_path)
        answer = run("keys", "make", tmp_path)
        assert answer.exit_code == 1
        assert "rotate it instead" in answer.output

    def test_are_rotated_and_the_previous_ones_stay_listed(self, run, tmp_path):
        made = run("keys", "make", tmp_path).output.split()[1::2]
        assert "Rotated" in run("keys", "rotate", tmp_path).output
        listed = [line.split() for line in run("keys", "list", tmp_path).output.splitlines()]
        assert [kid for _, state, kid in listed if state == "previous"] == made
        assert len(listed) == 4

    def test_that_are_not_there_cannot_be_rotated(self, run, tmp_path):
        answer = run("keys", "rotate", tmp_path)
        assert answer.exit_code == 1
        assert "make one first" in answer.output

    def test_are_never_printed(self, run, tmp_path):
        run("keys", "make", tmp_path)
        private = [part for file in tmp_path.glob("*.json") for part in file.read_text().split('"')]
        printed = run("keys", "list", tmp_path).output
        assert not [part for part in private if len(part) > 50 and part in printed]


class TestEncryptionKey:
    def test_is_written_for_its_owner_only(self, run, tmp_path):
        file = tmp_path / "secrets" / "key"
        assert run("encryption-key", file).exit_code == 0
        Fernet(file.read_bytes())
        assert stat.S_IMODE(file.stat().st_mode) == 0o600

    def test_never_replaces_one(self, run, tmp_path):
        file = tmp_path / "key"
        file.write_text("precious")
        answer = run("encryption-key", file)
        assert answer.exit_code == 1
        assert "exists already; nothing was written" in answer.output
        assert file.read_text() == "precious"


class TestOutbox:
    @pytest.fixture
    def kept(self, file):
        """One saving for the EHR and one for the program's store, both of a patient."""
        box = parts.outbox(config.load(file))
        subject = {"reference": "Patient/secret-patient"}
        for form, place in enumerate(Place):
            ours = {"system": names.IDENTIFIER, "value": str(UUID(int=form))}
            goal = {
                "resourceType": "Goal",
                "identifier": [ours],
                "lifecycleStatus": "active",
                "description": {"text": "Walk"},
                "subject": subject,
            }
            draft = Draft(
                HILL,
                "secret-patient",
                Saving(UUID(int=form), (goal,)),
                author="Practitioner/d1",
                author_name="Dana",
                identity={"resourceType": "Patient", "id": "secret-patient"},
            )
            box.keep(Whose(HILL, f"secret-patient-{form}"), draft, place)
        return file

    def test_is_counted_without_naming_anybody(self, run, kept):
        assert run("outbox", "list", "--config", kept).output == "Hill: queued 2\n"

    def test_sends_what_belongs_in_the_store_and_keeps_the_rest(self, run, kept):
        """The entry and its Provenance are settled; what the EHR takes waits for a launch."""
        assert run("outbox", "run", "--once", "--config", kept).output == "Settled: 2.\n"
        told = run("outbox", "list", "--config", kept).output
        assert told == "Hill: confirmed 2\nHill: queued 1\n"

    def test_what_it_sends_is_in_the_audit_trail(self, run, kept):
        run("outbox", "run", "--once", "--config", kept)
        trail = run("audit", "export", "--config", kept).output
        assert "https://app.example/fhir/Goal/" in trail
        assert "secret-patient" not in trail

    def test_runs_until_it_is_ended(self, run, kept):
        words = [sys.executable, "-c", "from smartapp.cli import main; main()", "outbox", "run"]
        with subprocess.Popen([*words, "--config", str(kept), "--pause", "0.1"]) as worker:
            until = time.monotonic() + 60
            while "confirmed" not in run("outbox", "list", "--config", kept).output:
                assert time.monotonic() < until, "nothing is sent"
                time.sleep(0.05)
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(60) == 0
        assert "confirmed" in run("outbox", "list", "--config", kept).output


def test_help_says_what_it_is(run):
    assert "Guided self-help for chronic pain" in run("--help").output
