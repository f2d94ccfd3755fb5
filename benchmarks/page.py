"""The program page: its time, and how many FHIR requests had to wait for one another.

The peer is the same app with a client that asks one thing at a time.
"""

from statistics import median
from time import perf_counter

import requests

from benchmarks.timing import Row
from benchmarks.visiting import DELAY, Clock, browser, launched, sandbox, workers

RUNS = 15
WAYS = {"one request at a time": 1, "in parallel (8 at once)": 8}
CASES = {f"Program page, each FHIR answer {DELAY * 1e3:.0f} ms late": DELAY, "Program page": 0}


def _once(session: requests.Session, page: str, clock: Clock, delay: float) -> tuple[float, str]:
    clock.begin(delay)
    began = perf_counter()
    session.get(page, timeout=60).raise_for_status()
    taken = perf_counter() - began
    waited = f" in {clock.rounds()} round(s)" if delay else ""
    return taken, f"{len(clock.waits)} FHIR requests{waited}"


def run() -> list[Row]:
    """Time the page of one launch both ways, with and without the delay."""
    rows = []
    with sandbox() as (both, clock):
        session = browser(both)
        page = launched(both, session)
        for case, delay in CASES.items():
            for way, count in WAYS.items():
                with workers(count):
                    _once(session, page, clock, delay)
                    seen = [_once(session, page, clock, delay) for _ in range(RUNS)]
                times = [taken for taken, _ in seen]
                rows.append(Row(case, way, median(times), max(times), RUNS, seen[-1][1]))
    return rows
