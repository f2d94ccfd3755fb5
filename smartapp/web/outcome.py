"""Outcomes: first against last on each scale, whether the change matters, and the trend."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from smartapp.fhir.chart import AssessmentKept
from smartapp.program.assessment import Occasion, Score, band, shown, unscored
from smartapp.program.instrument import Band, Instrument, Scale
from smartapp.program.outcomes import interpretation
from smartapp.program.outcomes.change import Outcome
from smartapp.program.outcomes.interpretation import Said
from smartapp.program.outcomes.meaningful import Verdict, amount, judge
from smartapp.web.opened import opened
from smartapp.web.paper import marks
from smartapp.web.trend import trend
from smartapp.web.trend_words import Axis, Point, day
from smartapp.web.trend_words import rows as trend_rows


@dataclass(frozen=True)
class Course:
    """All scores of one person on one scale, oldest first, and what became of them.

    ``axis`` is the time that the pictures of all scales share.
    """

    scale: Scale
    points: tuple[tuple[AssessmentKept, Score], ...]
    axis: Axis | None = None

    @property
    def outcome(self) -> Outcome | None:
        """The first against the last score; None with fewer than two."""
        return self._between(0, 2)

    @property
    def latest(self) -> Outcome | None:
        """The last score but one against the last; None with fewer than three."""
        return self._between(-2, 3)

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """Each threshold of the scale held against the change."""
        return judge(self.outcome) if self.outcome else ()

    @property
    def summary(self) -> str:
        """How much and which way since the first and since the one before, for the clinician."""
        told = [(self.outcome, 0), (self.latest, -2)]
        return " ".join(f"Since {self.when(i)}: {amount(o).lower()}." for o, i in told if o)

    @property
    def band(self) -> Band | None:
        """The band of the last score, where the scale has bands."""
        return band(self.points[-1][1])

    @property
    def change(self) -> str:
        """The change as displayed, with its sign; empty with fewer than two scores."""
        return signed(self.outcome) if self.outcome else ""

    @property
    def verdict(self) -> tuple[str, str]:
        """The verdict in a few words, and the kind of pill it is shown as."""
        if not self.scale.thresholds:
            return "No threshold known", "plain"
        met = next((v for v in self.verdicts if v.met), None)
        if met is None:
            return "No meaningful change", "plain"
        better = met.direction == "better"
        return ("Meaningfully better", "good") if better else ("Meaningfully worse", "bad")

    @property
    def read(self) -> list[Said]:
        """Every sentence on the last score and the change, with its source."""
        direction = interpretation.direction(self.scale)
        standing = interpretation.standing(self.scale, self.points[-1][1].value)
        changed = interpretation.change(self.outcome) if self.outcome else ()
        return [direction, *standing, *changed]

    @property
    def rows(self) -> list[tuple[str, str, str, str]]:
        """The trend as a table, oldest first: occasion, date, score and its band."""
        bands = [band(score) for _, score in self.points]
        plain = trend_rows(self._plotted(), self.scale.decimals)
        return [(*row, b.label if b else "") for row, b in zip(plain, bands, strict=True)]

    def when(self, number: int) -> str:
        """Name the occasion and day of one of the scores, e.g. "baseline (4 March 2026)"."""
        kept = self.points[number][0]
        return f"{occasion(kept).lower()} ({day(opened().local(kept.on).date())})"

    def shown(self, score: Score) -> str:
        """Return a score as it is displayed; the exact value stays in the record."""
        return shown(score.value, self.scale.decimals)

    def picture(self) -> Markup:
        """Draw the trend as an inline SVG with a text equivalent."""
        scale = self.scale
        return trend(
            self._plotted(),
            least=scale.least,
            most=scale.most,
            better=scale.better,
            title=scale.title,
            bands=[(b.low, b.high, b.label) for b in scale.bands],
            decimals=scale.decimals,
            axis=self.axis,
        )

    def _between(self, number: int, least: int) -> Outcome | None:
        if len(self.points) < least:
            return None
        return Outcome(self.scale, self.points[number][1].value, self.points[-1][1].value)

    def _plotted(self) -> list[Point]:
        local = opened().local
        return [Point(local(k.on).date(), s.value, occasion(k)) for k, s in self.points]


@dataclass(frozen=True)
class Group:
    """The courses of one instrument: its main scale first, then the others."""

    instrument: Instrument
    courses: tuple[Course, ...]

    @property
    def short(self) -> str:
        """The instrument's short name."""
        return short(self.instrument.slug)


