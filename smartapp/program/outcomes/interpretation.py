"""What a score and its change say to a clinician: one sentence each, with who says so.

Nothing is concluded that no source gives: a scale without a published threshold has no verdict.
"""

from dataclasses import dataclass
from fractions import Fraction

from smartapp.program.assessment import band_at
from smartapp.program.instrument import Scale
from smartapp.program.outcomes import norm, reliable
from smartapp.program.outcomes.change import Outcome
from smartapp.program.outcomes.meaningful import Verdict, asked, judge

UNKNOWN = "No published threshold for a meaningful change is known to us."
_COURSES = {
    "recovered": "By Jacobson and Truax: recovered, reliably better and past the cut-off.",
    "improved": "By Jacobson and Truax: reliably improved.",
    "unchanged": "By Jacobson and Truax: unchanged.",
    "deteriorated": "By Jacobson and Truax: reliably deteriorated.",
}


@dataclass(frozen=True)
class Said:
    """One sentence; ``source`` is empty where the sentence names it or needs none."""

    words: str
    source: str = ""


def direction(scale: Scale) -> Said:
    """Return which way is better, and between which ends."""
    better = "Lower" if scale.better == "lower" else "Higher"
    least, most = norm.plain(scale.least, 1), norm.plain(scale.most, 1)
    return Said(f"{better} is better, from {least} to {most}.")


def standing(scale: Scale, value: Fraction) -> tuple[Said, ...]:
    """Return where a value stands: its band, the cut-off, and each group that has a norm."""
    return (*_band(scale, value), *_cutoff(scale, value), *_norms(scale, value))


def change(outcome: Outcome) -> tuple[Said, ...]:
    """Return each threshold with whether it is reached, and the reliable change if it is known."""
    told = tuple(_held(verdict) for verdict in judge(outcome))
    return (*(told or (Said(UNKNOWN),)), *_reliable(outcome))


def _held(verdict: Verdict) -> Said:
    threshold = verdict.threshold
    reached = f"Reached, for the {verdict.direction}" if verdict.met else "Not reached"
    if not verdict.applies:
        reached = "Not applicable, because there is no share of 0"
    return Said(f"{reached}: {threshold.label}, at least {asked(threshold)}.", threshold.source)


def _band(scale: Scale, value: Fraction) -> tuple[Said, ...]:
    found = band_at(scale, value)
    if found is None:
        return ()
    low, high = norm.plain(found.low, 1), norm.plain(found.high, 1)
    span = low if low == high else f"{low} to {high}"
    return (Said(f"Band: {found.label} ({span}).", scale.bands_source),)


def _cutoff(scale: Scale, value: Fraction) -> tuple[Said, ...]:
    if scale.cutoff is None:
        return ()
    beyond = reliable.is_clinical(scale, scale.cutoff, value)
    worse, better = ("above", "below") if scale.better == "lower" else ("below", "above")
    where = f"At or {worse}" if beyond else better.capitalize()
    at = norm.plain(scale.cutoff.amount, 1)
    return (Said(f"{where} the cut-off of {at}.", scale.cutoff.source),)


def _norms(scale: Scale, value: Fraction) -> tuple[Said, ...]:
    return tuple(Said(norm.sentence(one)) for one in norm.standings(scale, value))


def _reliable(outcome: Outcome) -> tuple[Said, ...]:
    found, course = reliable.reliable(outcome), reliable.course(outcome)
    told = (Said(reliable.sentence(found)),) if found else ()
    return (*told, Said(_COURSES[course])) if course else told
