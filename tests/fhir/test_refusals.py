"""Refusals: which count, how long, for whom, and that they never stand in the way."""

from datetime import UTC, datetime, timedelta

import pytest

from smartapp.errors import EhrRejected
from smartapp.fhir.http import refusal
from smartapp.fhir.refusals import LASTING, Refusal, SqliteRefusals, is_refusal

SITE, OTHER = "https://ehr.example/fhir", "https://other.example/fhir"
BEGAN = datetime(2026, 11, 23, 9, tzinfo=UTC)


class Clock:
    def __init__(self):
        self.time = BEGAN

    def __call__(self):
        return self.time


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def kept(tmp_path, clock):
    return SqliteRefusals(tmp_path / "below" / "refusals.sqlite3", clock)


@pytest.mark.parametrize(
    ("status", "create", "update"),
    [
        (400, False, False),
        (401, False, False),
        (403, True, True),
        (404, True, False),
        (405, True, True),
        (409, False, False),
        (410, False, False),
        (412, False, False),
        (422, True, True),
        (429, False, False),
        (500, False, False),
        (501, False, False),
        (503, False, False),
    ],
)
def test_only_these_answers_mean_that_a_type_is_not_taken(status, create, update):
    error = refusal(status, write=True)
    assert (is_refusal(error, "create"), is_refusal(error, "update")) == (create, update)


def test_our_own_mistake_is_no_refusal():
    """What we would not send has no status: nobody refused it."""
    assert not is_refusal(EhrRejected(), "create")


def test_one_is_known_to_every_process(kept, tmp_path, clock):
    kept.remember(SITE, "Goal", "create", 405)
    again = SqliteRefusals(tmp_path / "below" / "refusals.sqlite3", clock)
    assert again.known(SITE) == (Refusal("Goal", "create", 405, BEGAN),)


def test_another_site_is_another_matter(kept):
    kept.remember(SITE, "Goal", "create", 405)
    assert kept.known(OTHER) == ()


def test_after_thirty_days_it_is_tried_again(kept, clock):
    kept.remember(SITE, "Goal", "create", 405)
    clock.time += LASTING - timedelta(seconds=1)
    assert kept.known(SITE)
    clock.time += timedelta(seconds=1)
    assert kept.known(SITE) == ()


def test_a_new_one_begins_the_days_again(kept, clock):
    kept.remember(SITE, "Goal", "create", 405)
    clock.time += LASTING
    kept.remember(SITE, "Goal", "create", 422)
    assert [one.status for one in kept.known(SITE)] == [422]


@pytest.mark.parametrize(("type_", "count", "left"), [("Goal", 2, 1), (None, 3, 0), ("Task", 0, 3)])
def test_an_administrator_can_forget(kept, type_, count, left):
    for refused in (("Goal", "create"), ("Goal", "update"), ("CarePlan", "create")):
        kept.remember(SITE, *refused, 405)
    kept.remember(OTHER, "Goal", "create", 405)
    assert kept.forget(SITE, type_) == count
    assert (len(kept.known(SITE)), len(kept.known(OTHER))) == (left, 1)


def test_a_file_that_cannot_be_used_stops_nothing(tmp_path, clock, caplog):
    (tmp_path / "refusals.sqlite3").write_bytes(b"no database at all" * 100)
    kept = SqliteRefusals(tmp_path / "refusals.sqlite3", clock)
    kept.remember(SITE, "Goal", "create", 405)
    assert kept.known(SITE) == ()
    assert len(caplog.records) == 2