def groups(assessments: Sequence[AssessmentKept]) -> list[Group]:
    """Gather the courses of each instrument, in the program's order, over one time axis."""
    axis = shared_axis(assessments)
    made = [Group(one, tuple(courses(assessments, one.scales, axis))) for one in _instruments()]
    return [group for group in made if group.courses]


def readings(kept: AssessmentKept, courses: Sequence[Course]) -> list[Course]:
    """Return the course up to one assessment of each scale it has a score on, as asked."""
    found = {course.scale.code: course for course in courses}
    order = [scale.code for scale in scales()]
    known = [score for score in kept.scores if score.scale.code in order]
    others = [score for score in kept.scores if score.scale.code not in order]
    known.sort(key=lambda score: order.index(score.scale.code))
    return [_until(kept, score, found.get(score.scale.code)) for score in (*known, *others)]


def lacking(kept: AssessmentKept) -> list[Scale]:
    """Return the scales of what was answered in one assessment that have no score for it."""
    return [scale for one in kept.responses for scale in unscored(one.thing)]


def shared_axis(assessments: Sequence[AssessmentKept]) -> Axis | None:
    """Return the time from the first to the last assessment, with the sessions assessed in it."""
    local = opened().local
    days = [(local(kept.on).date(), kept) for kept in assessments]
    if not days:
        return None
    held: dict[int, date] = {}
    for on, kept in days:
        if kept.occasion is Occasion.SESSION and kept.session_number:
            held.setdefault(kept.session_number, on)
    every = [on for on, _ in days]
    return Axis(min(every), max(every), tuple(sorted((on, n) for n, on in held.items())))


def courses(
    assessments: Sequence[AssessmentKept], scales: Iterable[Scale], axis: Axis | None = None
) -> list[Course]:
    """Gather the scores of each scale over all assessments, in the program's order."""
    made = [(kept, score) for kept in assessments for score in kept.scores]
    gathered = [
        Course(scale, tuple((k, s) for k, s in made if s.scale.code == scale.code), axis)
        for scale in scales
    ]
    return [course for course in gathered if course.points]


def scales() -> list[Scale]:
    """Return every scale of the program's instruments, in the program's order."""
    return [scale for instrument in _instruments() for scale in instrument.scales]


def brief(kept: AssessmentKept) -> str:
    """Say an assessment in a line: the main score of each instrument, in the program's order."""
    made = {score.scale.code: score for score in kept.scores}
    main = [(one, made.get(one.scales[0].code)) for one in _instruments()]
    return "; ".join(
        f"{short(one.slug)} {shown(score.value, score.scale.decimals)}"
        for one, score in main
        if score
    )


def short(slug: str) -> str:
    """Return an instrument's short name, the way clinics say it, e.g. "PHQ-9"."""
    return slug.upper()


def occasion(kept: AssessmentKept) -> str:
    """Name an assessment's occasion the way the clinic says it."""
    words = str(kept.occasion.value).replace("-", " ").capitalize()
    if kept.session_number:
        words = f"Session {kept.session_number}"
    return words + marks(kept.answered)


def signed(outcome: Outcome) -> str:
    """Return the change in points with its sign, as displayed."""
    sign = "+" if outcome.change > 0 else ""
    return sign + shown(outcome.change, outcome.scale.decimals)


def _instruments() -> list[Instrument]:
    """The program's instruments; a site's form that has no score is none."""
    content = opened().content
    asked = [slug for slug in content.program.instruments if slug in content.instruments]
    return [content.instruments[slug] for slug in asked]


def _until(kept: AssessmentKept, score: Score, course: Course | None) -> Course:
    points = course.points if course else ()
    keys = [k.key for k, _ in points]
    if kept.key not in keys:
        return Course(score.scale, ((kept, score),))
    return Course(score.scale, points[: keys.index(kept.key) + 1])
