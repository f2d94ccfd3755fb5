"""Crashes: what was answered is there, what was not answered never happened."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from smartapp.store.storage import FhirStore

KILLED_MIDWAY = """
import os, signal, sys
from smartapp.store.storage import FhirStore
store = FhirStore(sys.argv[1])
store.create({"resourceType": "Patient"})
with store.writing() as work:
    work.create({"resourceType": "Practitioner"})
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_process_killed_midway_leaves_what_it_had_finished(tmp_path: Path):
    path = tmp_path / "store.sqlite3"
    ended = subprocess.run([sys.executable, "-c", KILLED_MIDWAY, str(path)], cwd=os.getcwd())
    assert ended.returncode == -signal.SIGKILL
    store = FhirStore(path)
    assert store.search("Patient").total == 1
    assert store.search("Practitioner").total == 0
    assert store.faults() == []


def test_any_exception_midway_undoes_all(store, find):
    def fail_midway():
        with store.writing() as work:
            work.create({"resourceType": "Patient"})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_midway()
    assert find("Patient", "") == []
    assert store.create({"resourceType": "Patient"})[1]
