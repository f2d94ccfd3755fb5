"""Handing over, as the launch record knows it, whatever the pages do."""

import sqlite3
from contextlib import closing

import pytest
from cryptography.fernet import Fernet
from flask import jsonify

from smartapp.launch.handover import IDLE, NOTED, OPENED, TRIES, Device
from smartapp.launch.lock import MARK, Locks, waiting
from smartapp.launch.witness import Step

PIN = "2580"


@pytest.fixture
def locks(config, clock):
    return Locks(config.data_dir / "devices.sqlite3", config.encryption_keys, clock)


@pytest.fixture
def device(app, launches, locks):
    """The device of each request, in a page that does whatever a test wants."""
    device, wanted = Device(launches, locks), []
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
    assert act(seen) == ["", True]
    assert act(unlock(PIN)) == 400


def test_a_right_pin_beyond_the_last_try_counts_as_none(act, locks, launches, browser):
    """Tries that came at once are all taken down before any of them is looked at."""
    act(hand_over)
    for _ in range(TRIES):
        locks.attempt(handed_of(launches, browser).lock, "0000")
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


def test_the_pin_is_kept_as_a_salted_hash(act, locks, launches, browser):
    act(hand_over)
    first = locks.find(handed_of(launches, browser).lock)
    assert act(unlock(PIN)) == OPENED
    act(hand_over)
    second = locks.find(handed_of(launches, browser).lock)
    assert first.pin != second.pin
    assert PIN not in first.pin + first.salt


def handed_of(launches, browser):
    """What the launch record of this browser's first launch keeps."""
    (name,) = [name for name in browser.cookies() if name.startswith("__Host-launch-")]
    return launches.store.read(name.removeprefix("__Host-launch-")).handed


