"""Whether a change is meaningful, by the published thresholds of its scale, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from smartapp.program.assessment import band_at, shown
from smartapp.program.instrument import Scale, Threshold
from smartapp.program.outcomes.change import Outcome

Direction = Literal["better", "worse", "same"]


@dataclass(frozen=True)
class Verdict:
    """Whether the change reaches a threshold; ``direction`` tells for better or for worse.

    ``applies`` is False where nobody can say: of a first score of 0 there is no share.
    """

    threshold: Threshold
    met: bool
    direction: Direction
    applies: bool = True


def judge(outcome: Outcome) -> tuple[Verdict, ...]:
    """Return one verdict for each of the scale's thresholds, in their order.

    A change for the worse is held against the same amounts. From a first score of 0 no share can
    be taken, so that a percent threshold does not apply. Where a change of band is asked too, both
    must be there (ePPOC: at least 7 points on the PSEQ and another band).
    """
    return tuple(
        Verdict(
            threshold,
            _reaches(outcome, threshold),
            direction(outcome),
            threshold.kind == "absolute" or outcome.percent is not None,
        )
        for threshold in outcome.scale.thresholds
    )


def direction(outcome: Outcome) -> Direction:
    """Tell whether the change is for the better, for the worse, or none."""
    if outcome.improvement == 0:
        return "same"
    return "better" if outcome.improvement > 0 else "worse"


def sentence(outcome: Outcome, verdicts: Sequence[Verdict]) -> str:
    """Return one sentence for clinicians: how much, which way, meaningful or not, and why."""
    reasons = "; ".join(_reason(verdict) for verdict in verdicts)
    return f"{amount(outcome)}: {reasons or 'no published threshold is known to us'}"


def _reaches(outcome: Outcome, threshold: Threshold) -> bool:
    if threshold.band_change and not _changes_band(outcome):
        return False
    if threshold.kind == "absolute":
        return abs(outcome.improvement) >= threshold.amount
    return outcome.percent is not None and abs(outcome.percent) >= threshold.amount


def _changes_band(outcome: Outcome) -> bool:
    return band_at(outcome.scale, outcome.first) != band_at(outcome.scale, outcome.last)


def amount(outcome: Outcome) -> str:
    """Return how much and which way, e.g. "Better by 2.0 points (30%)".

    No share is told on a scale that does not start at zero, where it has no meaning, nor where
    higher is better and no source asks for one: from a low start it has no end.
    """
    way = direction(outcome)
    if way == "same":
        return "No change"
    points = shown(abs(outcome.change), outcome.scale.decimals)
    told = f"{way.capitalize()} by {_points(points)}"
    if outcome.percent is None or not _has_shares(outcome.scale):
        return told
    return f"{told} ({_percent(abs(outcome.percent))})"


def _has_shares(scale: Scale) -> bool:
    asked_for = any(threshold.kind == "percent" for threshold in scale.thresholds)
    return asked_for or (scale.better == "lower" and not scale.least)


def _reason(verdict: Verdict) -> str:
    threshold = verdict.threshold
    if not verdict.applies:
        return f"{threshold.label} has no meaning from 0 ({threshold.source})"
    what = threshold.label if verdict.met else f"less than {threshold.label}"
    worse = " for the worse" if verdict.met and verdict.direction == "worse" else ""
    return f"{what}{worse} (at least {asked(threshold)}; {threshold.source})"


def asked(threshold: Threshold) -> str:
    """Return what a threshold asks for, e.g. "7 points and a change of band"."""
    percent = threshold.kind == "percent"
    least = _percent(threshold.amount) if percent else _points(_plain(threshold.amount))
    return f"{least} and a change of band" if threshold.band_change else least


def _percent(share: Fraction) -> str:
    """Write a share as percent, so that 29.9% never reads as 30%."""
    return _plain(share * 100) + "%"


def _plain(value: Fraction) -> str:
    """Write a number whole where it is, else with one decimal."""
    return shown(value, 0 if value.denominator == 1 else 1)


def _points(number: str) -> str:
    return f"{number} point" if number == "1" else f"{number} points"
