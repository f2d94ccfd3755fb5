"""One assessment being answered: for which patient and occasion, by whom, and what is typed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from smartapp.drafts.answers import Sheet


class State(StrEnum):
    """What has become of a draft; only an open one takes answers."""

    OPEN = "open"
    SENDING = "sending"
    SUBMITTED = "submitted"
    DISCARDED = "discarded"


class Mode(StrEnum):
    """Who answers, and how."""

    CLINICIAN = "clinician"
    PATIENT = "patient"
    PAPER = "paper"


@dataclass(frozen=True)
class Start:
    """What an assessment is about, fixed when it is started.

    ``forms`` are the questionnaires, ``url|version``; ``enrollment`` and ``author`` are
    references; ``occasion`` is a code of the program's. ``patient`` is the Patient as the EHR had
    it then, for the forms' expressions: answering needs no EHR. ``filled_on`` is the day on a paper
    form (ISO 8601); ``proxy`` says who answered for the patient. A patient who answers alone was
    done at the revision ``handed_back``; ``shared`` when others had given answers before.
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
