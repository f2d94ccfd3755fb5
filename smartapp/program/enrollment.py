"""Enrollment: one person's course through the program, from consent to exit."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from smartapp.program.entry import Entry, Field, Rule
from smartapp.program.protocol import ExitReason, Program

LONGEST_NOTE = 2000
LONGEST_CLEARANCE = 500
_CLEARANCE_LONG = "Shorten who cleared the red flags to 500 characters. Nothing of it was cut off."
LATEST_START = timedelta(days=90)
EARLIEST_START = timedelta(days=366)
_CONDITION = "Choose the pain condition the person is referred for."
_STARTED = "Enter the start date, as year-month-day."
_STARTED_LATE = "Choose a start date within the next 90 days."
_STARTED_EARLY = "Choose a start date within the last year."
_SESSIONS = "Choose how many sessions are planned, within the program's range."
_MODALITY = "Choose whether sessions are in person or by telehealth."
_COACH = "Choose the coach."
_SUPERVISOR = "Choose the supervisor. Coaches in this program are always supervised."
_SAME_PERSON = "Choose somebody else than the coach: nobody supervises their own sessions."
_CONSENT = "Tick that the person consents to take part. Without consent nobody is enrolled."
_CONSENT_ON = "Enter the day consent was given, as year-month-day."
_CONSENT_LATE = "The day consent was given cannot be in the future."
_CONSENT_METHOD = "Choose how consent was given."
_CHECKED = "Tick that you went through every red flag with the person."
_PRESENT = "A red flag is present, so the person is not enrolled now. Refer to a clinician first."
_ENDED = "Enter the day it ended, as year-month-day."
_ENDED_EARLY = "The day it ended cannot be before the start date."
_ENDED_LATE = "The day it ended cannot be in the future."
_REASON = "Choose the reason."
_NOTE_LONG = "Shorten the note to 2000 characters. Nothing of it was cut off."
_NOT_ACTIVE = "This enrollment has already ended. Reload the program page to see how."


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
    """Return the codes of the red flags ticked (``red_flag.<code>``), in the program's order.

    Any of them means: record the checklist, do not enroll, and refer to a clinician.
    """
    read = Entry(entry)
    return tuple(f.code for f in program.red_flags if read.says_yes(f"red_flag.{f.code}"))


def enroll(
    entry: Mapping[str, str], choices: EnrollmentChoices, program: Program, today: date
) -> Enrollment:
    """Read a new, active enrollment; raise EntryRefused with every problem.

    Fields: ``condition, started, planned_sessions, modality, coach, supervisor, consent,
    consent_on`` (empty means today)``, consent_method, red_flags_checked, red_flag.<code>,
    red_flags_cleared``.
    A red flag that is present stops it unless the last field says who cleared it, and when.
    Coach and supervisor are two people, because coaches are always supervised (the pilot's design).
    """
    read = Entry(entry)
    condition = read.choice("condition", choices.conditions, _CONDITION)
    started = _start(read, today)
    least, most = program.sessions_least, program.sessions_most
    sessions = read.whole("planned_sessions", least, most, _SESSIONS)
    modality = read.choice("modality", {m.value: m for m in Modality}, _MODALITY)
    coach = read.choice("coach", choices.people, _COACH)
    supervisor = _supervisor(read, choices.people)
    _check_red_flags(read, red_flags_present(entry, program))
    consent = _consent(read, today)
    read.settle()
    return Enrollment(
        condition=condition.value,
        started=started.value,
        planned_sessions=sessions.value,
        modality=modality.value,
        coach=coach.value,
        supervisor=supervisor.value,
        consent=consent(),
    )


def complete(
    enrollment: Enrollment, entry: Mapping[str, str], program: Program, today: date
) -> Enrollment:
    """Return the enrollment completed, from ``ended, reason, note``; raise EntryRefused.

    Only an active enrollment can be completed, on a day from its start to today.
    """
    left = _exit(enrollment, Entry(entry), _reasons(program, "completed"), today)
    return replace(enrollment, status=EnrollmentStatus.COMPLETED, exit=left)


def withdraw(
    enrollment: Enrollment, entry: Mapping[str, str], program: Program, today: date
) -> Enrollment:
    """Return the enrollment withdrawn, from ``ended, reason, note``; raise EntryRefused.

    Only an active enrollment can be withdrawn, on a day from its start to today. Whoever withdraws
    before the first day leaves on the start date, because a period cannot end before it starts.
    """
    latest = max(today, enrollment.started)
    left = _exit(enrollment, Entry(entry), _reasons(program, "withdrawn"), latest)
    return replace(enrollment, status=EnrollmentStatus.WITHDRAWN, exit=left)


def _start(read: Entry, today: date) -> Field[date]:
    """Read the start date, 90 days ahead to a year back.

    The range is our own plausibility rule, to catch a mistyped year: waiting lists run for weeks,
    and a course of 6 to 12 sessions is over within a year.
    """
    late = Rule[date](lambda day: day > today + LATEST_START, _STARTED_LATE)
    early = Rule[date](lambda day: day < today - EARLIEST_START, _STARTED_EARLY)
    return read.day("started", _STARTED, late, early)


def _supervisor(read: Entry, people: Mapping[str, Person]) -> Field[Person]:
    supervisor = read.choice("supervisor", people, _SUPERVISOR)
    chosen = [people.get(read.text(role)) for role in ("coach", "supervisor")]
    references = {person.reference for person in chosen if person}
    same = None not in chosen and len(references) == 1
    read.require(not same, "supervisor", _SAME_PERSON)
    return supervisor


def _consent(read: Entry, today: date) -> Callable[[], Consent]:
    read.require(read.says_yes("consent"), "consent", _CONSENT)
    late = Rule[date](lambda day: day > today, _CONSENT_LATE)
    given_on = read.day("consent_on", _CONSENT_ON, late, default=today.isoformat())
    methods = {method.value: method for method in ConsentMethod}
    method = read.choice("consent_method", methods, _CONSENT_METHOD)
    return lambda: Consent(given_on.value, method.value)


def _check_red_flags(read: Entry, present: Sequence[str]) -> None:
    read.require(read.says_yes("red_flags_checked"), "red_flags_checked", _CHECKED)
    cleared = read.words("red_flags_cleared", LONGEST_CLEARANCE, _CLEARANCE_LONG)
    for code in present:
        read.require(bool(cleared), f"red_flag.{code}", _PRESENT)


def _reasons(program: Program, ends: str) -> Mapping[str, ExitReason]:
    return {reason.code: reason for reason in program.exit_reasons if reason.ends == ends}


def _exit(
    enrollment: Enrollment, read: Entry, reasons: Mapping[str, ExitReason], latest: date
) -> Exit:
    active = enrollment.status is EnrollmentStatus.ACTIVE
    read.require(active, "", _NOT_ACTIVE)
    early = Rule[date](lambda day: day < enrollment.started, _ENDED_EARLY)
    late = Rule[date](lambda day: day > latest, _ENDED_LATE)
    ended = read.day("ended", _ENDED, early, late)
    reason = read.choice("reason", reasons, _REASON)
    note = read.words("note", LONGEST_NOTE, _NOTE_LONG)
    read.settle()
    return Exit(ended.value, reason.value.code, note)
