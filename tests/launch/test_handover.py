"""Handing over, as the launch record knows it, whatever the pages do."""

import pytest
from flask import jsonify

from smartapp.launch.handover import IDLE, NOTED, OPENED, TRIES, Device

PIN = "2580"


@pytest.fixture
def device(app, launches):
    """The device of each request, in a page that does whatever a test wants."""
    device, wanted = Device(launches), []
    app.add_url_rule(
        "/launches/<handle>/do", "do", lambda handle: jsonify(wanted[-1](device, handle))
    )
    app.add_url_rule("/do", "do_elsewhere", lambda: jsonify(wanted[-1](device, "")))
    return wanted


@pytest.fixture
def act(device, browser):
    """Do something to the device in a request of the launch; what came of it."""
    home = browser.launch()

    def act(what, path=f"{home}do"):
        device.append(what)
        answered = browser.get(path)
        return answered.json if answered.is_json else answered.status_code

    return act


def hand_over(device, handle):
    device.hand_over(handle, "draft-1", PIN)


def seen(device, _):
    handed = device.handed()
    return handed and [handed.draft, handed.locked]


def unlock(pin):
    return lambda device, handle: device.unlock(handle, pin)


def test_nothing_is_handed_over_by_itself(act):
    assert act(seen) is None


def test_a_launch_is_handed_over_to_one_draft(act):
    act(hand_over)
    assert act(seen) == ["draft-1", False]


def test_a_second_hand_over_does_not_replace_the_first_pin(act):
    """Two tabs that hand over at the same time: one PIN counts."""
    act(hand_over)
    act(lambda device, handle: device.hand_over(handle, "draft-2", "0000"))
    assert act(seen) == ["draft-1", False]
    assert act(unlock(PIN)) == OPENED


def test_every_page_of_the_browser_knows_of_it(act):
    act(hand_over)
    assert act(seen, "/do") == ["draft-1", False]


def test_the_right_pin_opens_it_and_the_launch_goes_on_with_a_new_cookie(act, browser):
    act(hand_over)
    before = browser.cookies()
    assert act(unlock(PIN)) == OPENED
    assert browser.cookies() != before
    assert act(seen) is None


def test_what_is_not_handed_over_needs_no_pin(act):
    """Another tab has unlocked it meanwhile."""
    assert act(unlock("0000")) == OPENED


def test_the_last_wrong_pin_ends_the_launch(act):
    act(hand_over)
    assert [act(unlock("0000")) for _ in range(TRIES)] == [4, 3, 2, 1, 0]
    assert act(seen) is None
    assert act(unlock(PIN)) == 400


def test_a_right_pin_beyond_the_last_try_counts_as_none(act, launches, browser):
    """Tries that came at once are all taken down before any of them is looked at."""
    act(hand_over)
    for _ in range(TRIES):
        act(lambda device, handle: bool(device._counted(handle)))
    assert act(unlock(PIN)) == 0


def test_left_alone_it_locks(act, clock):
    act(hand_over)
    clock.forward(seconds=IDLE.total_seconds())
    assert act(seen) == ["draft-1", True]


def test_used_it_stays_open(act, clock):
    act(hand_over)
    for _ in range(3):
        clock.forward(seconds=IDLE.total_seconds() - NOTED.total_seconds())
        assert act(seen) == ["draft-1", False]


def test_handed_back_it_stays_locked(act):
    act(hand_over)
    act(lambda device, handle: device.lock(handle))
    assert act(seen) == ["draft-1", True]


def test_locking_what_is_not_handed_over_changes_nothing(act):
    act(lambda device, handle: device.lock(handle))
    assert act(seen) is None


def test_other_launches_of_the_browser_end(act, browser):
    other = browser.launch("patient-2")
    act(hand_over)
    assert browser.get(other).status_code == 400
    assert act(seen) == ["draft-1", False]


def test_the_pin_is_kept_as_a_salted_hash(act, launches, browser):
    act(hand_over)
    first = handed_of(launches, browser)
    assert act(unlock(PIN)) == OPENED
    act(hand_over)
    second = handed_of(launches, browser)
    assert first.pin != second.pin
    assert PIN not in first.pin + first.salt


def handed_of(launches, browser):
    """What the launch record of this browser's first launch keeps."""
    (name,) = [name for name in browser.cookies() if name.startswith("__Host-launch-")]
    return launches.store.read(name.removeprefix("__Host-launch-")).handed
