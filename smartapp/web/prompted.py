"""Soft prompts: what a score or a change should make a coach think of. Nothing waits for them."""

from collections.abc import Sequence
from dataclasses import dataclass

from smartapp.fhir.chart import AssessmentKept
from smartapp.program.assessment import Score, prompts
from smartapp.program.outcomes.deterioration import deterioration
from smartapp.web.course import Course
from smartapp.web.outcome import readings


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
    """What the last scores prompt, and every change for the worse since the baseline."""
    last = of_scores([course.points[-1][1] for course in courses])
    return last + [one for course in courses for one in _worse(course)]


def of_assessment(kept: AssessmentKept, courses: Sequence[Course]) -> list[Prompted]:
    """What one assessment prompts: its scores, and what has got worse since the baseline."""
    changed = [one for course in readings(kept, courses) for one in _worse(course)]
    return of_scores(kept.scores) + changed


def _worse(course: Course) -> list[Prompted]:
    if course.outcome is None:
        return []
    since = f"{course.scale.title}: since the {course.begins.name}"
    return [Prompted(f"{since}, {why}.", "") for why in deterioration(course.outcome)]
