"""The program so far, as a note anybody can read: what it says, in no format yet.

``plain.py`` and ``xhtml.py`` print it. It is made of few kinds of parts, and what a person typed is
always a ``Quote``, so that no goal can pass itself off as a heading or as a score.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from fractions import Fraction
from hashlib import sha256

from smartapp.program.assessment import Score, band_at, shown
from smartapp.program.enrollment import Enrollment, Modality
from smartapp.program.goal import Goal
from smartapp.program.instrument import Code, Scale
from smartapp.program.outcomes.baseline import NOT_BASELINE, Beginning, Made, beginning
from smartapp.program.outcomes.change import Outcome
from smartapp.program.outcomes.meaningful import judge, sentence
from smartapp.program.protocol import Program

IS_CHANGE = "It says the change itself"
NO_DEVICE = "Not a medical device; answers are not monitored in real time."
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
"""What XML forbids, and marks that turn the direction of the words after them."""


@dataclass(frozen=True)
class Line:
    """A fact with its label; without a label, a sentence."""

    label: str
    text: str


@dataclass(frozen=True)
class Quote:
    """What a person typed, of any length and lines; ``close`` when it belongs to what is above."""

    label: str
    text: str
    close: bool = False


@dataclass(frozen=True)
class Table:
    """A small table; the first cell of each row names the row."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Part = Line | Quote | Table


@dataclass(frozen=True)
class Section:
    """A heading and what stands below it."""

    heading: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Summary:
    """The note. ``colophon`` says who made it and when; all else is its content."""

    title: str
    sections: tuple[Section, ...]
    colophon: tuple[Line, ...]

    @property
    def fingerprint(self) -> str:
        """Return the SHA-256 (hex) of the content: the same facts give the same on any day."""
        said = json.dumps([self.title, *(asdict(section) for section in self.sections)])
        return sha256(said.encode()).hexdigest()


@dataclass(frozen=True)
class Assessed:
    """One assessment: its day, its occasion in words, its scores, and what it was made for."""

    on: date
    occasion: str
    scores: tuple[Score, ...]
    made: Made = NOT_BASELINE


@dataclass(frozen=True)
class Identity:
    """Whose program it is, so that a note pasted into the wrong chart is noticed."""

    name: str
    born: str
    mrn: str


@dataclass(frozen=True)
class Facts:
    """All that a summary is made from.

    ``assessments`` oldest first; ``scales`` in the order to show them; ``where`` is a sentence on
    where the structured data is; ``author`` makes the summary, ``on`` a day; ``unread`` names what
    could not be read, so that nothing passes for not being there: "goals", "assessments", others.
    """

    patient: Identity
    program: Program
    enrollment: Enrollment
    goals: tuple[Goal, ...]
    assessments: tuple[Assessed, ...]
    scales: tuple[Scale, ...]
    where: str
    author: str
    on: date
    unread: tuple[str, ...] = ()


def summarize(facts: Facts) -> Summary:
    """Return the summary of these facts; the same facts always give the same summary."""
    sections = (
        Section("Patient", tuple(_patient(facts.patient))),
        Section("Enrollment", tuple(_enrollment(facts.enrollment, facts.program))),
        Section("Goals", tuple(_goals(facts))),
        Section("Change", tuple(_change(facts))),
        Section("Assessments", tuple(_assessments(facts))),
        Section("Where the data is", tuple(_where(facts))),
    )
    made = f"Made by {facts.author or 'unknown'} on {written(facts.on)}."
    return Summary(f"{facts.program.title}: summary", sections, (Line("", made),))


def one_line(text: str) -> str:
    """Return the text as one line, without what cannot be printed."""
    return " ".join(_UNPRINTABLE.sub(" ", text).split())


def all_lines(text: str) -> list[str]:
    """Return the lines of a text, each as ``one_line``; blank ones at its ends are left out."""
    return [one_line(line) for line in text.strip().splitlines()]


def written(on: date | None) -> str:
    """Write a day the way a person does, e.g. 4 March 2026."""
    return f"{on.day} {on:%B} {on.year}" if on else "not recorded"


def _patient(patient: Identity) -> Iterator[Part]:
    yield Line("Name", patient.name or "not recorded")
    yield Line("Born", patient.born or "not recorded")
    yield Line("MRN", patient.mrn or "not recorded")


def _enrollment(enrollment: Enrollment, program: Program) -> Iterator[Part]:
    consent = enrollment.consent
    remote = enrollment.modality is Modality.TELEHEALTH
    yield Line("Pain condition", enrollment.condition.name or "not recorded")
    yield Line("Status", enrollment.status.value.capitalize())
    yield Line("Started", written(enrollment.started))
    yield Line("Planned sessions", str(enrollment.planned_sessions))
    yield Line("How", "Telehealth" if remote else "In person")
    yield Line("Coach", enrollment.coach.name or "not recorded")
    yield Line("Supervisor", enrollment.supervisor.name or "not recorded")
    yield Line("Consent", f"{consent.method.value.capitalize()}, {written(consent.given_on)}")
    yield from _exit(enrollment, program)


