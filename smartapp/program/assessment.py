"""Assessments: instruments answered on one occasion, and the exact scores they yield."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from smartapp.errors import EntryRefused, Problem
from smartapp.program.entry import Entry, Field
from smartapp.program.instrument import Band, Instrument, Item, Prompt, Scale
from smartapp.program.scoring import how, value, worth

_SESSION = "Choose which of the planned sessions this is."
_NOT_ENROLLED = "A session belongs to an enrollment. Enroll the person first, or choose otherwise."
_MISSING = "Question {}: choose an answer. The score needs it."
_NOT_OFFERED = "Choose one of the answers offered."


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
    if occasion is not Occasion.SESSION:
        return None
    read = Entry(entry)
    if planned is None:
        raise EntryRefused(Problem("occasion", _NOT_ENROLLED))
    number = read.whole("session_number", 1, planned, _SESSION)
    read.settle()
    return number.value


def answer(instrument: Instrument, entry: Mapping[str, str]) -> Response:
    """Read one instrument's answers from ``<slug>.<link_id>``; raise EntryRefused.

    Refused are answers not offered, and each question left out that a scale cannot do without.
    """
    read = Entry(entry)
    given = [item for item in instrument.items if read.text(instrument.field(item))]
    answers = {item.link_id: _number(instrument, item, read) for item in given}
    for problem in _left_out(instrument, answers):
        read.require(False, problem.field, problem.sentence)
    read.settle()
    return Response(instrument, {link_id: number.value for link_id, number in answers.items()})


def score(response: Response) -> tuple[Score, ...]:
    """Return every scale's score; raise EntryRefused where too few items are answered.

    A scale that may do with fewer answers takes the mean of those given for the missing ones.
    """
    lacking = _left_out(response.instrument, response.answers)
    if lacking:
        raise EntryRefused(*lacking)
    return attainable(response)


def attainable(response: Response) -> tuple[Score, ...]:
    """Return the score of each scale that has answers enough; ``unscored`` names the others."""
    lacking = unscored(response)
    scales = response.instrument.scales
    return tuple(_score(response, scale) for scale in scales if scale not in lacking)


def unscored(response: Response) -> tuple[Scale, ...]:
    """Return the scales with too few answers; their ``missing_rule`` says how many they need."""
    return tuple(
        scale
        for scale in response.instrument.scales
        if len(response.answers.keys() & set(scale.items)) < scale.answers_needed
    )


def unanswered(response: Response) -> tuple[Item, ...]:
    """Return the items without an answer, in the instrument's order."""
    return tuple(i for i in response.instrument.items if i.link_id not in response.answers)


def band(score: Score) -> Band | None:
    """Return the band the score falls in, or None where the scale has none."""
    return band_at(score.scale, score.value)


def band_at(scale: Scale, value: Fraction) -> Band | None:
    """Return the highest band starting at or below the value, so that none falls between two."""
    reached = [band for band in scale.bands if band.low <= value]
    return max(reached, key=lambda band: band.low, default=None)


def prompts(score: Score) -> tuple[Prompt, ...]:
    """Return what the score should make a clinician think of; it is no judgment of risk."""
    return tuple(
        prompt
        for prompt in score.scale.prompts
        if (score.value < prompt.amount) == (prompt.kind == "below")
    )


def shown(value: Fraction, decimals: int) -> str:
    """Return the value for display, rounded half away from zero; never compute with it."""
    scaled = int(abs(value) * 10**decimals + Fraction(1, 2))
    digits = str(scaled).rjust(decimals + 1, "0")
    sign = "-" if value < 0 and scaled else ""
    cut = len(digits) - decimals
    return sign + digits[:cut] + ("." + digits[cut:] if decimals else "")


def _number(instrument: Instrument, item: Item, read: Entry) -> Field[int]:
    offered = {str(number): number for number in item.numbers}
    return read.choice(instrument.field(item), offered, _NOT_OFFERED)


def _left_out(instrument: Instrument, answered: Mapping[str, object]) -> tuple[Problem, ...]:
    """Name each question that a scale cannot do without by its number."""
    missing = {
        link_id
        for scale in instrument.scales
        if not scale.is_answer
        and sum(link_id in answered for link_id in scale.items) < scale.answers_needed
        for link_id in scale.items
        if link_id not in answered
    }
    return tuple(
        Problem(instrument.field(item), _MISSING.format(instrument.number(item)))
        for item in instrument.items
        if item.link_id in missing
    )


def _score(response: Response, scale: Scale) -> Score:
    instrument, answers = response.instrument, response.answers
    items = [i for i in instrument.items if i.link_id in scale.items and i.link_id in answers]
    counted = {i.link_id: worth(scale, i, answers[i.link_id]) for i in items}
    used = {link_id: answers[link_id] for link_id in scale.items if link_id in answers}
    return Score(scale, value(scale, counted), used, how(instrument, scale, counted))
