"""Which of a person's scores change is counted from: the baseline's, whatever came in when."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Made:
    """What a score was made for: the baseline or not, and whether in an enrollment."""

    baseline: bool = False
    enrolled: bool = False


NOT_BASELINE = Made()


@dataclass(frozen=True)
class Beginning:
    """The number of the score that change is counted from, and whether it is the baseline's.

    Where nobody made a baseline it is the first score, and must be called the first.
    """

    number: int
    is_baseline: bool

    @property
    def name(self) -> str:
        """Return what it is called: "baseline" or "first"."""
        return "baseline" if self.is_baseline else "first"


def beginning(scores: Sequence[Made]) -> Beginning:
    """Find the beginning among scores that stand oldest first; there must be one at least.

    A form from paper that is entered late can be dated before the baseline: it is no baseline. Of
    several baselines the first of the enrollment counts; of those made before anybody enrolled, the
    last, because it was made anew.
    """
    found = [number for number, made in enumerate(scores) if made.baseline]
    own = [number for number in found if scores[number].enrolled]
    number = own[0] if own else found[-1] if found else 0
    return Beginning(number, bool(found))
