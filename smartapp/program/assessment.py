"""Assessments: instruments answered on one occasion, and the exact scores they yield."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from smartapp.program.instrument import Band, Instrument, Item, Scale


class Occasion(StrEnum):
    """When in the program an assessment is made."""

    BASELINE = "baseline"
    SESSION = "session"
    END = "end"
    FOLLOW_UP = "follow-up"


@dataclass(frozen=True)
class Response:
    """One instrument answered: link id to number. What is missing is absent, never 0."""

    instrument: Instrument
    answers: Mapping[str, int]


@dataclass(frozen=True)
class Score:
    """The exact value of a scale, the answers it was made from, and a sentence on ``how``."""

    scale: Scale
    value: Fraction
    answers: Mapping[str, int]
    how: str


def session_number(entry: Mapping[str, str], occasion: Occasion, planned: int | None) -> int | None:
    """Read ``session_number``, 1 to ``planned``; None unless the occasion is a session.

    ``planned`` is the enrollment's number of sessions, None without one; raise EntryRefused.
    """
    raise NotImplementedError


def answered_any(instrument: Instrument, entry: Mapping[str, str]) -> bool:
    """Tell whether any item of the instrument has something typed or chosen."""
    raise NotImplementedError


def answer(instrument: Instrument, entry: Mapping[str, str]) -> Response:
    """Read one instrument's answers from ``<slug>.<link_id>``; raise EntryRefused."""
    raise NotImplementedError


def score(response: Response) -> tuple[Score, ...]:
    """Return every scale's score; raise EntryRefused where too few items are answered."""
    raise NotImplementedError


def unanswered(response: Response) -> tuple[Item, ...]:
    """Return the items without an answer, in the instrument's order."""
    raise NotImplementedError


def band(score: Score) -> Band | None:
    """Return the band the score falls in, or None where the scale has none."""
    raise NotImplementedError


def shown(value: Fraction, decimals: int) -> str:
    """Return the value for display, rounded half away from zero; never compute with it."""
    raise NotImplementedError
