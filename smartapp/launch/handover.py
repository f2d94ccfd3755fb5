"""Handing the device to the patient: the launch is locked to one draft until a PIN opens it.

The lock is in the launch record, so that no page, tab or restart comes past it. While it holds, no
other launch is open in this browser, and none begins there, also after the launch itself is over
(launch/lock.py). A try of the PIN is counted before it is looked at: however many come at once,
five are answered. Who unlocks gets a new cookie, so that nothing the patient saw of the old one is
of use. Another browser, and the EHR's own pages in this one, are beyond it.
"""

import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

from flask import Response, after_this_request, request

from smartapp.errors import LaunchError
from smartapp.launch.context import Handed, Launch
from smartapp.launch.isolation import (
    COOKIE,
    OPEN,
    clear_cookie,
    handle_in,
    open_launch,
    set_cookie,
)
from smartapp.launch.launches import Launches
from smartapp.launch.lock import LASTS, MARK, TRIES, Lock, Locks
from smartapp.launch.store import digest
from smartapp.launch.witness import Step, about

__all__ = ["IDLE", "NOTED", "OPENED", "TRIES", "Device", "HandedOver"]

IDLE = timedelta(minutes=10)
"""After this time without a request the device locks."""
NOTED = timedelta(seconds=30)
"""How exactly it is known when the device was used last."""
OPENED = -1
"""What ``unlock`` gives for the right PIN."""


@dataclass(frozen=True)
class HandedOver:
    """Which launch is handed over, to which draft, in which language, and whether it came back.

    Once the launch is over ``handle`` and ``draft`` are empty, ``code`` names the lock that stays,
    and for ``wait`` seconds no PIN is looked at.
    """

    handle: str
    draft: str
    locked: bool
    code: str = ""
    wait: int = 0
    language: str = ""


