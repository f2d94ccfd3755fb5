"""Thousands of writes while three requests in ten go wrong and processes are killed.

``python -m benchmarks faults --writes 10000``: clinicians send forms through workers to an EHR
behind the proxy, and send the same form again whenever they are told of an error or the worker
died. Half of the patients are in an EHR that offers all of FHIR, half in one without conditional
creates, transactions and capabilities; half of either have the outbox, whose savings a later page
sends again, and half have only what the chart itself can do. At the end the EHR's store is compared
with what was intended. Exit status 1 when anything was lost, doubled, put on another patient or
left in doubt, and when a link or a Provenance is missing where there was an outbox to keep it.
"""

import argparse
import queue
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from uuid import UUID

from cryptography.fernet import Fernet

from benchmarks.forms import Course, Form, Sent, Told, course
from benchmarks.harm import Fault, Mixed, over, plainly
from benchmarks.proxy import Proxy
from benchmarks.settled import Comparison, compare, found, intended
from benchmarks.waiting import Shelter
from benchmarks.worker import Worker
from smartapp.store.storage import FhirStore

SHARE = 0.3
"""Of all requests, those to which something happens."""
KILLED = 0.08
"""Of all forms sent, those whose worker is killed within ``KILL_WITHIN`` seconds."""
KILL_WITHIN = 0.04
TIMEOUT = (2.0, 0.5)
"""Seconds that a worker waits for the EHR; the app itself waits longer."""
MOST = 80
"""How often a person saves again before the form counts as unresolved."""
PAUSE = 1.0
"""Seconds before a page is opened again while something waits: what a killed worker had claimed is
let go of after a minute only."""
DESKS = 12
UNTOUCHED = "bystander"
IN_DOUBT = ("ehr-unsure", "ehr-nonsense", "ehr-wrong-patient")
NOTHING_SAVED = "Nothing was saved"


@dataclass
class Figures:
    """What happened on the way."""

    told: Counter[str] = field(default_factory=Counter)
    sent: int = 0
    kills: int = 0
    in_doubt: int = 0
    resolved: int = 0
    unresolved: list[str] = field(default_factory=list)
    untrue: list[str] = field(default_factory=list)


class Desk:
    """One clinician after another, sending courses through one worker."""

    def __init__(
        self, seed: int, store: FhirStore, bases: tuple[str, str], shelter: Shelter
    ) -> None:
        self._seed, self._store, self._bases, self._shelter = seed, store, bases, shelter
        self.figures = Figures()
        self._lock = threading.Lock()

    def work(self, courses: "queue.SimpleQueue[Course | None]") -> None:
        """Take courses until there is none left."""
        worker = Worker()
        try:
            for one in iter(courses.get, None):
                for form in self._forms(one):
                    _Sending(self, worker, one, form).settle()
        finally:
            worker.stop()

    def _forms(self, one: Course) -> list[Form]:
        """The forms, and a last look at the program page where there is an outbox to empty."""
        last = [Form("page", one.patient, UUID(int=0))] if self.shelter(one) else []
        return [*one.forms, *last]

    def shelter(self, one: Course) -> Shelter | None:
        """The outbox, for those who have one."""
        return self._shelter if has_outbox(one) else None

    def base(self, one: Course) -> str:
        """The EHR a patient is in."""
        return self._bases[int(one.patient[1:]) % 2]

    def kill_after(self, form: Form, attempt: int) -> float | None:
        """Seconds after which the worker dies, None when it may live."""
        random = Random(f"{self._seed}/{form.form_id}/{attempt}")
        return random.uniform(0, KILL_WITHIN) if random.random() < KILLED else None

    def kept(self, form: Form) -> int:
        """How many of the form's resources are in the EHR."""
        return found(self._store, intended(form))

    @contextmanager
    def counting(self) -> Iterator[Figures]:
        """The figures, for one thread at a time."""
        with self._lock:
            yield self.figures


class _Sending:
    """One form, sent until it is known to be in the record."""

    def __init__(self, desk: Desk, worker: Worker, one: Course, form: Form) -> None:
        self._desk, self._worker, self._course, self._form = desk, worker, one, form
        self._doubt = False
        self._version = self._left = ""

    def settle(self) -> None:
        """Send it, and again, as a person would."""
        settled = any(self._attempt(number) for number in range(MOST))
        with self._desk.counting() as figures:
            figures.in_doubt += self._doubt
            figures.resolved += self._doubt and settled
            figures.unresolved += [] if settled else [f"{self._form} {self._left}"]

    def _attempt(self, number: int) -> bool:
        told = self._worker.ask(self._sent(), self._desk.kill_after(self._form, number))
        with self._desk.counting() as figures:
            figures.sent += 1
            figures.kills += told is None
            figures.told[told.code if told else "killed"] += 1
        # What an earlier sending left on its way may arrive at any time, and is not this one's.
        if told is not None and NOTHING_SAVED in told.sentence and not self._doubt:
            self._hold_to(told)
        self._doubt |= told is None or told.code in IN_DOUBT
        return told is not None and self._is_done(told)

    def _sent(self) -> Sent:
        form, one = self._form, self._course
        about = one.goals.get(form.about, "") if form.about else ""
        return Sent(
            form,
            self._desk.base(one),
            TIMEOUT,
            one.enrolled,
            about,
            self._version,
            self._desk.shelter(one),
        )

    def _hold_to(self, told: Told) -> None:
        """What was said not to be saved must not be there."""
        if self._desk.kept(self._form):
            with self._desk.counting() as figures:
                figures.untrue.append(f"{told.code}: {self._form}")

    def _is_done(self, told: Told) -> bool:
        if told.code:
            self._version = "" if told.code == "ehr-conflict" else self._version
            return False
        if self._form.kind == "page":
            self._left = told.says
            time.sleep(PAUSE if told.says else 0)
            return not told.says
        if self._form.kind == "change":
            self._version = told.version
            return told.says == self._form.words
        if self._form.kind == "enroll":
            self._course.enrolled = told.id
        if self._form.kind == "goal":
            self._course.goals[self._form.form_id] = told.id
        return True


