"""What the launch part tells of its launches, for whoever keeps the audit trail."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from smartapp.launch.context import Launch


class Step(StrEnum):
    """What happened to a launch, or to the device it is on."""

    BEGUN = "launch-begun"
    FINISHED = "launch-finished"
    REFUSED = "launch-refused"
    ENDED = "launch-ended"
    HANDED_OVER = "device-handed-over"
    PIN_WRONG = "device-pin-wrong"
    UNLOCKED = "device-unlocked"
    RELEASED = "device-released"


@dataclass(frozen=True)
class Event:
    """One step of a launch; what is not known (yet, or ever) is empty.

    ``site`` is the site's name, ``fhir_base`` its FHIR server, ``user`` a reference relative to
    that, ``code`` the refusal's.
    """

    step: Step
    site: str = ""
    fhir_base: str = ""
    user: str = ""
    patient: str = ""
    code: str = ""


Witness = Callable[[Event], None]
"""Is told of each step; must not raise."""


def unseen(_: Event) -> None:
    """The witness where nobody keeps a trail."""


def about(step: Step, launch: Launch) -> Event:
    """A step of a launch of which everything is known."""
    return Event(step, launch.site, launch.fhir_base, launch.user or "", launch.patient_id)
