"""The app and an EHR as they run in life: gunicorn with its workers, and the EHR elsewhere.

Run as a module it is the EHR's process: it prints one line of JSON and serves until its standard
input ends.
"""

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from smartapp.sandbox import running

READY_WITHIN = 60
"""Seconds."""
_SERVE = "from smartapp.cli import main; main()"


@dataclass(frozen=True)
class Inpatient:
    """A patient as every page must name them; ``key`` is the id in the EHR."""

    key: str
    name: str
    mrn: str


@dataclass(frozen=True)
class Ward:
    """Where both are reached; ``record`` is the file the EHR keeps, ``log`` what the app said."""

    app_url: str
    ehr_url: str
    patients: list[Inpatient]
    record: Path
    log: Path


def serve_ehr(folder: Path) -> None:
    """Serve the EHR until standard input ends."""
    both = running.start(folder)
    both.servers[0].stop()
    found = both.ehr.hospital.patients()
    known = [
        {
            "key": one["id"],
            "name": f"{one['name'][0]['given'][0]} {one['name'][0]['family']}",
            "mrn": one["identifier"][0]["value"],
        }
        for one in found
    ]
    print(json.dumps({"app": both.app_url, "ehr": both.ehr_url, "patients": known}), flush=True)
    sys.stdin.read()
    both.servers[1].stop()
    both.ehr.close()


@contextmanager
def opened(folder: Path, workers: int) -> Iterator[Ward]:
    """Start both processes over an empty folder, and end them."""
    with _ehr(folder) as told, (folder / "app.log").open("wb") as log:
        port = told["app"].rpartition(":")[2]
        command = [sys.executable, "-c", _SERVE, "serve", "--port", port]
        command += ["--config", str(folder / "app" / "app.toml"), "--workers", str(workers)]
        with subprocess.Popen(command, stdout=log, stderr=log) as app:
            try:
                _answers(told["app"], app)
                patients = [Inpatient(**one) for one in told["patients"]]
                record = folder / "ehr" / "record.sqlite3"
                yield Ward(told["app"], told["ehr"], patients, record, Path(log.name))
            finally:
                app.terminate()


@contextmanager
def _ehr(folder: Path) -> Iterator[dict]:
    pipe = subprocess.PIPE
    command = [sys.executable, "-m", "benchmarks.ward", str(folder)]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL) as ehr:
        try:
            yield json.loads(ehr.stdout.readline())
        finally:
            ehr.stdin.close()
            ehr.terminate()


def _answers(url: str, app: subprocess.Popen) -> None:
    end = time.monotonic() + READY_WITHIN
    while time.monotonic() < end and app.poll() is None:
        try:
            requests.get(url, timeout=5, allow_redirects=False)
            return
        except requests.RequestException:
            time.sleep(0.1)
    raise RuntimeError("The app did not start")


def troubles(ward: Ward) -> list[str]:
    """The lines of the app's log that tell of an error."""
    lines = ward.log.read_text("utf-8").splitlines()
    return [line for line in lines if re.search(r"ERROR|CRITICAL|Traceback|\"error\"", line)]


if __name__ == "__main__":
    serve_ehr(Path(sys.argv[1]))
