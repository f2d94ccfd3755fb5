"""Run the benchmarks: ``python -m benchmarks [CASE ...]``; without a name, all of ``CASES``.

``python -m benchmarks faults``, ``load`` and ``peer`` are runs of their own, with options and an
exit status.
"""

import platform
import sys
from datetime import UTC, datetime
from importlib import import_module
from itertools import groupby
from pathlib import Path

from benchmarks.timing import Row

CASES = ("wire", "page", "launch", "export", "questionnaire")
TRIALS = ("faults", "load", "peer")
RESULTS = Path(__file__).with_name("RESULTS.md")
HEAD = """# Benchmark results

Written by `python -m benchmarks`. Each case is timed beside a peer in the same run; compare the
ratios, not the times, which are this machine's on this day. A ratio is the peer's median divided by
the way's: higher is faster than the peer.
"""


def shown(seconds: float) -> str:
    """Write a time with three digits and its unit."""
    if seconds < 1e-3:
        return f"{seconds * 1e6:.3g} µs"
    return f"{seconds * 1e3:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"


def table(rows: list[Row]) -> str:
    """Write the rows of all cases, each compared with its case's first."""
    lines = ["| Case | Way | Median | Worst | Runs | Ratio | |", "|---|---|--:|--:|--:|--:|---|"]
    for case, group in groupby(rows, key=lambda row: row.case):
        ways = list(group)
        for row in ways:
            figures = f"{shown(row.seconds)} | {shown(row.worst)} | {row.runs}"
            ratio = ways[0].seconds / row.seconds
            lines.append(f"| {case} | {row.way} | {figures} | {ratio:.1f} | {row.note} |")
    return "\n".join(lines)


def main(names: list[str]) -> None:
    """Run the named cases, print the table and keep it; what follows it in the file stays."""
    rows = [row for name in names or CASES for row in import_module(f"benchmarks.{name}").run()]
    machine = f"Python {platform.python_version()}, {platform.machine()}, {platform.system()}"
    text = f"{HEAD}\n{datetime.now(UTC).date()}, {machine}.\n\n{table(rows)}\n"
    print(table(rows))
    if not names:
        _, heading, trials = RESULTS.read_text("utf-8").partition("\n## ")
        RESULTS.write_text(text + heading + trials, "utf-8")


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in TRIALS:
        sys.exit(import_module(f"benchmarks.{sys.argv[1]}").main(sys.argv[2:]))
    main(sys.argv[1:])
