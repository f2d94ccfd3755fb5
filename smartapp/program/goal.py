"""Goals in the patient's own words: set, revised, and marked as far as they have come."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from smartapp.program.entry import Entry, Rule

LONGEST = 2000
_TEXT = "Write the goal in the patient's own words."
_TEXT_LONG = "Shorten the goal to 2000 characters. Nothing of it was cut off."
_NOTE_LONG = "Shorten the note to 2000 characters. Nothing of it was cut off."
_DUE = "Choose the day the goal is meant to be reached."
_DUE_PAST = "Choose a day from today on."
_DUE_BEFORE = "Choose a day on or after the day the goal was set."
_IMPORTANCE = "Choose how important the goal is, from 0 to 10."
_CONFIDENCE = "Choose how confident the patient is, from 0 to 10."
_ACHIEVEMENT = "Choose how far the goal has come."


class Achievement(StrEnum):
    """How far a goal has come: the codes of HL7's goal-achievement code system."""

    IN_PROGRESS = "in-progress"
    IMPROVING = "improving"
    WORSENING = "worsening"
    NO_CHANGE = "no-change"
    ACHIEVED = "achieved"
    SUSTAINING = "sustaining"
    NOT_ACHIEVED = "not-achieved"
    NO_PROGRESS = "no-progress"
    NOT_ATTAINABLE = "not-attainable"


CLOSING = frozenset({Achievement.ACHIEVED, Achievement.NOT_ATTAINABLE})


@dataclass(frozen=True)
class Goal:
    """What one person wants to reach.

    ``text`` has 1 to 2000 code points. ``importance`` and ``confidence`` run from 0 to 10. Goals we
    set always have day, importance and confidence; they are None only on a goal somebody else
    wrote into the record. ``achieved_on`` is the day the achievement was last marked, and
    ``closed`` tells that it is no longer worked on.
    """

    text: str
    started: date | None
    due: date | None
    importance: int | None
    confidence: int | None
    achievement: Achievement = Achievement.IN_PROGRESS
    achieved_on: date | None = None
    note: str = ""
    closed: bool = False


def set_goal(entry: Mapping[str, str], today: date) -> Goal:
    """Read a new goal from ``text, due, importance, confidence``; raise EntryRefused."""
    blank = Goal("", today, None, None, None)
    return _read(blank, Entry(entry), Rule(lambda due: due < today, _DUE_PAST))


def revise(goal: Goal, entry: Mapping[str, str], today: date) -> Goal:
    """Return the goal with the words, day and numbers typed; raise EntryRefused.

    The day may already be past, for a late correction, but not before the goal was set.
    """
    started = goal.started or today
    return _read(goal, Entry(entry), Rule(lambda due: due < started, _DUE_BEFORE))


def mark_progress(goal: Goal, entry: Mapping[str, str], today: date) -> Goal:
    """Return the goal with ``achievement`` and ``note`` as of today; raise EntryRefused.

    Achieved and not attainable close the goal; marking it anything else opens it again.
    """
    read = Entry(entry)
    codes = {code.value: code for code in Achievement}
    achievement = read.choice("achievement", codes, _ACHIEVEMENT)
    note = read.words("note", LONGEST, _NOTE_LONG)
    read.settle()
    reached = achievement.value
    return replace(
        goal, achievement=reached, achieved_on=today, note=note, closed=reached in CLOSING
    )


def _read(goal: Goal, entry: Entry, rule: Rule[date]) -> Goal:
    text = entry.words("text", LONGEST, _TEXT_LONG)
    entry.require(bool(text), "text", _TEXT)
    due = entry.day("due", _DUE, rule)
    importance = entry.whole("importance", 0, 10, _IMPORTANCE)
    confidence = entry.whole("confidence", 0, 10, _CONFIDENCE)
    entry.settle()
    return replace(
        goal,
        text=text,
        due=due.value,
        importance=importance.value,
        confidence=confidence.value,
    )