class TestAfterTheLaunch:
    """The EHR may still know the clinician: the browser stays locked all the same."""

    @pytest.fixture
    def told(self, launches):
        """What the trail hears."""
        heard = []
        object.__setattr__(launches, "witness", heard.append)
        return heard

    @pytest.fixture
    def wrong(self, told, act):
        """Five wrong PINs ended the launch."""
        act(hand_over)
        for _ in range(TRIES):
            act(unlock("0000"))

    @pytest.fixture
    def free(self, act):
        return lambda pin=PIN: act(lambda device, _: device.unlock("", pin), "/do")

    def test_it_holds_when_the_button_was_pressed_twice(self, act, browser, launches):
        """A browser takes the cookies of the last answer only."""
        act(hand_over)
        browser.http.delete_cookie(MARK, domain="app.example")
        act(hand_over)
        launches.store.end(first_launch(browser))
        assert act(seen, "/do") == ["", True]

    def test_pressed_twice_one_pin_opens_all_of_it(self, act, locks):
        act(hand_over)
        act(hand_over)
        assert act(unlock(PIN)) == OPENED
        assert locks.known() == []

    @pytest.mark.parametrize("how", ["idle", "over"])
    def test_it_holds_however_the_launch_ended(self, act, clock, launches, browser, how):
        act(hand_over)
        if how == "over":
            launches.store.end(first_launch(browser))
        else:
            clock.forward(hours=13)
        assert act(seen, "/do") == ["", True]

    def test_it_holds_for_other_launches_of_the_browser_too(self, act, browser, launches, clock):
        """One that came in through a frame that did not see the mark, say."""
        act(hand_over)
        launches.store.end(first_launch(browser))
        assert act(seen, f"{browser.launch('patient-2')}do") == ["", True]

    def test_the_pin_frees_it(self, act, free, clock):
        act(hand_over)
        clock.forward(hours=13)
        assert free() == OPENED
        assert act(seen, "/do") is None

    def test_the_tries_before_count(self, act, free, clock):
        act(hand_over)
        act(unlock("0000"))
        clock.forward(hours=13)
        assert free("1111") == 3

    def test_after_five_wrong_no_pin_is_looked_at_for_a_minute(self, wrong, act, free, clock):
        assert free() == 0
        clock.forward(seconds=61)
        assert free() == OPENED

    def test_each_wrong_one_waits_twice_as_long_and_never_more_than_an_hour(self):
        minutes = [waiting(tries).total_seconds() / 60 for tries in (4, 5, 6, 7, 11, 5000)]
        assert minutes == [0, 1, 2, 4, 60, 60]

    def test_how_long_is_told(self, wrong, act):
        assert act(lambda device, _: device.handed().wait, "/do") == 60

    def test_the_mark_is_a_random_secret_for_this_host_alone(self, act, device, browser):
        device.append(hand_over)
        home = next(n for n in browser.cookies() if n.startswith("__Host-launch-"))
        path = f"/launches/{home.removeprefix('__Host-launch-')}/do"
        sent = browser.get(path).headers.getlist("Set-Cookie")
        mark = next(one for one in sent if one.startswith(MARK))
        assert {"Secure", "HttpOnly", "SameSite=None", "Path=/"} <= set(mark.split("; "))
        assert len(mark.split(";")[0].split("=")[1]) == 43

    def test_another_launch_of_the_site_takes_it_away_by_its_code(self, wrong, release, act, told):
        code = act(lambda device, _: device.handed().code, "/do")
        assert release(f"{code[:4].lower()}-{code[4:]}") is True
        assert act(seen, "/do") is None
        assert (told[-1].step, told[-1].user, told[-1].patient) == (
            Step.RELEASED,
            "Practitioner/8",
            "patient-1",
        )

    @pytest.fixture
    def release(self, app, ehr, launches, locks, another_browser):
        """Type a code in another browser, in a launch of somebody else's."""

        def release(code):
            ehr.claims["fhirUser"] = "Practitioner/8"
            home = another_browser.launch("patient-9")
            device = Device(launches, locks)
            with app.test_request_context(home):
                return device.release(code, home.split("/")[2])

        return release

    def test_a_launch_that_is_still_open_there_ends_with_it(self, act, release, locks):
        act(hand_over)
        ((_, code, _),) = locks.known()
        assert release(code) is True
        assert act(seen, "/do") is None
        assert act(lambda device, handle: device.unlock(handle, PIN)) == 400

    @pytest.fixture
    def has_patient(self, app, launches, locks, another_browser):
        """Ask whether the device of a code is with the patient of a launch in another browser."""

        def has_patient(code, patient):
            home = another_browser.launch(patient)
            with app.test_request_context(home):
                return Device(launches, locks).has_patient(code, home.split("/")[2])

        return has_patient

    def test_with_whom_the_device_is_can_be_asked(self, wrong, locks, has_patient):
        ((_, code, _),) = locks.known()
        assert has_patient(code, "patient-1")
        assert not has_patient(code, "patient-9")
        assert not has_patient("ZZZZZZZZ", "patient-1")

    @pytest.mark.parametrize("code", ["", "ZZZZZZZZ"])
    def test_a_code_of_nothing_takes_nothing_away(self, wrong, release, act, code):
        assert release(code) is False
        assert act(seen, "/do") == ["", True]

    def test_a_lock_of_another_site_is_out_of_reach(self, wrong, locks):
        ((site, code, _),) = locks.known()
        assert locks.named(code, "Elsewhere") is None
        assert locks.named(code, site) is not None

    def test_after_a_month_it_is_gone(self, wrong, act, clock, locks):
        clock.forward(days=30)
        assert act(seen, "/do") is None
        assert locks.known() == []

    def test_without_its_lock_a_launch_that_is_handed_over_opens_with_no_pin(self, act, locks):
        """The file was lost: the launch ends rather than opens."""
        act(hand_over)
        ((_, code, _),) = locks.known()
        locks.open(locks.named(code)[0])
        assert act(unlock(PIN)) == 0
        assert act(unlock(PIN)) == 400

    @pytest.fixture
    def retired(self, wrong, config):
        """The key that the lock was sealed under is not in the configuration any more."""
        sealed = Fernet(Fernet.generate_key()).encrypt(b"{}")
        with closing(sqlite3.connect(config.data_dir / "devices.sqlite3")) as database, database:
            database.execute("update lock set body = ?", (sealed,))

    def test_without_its_key_it_still_holds_and_no_pin_opens_it(self, retired, act, free):
        assert act(seen, "/do") == ["", True]
        assert free() == TRIES - 1

    def test_without_its_key_its_code_still_takes_it_away(self, retired, act, release, locks):
        ((_, code, _),) = locks.known()
        assert release(code) is True
        assert act(seen, "/do") is None

    def test_the_trail_hears_of_every_step(self, told, act):
        act(hand_over)
        act(unlock("0000"))
        act(unlock(PIN))
        assert [(one.step, one.patient) for one in told[-3:]] == [
            (Step.HANDED_OVER, "patient-1"),
            (Step.PIN_WRONG, "patient-1"),
            (Step.UNLOCKED, "patient-1"),
        ]


def first_launch(browser):
    names = [name for name in browser.cookies() if name.startswith("__Host-launch-")]
    return names[0].removeprefix("__Host-launch-")
