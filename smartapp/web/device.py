"""The browser of a request, as far as its device can be handed to a patient."""

from typing import Protocol, cast

from flask import current_app

EXTENSION = "smartapp.device"
LOCKED = 423
"""RFC 4918, 11.3."""


class Handed(Protocol):
    """What is handed over: the launch, the draft, and whether it was handed back.

    Once the launch is over ``handle`` is empty, ``code`` names the lock that stays, and for
    ``wait`` seconds no PIN is looked at.
    """

    @property
    def handle(self) -> str:
        """The launch."""

    @property
    def draft(self) -> str:
        """The draft's key."""

    @property
    def locked(self) -> bool:
        """Whether the PIN alone opens anything."""

    @property
    def language(self) -> str:
        """The language chosen for the patient."""

    @property
    def code(self) -> str:
        """What staff type on another device to take the lock away."""

    @property
    def wait(self) -> int:
        """Seconds until a PIN is looked at again."""


class Device(Protocol):
    """What ``app`` puts in the extension: the browser of this request."""

    def handed(self) -> Handed | None:
        """The launch of this browser that is handed over, if one is."""

    def hand_over(self, handle: str, draft: str, pin: str, language: str) -> None:
        """Lock the launch to the draft; every other launch of this browser ends."""

    def lock(self, handle: str) -> None:
        """From now on the PIN alone opens it."""

    def unlock(self, handle: str, pin: str) -> int:
        """Negative when the PIN was right, else how many tries are left."""

    def has_patient(self, code: str, handle: str) -> bool:
        """Whether the device of that code is with the patient of this launch."""

    def release(self, code: str, handle: str) -> bool:
        """Take away the lock of that code, from the launch of another device."""


def device() -> Device:
    """The browser of this request."""
    return cast(Device, current_app.extensions[EXTENSION])
