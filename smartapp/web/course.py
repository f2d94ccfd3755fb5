"""One scale of one person: all its scores, the change since the baseline, and what it means."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from markupsafe import Markup

from smartapp.fhir.assessment import in_enrollment
from smartapp.fhir.chart import AssessmentKept
from smartapp.program.assessment import Occasion, Score, band, shown
from smartapp.program.instrument import Band, Scale
from smartapp.program.outcomes import interpretation
from smartapp.program.outcomes.baseline import Beginning, Made, beginning
from smartapp.program.outcomes.change import Outcome
from smartapp.program.outcomes.interpretation import Said
from smartapp.program.outcomes.meaningful import Verdict, amount, judge
from smartapp.web.hands import marks
from smartapp.web.opened import opened
from smartapp.web.trend import trend
from smartapp.web.trend_words import Axis, Point, day
from smartapp.web.trend_words import rows as trend_rows


@dataclass(frozen=True)
class Course:
    """All scores of one person on one scale, oldest first, and what became of them.

    Change is counted from the baseline's. ``axis`` is the time that the pictures of all scales
    share.
    """

    scale: Scale
    points: tuple[tuple[AssessmentKept, Score], ...]
    axis: Axis | None = None

    @cached_property
    def begins(self) -> Beginning:
        """The score that change is counted from, and whether it is the baseline's."""
        return beginning([made_for(kept) for kept in self._kept])

    @property
    def first(self) -> Score:
        """The score that change is counted from."""
        return self.points[self.begins.number][1]

    @property
    def outcome(self) -> Outcome | None:
        """The baseline against the last score; None with nothing after it."""
        return self._since(self.begins.number)

    @property
    def latest(self) -> Outcome | None:
        """The last score but one against the last; None where that one is the baseline."""
        before = len(self.points) - 2
        return self._since(before) if before > self.begins.number else None

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """Each threshold of the scale held against the change."""
        return judge(self.outcome) if self.outcome else ()

    @property
    def summary(self) -> str:
        """How much and which way since the baseline and since the one before, for the clinician."""
        if self.outcome is None:
            return ""
        start = self.when(self.begins.number)
        since = start if self.begins.is_baseline else f"the first, {start}"
        told = [(self.outcome, since), (self.latest, self.when(-2))]
        return " ".join(f"Since {when}: {amount(o).lower()}." for o, when in told if o)

    @property
    def band(self) -> Band | None:
        """The band of the last score, where the scale has bands."""
        return band(self.points[-1][1])

    @property
    def change(self) -> str:
        """The change as displayed, with its sign; empty where there is none."""
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
    def heads(self) -> tuple[str, ...]:
        """The headings above ``rows``."""
        return ("Occasion", "Date", "Score", "Band")[: 4 if self.scale.bands else 3]

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """The trend as a table, oldest first: occasion, date, score and any band."""
        plain = trend_rows(self._plotted(), self.scale.decimals)
        found = [(b.label,) if (b := band(score)) else () for _, score in self.points]
        return [(*row, *label) for row, label in zip(plain, found, strict=True)]

    def when(self, number: int) -> str:
        """Name the occasion and day of one of the scores, e.g. "baseline (4 March 2026)"."""
        kept = self.points[number][0]
        on = opened().local(kept.on_of(self.scale)).date()
        return f"{occasion(kept, self.scale).lower()} ({day(on)})"

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

    def until(self, kept: AssessmentKept, score: Score) -> "Course":
        """Return the course up to one assessment; that alone where it came before the baseline."""
        keys = [one.key for one in self._kept]
        if kept.key not in keys or keys.index(kept.key) < self.begins.number:
            return Course(self.scale, ((kept, score),))
        return Course(self.scale, self.points[: keys.index(kept.key) + 1])

    @property
    def _kept(self) -> list[AssessmentKept]:
        return [kept for kept, _ in self.points]

    def _since(self, number: int) -> Outcome | None:
        if self.scale.is_change or number >= len(self.points) - 1:
            return None
        return Outcome(self.scale, self.points[number][1].value, self.points[-1][1].value)

    def _plotted(self) -> list[Point]:
        baseline = self.begins.number if self.begins.is_baseline else -1
        days = [opened().local(kept.on_of(self.scale)).date() for kept in self._kept]
        return [
            Point(days[i], s.value, occasion(k, self.scale), is_baseline=i == baseline)
            for i, (k, s) in enumerate(self.points)
        ]


def made_for(kept: AssessmentKept) -> Made:
    """Return whether it was made as the baseline, and in an enrollment."""
    return Made(kept.occasion is Occasion.BASELINE, in_enrollment(kept))


def occasion(kept: AssessmentKept, scale: Scale | None = None) -> str:
    """Name an assessment's occasion the way the clinic says it; of a scale, as it was for that."""
    words = str(kept.occasion.value).replace("-", " ").capitalize()
    if kept.session_number:
        words = f"Session {kept.session_number}"
    return words + marks(_of(kept, scale) if scale else _every(kept))


def short(slug: str) -> str:
    """Return an instrument's short name, the way clinics say it, e.g. "PHQ-9"."""
    return slug.upper()


def signed(outcome: Outcome) -> str:
    """Return the change in points with its sign, as displayed."""
    sign = "+" if outcome.change > 0 else ""
    return sign + shown(outcome.change, outcome.scale.decimals)


def _of(kept: AssessmentKept, scale: Scale) -> list[tuple[str, Mapping[str, Any]]]:
    source = kept.of(scale)
    return [("", source.resource)] if source else []


def _every(kept: AssessmentKept) -> list[tuple[str, Mapping[str, Any]]]:
    """The responses of an assessment, each with the short name of its questionnaire."""
    known = {one.id: short(one.thing.instrument.slug) for one in kept.responses}
    return [(known.get(one["id"]) or _title(one), one) for one in kept.answered]


def _title(response: Mapping[str, Any]) -> str:
    form = opened().content.forms.get(str(response.get("questionnaire") or ""))
    return form.title.plain if form else "one questionnaire"
