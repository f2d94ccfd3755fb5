"""One person's change on one scale, from the first score to the last, in exact arithmetic."""

from dataclasses import dataclass
from fractions import Fraction

from smartapp.program.instrument import Scale


@dataclass(frozen=True)
class Outcome:
    """The first and the last score of one person on one scale, in points."""

    scale: Scale
    first: Fraction
    last: Fraction

    @property
    def change(self) -> Fraction:
        """Return last minus first, in points."""
        return self.last - self.first

    @property
    def improvement(self) -> Fraction:
        """Return the change in points, positive when it is for the better."""
        return self.change if self.scale.better == "higher" else -self.change

    @property
    def percent(self) -> Fraction | None:
        """Return the improvement as a share of the first score (3/10 is 30%), None from 0."""
        return self.improvement / self.first if self.first else None
