"""How often a system may ask: 429 with Retry-After (RFC 6585 section 4)."""

import pytest


@pytest.fixture
def slow(system):
    """A system of three requests a minute, one of which got it its token."""
    return system("slow", "system/*.read")


def statuses(system, count):
    return [system.ask("Patient").status_code for _ in range(count)]


def test_too_many_requests_are_refused_with_when_to_ask_again(slow):
    assert statuses(slow, 3) == [200, 200, 429]
    answer = slow.ask("Patient")
    assert answer.headers["Retry-After"] == "20"
    assert answer.get_json()["issue"][0]["code"] == "throttled"


def test_the_time_named_is_enough(slow, clock):
    statuses(slow, 3)
    clock.wait(seconds=20)
    assert statuses(slow, 2) == [200, 429]


def test_being_refused_costs_nothing(slow, clock):
    statuses(slow, 30)
    clock.wait(seconds=20)
    assert statuses(slow, 1) == [200]


def test_no_more_than_a_minute_is_saved_up(slow, clock):
    clock.wait(minutes=4)
    assert statuses(slow, 4) == [200, 200, 200, 429]


def test_a_clock_that_was_set_back_gives_nothing(slow, clock):
    clock.wait(seconds=-60)
    assert statuses(slow, 3) == [200, 200, 429]


def test_one_system_does_not_slow_another(slow, quality):
    statuses(slow, 3)
    assert statuses(quality, 1) == [200]


def test_all_processes_count_together(slow, another_process):
    statuses(slow, 2)
    other = another_process("slow")
    other.headers = slow.headers
    assert statuses(other, 1) == [429]


def test_tokens_count_too(slow):
    statuses(slow, 2)
    answer = slow.token()
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "20")
    assert "access_token" not in answer.get_json()


def test_what_is_open_is_not_counted(slow):
    assert {slow.ask("metadata").status_code for _ in range(9)} == {200}
