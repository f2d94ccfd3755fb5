"""Two hundred launches at once, on the app as it is served: two gunicorn workers of eight threads.

``python -m benchmarks load``: each virtual clinician signs in to the EHR, launches from one of
twelve charts and waits until all others have done so too; then, with pauses of a person's kind,
each opens the goal form, adds a goal and opens the program page again. Every page must name its own
patient and nobody else, and show that patient's goals only; at the end every goal must be in the
EHR once, on the right patient. Exit status 1 at any error or bleed.
"""

import argparse
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import quantiles
from tempfile import TemporaryDirectory
from urllib.parse import urljoin

import requests

from benchmarks.settled import every
from benchmarks.visiting import Cookies
from benchmarks.ward import Inpatient, Ward, opened, troubles
from smartapp.store.storage import FhirStore

WORKERS = 2
STAFF = ("coach-1", "psychologist-1", "physician-1")
PATIENCE = 60
"""Seconds that anybody waits for a page."""
STEPS = ("Launch to program page", "Goal form", "Save a goal", "Program page again")
_GOAL = re.compile(r"Goal (\d+) of (\S+?)\.")
_FIELD = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
_ACTION = re.compile(r'<form[^>]*method="post"[^>]*action="([^"]+/goals)"')


@dataclass
class Tally:
    """What all clinicians met: seconds by step, errors and bleeds as sentences."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: {step: [] for step in STEPS})
    errors: list[str] = field(default_factory=list)
    bleeds: list[str] = field(default_factory=list)
    saved: dict[int, str] = field(default_factory=dict)

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Time one step."""
        began = time.perf_counter()
        try:
            yield
        except requests.RequestException as error:
            raise RuntimeError(f"{step}: {error}") from error
        self.seconds[step].append(time.perf_counter() - began)


class Clinician(threading.Thread):
    """One person in a browser of their own, with one launch; ``pause`` waits as people do."""

    def __init__(
        self,
        number: int,
        ward: Ward,
        tally: Tally,
        all_launched: threading.Barrier,
        pause: Callable[[], None],
    ) -> None:
        super().__init__(daemon=True)
        self._number, self._ward, self._tally = number, ward, tally
        self._patient: Inpatient = ward.patients[number % len(ward.patients)]
        self._all_launched, self._pause = all_launched, pause
        self._browser = requests.Session()
        self._browser.trust_env = False
        self._browser.cookies = Cookies()

    def run(self) -> None:
        """Work through the steps; whatever stops that is an error."""
        try:
            home = self._launched()
            self._work(home)
        except (requests.RequestException, threading.BrokenBarrierError, RuntimeError) as error:
            self._tally.errors.append(f"{self._number}: {type(error).__name__}: {error}")

    def _launched(self) -> str:
        """The program page's address, when everybody has theirs."""
        try:
            home = self._launch()
        except BaseException:
            self._all_launched.abort()
            raise
        self._all_launched.wait()
        return home

    def _launch(self) -> str:
        self._pause()
        door = f"{self._ward.ehr_url}/sign-in"
        who = {"clinician": STAFF[self._number % len(STAFF)]}
        self._post(door, _hidden(self._get(door).text) | who)
        chart = f"{self._ward.ehr_url}/patients/{self._patient.key}"
        form = _hidden(self._get(chart).text)
        with self._tally.timed(STEPS[0]):
            page = self._post(f"{chart}/launch", form)
        if "/launches/" not in page.url:
            raise RuntimeError("The launch did not reach the program page")
        self._look(page)
        return page.url

    def _work(self, home: str) -> None:
        self._pause()
        with self._tally.timed(STEPS[1]):
            page = self._get(urljoin(home, "goals/new"))
        self._look(page)
        self._pause()
        form = _hidden(page.text) | self._goal()
        with self._tally.timed(STEPS[2]):
            saved = self._post(urljoin(home, _ACTION.findall(page.text)[0]), form, Referer=home)
        self._tally.saved[self._number] = self._patient.key
        self._look(saved, self._goal()["text"])
        self._pause()
        with self._tally.timed(STEPS[3]):
            again = self._get(home)
        self._look(again, self._goal()["text"])

    def _goal(self) -> dict[str, str]:
        due = datetime.now(UTC).date() + timedelta(days=60)
        text = f"Goal {self._number} of {self._patient.mrn}."
        return {"text": text, "due": due.isoformat(), "importance": "8", "confidence": "5"}

    def _look(self, page: requests.Response, wanted: str = "") -> None:
        told = bleeds(page.text, self._patient, self._ward.patients)
        self._tally.bleeds += [f"{page.url} {one}" for one in told]
        if not all(text in page.text for text in (self._patient.name, self._patient.mrn, wanted)):
            raise RuntimeError("The page lacks the patient or the goal")

    def _get(self, url: str) -> requests.Response:
        return _sound(self._browser.get(url, timeout=PATIENCE))

    def _post(self, url: str, form: dict[str, str], **headers: str) -> requests.Response:
        return _sound(self._browser.post(url, form, headers=headers, timeout=PATIENCE))


