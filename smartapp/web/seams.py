"""Where other parts of the program join the way of an assessment, and what happens without them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from flask import current_app, g

from smartapp.drafts.draft import Draft
from smartapp.fhir import assessment as records
from smartapp.fhir.chart import AssessmentKept, Chart, Record
from smartapp.fhir.response import Answered
from smartapp.program.assessment import Occasion, Score
from smartapp.program.schedule import following
from smartapp.web import safety
from smartapp.web.opened import opened
from smartapp.web.program import belonging, current
from smartapp.web.schedule import planned

EXTENSION = "smartapp.seams"
Items = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Proposal:
    """What to assess now; ``instruments`` are slugs in the order of asking."""

    occasion: Occasion
    session_number: int | None
    instruments: tuple[str, ...]


def likely(record: Record) -> Proposal:
    """What the schedule has next; without an enrollment the baseline, and what follows on it."""
    enrolled = current(record)
    made = belonging(record, enrolled)
    step = following(planned(enrolled.thing, made)) if enrolled else None
    if step:
        return Proposal(step.occasion, step.session_number, step.instruments)
    begun = any(one.occasion is Occasion.BASELINE for one in made)
    occasion = Occasion.FOLLOW_UP if begun else Occasion.BASELINE
    program = opened().content.program
    asked = [rule.instruments for rule in program.planned if rule.occasion is occasion]
    return Proposal(occasion, None, asked[0] if asked else program.instruments)


def submit(
    chart: Chart, draft: Draft, answered: Sequence[Answered], scores: Sequence[Score]
) -> AssessmentKept:
    """Save a new assessment."""
    assert draft.start is not None, "only a draft that can be read is submitted"
    start = draft.start
    said = (Occasion(start.occasion), start.session_number)
    return records.submit(chart, *said, answered, scores, start.enrollment, draft.key)


def frame(_draft: Draft) -> str:
    """The template around a page of a draft: a patient's must not lead into the chart."""
    return "tablet/frame.html" if g.get("handed") else "launched.html"


@dataclass(frozen=True)
class Seams:
    """What ``app`` may put in the extension.

    ``alerts`` is told the answers of one form (by its ``url|version``) whenever some were kept,
    and again before they are submitted; ``web.safety`` keeps what needs action. ``proposed`` says
    what to assess now. ``submit`` saves what was reviewed. ``frame`` names the template around a
    draft's pages.
    """

    alerts: Callable[[Draft, str, Items], None] = safety.alerts
    proposed: Callable[[Record], Proposal] = likely
    submit: Callable[[Chart, Draft, Sequence[Answered], Sequence[Score]], AssessmentKept] = submit
    frame: Callable[[Draft], str] = frame


def seams() -> Seams:
    """The seams of this app."""
    return cast(Seams, current_app.extensions.setdefault(EXTENSION, Seams()))
