"""Reliable change: whether a change is larger than the measure's own error.

Jacobson NS, Truax P. J Consult Clin Psychol 1991;59(1):12-19: RC = change / (sqrt(2) SEM) with
SEM = SD sqrt(1 - r), reliable beyond 1.96; a person has recovered who changed reliably for the
better and crossed the cut-off. The comparison is exact: both sides are squared, no root is taken.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import isqrt
from typing import Literal

from smartapp.program.assessment import shown
from smartapp.program.instrument import Cutoff, Reliability, Scale
from smartapp.program.outcomes.change import Outcome

Z = Fraction(196, 100)
Course = Literal["recovered", "improved", "unchanged", "deteriorated"]


@dataclass(frozen=True)
class ReliableChange:
    """Whether the change is reliable, and how large in points it would have to be to be so.

    ``needed`` is rounded to six decimals and for display; ``reliable`` was decided exactly.
    """

    known: Reliability
    needed: Fraction
    reliable: bool


def reliable(outcome: Outcome) -> ReliableChange | None:
    """Tell whether the change is reliable; None where the measure's error is not known."""
    known = outcome.scale.reliability
    if known is None:
        return None
    limit = _limit_squared(known)
    return ReliableChange(known, _root(limit), outcome.change**2 > limit)


def course(outcome: Outcome) -> Course | None:
    """Put the change into one of Jacobson and Truax's four classes; None without its inputs.

    Without a cut-off nobody can be told recovered, so the scale must have one.
    """
    found, cutoff = reliable(outcome), outcome.scale.cutoff
    if found is None or cutoff is None:
        return None
    if not found.reliable:
        return "unchanged"
    if outcome.improvement < 0:
        return "deteriorated"
    first, last = (is_clinical(outcome.scale, cutoff, v) for v in (outcome.first, outcome.last))
    return "recovered" if first and not last else "improved"


def sentence(found: ReliableChange) -> str:
    """Return one sentence for clinicians: reliable or not, beyond how many points, and why."""
    points = shown(found.needed, 2)
    if found.reliable:
        return f"A reliable change: more than {points} points ({found.known.source})."
    return (
        f"Not a reliable change: it may be the measure's own error, which reaches {points} points "
        f"({found.known.source})."
    )


def is_clinical(scale: Scale, cutoff: Cutoff, value: Fraction) -> bool:
    """Tell whether a value lies in the clinical range, the cut-off itself included."""
    return value >= cutoff.amount if scale.better == "lower" else value <= cutoff.amount


def _limit_squared(known: Reliability) -> Fraction:
    if known.mdc95 is not None:
        return known.mdc95**2
    if known.sem is not None:
        return 2 * (Z * known.sem) ** 2
    assert known.sd is not None, "soundness asks for one of the three"
    assert known.coefficient is not None, "soundness asks for both"
    return 2 * (Z * known.sd) ** 2 * (1 - known.coefficient)


def _root(square: Fraction) -> Fraction:
    """Return the square root, rounded down to six decimals."""
    return Fraction(isqrt(int(square * 10**12)), 10**6)
