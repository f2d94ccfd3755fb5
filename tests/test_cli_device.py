"""``smartapp device``: what an administrator sees of a locked device, and how it is freed."""

import json

import pytest
from click.testing import CliRunner

from smartapp import config, parts
from smartapp.cli import main
from smartapp.launch.witness import Event, Step

TOLD = Event(Step.HANDED_OVER, "Hill", "https://hill.example/fhir", "Practitioner/7", "patient-1")


@pytest.fixture
def loaded(sound):
    return config.load(sound)


@pytest.fixture
def code(loaded):
    """The code of a device that was handed over."""
    parts.locks(loaded).make("handle-1", TOLD, "2580")
    ((_, code, _),) = parts.locks(loaded).known()
    return code


@pytest.fixture
def run(tmp_path):
    file = str(tmp_path / "smartapp.toml")
    return lambda *words: CliRunner().invoke(main, ["device", *words, "--config", file])


def test_a_locked_device_is_listed_by_site_and_code(run, code):
    told = run("list").output
    assert told.startswith(f"Hill: {code[:4]}-{code[4:]} since 20")
    assert "patient" not in told


def test_that_no_device_is_locked_is_said(run, loaded):
    assert run("list").output == "No device is locked.\n"


def test_its_code_frees_it_and_the_trail_says_so(run, code, loaded):
    assert run("unlock", f"{code[:4]}-{code[4:]}".lower()).output == "Unlocked.\n"
    assert parts.locks(loaded).known() == []
    (file,) = (loaded.data_dir / "audit").iterdir()
    assert json.loads(file.read_text())["subtype"][0]["code"] == "device-released"


def test_another_code_frees_nothing(run, code, loaded):
    told = run("unlock", "AAAA-AAAA")
    assert (told.exit_code, told.output) == (1, "Error: No device is locked with this code.\n")
    assert len(parts.locks(loaded).known()) == 1
