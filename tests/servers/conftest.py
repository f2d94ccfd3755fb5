"""FHIR servers that nobody here wrote, each started as a process of its own on loopback.

They need Node.js; without it these tests are skipped, except in CI, where that is a failure.
"""

import os
import select
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

MEDPLUM = Path(__file__).with_name("medplum")
READY_WITHIN = 60
"""Seconds: it indexes all of FHIR R4's definitions before it listens."""
INSTALLED_WITHIN = 300


@dataclass
class Server:
    """One FHIR server and the plainest way to talk to it."""

    base: str

    def ask(self, method, path, resource=None, **headers):
        """Send one request; ``if_match="..."`` becomes the header If-Match."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named["Content-Type"] = "application/fhir+json"
        url = f"{self.base}/{path}"
        return requests.request(method, url, json=resource, headers=named, timeout=20)

    def create(self, **resource):
        """Create a resource and return it as kept."""
        answer = self.ask("POST", resource["resourceType"], resource)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def found(self, path):
        """Return the resources a search finds."""
        bundle = self.ask("GET", path).json()
        return [entry["resource"] for entry in bundle.get("entry", [])]


def _need_node():
    if shutil.which("node") and shutil.which("npm"):
        return
    if os.environ.get("CI"):
        pytest.fail("CI needs Node.js 20 or newer with npm")
    pytest.skip("needs Node.js 20 or newer with npm")


def _install(folder):
    """Install what the lock file names, unless it is there already."""
    lock, stamp = folder / "package-lock.json", folder / "node_modules" / ".lock"
    if not stamp.exists() or stamp.read_bytes() != lock.read_bytes():
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(command, cwd=folder, check=True, timeout=INSTALLED_WITHIN)
        stamp.write_bytes(lock.read_bytes())


def _port(process):
    """Wait for the line that names the port."""
    ready, _, _ = select.select([process.stdout], [], [], READY_WITHIN)
    line = process.stdout.readline() if ready else ""
    assert line.startswith("listening on "), f"the server did not start: {line!r}"
    return int(line.split()[-1])


@contextmanager
def _running(command):
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield f"http://127.0.0.1:{_port(process)}"
        finally:
            process.terminate()


@pytest.fixture(scope="session")
def medplum():
    """The Medplum FHIR router over memory, empty at the start of the run."""
    _need_node()
    _install(MEDPLUM)
    with _running(["node", str(MEDPLUM / "server.mjs"), "0"]) as base:
        yield Server(base)


@pytest.fixture
def patient(medplum):
    """A patient of this test's own, so that tests do not see each other's rows."""
    return medplum.create(resourceType="Patient", name=[{"family": "Ferro", "given": ["Ida"]}])


@pytest.fixture
def make_goal(medplum, patient):
    """Create a goal of this test's patient."""

    def make(text="Walk to the shop", **more):
        goal = {
            "resourceType": "Goal",
            "lifecycleStatus": "active",
            "description": {"text": text},
            "subject": {"reference": f"Patient/{patient['id']}"},
        }
        return medplum.create(**goal | more)

    return make