def has_outbox(one: Course) -> bool:
    """Whether a patient's savings are kept before they are sent."""
    return int(one.patient[1:]) % 4 > 1


def run(writes: int, seed: int, folder: Path) -> tuple[Figures, Comparison, Counter[Fault]]:
    """Send at least ``writes`` writes and compare."""
    each = sum(len(intended(form)) or 1 for form in course(seed, 0).forms)
    courses = [course(seed, number) for number in range(ceil(writes / each))]
    shelter = Shelter(folder / "outbox.sqlite3", Fernet.generate_key(), time.time())
    with Proxy() as native, Proxy() as plain:
        store = FhirStore(folder / "ehr.sqlite3", base=native.base, client_ids=True)
        admit(store, [*(one.patient for one in courses), UNTOUCHED])
        native.forward = over(store)
        plain.forward = plainly(over(store, plain.base))
        native.plan, plain.plan = Mixed(seed, SHARE), Mixed(seed + 1, SHARE)
        desk = Desk(seed, store, (native.base, plain.base), shelter)
        _work(desk, courses)
        told = compare(store, courses, UNTOUCHED)
        told.sheltered({one.patient for one in courses if has_outbox(one)})
        store.close()
    return desk.figures, told, native.counts + plain.counts


def admit(store: FhirStore, patients: list[str]) -> None:
    """Let the EHR know patients, each with a condition."""
    for patient in patients:
        subject = {"reference": f"Patient/{patient}"}
        rows = [
            {"resourceType": "Patient", "id": patient},
            {"resourceType": "Condition", "id": f"c-{patient}", "subject": subject},
        ]
        entries = [
            {
                "resource": row,
                "request": {"method": "PUT", "url": f"{row['resourceType']}/{row['id']}"},
            }
            for row in rows
        ]
        store.transaction({"resourceType": "Bundle", "type": "transaction", "entry": entries})


def _work(desk: Desk, courses: list[Course]) -> None:
    waiting: queue.SimpleQueue[Course | None] = queue.SimpleQueue()
    for one in [*courses, *[None] * DESKS]:
        waiting.put(one)
    threads = [threading.Thread(target=desk.work, args=(waiting,)) for _ in range(DESKS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def table(figures: Figures, told: Comparison, counts: Counter[Fault], seconds: float) -> str:
    """Write the figures as a table."""
    requests, harmed = counts.total(), counts.total() - counts[Fault.NONE]
    rows = {
        "Writes intended (new resources and changes)": told.writes,
        "Forms sent, first and again": figures.sent,
        "Requests that reached the proxy": requests,
        "of these harmed": f"{harmed} ({harmed / max(requests, 1):.0%})",
        "Worker processes killed with a form open": figures.kills,
        "Forms that were in doubt at some time": figures.in_doubt,
        "of these resolved": figures.resolved,
        "Forms never resolved": len(figures.unresolved),
        "Writes lost": len(told.lost),
        "Writes doubled": len(told.doubled),
        "Writes on the wrong patient": len(told.misplaced),
        'Untrue "Nothing was saved"': len(figures.untrue),
        "Resources that two Provenances name": len(told.attested_twice),
        "Goals not named in their CarePlan, without the outbox": len(told.unlinked),
        "Resources without a Provenance, without the outbox": len(told.unattested),
        "Links and Provenances missing with the outbox": len(told.undone),
        "Seconds": f"{seconds:.0f}",
    }
    lines = ["| | |", "|---|--:|", *(f"| {name} | {value} |" for name, value in rows.items())]
    answers = ", ".join(f"{code or 'saved'} {n}" for code, n in figures.told.most_common())
    faults = ", ".join(f"{fault} {n}" for fault, n in counts.most_common())
    return "\n".join([*lines, "", f"Told: {answers}.", "", f"Harm: {faults}."])


def main(arguments: list[str]) -> int:
    """Run it from the command line; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks faults")
    parser.add_argument("--writes", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=20261123)
    wanted = parser.parse_args(arguments)
    began = time.monotonic()
    with TemporaryDirectory() as folder:
        figures, told, counts = run(wanted.writes, wanted.seed, Path(folder))
    print(table(figures, told, counts, time.monotonic() - began))
    wrong = [*told.lost, *told.doubled, *told.misplaced, *told.attested_twice, *told.undone]
    wrong += [*figures.unresolved, *figures.untrue]
    print(*wrong[:20], sep="\n", file=sys.stderr)
    return int(bool(wrong))
