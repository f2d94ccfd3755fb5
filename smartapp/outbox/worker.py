"""The worker: sends what needs no user's token, beside any number of web processes.

That is what belongs wholly in the program's store, changes and errands included. What is for the
EHR, in part or whole, waits for a launch of its patient: no half of an entry is in the record while
it can still be discarded. So does a change that stands in for the EHR's own, because only the EHR
can tell whether that was changed meanwhile.
"""

import logging
import threading
from collections.abc import Sequence

from smartapp.fhir.place import Place
from smartapp.outbox.box import Box, Row
from smartapp.outbox.patient import Replay, sent
from smartapp.outbox.states import OPEN

log = logging.getLogger(__name__)

PAUSE = 15.0
"""Seconds between two rounds."""


def work(box: Box, replay: Replay) -> int:
    """One round: every patient's rows in order, as far as they go; how many were settled."""
    done = _sent(box, replay, box.bound_for(Place.STORE))
    # What was sent has errands of its own by now.
    done += _sent(box, replay, [row for row in box.bound_for(Place.STORE) if row.is_errand])
    box.purge()
    return done


def _sent(box: Box, replay: Replay, rows: Sequence[Row]) -> int:
    done, stuck = 0, set[str]()
    for row in rows:
        if row.patient in stuck or row.draft is None or row.draft.identity is None:
            continue
        held = box.claim(row.id)
        if held is not None and sent(box, held, replay) not in OPEN:
            done += 1
        elif not row.is_errand:
            stuck.add(row.patient)
    return done


def run(box: Box, replay: Replay, stop: threading.Event, pause: float = PAUSE) -> None:
    """Round after round, until ``stop`` is set."""
    while not stop.is_set():
        try:
            done = work(box, replay)
        except Exception as error:  # noqa: BLE001 - the next round may do better
            log.error("a round of the outbox failed: %s", type(error).__name__)
        else:
            log.info("settled %d", done)
        stop.wait(pause)
