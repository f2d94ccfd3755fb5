"""Handing the device to the patient: the launch is locked to one draft until a PIN opens it.

The lock is in the launch record, so that no page, tab or restart comes past it. While it holds, no
other launch is open in this browser, and none begins there. A try of the PIN is counted before it
is looked at: however many come at once, five are answered. Who unlocks gets a new cookie, so that
nothing the patient saw of the old one is of use. Another browser, and the EHR's own pages in this
one, are beyond it.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from flask import Response, after_this_request, request

from smartapp.errors import LaunchError
from smartapp.launch.context import Handed, Launch
from smartapp.launch.isolation import COOKIE, clear_cookie, handle_in, open_launch, set_cookie
from smartapp.launch.launches import Launches

IDLE = timedelta(minutes=10)
"""After this time without a request the device locks."""
NOTED = timedelta(seconds=30)
"""How exactly it is known when the device was used last."""
TRIES = 5
"""Tries of the PIN; the last wrong one ends the launch."""
OPENED = -1
"""What ``unlock`` gives for the right PIN."""


@dataclass(frozen=True)
class HandedOver:
    """Which launch is handed over, to which draft, and whether it was handed back."""

    handle: str
    draft: str
    locked: bool


@dataclass(frozen=True)
class Device:
    """The browser of the current request, as far as it can be handed to a patient."""

    launches: Launches

    def handed(self) -> HandedOver | None:
        """The launch of this browser that is handed over, if one is; counts as use of it."""
        for launch in self._launches(handle_in(request.path)):
            if launch.handed is not None:
                seen = self._seen(launch, launch.handed)
                return HandedOver(launch.handle, seen.draft, seen.locked)
        return None

    def hand_over(self, handle: str, draft: str, pin: str) -> None:
        """Lock the launch to the draft; every other launch of this browser ends."""
        salt = secrets.token_bytes(16)
        made = Handed(draft, salt.hex(), _slow(pin, salt), self.launches.now())
        self.launches.store.change(
            handle, lambda launch: replace(launch, handed=launch.handed or made)
        )
        for other in self._launches(None):
            if other.handle != handle:
                self.launches.end(other)
                self._forget(other.handle)

    def lock(self, handle: str) -> None:
        """It was handed back: from now on the PIN alone opens it."""
        self._change(handle, locked=True)

    def unlock(self, handle: str, pin: str) -> int:
        """``OPENED``, or how many tries are left; with none left the launch is over."""
        told = self._counted(handle)
        if told is None:
            return OPENED
        is_right = hmac.compare_digest(_slow(pin, bytes.fromhex(told.salt)), told.pin)
        if is_right and told.tries <= TRIES:
            self.launches.store.change(handle, lambda launch: replace(launch, handed=None))
            self._rekey(handle)
            return OPENED
        if told.tries >= TRIES:
            self.launches.end(self.launches.store.read(handle))
        return max(0, TRIES - told.tries)

    def _counted(self, handle: str) -> Handed | None:
        """One more try, taken down before anybody looks at it."""

        def count(launch: Launch) -> Launch:
            handed = launch.handed
            counted = handed and replace(handed, tries=handed.tries + 1, locked=True)
            return replace(launch, handed=counted)

        return self.launches.store.change(handle, count).handed

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

        @after_this_request
        def give(response: Response) -> Response:
            set_cookie(response, COOKIE + handle, secret, int(seconds))
            return response

    def _forget(self, handle: str) -> None:
        @after_this_request
        def forget(response: Response) -> Response:
            clear_cookie(response, COOKIE + handle)
            return response


def _slow(pin: str, salt: bytes) -> str:
    """Scrypt (RFC 7914) with 16 MiB; the record it stands in is encrypted besides."""
    return hashlib.scrypt(pin.encode(), salt=salt, n=2**14, r=8, p=1, dklen=32).hex()
