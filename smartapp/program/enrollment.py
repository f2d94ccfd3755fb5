"""Enrollment: one person's course through the program, from consent to exit."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from smartapp.program.protocol import Program

LONGEST_NOTE = 2000
LATEST_START = timedelta(days=90)
EARLIEST_START = timedelta(days=366)


class Modality(StrEnum):
    """How the coach and the person meet."""

    IN_PERSON = "in-person"
    TELEHEALTH = "telehealth"


class EnrollmentStatus(StrEnum):
    """Where an enrollment stands; only an active one can end."""

    ACTIVE = "active"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"


class ConsentMethod(StrEnum):
    """How consent to take part was given."""

    VERBAL = "verbal"
    WRITTEN = "written"


@dataclass(frozen=True)
class Person:
    """Somebody who delivers the program; ``reference`` is like ``Practitioner/123``."""

    reference: str
    name: str


@dataclass(frozen=True)
class Condition:
    """A problem-list entry the person is referred for; ``reference`` is like ``Condition/9``."""

    reference: str
    name: str


@dataclass(frozen=True)
class Consent:
    """Consent to take part: the day and the way it was given."""

    given_on: date
    method: ConsentMethod


@dataclass(frozen=True)
class Exit:
    """How an enrollment ended; ``reason`` is the code of one of the program's exit reasons."""

    on: date
    reason: str
    note: str


@dataclass(frozen=True)
class Enrollment:
    """One person's course through the program; ``exit`` is None while it is active."""

    condition: Condition
    started: date
    planned_sessions: int
    modality: Modality
    coach: Person
    supervisor: Person
    consent: Consent
    status: EnrollmentStatus = EnrollmentStatus.ACTIVE
    exit: Exit | None = None


@dataclass(frozen=True)
class EnrollmentChoices:
    """What an enrollment form may choose from, keyed by reference."""

    conditions: Mapping[str, Condition]
    people: Mapping[str, Person]


def red_flags_present(entry: Mapping[str, str], program: Program) -> tuple[str, ...]:
    """Return the codes of the red flags ticked (``red_flag.<code>``), in the program's order."""
    raise NotImplementedError


def enroll(
    entry: Mapping[str, str], choices: EnrollmentChoices, program: Program, today: date
) -> Enrollment:
    """Read a new, active enrollment; raise EntryRefused with every problem."""
    raise NotImplementedError


def complete(
    enrollment: Enrollment, entry: Mapping[str, str], program: Program, today: date
) -> Enrollment:
    """Return the enrollment completed, from ``ended, reason, note``; raise EntryRefused."""
    raise NotImplementedError


def withdraw(
    enrollment: Enrollment, entry: Mapping[str, str], program: Program, today: date
) -> Enrollment:
    """Return the enrollment withdrawn, from ``ended, reason, note``; raise EntryRefused."""
    raise NotImplementedError
