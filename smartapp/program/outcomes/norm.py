"""Where a score stands among a described group of people."""

from dataclasses import dataclass
from fractions import Fraction
from statistics import NormalDist

from smartapp.program.assessment import shown
from smartapp.program.instrument import Norm, Scale
from smartapp.program.scoring import plain as exact


@dataclass(frozen=True)
class Standing:
    """A score against one norm: ``difference`` from its mean in points, ``deviations`` in its SD.

    ``percentile``, 1 to 99, says how many of a hundred people of the group score lower; None
    unless the scale is built to be normally distributed in them.
    """

    norm: Norm
    difference: Fraction
    deviations: Fraction | None
    percentile: int | None


def standings(scale: Scale, value: Fraction) -> tuple[Standing, ...]:
    """Return where the value stands among each group that the scale's content names."""
    return tuple(_standing(norm, value) for norm in scale.norms)


def sentence(standing: Standing) -> str:
    """Return one sentence for clinicians: how far from whose mean, and the percentile if any."""
    norm, far = standing.norm, standing.difference
    way = f"{plain(abs(far), 1)} points {'above' if far > 0 else 'below'}" if far else "At"
    told = f"{way} the mean of {exact(norm.mean)}: {norm.label} ({norm.source})."
    if standing.percentile is None:
        return told
    return f"{told} {standing.percentile} of 100 of them score lower."


def plain(value: Fraction, decimals: int) -> str:
    """Write a number with at most so many decimals, none where it is whole."""
    return shown(value, 0 if value.denominator == 1 else decimals)


def _standing(norm: Norm, value: Fraction) -> Standing:
    difference = value - norm.mean
    deviations = difference / norm.sd if norm.sd else None
    percentile = None
    if norm.normal and deviations is not None:
        percentile = min(99, max(1, round(100 * NormalDist().cdf(float(deviations)))))
    return Standing(norm, difference, deviations, percentile)
