"""Launches at rest: encrypted, found by two things, idle and absolute expiry, many processes."""

import stat
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet

from smartapp.errors import CookieMissing, LaunchEnded, LaunchUnknown
from smartapp.launch.launches import Launches
from smartapp.launch.store import SqliteLaunchStore


@pytest.fixture
def store(launches):
    return launches.store


@pytest.fixture
def handle(opened):
    return opened.handle


@pytest.fixture
def secret(browser, handle):
    return browser.secret(f"/launches/{handle}/")


class TestAtRest:
    def files(self, store):
        return b"".join(file.read_bytes() for file in store.file.parent.iterdir())

    @pytest.mark.parametrize(
        "clear", ["patient-1", "access-1", "refresh-1", "Practitioner/7", "Ada Coach", "our-client"]
    )
    def test_nothing_of_the_launch_is_readable(self, store, handle, clear):
        assert clear.encode() not in self.files(store)
        assert handle.encode() in self.files(store), "we did look at the right files"

    def test_the_cookies_secret_is_nowhere(self, store, secret):
        assert secret.encode() not in self.files(store)

    def test_a_pending_launch_is_not_readable(self, browser, store, launches):
        pending = launches.store.waiting(browser.begin()["state"])
        content = self.files(store)
        hidden = [pending.state, pending.nonce, pending.verifier, pending.launch]
        assert not [text for text in hidden if text.encode() in content]

    def test_the_file_is_for_its_owner_only(self, store):
        assert stat.S_IMODE(store.file.stat().st_mode) == 0o600
        assert stat.S_IMODE(store.file.parent.stat().st_mode) == 0o700

    @pytest.fixture
    def other(self, store):
        """The same file, after the site removed the key from its configuration."""
        return replace(store, keys=[Fernet.generate_key()])

    def test_what_was_sealed_under_a_key_that_is_gone_is_over(self, other, handle, secret):
        for ask in (
            lambda: other.open(handle, secret),
            lambda: other.read(handle),
            lambda: other.change(handle, lambda launch: launch),
        ):
            with pytest.raises(LaunchEnded):
                ask()

    def test_it_is_over_for_its_own_browser_only(self, other, handle):
        with pytest.raises(LaunchUnknown):
            other.open(handle, "another")

    def test_a_pending_launch_whose_key_is_gone_is_none(self, browser, store, other):
        state = browser.begin()["state"]
        assert store.waiting(state) is not None
        assert other.waiting(state) is None
        assert other.take(state) is None

    def test_a_key_rotated_out_still_opens(self, store, handle):
        later = replace(store, keys=[Fernet.generate_key(), *store.keys])
        assert later.read(handle).handle == handle

    def test_the_newest_key_encrypts(self, store, handle):
        new = Fernet.generate_key()
        replace(store, keys=[new, *store.keys]).change(handle, lambda launch: launch)
        assert replace(store, keys=[new]).read(handle)

    def test_the_keys_are_not_in_its_repr(self, store):
        assert store.keys[0].decode() not in repr(store)


class TestOpen:
    def test_gives_the_launch_to_handle_and_secret(self, store, handle, secret, opened):
        assert store.open(handle, secret) == opened

    def test_refuses_another_secret(self, store, handle):
        with pytest.raises(LaunchUnknown):
            store.open(handle, "another")

    def test_refuses_an_unknown_handle(self, store, secret):
        with pytest.raises(LaunchUnknown):
            store.open("unknown", secret)

    def test_says_so_without_secret(self, store, handle):
        with pytest.raises(CookieMissing):
            store.open(handle, None)

    def test_says_ended_also_without_secret(self, store, handle):
        """Logging out takes the cookie back: going back in the history says why."""
        store.end(handle)
        with pytest.raises(LaunchEnded):
            store.open(handle, None)


class TestExpiry:
    def test_idle_for_thirty_minutes_ends_it(self, store, handle, secret, clock):
        clock.forward(minutes=30)
        with pytest.raises(LaunchEnded):
            store.open(handle, secret)

    def test_use_keeps_it_open(self, store, handle, secret, clock):
        for _ in range(4):
            clock.forward(minutes=29)
            assert store.open(handle, secret)

    def test_twelve_hours_end_it_however_used(self, store, handle, secret, clock):
        for _ in range(35):
            clock.forward(minutes=20)
            store.open(handle, secret)
        clock.forward(minutes=20)
        with pytest.raises(LaunchEnded):
            store.open(handle, secret)

    def test_what_is_over_is_emptied_at_the_next_launch(self, store, handle, clock, browser):
        clock.forward(minutes=31)
        browser.begin()
        clock.forward(minutes=-31)
        with pytest.raises(LaunchEnded):
            store.read(handle)

    def test_what_was_is_known_for_a_day(self, store, handle, secret, clock, browser):
        clock.forward(hours=35)
        browser.begin()
        with pytest.raises(LaunchEnded):
            store.open(handle, secret)

    def test_and_forgotten_after_it(self, store, handle, secret, clock, browser):
        clock.forward(hours=36)
        browser.begin()
        with pytest.raises(LaunchUnknown):
            store.open(handle, secret)

    def test_both_times_come_from_the_configuration(self, config, clock):
        short = replace(config, idle=timedelta(minutes=1))
        assert Launches.of(short, clock).store.idle == timedelta(minutes=1)


class TestChange:
    def test_changes_do_not_get_lost_among_threads(self, store, handle):
        def count():
            def more(launch):
                return replace(launch, http={"n": launch.http.get("n", 0) + 1})

            for _ in range(5):
                store.change(handle, more)

        threads = [threading.Thread(target=count) for _ in range(4)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        assert store.read(handle).http == {"n": 20}

    def test_of_a_launch_that_ended_is_refused(self, store, handle):
        store.end(handle)
        with pytest.raises(LaunchEnded):
            store.change(handle, lambda launch: launch)

    def test_that_fails_changes_nothing(self, store, handle, opened):
        with pytest.raises(ZeroDivisionError):
            store.change(handle, lambda launch: 1 / 0)
        assert store.read(handle) == opened


def test_a_second_process_sees_the_same_launches(store, handle, opened):
    other = SqliteLaunchStore(store.file, store.keys, store.now, store.idle)
    assert other.read(handle) == opened


def test_the_lock_is_held_by_one_at_a_time(store, handle):
    inside, most = [], []

    def hold():
        with store.lock(handle):
            inside.append(1)
            most.append(len(inside))
            inside.pop()

    threads = [threading.Thread(target=hold) for _ in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert max(most) == 1
