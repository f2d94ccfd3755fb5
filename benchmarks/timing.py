"""How things are timed, and the row that every case yields."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Any


@dataclass(frozen=True)
class Row:
    """One way of doing a case; the first row of a case is the peer the others are compared with."""

    case: str
    way: str
    seconds: float
    """Median over the runs."""
    worst: float
    """Seconds, the slowest run."""
    runs: int
    note: str = ""


def time(case: str, way: str, work: Callable[[], Any], *, runs: int, per_run: int = 1) -> Row:
    """Time ``work``: one run to warm up, then ``runs`` of ``per_run`` calls each."""
    work()
    taken = []
    for _ in range(runs):
        began = perf_counter()
        for _ in range(per_run):
            work()
        taken.append((perf_counter() - began) / per_run)
    return Row(case, way, median(taken), max(taken), runs * per_run)


def interleaved(case: str, ways: dict[str, Callable[[], Any]], *, runs: int) -> list[Row]:
    """Time several ways in turn, so that a busy moment of the machine hits all of them."""
    taken: dict[str, list[float]] = {way: [] for way in ways}
    for work in ways.values():
        work()
    for _ in range(runs):
        for way, work in ways.items():
            began = perf_counter()
            work()
            taken[way].append(perf_counter() - began)
    return [Row(case, way, median(each), max(each), runs) for way, each in taken.items()]
