"""Outcomes: first against last on each scale, whether the change matters, and the trend."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from smartapp.fhir.chart import AssessmentKept
from smartapp.program.assessment import Score, band, shown
from smartapp.program.instrument import Band, Scale, Threshold
from smartapp.program.outcomes.change import Outcome
from smartapp.program.outcomes.meaningful import Verdict, amount, asked, judge
from smartapp.web.opened import opened
from smartapp.web.paper import marks
from smartapp.web.trend import Point, trend
from smartapp.web.trend import rows as trend_rows


@dataclass(frozen=True)
class Course:
    """All scores of one person on one scale, oldest first, and what became of them."""

    scale: Scale
    points: tuple[tuple[AssessmentKept, Score], ...]

    @property
    def outcome(self) -> Outcome | None:
        """The first against the last score; None with fewer than two."""
        if len(self.points) < 2:
            return None
        return Outcome(self.scale, self.points[0][1].value, self.points[-1][1].value)

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """Each threshold of the scale held against the change."""
        return judge(self.outcome) if self.outcome else ()

    @property
    def summary(self) -> str:
        """How much and which way, in a few words for the clinician."""
        return amount(self.outcome) if self.outcome else ""

    @property
    def band(self) -> Band | None:
        """The band of the last score, where the scale has bands."""
        return band(self.points[-1][1])

    @property
    def change(self) -> str:
        """The change as displayed, with its sign; empty with fewer than two scores."""
        if self.outcome is None:
            return ""
        sign = "+" if self.outcome.change > 0 else ""
        return sign + shown(self.outcome.change, self.scale.decimals)

    @property
    def verdict(self) -> tuple[str, str]:
        """The verdict in a few words, and the kind of pill it is shown as."""
        met = next((v for v in self.verdicts if v.met), None)
        if met is None:
            return "No meaningful change", "plain"
        better = met.direction == "better"
        return ("Meaningfully better", "good") if better else ("Meaningfully worse", "bad")

    @property
    def judged(self) -> list[tuple[str, str, str]]:
        """Each threshold in words: what it asks, whether it is reached, and its source."""
        verdicts = self.verdicts
        return [(threshold_words(v.threshold), _reached(v), v.threshold.source) for v in verdicts]

    @property
    def range(self) -> str:
        """The scale's range in points."""
        return f"{shown(self.scale.least, 0)} to {shown(self.scale.most, 0)}"

    @property
    def rows(self) -> list[tuple[str, str, str]]:
        """The trend as a table, oldest first."""
        return trend_rows(self._plotted(), self.scale.decimals)

    def shown(self, score: Score) -> str:
        """Return a score as it is displayed; the exact value stays in the record."""
        return shown(score.value, self.scale.decimals)

    def picture(self) -> Markup:
        """Draw the trend as an inline SVG with a text equivalent."""
        bands = [(b.low, b.high, b.label) for b in self.scale.bands]
        scale = self.scale
        return trend(
            self._plotted(),
            least=scale.least,
            most=scale.most,
            better=scale.better,
            title=scale.title,
            bands=bands,
            decimals=scale.decimals,
        )

    def _plotted(self) -> list[Point]:
        local = opened().local
        return [Point(local(k.on).date(), s.value, occasion(k)) for k, s in self.points]


def _reached(verdict: Verdict) -> str:
    return f"yes, for the {verdict.direction}" if verdict.met else "no"


def threshold_words(threshold: Threshold) -> str:
    """Say what a threshold asks for, e.g. "a meaningful change: at least 1 point"."""
    return f"{threshold.label}: at least {asked(threshold)}"


def occasion(kept: AssessmentKept) -> str:
    """Name an assessment's occasion the way the clinic says it."""
    words = str(kept.occasion.value).replace("-", " ").capitalize()
    if kept.session_number:
        words = f"Session {kept.session_number}"
    return words + marks(kept.answered)


def courses(assessments: Sequence[AssessmentKept], scales: Iterable[Scale]) -> list[Course]:
    """Gather the scores of each scale over all assessments, in the program's order."""
    made = [(kept, score) for kept in assessments for score in kept.scores]
    gathered = [
        Course(scale, tuple((k, s) for k, s in made if s.scale.code == scale.code))
        for scale in scales
    ]
    return [course for course in gathered if course.points]


def scales() -> list[Scale]:
    """Return every scale of the program's instruments, in the program's order."""
    content = opened().content
    asked = [slug for slug in content.program.instruments if slug in content.instruments]
    chosen = [content.instruments[slug] for slug in asked]
    return [scale for instrument in chosen for scale in instrument.scales]
