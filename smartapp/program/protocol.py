"""The program as the clinicians defined it: read from its PlanDefinition, never from code."""

from dataclasses import dataclass
from typing import Literal

from smartapp.program.assessment import Occasion


@dataclass(frozen=True)
class RedFlag:
    """A warning sign to ask for before enrolling; ``text`` is the question to the clinician."""

    code: str
    text: str


@dataclass(frozen=True)
class ExitReason:
    """Why an enrollment ended, and whether that reason means completed or withdrawn."""

    code: str
    display: str
    ends: Literal["completed", "withdrawn"]


@dataclass(frozen=True)
class Planned:
    """One planned assessment: what is asked on an occasion, and when that occasion comes.

    ``instruments`` are slugs in the order of asking. ``every``: with sessions, at each ``every``-th
    one. ``months_after``: with a follow-up, how long after the end. ``grace_days`` is how many days
    late still counts as on time; a follow-up may also be that many days early.
    """

    occasion: Occasion
    instruments: tuple[str, ...]
    every: int = 1
    months_after: int = 0
    grace_days: int = 0


@dataclass(frozen=True)
class Program:
    """Guided self-help as defined at one ``url|version``.

    Sessions range from ``sessions_least`` to ``sessions_most``; ``sessions_usual`` is only the
    number a new enrollment form starts with. ``instruments`` holds slugs in assessment order.
    ``red_flags_questionnaire`` is the canonical ``url|version`` of the checklist. ``planned`` says
    what is asked on which occasion.
    """

    url: str
    version: str
    title: str
    sessions_least: int
    sessions_most: int
    sessions_usual: int
    red_flags: tuple[RedFlag, ...]
    exit_reasons: tuple[ExitReason, ...]
    instruments: tuple[str, ...]
    red_flags_questionnaire: str
    planned: tuple[Planned, ...] = ()
