"""One assessment being answered: for which patient and occasion, by whom, and what is typed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from smartapp.drafts.answers import Sheet, Texts


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
class Form:
    """One questionnaire of the draft: ``url|version`` and the ``item`` list it began with."""

    canonical: str
    start: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Start:
    """What an assessment is about, fixed when it is started.

    ``enrollment`` and ``author`` are references; ``occasion`` is a code of the program's.
    """

    occasion: str
    session_number: int | None
    forms: tuple[Form, ...]
    enrollment: str | None = None
    author: str | None = None
    author_name: str = ""
    mode: Mode = Mode.CLINICIAN
    language: str = ""


@dataclass(frozen=True)
class Draft:
    """A draft as kept; its ``key`` is the root of every identifier it will write.

    ``revision`` rises with every change. ``sheets`` has the fields of each form of ``start``.
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

    def fields(self, number: int) -> dict[str, Texts]:
        """What is typed into the form of that number, from 1, by field name."""
        return {name: answer.texts for name, answer in self.sheets[number - 1].items()}
