"""Several people save for one patient in the same moment."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from cryptography.fernet import Fernet

from benchmarks.harm import Fault
from smartapp.fhir import goal
from smartapp.outbox.box import Box
from smartapp.outbox.patient import PatientOutbox
from smartapp.sealed import Whose


@pytest.fixture
def save(ehr, open_chart, walk, tmp_path):
    """Saves a numbered goal through an outbox that all share."""
    box = Box(tmp_path / "outbox.sqlite3", [Fernet.generate_key()], lambda: datetime.now(UTC))
    whose = Whose(ehr.proxy.base, "p1")

    @contextmanager
    def replay(_):
        yield open_chart()

    def save(number):
        chart = open_chart()
        chart.outbox = PatientOutbox(box, whose, replay, patience=120)
        return goal.add(chart, replace(walk, text=f"Goal {number}"), None, UUID(int=number))

    return save


def test_everybody_waits_for_their_turn_and_nobody_is_turned_away(ehr, save):
    """Somebody else's turn is no reason to say that something is stuck."""
    ehr.proxy.plan = lambda asked: Fault.LATE if asked.method == "POST" else Fault.NONE
    with ThreadPoolExecutor(5) as people:
        kept = list(people.map(save, range(1, 6)))
    assert {one.thing.text for one in kept} == {f"Goal {n}" for n in range(1, 6)}
    assert len(ehr.of("p1", "Goal")) == 5
