"""The launch round trip: from the click in the chart to the program page, all redirects followed.

Discovery, authorization, callback, token, id_token check, first page. The peer is the same app with
a client that asks one thing at a time. FHIR answers are held back; the sign-in's are not.
"""

from statistics import median
from time import perf_counter

from benchmarks.timing import Row
from benchmarks.visiting import DELAY, browser, launched, sandbox, workers

RUNS = 15
WAYS = {"one request at a time": 1, "in parallel (8 at once)": 8}
CASES = {
    f"Launch to program page, each FHIR answer {DELAY * 1e3:.0f} ms late": DELAY,
    "Launch to program page": 0,
}


def run() -> list[Row]:
    """Time launches, each with a browser that has no cookie yet."""
    rows = []
    with sandbox() as (both, clock):
        for case, delay in CASES.items():
            for way, count in WAYS.items():
                clock.begin(delay)
                times = []
                with workers(count):
                    for _ in range(RUNS + 1):
                        session = browser(both)
                        began = perf_counter()
                        launched(both, session)
                        times.append(perf_counter() - began)
                rows.append(Row(case, way, median(times[1:]), max(times[1:]), RUNS))
    return rows