def bleeds(page: str, mine: Inpatient, patients: list[Inpatient]) -> list[str]:
    """What a page of my patient shows of others: names, record numbers, goals."""
    others = [one for one in patients if one != mine]
    told = ["shows another patient" for one in others if one.name in page or one.mrn in page]
    strange = {mrn for _, mrn in _GOAL.findall(page)} - {mine.mrn}
    return told + ["shows another patient's goal" for _ in strange]


def _sound(answer: requests.Response) -> requests.Response:
    if answer.status_code != 200:
        heading = re.search(r"<h1[^>]*>(.*?)</h1>", answer.text, re.DOTALL)
        raise RuntimeError(f"{answer.status_code}: {heading and heading[1].strip()}")
    return answer


def _hidden(page: str) -> dict[str, str]:
    return dict(_FIELD.findall(page))


def work(ward: Ward, launches: int, think: float, seed: int) -> Tally:
    """Let them all work; ends by itself, as every wait of theirs does."""
    tally = Tally()
    all_launched = threading.Barrier(launches, timeout=4 * PATIENCE + think)
    random = Random(seed)
    pause = lambda: time.sleep(random.uniform(0, think))  # noqa: E731 - one line says it
    everybody = [Clinician(n, ward, tally, all_launched, pause) for n in range(launches)]
    for one in everybody:
        one.start()
    for one in everybody:
        one.join()
    return tally


def misplaced(ward: Ward, tally: Tally) -> list[str]:
    """Goals that are not in the EHR exactly once, on the patient they were set for."""
    store = FhirStore(ward.record, base=f"{ward.ehr_url}/fhir")
    rows = [row for row in every(store, "Goal") if _GOAL.match(row["description"]["text"])]
    store.close()
    kept = Counter((_number(row), row["subject"]["reference"]) for row in rows)
    wanted = Counter((n, f"Patient/{key}") for n, key in tally.saved.items())
    return [str(one) for one in (kept - wanted) + (wanted - kept)]


def _number(goal: dict) -> int:
    return int(_GOAL.findall(goal["description"]["text"])[0][0])


def table(tally: Tally) -> str:
    """Write the percentiles, in milliseconds."""
    lines = ["| Step | n | p50 | p95 | p99 | worst |", "|---|--:|--:|--:|--:|--:|"]
    for step, seconds in tally.seconds.items():
        cut = quantiles(seconds, n=100) if len(seconds) > 1 else seconds * 99
        shown = [cut[49], cut[94], cut[98], max(seconds)] if seconds else []
        figures = " | ".join(f"{one * 1e3:.0f} ms" for one in shown)
        lines.append(f"| {step} | {len(seconds)} | {figures} |")
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Run it from the command line; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks load")
    parser.add_argument("--launches", type=int, default=200)
    parser.add_argument("--think", type=float, default=40.0, help="longest pause, seconds")
    parser.add_argument("--seed", type=int, default=20261123)
    wanted = parser.parse_args(arguments)
    with TemporaryDirectory() as folder, opened(Path(folder), WORKERS) as ward:
        began = time.monotonic()
        tally = work(ward, wanted.launches, wanted.think, wanted.seed)
        took = time.monotonic() - began
        wrong, logged = misplaced(ward, tally), troubles(ward)
    print(table(tally))
    print(f"\n{wanted.launches} launches open at once, {took:.0f} s, {WORKERS} workers.")
    print(f"Errors {len(tally.errors)}, bleeds {len(tally.bleeds)}, goals misplaced {len(wrong)}.")
    found = [*tally.errors, *tally.bleeds, *wrong, *logged]
    print(*found[:20], sep="\n", file=sys.stderr)
    return int(bool(found))
