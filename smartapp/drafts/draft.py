"""One assessment being answered: for which patient and occasion, by whom, and what is typed."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any
from uuid import UUID

from smartapp.drafts.answers import Sheet
from smartapp.drafts.hand import Hand


class State(StrEnum):
    """What has become of a draft; only an open one takes answers."""

    OPEN = "open"
    SENDING = "sending"
    SUBMITTED = "submitted"
    DISCARDED = "discarded"


class Mode(StrEnum):
    """How an assessment was begun, and that the device was handed over; see ``Sheet.hands``."""

    CLINICIAN = "clinician"
    PATIENT = "patient"
    PAPER = "paper"


@dataclass(frozen=True)
class HandOver:
    """The device in the patient's hands ``since`` a POSIX time until ``back``, 0 while it is out.

    ``proxy`` answered for them.
    """

    since: float = 0.0
    proxy: str = ""
    back: float = 0.0


@dataclass(frozen=True)
class Start:
    """What an assessment is about, fixed when it is started.

    ``forms`` are the questionnaires, ``url|version``; ``enrollment`` and ``author`` are
    references; ``occasion`` is a code of the program's. ``patient`` is the Patient as the EHR had
    it then, for the forms' expressions: answering needs no EHR. ``filled_on`` is the day on the
    paper forms (ISO 8601) of a draft begun from paper; ``proxy`` says who answers for the patient
    who has the device. ``handed`` has every time it was handed over, the last one last, by a secret
    that only the pages know which were served then. ``handed_back`` and ``shared`` are of drafts
    that told who answered for all questionnaires together: the revision at which the patient was
    done, and whether others had given answers before.
    """

    occasion: str
    session_number: int | None
    forms: tuple[str, ...]
    enrollment: str | None = None
    author: str | None = None
    author_name: str = ""
    mode: Mode = Mode.CLINICIAN
    language: str = ""
    patient: Mapping[str, Any] = field(default_factory=dict)
    filled_on: str = ""
    proxy: str = ""
    handed: Mapping[str, HandOver] = field(default_factory=dict, repr=False)
    handed_back: int = 0
    shared: bool = False


@dataclass(frozen=True)
class Draft:
    """A draft as kept; its ``key`` is the root of every identifier it will write.

    ``revision`` rises with every change. ``sheets`` are those of the forms of ``start``.
    ``secret`` encrypts what a browser keeps of it. ``started`` and ``changed`` are POSIX times.
    Without a ``start`` it was submitted and wiped, or its encryption key is gone.
    """

    key: UUID
    state: State
    revision: int
    started: float
    changed: float
    start: Start | None
    sheets: tuple[Sheet, ...] = ()
    secret: str = field(default="", repr=False)
    reason: str = ""

    def sheet(self, number: int) -> Sheet:
        """What is typed into the form of that number, from 1."""
        return self.sheets[number - 1]


def by_sheet(sheet: Sheet, start: Start, revision: int) -> Sheet:
    """The sheet of a draft that told who answered for all its questionnaires together."""
    paper_on = start.filled_on if start.mode is Mode.PAPER else ""
    return replace(
        sheet, hands=_hands(start, revision) if sheet.is_touched else (), paper_on=paper_on
    )


def _hands(start: Start, revision: int) -> tuple[Hand, ...]:
    staff = Hand(reference=start.author or "", name=start.author_name)
    if start.mode is not Mode.PATIENT:
        return (staff,)
    # Handed back, what changed later was changed by others; a device still out is the patient's.
    edited = start.shared or bool(start.handed_back and revision != start.handed_back)
    patient = Hand(alone=True, proxy=start.proxy)
    return (patient, staff) if edited else (patient,)
