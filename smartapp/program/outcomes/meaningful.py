"""Whether a change is meaningful, by the published thresholds of its scale, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from smartapp.program.instrument import Threshold
from smartapp.program.outcomes.change import Outcome

Direction = Literal["better", "worse", "same"]


@dataclass(frozen=True)
class Verdict:
    """Whether the change reaches a threshold; ``direction`` tells for better or for worse."""

    threshold: Threshold
    met: bool
    direction: Direction


def judge(outcome: Outcome) -> tuple[Verdict, ...]:
    """Return one verdict for each of the scale's thresholds, in their order."""
    raise NotImplementedError


def sentence(outcome: Outcome, verdicts: Sequence[Verdict]) -> str:
    """Return one sentence for clinicians: how much, which way, meaningful or not, and why."""
    raise NotImplementedError
