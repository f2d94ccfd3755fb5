"""The schedule as the program page shows it: each planned assessment in words, and its start."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask import url_for

from smartapp.drafts.draft import Draft
from smartapp.drafts.draft import State as DraftState
from smartapp.fhir import manner
from smartapp.fhir.chart import AssessmentKept, Kept
from smartapp.program.assessment import Occasion
from smartapp.program.enrollment import Enrollment
from smartapp.program.schedule import Made, State, Step, following, schedule
from smartapp.web.course import short
from smartapp.web.form import Form, blank
from smartapp.web.opened import opened
from smartapp.web.trend_words import day

STATES = {
    State.DONE: ("Done", "good"),
    State.DUE: ("Due", "active"),
    State.OVERDUE: ("Overdue", "bad"),
    State.UPCOMING: ("Upcoming", "plain"),
    State.MISSED: ("Missed", "warn"),
}


@dataclass(frozen=True)
class Line:
    """One planned assessment as a row of the card.

    ``when`` may be empty. ``instruments`` and ``lacking`` are short names. ``resume`` is the
    address of its unfinished draft. ``form_id`` is that of the form that starts it at once, None
    where it cannot be started now; ``is_next`` marks the one to make next. ``is_sent``: that draft
    was submitted and is not in the record yet.
    """

    step: Step
    title: str
    state: str
    tone: str
    when: str
    instruments: str
    lacking: str
    resume: str
    form_id: UUID | None
    is_next: bool
    is_sent: bool


def planned(
    enrollment: Enrollment, assessments: Sequence[AssessmentKept], held: int | None = None
) -> tuple[Step, ...]:
    """Return every planned assessment of an enrollment, today.

    ``assessments`` are the enrollment's own. ``held`` is the number of the last session held; None
    takes the highest that was assessed.
    """
    made = [_made(kept) for kept in assessments if isinstance(kept.occasion, Occasion)]
    rules = opened().content.program.planned
    return schedule(rules, enrollment, made, opened().today, held)


def lines(
    enrollment: Kept[Enrollment] | None,
    assessments: Sequence[AssessmentKept],
    drafts: Sequence[Draft],
) -> list[Line]:
    """Return the rows of the card; none without an enrollment.

    An unfinished draft of an occasion is gone on with, so that no second one is started.
    """
    if enrollment is None:
        return []
    steps = planned(enrollment.thing, assessments)
    nearest, begun = following(steps), _begun(drafts, enrollment.reference)
    return [
        _line(step, step is nearest, begun.get((step.occasion, step.session_number)))
        for step in steps
    ]


def gone_on_with(form: Form) -> Draft | None:
    """Return the unfinished draft of what a button of the card would start a second time.

    Such a form names its enrollment in ``planned``; others start what they say.
    """
    enrollment = form.value("planned")
    if not enrollment:
        return None
    number = form.value("session_number")
    asked = (form.value("occasion"), int(number) if number.isdecimal() else None)
    return _begun(opened().drafts.unfinished(), enrollment).get(asked)


def _begun(drafts: Sequence[Draft], enrollment: str) -> dict[tuple[str, int | None], Draft]:
    starts = [(draft.start, draft) for draft in drafts]
    return {
        (start.occasion, start.session_number): draft
        for start, draft in starts
        if start and start.enrollment in (None, enrollment)
    }


def _made(kept: AssessmentKept) -> Made:
    slugs = {raw["url"]: slug for slug, raw in opened().content.questionnaires.items()}
    asked = [(str(r.get("questionnaire") or "").partition("|")[0], r) for r in kept.answered]
    told = [
        (slugs[url], manner.on(r.get("authored"), opened().zone))
        for url, r in asked
        if url in slugs
    ]
    days = {slug: opened().local(on).date() for slug, on in (*told, *kept.times.items()) if on}
    on = opened().local(kept.on).date()
    return Made(Occasion(kept.occasion), kept.session_number, on, frozenset(days), days)


def _line(step: Step, is_next: bool, draft: Draft | None) -> Line:
    can_start = (is_next or step.is_wanted) and draft is None
    return Line(
        step,
        _title(step),
        *STATES[step.state],
        _when(step, opened().today),
        ", ".join(short(slug) for slug in step.instruments),
        ", ".join(short(slug) for slug in step.lacking),
        url_for("pages.show_draft", key=draft.key) if draft else "",
        blank().form_id if can_start else None,
        is_next,
        draft is not None and draft.state is DraftState.SENDING,
    )


def _title(step: Step) -> str:
    if step.session_number:
        return f"Session {step.session_number}"
    return {"end": "End of the program"}.get(step.occasion.value, step.occasion.value.capitalize())


def _when(step: Step, today: date) -> str:
    """Say when: done on, due since, upcoming on; a session has no day of its own."""
    if step.made_on:
        earlier = "; ".join(f"{short(slug)} on {day(on)}" for slug, on in step.earlier)
        return f"on {day(step.made_on)}" + (f" ({earlier})" if earlier else "")
    if step.occasion is Occasion.SESSION:
        return "at the next session" if step.state is State.DUE else ""
    if step.due is None:
        return _undated(step)
    if step.due == today:
        return "today"
    return f"{'on' if step.due > today else 'since'} {day(step.due)}"


def _undated(step: Step) -> str:
    rules = opened().content.program.planned
    months = next(rule.months_after for rule in rules if rule.occasion is step.occasion)
    return f"{months} months after the end" if months else "with the last session"
