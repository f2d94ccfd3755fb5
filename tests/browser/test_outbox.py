"""What could not be saved, in real Chromium: readable, accessible, and settled by a person."""

import pytest

pytestmark = pytest.mark.browser

LONG = "Walk to the shop and back twice a week, carry the bags home, and sit with friends after 🐕"


@pytest.fixture
def waiting(clinic, new_context, in_tab):
    """A goal of which nobody knows whether it was saved, because the EHR keeps failing."""
    work = in_tab(new_context())
    clinic.faults.fail_writes = 1000
    work.add_goal(LONG)
    work.see("It is kept and waits to be saved")
    return work


def test_what_waits_is_accessible_and_can_be_discarded(waiting, looked_at):
    waiting.follow("Program page")
    waiting.see("Waiting to be saved")
    looked_at(waiting.page, "outbox-program")
    waiting.follow("Read or discard")
    waiting.see(LONG)
    looked_at(waiting.page, "outbox-entry")
    waiting.press("Discard")
    waiting.see("Say why it is discarded")
    waiting.type("Why it is discarded", "Entered by hand")
    waiting.press("Discard")
    waiting.see("Discarded in the last 30 days")
    looked_at(waiting.page, "outbox-list")


def test_once_the_ehr_answers_it_can_be_retried(waiting, clinic):
    waiting.follow("Program page")
    clinic.faults.fail_writes = 0
    waiting.press("Retry now: Goal")
    waiting.see("It is in the record now.")
    waiting.see(LONG)