@dataclass(frozen=True)
class Device:
    """The browser of the current request, as far as it can be handed to a patient."""

    launches: Launches
    locks: Locks

    def handed(self) -> HandedOver | None:
        """The launch of this browser that is handed over, if one is; counts as use of it."""
        for launch in self._launches(handle_in(request.path)):
            if launch.handed is not None:
                seen = self._seen(launch, launch.handed)
                return HandedOver(launch.handle, seen.draft, seen.locked, language=seen.language)
        lock = self.locks.find(_mark()) if MARK in request.cookies else None
        if lock is None:
            return None
        return HandedOver("", "", True, lock.code, self.locks.wait(lock), lock.language)

    def hand_over(self, handle: str, draft: str, pin: str, language: str = "") -> None:
        """Lock the launch to the draft; every other launch of this browser ends."""
        told = about(Step.HANDED_OVER, self.launches.store.read(handle))
        secret = self.locks.make(handle, told, pin, language, draft)
        made = Handed(draft, digest(secret), self.launches.now(), language=language)
        kept = self.launches.store.change(
            handle, lambda launch: replace(launch, handed=launch.handed or made)
        )
        # Pressed twice, a browser takes the cookies of the last answer only: each has its mark.
        _give(MARK, secret, int(LASTS.total_seconds()), partitioned=False)
        if kept.handed != made:
            return
        self.launches.witness(told)
        for other in self._launches(None):
            if other.handle != handle:
                self.launches.end(other)
                _take(COOKIE + other.handle)

    def lock(self, handle: str) -> None:
        """It was handed back: from now on the PIN alone opens it."""
        self._change(handle, locked=True)

    def unlock(self, handle: str, pin: str) -> int:
        """``OPENED``, or how many tries are left; with none left the launch is over.

        Without a ``handle``: of the lock that stayed in this browser when its launch ended.
        """
        handed = self.launches.store.read(handle).handed if handle else None
        key = handed.lock if handed else "" if handle else _mark()
        lock = self.locks.find(key)
        if lock is None and handed is None:
            return OPENED
        if handed:
            self.lock(handle)
        if self._is_right(key, pin, lock):
            return self._opened(handle)
        left = self._left(key)
        if handed and not left:
            self.launches.end(self.launches.store.read(handle))
            request.environ.pop(OPEN, None)
        return left

    def has_patient(self, code: str, handle: str) -> bool:
        """Whether the device of that code is with the patient of this launch."""
        found, by = self.locks.named(code), self.launches.store.read(handle)
        return found is not None and found[1].told.patient == by.patient_id

    def release(self, code: str, handle: str) -> bool:
        """Take a lock of the same site away, from a launch on another device; whether it was."""
        by = self.launches.store.read(handle)
        return release(self.launches, self.locks, code, by.site, by.user or "")

    def _is_right(self, key: str, pin: str, lock: Lock | None) -> bool:
        is_right = self.locks.attempt(key, pin)
        if lock is not None and is_right is not None:
            step = Step.UNLOCKED if is_right else Step.PIN_WRONG
            self.launches.witness(replace(lock.told, step=step))
        if lock is not None and is_right:
            self.locks.returned(lock.told, lock.draft)
        return bool(is_right)

    def _left(self, key: str) -> int:
        lock = self.locks.find(key)
        return lock.left if lock else 0

    def _opened(self, handle: str) -> int:
        _take(MARK, partitioned=False)
        self.locks.open(_mark())
        if handle:
            self.launches.store.change(handle, lambda launch: replace(launch, handed=None))
            self._rekey(handle)
        return OPENED

    def _seen(self, launch: Launch, handed: Handed) -> Handed:
        since = self.launches.now() - handed.used
        if handed.locked or since < NOTED:
            return handed
        self._change(launch.handle, used=self.launches.now(), locked=since >= IDLE)
        return replace(handed, locked=since >= IDLE)

    def _change(self, handle: str, **changed: object) -> None:
        def edit(launch: Launch) -> Launch:
            handed = launch.handed and replace(launch.handed, **changed)  # type: ignore[arg-type]  # fields of Handed, by name
            return replace(launch, handed=handed)

        self.launches.store.change(handle, edit)

    def _launches(self, named: str | None) -> Iterator[Launch]:
        """The launch in the path; of a path without one, every launch of this browser."""
        cookies = [name.removeprefix(COOKIE) for name in request.cookies if name.startswith(COOKIE)]
        for handle in [named] if named in cookies else cookies:
            try:
                yield open_launch(self.launches.store, request, handle)
            except LaunchError:
                continue

    def _rekey(self, handle: str) -> None:
        secret, seconds = secrets.token_urlsafe(32), self.launches.config.absolute.total_seconds()
        self.launches.store.rekey(handle, secret)
        _give(COOKIE + handle, secret, int(seconds))


def release(
    launches: Launches, locks: Locks, code: str, site: str | None = None, user: str = ""
) -> bool:
    """Take the lock of a code away, of one site or of any; whether there was one.

    A launch that is still open there is over: nobody knows in whose hands the device is.
    """
    found = locks.named(code, site)
    if found is None:
        return False
    key, lock = found
    with suppress(LaunchError):
        launches.end(launches.store.read(lock.handle))
    locks.open(key)
    told = replace(lock.told, step=Step.RELEASED, user=user)
    launches.witness(told)
    locks.returned(told, lock.draft)
    return True


def _mark() -> str:
    """The key of the lock this browser carries the mark of."""
    return digest(request.cookies.get(MARK, ""))


def _give(name: str, secret: str, seconds: int, *, partitioned: bool = True) -> None:
    @after_this_request
    def give(response: Response) -> Response:
        set_cookie(response, name, secret, seconds, partitioned=partitioned)
        return response


def _take(name: str, *, partitioned: bool = True) -> None:
    @after_this_request
    def take(response: Response) -> Response:
        clear_cookie(response, name, partitioned=partitioned)
        return response
