"""The figures of both as a table, their targets, and which of these are missed."""

import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain

from benchmarks.peer_browser import QUESTIONS, Visit, best, middle
from benchmarks.peer_server import Work
from benchmarks.peer_serving import version

SLUG = "phq-9"
TITLE = "## Forms beside LHC-Forms"


@dataclass(frozen=True)
class Part:
    """One figure of a visit: at most ``most`` for any form of ours, ``first`` for the PHQ-9.

    ``ahead`` is how many times the peer's PHQ-9 must take of it what ours takes, at least.
    """

    name: str
    words: str
    most: int
    ahead: int = 0
    first: int = 0

    def limit(self, slug: str) -> int:
        """The target of a form."""
        return self.first if self.first and slug == SLUG else self.most


PARTS = (
    Part("wire", "bytes, gzip, empty cache, nothing pressed yet", 25_000, 20, 8_000),
    Part("whole", "bytes, gzip, empty cache, every question answered", 25_000, 20),
    Part("again", "bytes, gzip, next form of a launch", 8_000),
    Part("ready", "ready, slow 4G and 4x CPU (ms)", 1_000, 4),
    Part("blocking", "blocking time, 4x CPU (ms)", 50, 10),
    Part("click", "slowest click event, 4x CPU (ms)", 100),
)
SHOWN, SCORED = 1, 2
"""Milliseconds the server may take for one form."""
TIMES = frozenset({"ready", "blocking", "click"})
SLACK = 2
"""The run fails at so many times a target's time, or at none with 0: how fast a machine of CI is,
and what else it does, nobody knows. The table says what is over the target itself; sizes, their
ratios and promises get no slack.
"""


@dataclass(frozen=True)
class Side:
    """One of the two, on the PHQ-9; ``refused`` and ``axe`` count violations."""

    visit: Visit
    refused: int
    axe: int
    kept: int
    is_scriptless: bool


@dataclass(frozen=True)
class Measured:
    """Everything that was measured; ``forms`` are the visits to ours, by slug."""

    peer: Side
    ours: Side
    forms: dict[str, list[Visit]]
    server: list[Work]


def section(found: Measured, runs: int) -> str:
    """Write the section of RESULTS.md, with its heading."""
    now, load = datetime.now(UTC).date(), os.getloadavg()[0]
    machine = f"{platform.machine()}, {os.cpu_count()} cores, load {load:.1f}"
    return f"""{TITLE}

`python -m benchmarks peer --keep`, {now}, {machine};
medians of {runs} visits of headless Chromium to one PHQ-9, in turn. Bytes are bodies as they came,
without headers: LHC-Forms {version()} from a server that compresses everything, ours from the app
itself. Ready: the first answer can be given and would be kept on the device. A page loads what
sends its answers, and what only a touch or a key shows, when it is first touched: the first line
is what it takes to be opened, the second what it takes to be opened and filled in. What the
service worker fetches so that a reload works offline is in neither; it finds most of it in the
cache. A page in the hands of a patient loads everything at once. The next form of a launch finds
styles and scripts in the cache, as the first does after the page it is chosen on. A target is
missed when no visit met it: what else the machine does makes a page slower, never faster. The
server's figures are milliseconds of processor time.

| PHQ-9 | LHC-Forms | ours | ratio | target |
|---|--:|--:|--:|---|
{_lines(chain(_figures(found), _judged(found)))}

| Our forms | bytes | answered | next form | ready | blocking | click | shown by server | scored |
|---|--:|--:|--:|--:|--:|--:|--:|--:|
{_lines(_forms(found))}

{_verdict(found)}
"""


def misses(found: Measured, slack: int = 1) -> Iterator[str]:
    """Every target that is missed, as a sentence; times only by more than ``slack`` times."""
    for part in PARTS:
        if part.name not in TIMES or slack:
            yield from _behind(found, part, slack)
    yield from _broken(found.ours)
    for one in found.server if slack else ():
        if one.shown > SHOWN * slack or one.scored > SCORED * slack:
            yield f"{one.slug}: shown in {one.shown:.2f} ms, scored anew in {one.scored:.2f} ms"


def _behind(found: Measured, part: Part, slack: int) -> Iterator[str]:
    for slug, visits in found.forms.items():
        yield from over(slug, visits, part, slack)
    if _ratio(found, part) < part.ahead:
        yield f"{part.words}: ahead by {_ratio(found, part):.1f}, at least {part.ahead}"


def over(slug: str, visits: list[Visit], part: Part, slack: int = 1) -> Iterator[str]:
    """A sentence when not even the best of the visits meets the target."""
    figure = getattr(best(visits), part.name)
    most = part.limit(slug)
    if figure > most * (slack if part.name in TIMES else 1):
        yield f"{slug}: {part.words}: {figure:,.0f}, at most {most:,}"


def _broken(side: Side) -> Iterator[str]:
    if side.refused or side.axe:
        yield f"{side.refused} violations of the policy and {side.axe} of WCAG, none wanted"
    if side.kept != QUESTIONS or not side.is_scriptless:
        yield f"{side.kept} answers kept; works without JavaScript: {_yes(side.is_scriptless)}"


def _lines(rows: Iterator[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _figures(found: Measured) -> Iterator[tuple[str, ...]]:
    for part in PARTS:
        both = (getattr(side.visit, part.name) for side in (found.peer, found.ours))
        figures = [f"{figure:,.0f}" for figure in both]
        ahead = f", {part.ahead} times ahead" if part.ahead else ""
        yield part.words, *figures, f"{_ratio(found, part):.1f}", f"{part.limit(SLUG):,}{ahead}"


def _ratio(found: Measured, part: Part) -> float:
    theirs, own = (getattr(side.visit, part.name) for side in (found.peer, found.ours))
    return float(theirs / max(own, 1))


def _judged(found: Measured) -> Iterator[tuple[str, ...]]:
    peer, own = found.peer, found.ours
    yield "violations of `style-src 'self'`", str(peer.refused), str(own.refused), "", "0"
    yield "axe WCAG 2.2 AA violations", str(peer.axe), str(own.axe), "", "0"
    kept = "answers kept after going offline and reloading"
    yield kept, f"{peer.kept} of 9", f"{own.kept} of 9", "", "9 of 9"
    yield "works with JavaScript off", _yes(peer.is_scriptless), _yes(own.is_scriptless), "", "yes"


def _forms(found: Measured) -> Iterator[tuple[str, ...]]:
    server = {one.slug: one for one in found.server}
    for slug, visits in found.forms.items():
        done = server[slug]
        figures = (f"{getattr(middle(visits), part.name):,.0f}" for part in PARTS)
        yield slug, *figures, f"{done.shown:.2f}", f"{done.scored:.2f}"


def _verdict(found: Measured) -> str:
    missed = list(misses(found))
    if not missed:
        return "Every target was met."
    return "Missed:\n\n" + "\n".join(f"- {sentence}" for sentence in missed)


def _yes(told: bool) -> str:
    return "yes" if told else "no"
