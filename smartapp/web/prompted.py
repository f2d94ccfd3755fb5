"""Soft prompts: what a score or a change should make a coach think of. Nothing waits for them."""

from collections.abc import Sequence
from dataclasses import dataclass

from smartapp.fhir.chart import AssessmentKept
from smartapp.program.assessment import Score, prompts
from smartapp.program.outcomes.change import Outcome
from smartapp.program.outcomes.deterioration import deterioration
from smartapp.web.outcome import Course


@dataclass(frozen=True)
class Prompted:
    """One prompt: a sentence for the coach, and its ``source`` ("" when that is in it)."""

    sentence: str
    source: str


def of_scores(scores: Sequence[Score]) -> list[Prompted]:
    """What the scores of one assessment prompt."""
    found = [(score.scale.title, prompt) for score in scores for prompt in prompts(score)]
    return [Prompted(f"{title}: {prompt.text}", prompt.source) for title, prompt in found]


def of_courses(courses: Sequence[Course]) -> list[Prompted]:
    """What the last scores prompt, and every change for the worse since the first."""
    last = of_scores([course.points[-1][1] for course in courses])
    return last + [one for course in courses for one in _worse(course.outcome)]


def of_assessment(kept: AssessmentKept, courses: Sequence[Course]) -> list[Prompted]:
    """What one assessment prompts: its scores, and what has got worse from the first to it."""
    found = of_scores(kept.scores)
    for course in courses:
        first, own = course.points[0][1], [s for k, s in course.points if k.key == kept.key]
        if own and own[-1] is not first:
            found += _worse(Outcome(course.scale, first.value, own[-1].value))
    return found


def _worse(outcome: Outcome | None) -> list[Prompted]:
    if outcome is None:
        return []
    title = outcome.scale.title
    return [Prompted(f"{title}: since the first, {why}.", "") for why in deterioration(outcome)]