def _exit(enrollment: Enrollment, program: Program) -> Iterator[Part]:
    left = enrollment.exit
    if left is None:
        return
    reasons = {reason.code: reason.display for reason in program.exit_reasons}
    yield Line("Ended", written(left.on))
    yield Line("Reason", reasons.get(left.reason, left.reason))
    if left.note:
        yield Quote("Note", left.note, close=True)


def _goals(facts: Facts) -> Iterator[Part]:
    if not facts.goals:
        yield _none(facts, "goals", "No goals yet.")
    for number, goal in enumerate(facts.goals, 1):
        yield Quote(f"Goal {number}", goal.text)
        yield Line("Progress", _progress(goal))
        if goal.note:
            yield Quote("Note", goal.note, close=True)


def _progress(goal: Goal) -> str:
    marked = f" ({written(goal.achieved_on)})" if goal.achieved_on else ""
    said = [goal.achievement.value.replace("-", " ").capitalize() + marked]
    if goal.due:
        said.append(f"due {written(goal.due)}")
    rated = (("importance", goal.importance), ("confidence", goal.confidence))
    said += [f"{name} {number}/10" for name, number in rated if number is not None]
    return "; ".join(said) + "."


@dataclass(frozen=True)
class _Course:
    """A scale's scores with their days, oldest first, and the one that change is counted from."""

    scale: Scale
    points: Sequence[tuple[date, Fraction]]
    begins: Beginning

    @property
    def first(self) -> tuple[date, Fraction]:
        return self.points[self.begins.number]

    @property
    def outcome(self) -> Outcome | None:
        if self.scale.is_change or self.begins.number == len(self.points) - 1:
            return None
        return Outcome(self.scale, self.first[1], self.points[-1][1])

    def said(self, point: tuple[date, Fraction], name: str = "") -> str:
        return f"{shown(point[1], self.scale.decimals)} ({name}{written(point[0])})"


def _change(facts: Facts) -> Iterator[Part]:
    courses = [course for scale in facts.scales if (course := _course(facts, scale))]
    if not courses:
        yield _none(facts, "assessments", "No scores yet.")
        return
    yield Table(("Scale", "From", "To", "Change"), tuple(map(_row, courses)))
    for course in courses:
        yield Line(course.scale.title, _meaning(course))


def _course(facts: Facts, scale: Scale) -> _Course | None:
    every = [(a, score) for a in facts.assessments for score in a.scores]
    made = [(a, score.value) for a, score in every if score.scale.code == scale.code]
    if not made:
        return None
    points = [(a.on, value) for a, value in made]
    return _Course(scale, points, beginning([a.made for a, _ in made]))


def _row(course: _Course) -> tuple[str, str, str, str]:
    title, outcome, name = course.scale.title, course.outcome, course.begins.name
    first = course.said(course.first, f"{name}, ")
    if course.scale.is_change:
        return title, "", course.said(course.points[-1]), IS_CHANGE.lower()
    if outcome is None:
        alone = len(course.points) == 1
        return title, first, "", "one score so far" if alone else f"no score since the {name}"
    sign = "+" if outcome.change > 0 else ""
    change = sign + shown(outcome.change, course.scale.decimals)
    return title, first, course.said(course.points[-1]), change


def _meaning(course: _Course) -> str:
    scale, outcome = course.scale, course.outcome
    span = f"{shown(scale.least, 0)} to {shown(scale.most, 0)}, {scale.better} is better."
    found = band_at(scale, course.points[-1][1])
    span += f" The last: {found.label}." if found else ""
    return f"{span} {sentence(outcome, judge(outcome))}." if outcome else span


def _assessments(facts: Facts) -> Iterator[Part]:
    if not facts.assessments:
        yield _none(facts, "assessments", "No assessment yet.")
        return
    order = [scale.code for scale in facts.scales]
    rows = tuple((written(a.on), a.occasion, _scores(a.scores, order)) for a in facts.assessments)
    yield Table(("Date", "Occasion", "Scores"), rows)


def _none(facts: Facts, what: str, otherwise: str) -> Line:
    return Line("", "Could not be read." if what in facts.unread else otherwise)


def _where(facts: Facts) -> Iterator[Part]:
    yield Line("", facts.where)
    if facts.unread:
        yield Line("Incomplete, because this could not be read", ", ".join(facts.unread))
    yield Line("", NO_DEVICE)


def _scores(scores: Sequence[Score], order: Sequence[Code]) -> str:
    """In the program's order; a record gives them in none."""
    known = sorted(
        scores, key=lambda s: order.index(s.scale.code) if s.scale.code in order else len(order)
    )
    told = (f"{s.scale.title} {shown(s.value, s.scale.decimals)}" for s in known)
    return "; ".join(told) or "none"
