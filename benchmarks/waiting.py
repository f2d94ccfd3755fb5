"""The outbox in the faulty run: charts that keep what they send, and the page that sends it again.

Its clock runs faster than the world's, so that the minute after which a sender is taken for dead is
over in a second or two, sometimes while the sender still lives.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from smartapp.fhir.chart import Chart
from smartapp.outbox.box import Box
from smartapp.outbox.patient import PatientOutbox
from smartapp.outbox.sealed import Draft
from smartapp.outbox.states import State
from smartapp.sealed import Whose

FASTER = 30
BY_HAND = 5
"""How often a person retries what was rejected before setting it aside."""


@dataclass(frozen=True)
class Shelter:
    """Where savings are kept: the file, its key, and the epoch second at which the run began."""

    path: Path
    key: bytes
    began: float


@cache
def box(shelter: Shelter) -> Box:
    """This process's way into the file."""

    def now() -> datetime:
        real = datetime.now(UTC).timestamp()
        return datetime.fromtimestamp(shelter.began + (real - shelter.began) * FASTER, UTC)

    return Box(shelter.path, [shelter.key], now)


def outbox(shelter: Shelter, whose: Whose, open_chart: Callable[[], Chart]) -> PatientOutbox:
    """The outbox of one patient, which sends through charts that ``open_chart`` gives."""

    @contextmanager
    def replay(_: Draft) -> Iterator[Chart]:
        yield open_chart()

    return PatientOutbox(box(shelter), whose, replay)


def tidied(kept: PatientOutbox) -> list[str]:
    """Send what waits, decide on what was rejected as a person would; what is left, and why."""
    kept.flush()
    for row in kept.rows():
        if row.state is State.REJECTED and row.tries < BY_HAND:
            kept.retry(row.id)
        elif row.state is State.REJECTED:
            kept.discard(row.id, "The record says it already.")
    left = [row for row in kept.rows() if row.state is not State.DISCARDED]
    return [f"{one.state} {one.code} {one.draft and one.draft.part} {one.tries}" for one in left]
