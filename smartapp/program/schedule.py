"""The schedule: which assessments the program plans for one person, and what is due now."""

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from smartapp.program.assessment import Occasion
from smartapp.program.enrollment import Enrollment
from smartapp.program.protocol import Planned


class State(StrEnum):
    """Where one planned assessment stands; a missed one can no longer be made up for."""

    DONE = "done"
    DUE = "due"
    OVERDUE = "overdue"
    UPCOMING = "upcoming"
    MISSED = "missed"


@dataclass(frozen=True)
class Made:
    """One assessment that was made: ``instruments`` are the slugs answered.

    ``days`` has the day of each that was not answered ``on`` the day of all.
    """

    occasion: Occasion
    session_number: int | None
    on: date
    instruments: frozenset[str]
    days: Mapping[str, date] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """One planned assessment of one person.

    ``due`` is None while its day is not known. ``instruments`` are all that are planned, and
    ``lacking`` those a finished one was made without. It was ``made_on`` the day of the last of
    them, and ``earlier`` has what was answered on another day, by slug.
    """

    occasion: Occasion
    session_number: int | None
    due: date | None
    state: State
    instruments: tuple[str, ...]
    made_on: date | None = None
    lacking: tuple[str, ...] = ()
    earlier: tuple[tuple[str, date], ...] = ()

    @property
    def is_wanted(self) -> bool:
        """Tell whether it should be made now."""
        return self.state in {State.DUE, State.OVERDUE}


@dataclass(frozen=True)
class _Course:
    """One person's course so far; ``held`` is the number of the last session held, 0 for none."""

    enrollment: Enrollment
    made: Sequence[Made]
    held: int
    today: date

    @property
    def ended(self) -> date | None:
        return self.enrollment.exit.on if self.enrollment.exit else None


def schedule(
    plan: Iterable[Planned],
    enrollment: Enrollment,
    made: Sequence[Made],
    today: date,
    held: int | None = None,
) -> tuple[Step, ...]:
    """Return every planned assessment of an enrollment, in the order of the program.

    ``held`` is the number of the last session held; None takes the highest one that was assessed.
    After the end no further session is planned.
    """
    numbers = [m.session_number or 0 for m in made]
    course = _Course(enrollment, made, max([*numbers, 0]) if held is None else held, today)
    rules = sorted(plan, key=lambda rule: list(Occasion).index(rule.occasion))
    return tuple(step for rule in rules for step in _steps(rule, course))


def wanted(steps: Iterable[Step]) -> Step | None:
    """Return the assessment to make next, None when nothing is wanted.

    The latest session's comes before what is overdue from earlier: the person is here now.
    """
    now = [step for step in steps if step.is_wanted]
    sessions = [step for step in now if step.occasion is Occasion.SESSION]
    return next(iter([*reversed(sessions[-1:]), *now]), None)


def following(steps: Iterable[Step]) -> Step | None:
    """Return the assessment to make next: the wanted one, else the next of the course.

    What has a day of its own (a follow-up) is not offered before it is due.
    """
    every = tuple(steps)
    coming = (step for step in every if step.state is State.UPCOMING)
    undated = (step for step in coming if step.occasion is not Occasion.FOLLOW_UP)
    return wanted(every) or next(undated, None)


def _steps(rule: Planned, course: _Course) -> list[Step]:
    if rule.occasion is not Occasion.SESSION:
        due, state = _dated(rule, course)
        return [_step(rule, course, None, due, state)]
    last = course.held if course.ended else course.enrollment.planned_sessions
    return [
        _step(rule, course, number, None, _in_session(number, rule, course))
        for number in range(rule.every, last + 1, rule.every)
    ]


def _step(
    rule: Planned, course: _Course, number: int | None, due: date | None, state: State
) -> Step:
    found = [m for m in course.made if (m.occasion, m.session_number) == (rule.occasion, number)]
    answered = {s: max(_days(s, found)) for s in rule.instruments if any(_days(s, found))}
    if not answered:
        return Step(rule.occasion, number, due, state, rule.instruments)
    lacking = tuple(slug for slug in rule.instruments if slug not in answered)
    on = max(answered.values())
    earlier = tuple((slug, day) for slug, day in answered.items() if day != on)
    return Step(rule.occasion, number, due, State.DONE, rule.instruments, on, lacking, earlier)


def _days(slug: str, made: Iterable[Made]) -> list[date]:
    """When one instrument was answered; on the day of the assessment unless it has its own."""
    return [one.days.get(slug, one.on) for one in made if slug in one.instruments]


def _dated(rule: Planned, course: _Course) -> tuple[date | None, State]:
    if rule.occasion is Occasion.BASELINE:
        return _baseline(rule, course)
    if rule.occasion is Occasion.END:
        return _end(rule, course)
    return _follow_up(rule, course)


def _baseline(rule: Planned, course: _Course) -> tuple[date, State]:
    """The baseline is wanted before the first session; after that it is late."""
    due = course.enrollment.started
    if course.ended:
        return due, State.MISSED
    late = course.held > 0 or course.today > due + timedelta(rule.grace_days)
    return due, State.OVERDUE if late else State.DUE


def _in_session(number: int, rule: Planned, course: _Course) -> State:
    if number > course.held + 1:
        return State.UPCOMING
    if number == course.held + 1:
        return State.DUE
    return State.MISSED if number + rule.every <= course.held or course.ended else State.OVERDUE


def _end(rule: Planned, course: _Course) -> tuple[date | None, State]:
    """The last assessment is wanted with the last session, however the enrollment ended."""
    if course.ended is None:
        reached = course.held >= course.enrollment.planned_sessions
        return None, State.DUE if reached else State.UPCOMING
    late = course.today > course.ended + timedelta(rule.grace_days)
    return course.ended, State.OVERDUE if late else State.DUE


def _follow_up(rule: Planned, course: _Course) -> tuple[date | None, State]:
    if course.ended is None:
        return None, State.UPCOMING
    due, grace = _later(course.ended, rule.months_after), timedelta(rule.grace_days)
    if course.today < due - grace:
        return due, State.UPCOMING
    return due, State.OVERDUE if course.today > due + grace else State.DUE


def _later(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
