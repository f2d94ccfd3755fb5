"""Outcomes: the course of every scale that was answered, gathered by instrument."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from smartapp.fhir.chart import AssessmentKept
from smartapp.program.assessment import Occasion, Score, shown, unscored
from smartapp.program.instrument import Code, Instrument, Scale
from smartapp.web.course import Course, occasion, short
from smartapp.web.opened import opened
from smartapp.web.pages import unbroken
from smartapp.web.trend_words import Axis, short_day


@dataclass(frozen=True)
class Group:
    """The courses of one instrument, in its own order.

    ``answers`` are those of single questions that the instrument does not count as scores.
    """

    instrument: Instrument
    courses: tuple[Course, ...]
    answers: tuple[Course, ...] = ()

    @property
    def short(self) -> str:
        """The instrument's short name."""
        return short(self.instrument.slug)

    @property
    def name(self) -> Markup:
        """The short name and what is shown below it, without saying the name twice."""
        title = self.main[0].scale.title if len(self.main) == 1 else ""
        rest = title.removeprefix(self.short).strip()
        return unbroken(self.short) + Markup(' <span class="quiet-text">{}</span>').format(rest)

    @property
    def main(self) -> tuple[Course, ...]:
        """The courses shown at once; the others are parts of them."""
        codes = [scale.code for scale in self.instrument.main]
        known = tuple(course for course in self.courses if course.scale.code in codes)
        return known or self.courses[:1]

    @property
    def others(self) -> tuple[Course, ...]:
        """The courses of scores that are shown on demand."""
        return tuple(course for course in self.courses if course not in self.main)

    @property
    def every(self) -> tuple[Course, ...]:
        """The courses of scores and of single questions."""
        return (*self.courses, *self.answers)

    @property
    def heads(self) -> tuple[str, ...]:
        """The headings above ``rows``: the question, then each occasion with its day."""
        local, scale = opened().local, self.instrument.scales[0]
        days = [(k, short_day(local(k.on_of(scale)).date())) for k in self._kept]
        return ("Question", *(f"{occasion(kept, scale)}, {on}" for kept, on in days))

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """The answers to single questions, one a row, oldest first; a dash where there is none."""
        said = [{k.key: self._said(s) for k, s in one.points} for one in self.answers]
        titles = [course.scale.title for course in self.answers]
        return [
            (title, *(one.get(kept.key, "-") for kept in self._kept))
            for title, one in zip(titles, said, strict=True)
        ]

    @property
    def _kept(self) -> list[AssessmentKept]:
        made = {kept.key: kept for course in self.answers for kept, _ in course.points}
        return sorted(made.values(), key=lambda kept: kept.on_of(self.instrument.scales[0]))

    def _said(self, score: Score) -> str:
        """An answer as it was given: in words where it has some."""
        asked = (item for item in self.instrument.items if item.link_id in score.answers)
        words = [item.option(score.answers[item.link_id]) for item in asked]
        return words[0].text if words and words[0] else shown(score.value, score.scale.decimals)


def groups(assessments: Sequence[AssessmentKept]) -> list[Group]:
    """Gather the courses of each instrument, in the program's order, over one time axis."""
    axis = shared_axis(assessments)
    made = [_group(one, courses(assessments, one.scales, axis)) for one in _instruments()]
    return [group for group in made if group.every]


def _group(instrument: Instrument, every: Sequence[Course]) -> Group:
    scores = tuple(course for course in every if not course.scale.is_answer)
    return Group(instrument, scores, tuple(course for course in every if course.scale.is_answer))


def readings(kept: AssessmentKept, courses: Sequence[Course]) -> list[Course]:
    """Return the course up to one assessment of each scale it has a score on, as asked."""
    found = {course.scale.code: course for course in courses}
    order = [scale.code for scale in scales()]
    made = [score for score in kept.scores if not score.scale.is_answer]
    known = [score for score in made if score.scale.code in order]
    others = [score for score in made if score.scale.code not in order]
    known.sort(key=lambda score: order.index(score.scale.code))
    every = [(score, found.get(score.scale.code)) for score in (*known, *others)]
    return [(course or Course(score.scale, ())).until(kept, score) for score, course in every]


def lacking(kept: AssessmentKept) -> list[Scale]:
    """Return the scales of what was answered in one assessment that have no score for it."""
    every = [scale for one in kept.responses for scale in unscored(one.thing)]
    return [scale for scale in every if not scale.is_answer]


def shared_axis(assessments: Sequence[AssessmentKept]) -> Axis | None:
    """Return the time from the first to the last assessment, with the sessions assessed in it."""
    local = opened().local
    if not assessments:
        return None
    held: dict[int, date] = {}
    for kept in assessments:
        if kept.occasion is Occasion.SESSION and kept.session_number:
            held.setdefault(kept.session_number, local(kept.on).date())
    every = [local(on).date() for kept in assessments for on in (kept.on, *kept.times.values())]
    return Axis(min(every), max(every), tuple(sorted((on, n) for n, on in held.items())))


def courses(
    assessments: Sequence[AssessmentKept], scales: Iterable[Scale], axis: Axis | None = None
) -> list[Course]:
    """Gather the scores of each scale over all assessments, in the program's order."""
    made = [(kept, score) for kept in assessments for score in kept.scores]
    made.sort(key=lambda one: one[0].on_of(one[1].scale))
    gathered = [
        Course(scale, tuple((k, s) for k, s in made if s.scale.code == scale.code), axis)
        for scale in scales
    ]
    return [course for course in gathered if course.points]


def scales() -> list[Scale]:
    """Return every score of the program's instruments, in the program's order."""
    every = [scale for instrument in _instruments() for scale in instrument.scales]
    return [scale for scale in every if not scale.is_answer]


def brief(kept: AssessmentKept) -> Markup:
    """Say an assessment in a line: the main scores of each instrument, in the program's order."""
    made = {score.scale.code: score for score in kept.scores}
    return unbroken("; ".join(filter(None, (_in_short(one, made) for one in _instruments()))))


def _in_short(instrument: Instrument, made: Mapping[Code, Score]) -> str:
    """The instrument's name and its score; where one does not say it all, each by its name."""
    name, main = short(instrument.slug), instrument.main
    found = [made[scale.code] for scale in main if scale.code in made]
    said = [(s.scale.title, shown(s.value, s.scale.decimals)) for s in found]
    if len(main) == 1:
        return "".join(f"{name} {value}" for _, value in said)
    parts = ", ".join(f"{title.removeprefix(name).strip()} {value}" for title, value in said)
    return f"{name} {parts}" if parts else ""


def _instruments() -> list[Instrument]:
    """The program's instruments; a site's form that has no score is none."""
    content = opened().content
    asked = [slug for slug in content.program.instruments if slug in content.instruments]
    return [content.instruments[slug] for slug in asked]
