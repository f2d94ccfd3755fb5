"""Safety alerts: one answer that people must act on, and what they did.

An alert is raised when the answer is kept, whatever the total, and stays open until somebody says
who was told, when, what was done and what came of it. It sends people to people: nothing here
computes a risk, and an answer taken back is told, never taken for an all-clear.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from enum import StrEnum
from uuid import UUID, uuid5

from smartapp.errors import EntryRefused, Problem
from smartapp.program.alert import Alert
from smartapp.program.enrollment import Person
from smartapp.program.entry import Entry, Field, Rule

LONGEST_OUTCOME = 2000
LONGEST_NAME = 200
TOLD = "told."
"""What the name of a person's box begins with; the reference follows."""
PAPER = "paper"
"""The mode of an answer that was given on paper."""
ACTION = "action."
"""What the name of an action's box begins with; its code follows."""
_TOLD = "Tick or write down who was told. Somebody else than you must know of this answer."
_NAME_LONG = "Shorten who was told to 200 characters. Nothing of it was cut off."
_ON = "Enter the day they were told, as year-month-day."
_AT = "Enter the time they were told, as hours:minutes."
_EARLY = "They cannot have been told before the answer was given."
_LATE = "They cannot be told in the future. Tell them first, then record it."
_ACTION = "Tick what was done, at least one thing."
_OUTCOME = "Write down what came of it: where the person is, and what was agreed."
_OUTCOME_LONG = "Shorten the outcome to 2000 characters. Nothing of it was cut off."
_CLOSED = "Somebody has recorded a response to this already. It is shown on the alert's page."


class AlertState(StrEnum):
    """Whether an alert still needs people to act."""

    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True)
class Action:
    """One thing that can be done about an alert, by its code in the content's code system."""

    code: str
    display: str


@dataclass(frozen=True)
class Crisis:
    """What a person in a crisis is told in a ``locale``: plain ``text``, and ways to get help.

    ``unattended`` says in its language that nobody watches the answers; "" for our own English.
    """

    locale: str
    text: str
    contacts: tuple[str, ...]
    unattended: str = ""


@dataclass(frozen=True)
class SiteSafety:
    """What a site has set: its protocol, and crisis texts by locale (a BCP 47 tag).

    ``locale`` is where the site is. No contact is anybody's without a locale: a wrong number is
    worse than none.
    """

    protocol: str = ""
    locale: str = ""
    crisis: Mapping[str, Crisis] | None = None

    def crisis_for(self, locale: str = "") -> Crisis | None:
        """Return the locale's own, else its language's where the site is, else the site's."""
        known = {name.lower(): one for name, one in (self.crisis or {}).items()}
        region = self.locale.lower().partition("-")[2]
        asked = locale.lower()
        names = (asked, f"{asked.partition('-')[0]}-{region}", self.locale.lower())
        return next((known[name] for name in names if name in known), None)


@dataclass(frozen=True)
class Handled:
    """What was done: ``told`` were told ``at`` that time; ``actions`` are codes.

    ``by`` wrote it down at the time ``on``; ``form_id`` is the form's it was typed into.
    """

    told: tuple[Person, ...]
    at: datetime
    actions: tuple[str, ...]
    outcome: str
    by: Person
    on: datetime
    form_id: UUID


@dataclass(frozen=True)
class Asked:
    """The question an alert is about, in one assessment.

    ``assessment`` is the assessment's key, or that of what was recorded elsewhere; ``form`` the
    questionnaire's slug, ``title`` what it is called, ``number`` what the question is called in it.
    """

    assessment: UUID
    form: str
    title: str
    link_id: str
    number: str
    question: str

    @property
    def place(self) -> tuple[UUID, str, str]:
        """What tells it from any other question, however its words are changed."""
        return self.assessment, self.form, self.link_id


@dataclass(frozen=True)
class SafetyAlert:
    """One alert: the ``answer`` in its ``words``, the highest that was given while it was open.

    ``answer`` is None for one that could not be read. ``now`` is what the answer was changed to
    since, empty when it was not. ``raised_by`` used the program then; ``mode`` says who answered.
    ``is_reported`` and ``is_recorded``: the record, or what waits to be sent to it, has the alert,
    and the response to it.
    """

    key: UUID
    asked: Asked
    answer: int | None
    words: str
    raised_at: datetime
    raised_by: Person
    mode: str
    now: str = ""
    handled: Handled | None = None
    is_reported: bool = False
    is_recorded: bool = False

    @property
    def state(self) -> AlertState:
        """Open until somebody responded."""
        return AlertState.OPEN if self.handled is None else AlertState.CLOSED

    @property
    def is_open(self) -> bool:
        """Whether it still needs people to act."""
        return self.handled is None

    @property
    def name(self) -> str:
        """What it is about, without the answer: fit for a heading."""
        number = f"question {self.asked.number}" if self.asked.number else "a question"
        return f"Answer to {number} of {self.asked.title}"


