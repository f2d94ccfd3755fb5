"""Refusals: which count, how long, for whom, and that they never stand in the way."""

from datetime import UTC, datetime, timedelta

import pytest

from smartapp.errors import EhrRejected
from smartapp.fhir.http import refusal
from smartapp.fhir.refusals import LASTING, SYSTEM, Refusal, SqliteRefusals, digest, is_refusal

SITE, OTHER = "https://ehr.example/fhir", "https://other.example/fhir"
DANA, SAM, SUE = "Practitioner/d1", "Practitioner/d2", "Practitioner/d3"
GOAL = (SITE, "Goal", "create")
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


class TestWhoseItIs:
    """A 403 is about a user until it is about two of them."""

    @pytest.fixture
    def forbid(self, kept):
        """The EHR forbids these users in turn to create goals."""
        return lambda *users: [kept.remember(*GOAL, 403, user) for user in users]

    @pytest.fixture
    def refused_to(self, kept):
        """Whether creating goals counts as refused for a user."""
        return lambda user: any(one.counts_for(user) for one in kept.listed(SITE))

    @pytest.mark.parametrize("status", [404, 405, 422])
    def test_what_the_server_does_not_do_is_the_sites_at_once(self, kept, refused_to, status):
        kept.remember(*GOAL, status, DANA)
        assert refused_to(SAM)
        assert kept.known(SITE) == (Refusal("Goal", "create", status, BEGAN),)

    def test_what_one_user_may_not_do_is_theirs(self, kept, forbid, refused_to):
        forbid(DANA, DANA)
        assert [refused_to(user) for user in (DANA, SAM, "")] == [True, False, False]
        assert kept.known(SITE) == ()

    def test_what_a_second_user_may_not_do_either_is_the_sites(self, kept, forbid, refused_to):
        forbid(DANA, SAM)
        assert [refused_to(user) for user in (DANA, SAM, SUE, "")] == [True] * 4
        assert [one.users for one in kept.known(SITE)] == [tuple(sorted(map(digest, (DANA, SAM))))]

    def test_two_who_are_refused_different_things_are_two_matters(self, kept, forbid, refused_to):
        forbid(DANA)
        kept.remember(SITE, "Goal", "update", 403, SAM)
        assert not refused_to(SUE)

    def test_a_success_in_between_keeps_it_with_who_was_refused(self, kept, forbid, refused_to):
        forbid(DANA)
        kept.accepted(*GOAL, SUE)
        forbid(SAM)
        assert [refused_to(user) for user in (DANA, SAM, SUE)] == [True, True, False]

    def test_a_success_by_anybody_takes_it_back_from_the_site(self, kept, forbid, refused_to):
        forbid(DANA, SAM)
        kept.accepted(*GOAL, SUE)
        assert [refused_to(user) for user in (DANA, SAM, SUE)] == [True, True, False]

    def test_after_a_success_it_takes_two_more(self, kept, forbid, refused_to):
        forbid(DANA)
        kept.accepted(*GOAL, "Practitioner/d9")
        forbid(SAM, SUE)
        assert refused_to("Practitioner/d9")

    def test_who_succeeds_is_refused_no_longer(self, kept, forbid, refused_to):
        forbid(DANA)
        kept.accepted(*GOAL, DANA)
        assert not refused_to(DANA)

    def test_a_success_says_nothing_of_what_the_server_does_not_do(self, kept, refused_to):
        kept.remember(*GOAL, 405, DANA)
        kept.accepted(*GOAL, DANA)
        assert refused_to(DANA)

    def test_where_the_ehr_names_nobody_all_are_one_user(self, forbid, refused_to):
        forbid("")
        assert [refused_to(user) for user in ("", DANA)] == [True, False]

    def test_the_programs_own_access_is_no_user(self, forbid, refused_to):
        forbid(f"{SYSTEM}ours", DANA)
        assert [refused_to(user) for user in (f"{SYSTEM}ours", SAM)] == [True, False]
        forbid(SAM)
        assert [refused_to(user) for user in (f"{SYSTEM}theirs", SUE)] == [False, True]

    def test_the_first_is_forgotten_after_its_own_thirty_days(self, forbid, refused_to, clock):
        forbid(DANA)
        clock.time += LASTING
        forbid(SAM)
        assert [refused_to(user) for user in (DANA, SAM, SUE)] == [False, True, False]

    def test_nobody_is_named_in_the_file(self, forbid, tmp_path):
        forbid(DANA)
        assert DANA.encode() not in (tmp_path / "below" / "refusals.sqlite3").read_bytes()