@dataclass(frozen=True)
class Raising:
    """The circumstances of an answer that was just kept."""

    at: datetime
    by: Person
    mode: str


def raised(
    known: Sequence[SafetyAlert], asked: Asked, found: Alert, when: Raising
) -> SafetyAlert | None:
    """Return the alert to keep for an answer, or None when ``known`` ones say it already.

    There is one open alert for a question of an assessment: a higher answer is put into it. After
    somebody responded, only a higher answer needs people again, and is an alert of its own.
    """
    last = known[-1] if known else None
    if last is None or not (last.is_open or _rank(found.answer) <= _rank(last.answer)):
        key = uuid5(asked.assessment, f"safety/{asked.form}/{asked.link_id}/{len(known)}")
        return SafetyAlert(key, asked, found.answer, found.words, when.at, when.by, when.mode)
    if _rank(found.answer) > _rank(last.answer):
        return replace(last, answer=found.answer, words=found.words, now="")
    changed = changed_to(last, found.words)
    return None if changed == last else changed


def changed_to(alert: SafetyAlert, words: str) -> SafetyAlert:
    """Return the alert, saying what the answer was changed to; it stays what it is."""
    return replace(alert, now="" if words == alert.words else words)


def covers(alert: SafetyAlert, found: Alert) -> bool:
    """Return whether the alert is about an answer as high as the one found, or higher."""
    return _rank(alert.answer) >= _rank(found.answer)


@dataclass(frozen=True)
class Choices:
    """What the form of a response may choose from: people by reference, and actions."""

    people: Mapping[str, Person]
    actions: Sequence[Action]


def respond(
    alert: SafetyAlert,
    entry: Mapping[str, str],
    choices: Choices,
    by: Person,
    now: datetime,
    form_id: UUID,
) -> Handled:
    """Read the response to an open alert; raise EntryRefused with every problem.

    Fields: ``told.<reference>`` and ``action.<code>`` ("yes"), ``told_other``, ``told_on``,
    ``told_at``, ``outcome``. Times are on the wall clock of ``now``, to the minute: from the
    answer to now. An answer on paper was given before it was entered: nobody knows how long.
    """
    read = Entry(entry)
    read.require(alert.is_open, "", already_handled().sentence)
    told = _told(read, choices.people)
    # A clock that was put back since must not keep anybody from responding.
    raised_at = min(alert.raised_at, now)
    given = datetime.min.replace(tzinfo=UTC) if alert.mode == PAPER else raised_at
    at = _moment(read, given, now)
    actions = tuple(a.code for a in choices.actions if read.says_yes(ACTION + a.code))
    read.require(bool(actions), "actions", _ACTION)
    outcome = read.words("outcome", LONGEST_OUTCOME, _OUTCOME_LONG)
    read.require(bool(outcome), "outcome", _OUTCOME)
    read.settle()
    return Handled(told, at.value, actions, outcome, by, now, form_id)


def _told(read: Entry, people: Mapping[str, Person]) -> tuple[Person, ...]:
    told = [person for ref, person in people.items() if read.says_yes(TOLD + ref)]
    other = read.words("told_other", LONGEST_NAME, _NAME_LONG)
    told += [Person("", other)] if other else []
    read.require(bool(told), "told", _TOLD)
    return tuple(told)


def _moment(read: Entry, raised_at: datetime, now: datetime) -> Field[datetime]:
    """Read day and time; the first thing wrong with them is told at its field."""
    early = Rule[datetime](lambda at: at < raised_at.replace(second=0, microsecond=0), _EARLY)
    late = Rule[datetime](lambda at: at > now, _LATE)
    day, clock = read.day("told_on", _ON), _clock(read.text("told_at"))
    read.require(clock is not None, "told_at", _AT)
    if clock is None or not day.is_read:
        return Field()
    at = datetime.combine(day.value, clock, now.tzinfo)
    for rule in (early, late):
        read.require(not rule.broken_by(at), "told_at", rule.sentence)
    return Field(at)


def _clock(text: str) -> time | None:
    try:
        return time.fromisoformat(text) if len(text) == len("09:30") else None
    except ValueError:
        return None


def _rank(answer: int | None) -> int:
    """What cannot be read is never taken for less than what can."""
    return 1_000_000 if answer is None else answer


def already_handled() -> Problem:
    """Return what is wrong with a second response to an alert."""
    return Problem("", _CLOSED)


def refuse_open(alerts: Sequence[SafetyAlert], sentence: str) -> None:
    """Raise EntryRefused with the sentence while any of the alerts is open."""
    if any(alert.is_open for alert in alerts):
        raise EntryRefused(Problem("", sentence))
