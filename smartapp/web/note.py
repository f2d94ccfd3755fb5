"""The readable note: what would go into the chart, exactly, and the ways to get it there."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain
from typing import Any

from flask import redirect, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from smartapp.errors import EhrForbidden, EhrNotFound, EhrRejected, EntryRefused, GshError, Problem
from smartapp.fhir import note as records
from smartapp.fhir.chart import AssessmentKept, Kept, Record
from smartapp.fhir.patient import Patient
from smartapp.fhir.place import Place
from smartapp.fhir.plan import Why
from smartapp.program import plain, xhtml
from smartapp.program.assessment import Score
from smartapp.program.enrollment import Enrollment
from smartapp.program.goal import Goal
from smartapp.program.summary import Assessed, Facts, Identity, Summary, summarize, written
from smartapp.web.course import made_for, occasion
from smartapp.web.form import Form, blank, typed
from smartapp.web.opened import opened
from smartapp.web.outcome import scales
from smartapp.web.pages import again, page, pages, saved
from smartapp.web.places import PLACES
from smartapp.web.program import belonging, current

TEMPLATE = "note/show.html"
FORMATS = {records.TEXT: "plain text", records.XHTML: "a formatted page (XHTML)"}
UNREAD = {
    "CareTeam": "care team",
    "Goal": "goals",
    "QuestionnaireResponse": "assessments",
    "Observation": "scores",
}
REFUSED = {
    Why.SCOPE: "This launch was not granted to write notes.",
    Why.REFUSED: "The EHR refused a note of the program.",
    Why.OVERRIDE: "Your administrator has switched notes off.",
    Why.PICKED: "You chose to keep notes out of the chart. The program page lets you choose again.",
}
TAKES_NONE = "This EHR takes no notes from the program."
MOVED_ON = Problem(
    "",
    "The record has changed since this page was opened. Read the note below again, then put it "
    "into the chart.",
)
LEFT = " The earlier note stays beside it: this EHR does not let the program mark it as replaced."


@dataclass(frozen=True)
class Draft:
    """The note as it would go now; ``standing`` is None when the EHR lets no notes be read."""

    enrollment: Kept[Enrollment]
    summary: Summary
    formats: tuple[str, ...]
    standing: records.Standing | None
    refused: str

    @property
    def text(self) -> str:
        """The note as plain text."""
        return plain.text(self.summary)

    @property
    def formatted(self) -> Markup:
        """The note as a part of a page; every value in it is escaped where it is made."""
        return Markup(xhtml.fragment(self.summary, 3))  # noqa: S704 - escaped in xhtml.py

    @property
    def is_plain(self) -> bool:
        """Whether the text is all there is to see."""
        return all(_media(one) == records.TEXT for one in self.formats)

    @property
    def format(self) -> str:
        """What it is sent as, in words."""
        return " and ".join(FORMATS[_media(one)] for one in self.formats)

    @property
    def version(self) -> str:
        """What the page was opened at: everything that would be sent, by whom and which day."""
        made = " ".join(line.text for line in self.summary.colophon)
        return f"{self.summary.fingerprint} {made}"


def _media(content_type: str) -> str:
    return content_type.partition(";")[0].strip()


@pages.get("/note")
def show_note() -> ResponseReturnValue:
    """Show the note and what the chart has of it; without an enrollment there is none."""
    draft = _draft()
    if draft is None:
        return redirect(url_for("pages.index"))
    return page(TEMPLATE, form=blank(draft.version), draft=draft)


@pages.post("/note")
def create_note() -> ResponseReturnValue:
    """Put the note into the chart as it was shown, once however often it is sent."""
    form, draft = typed(), _draft()
    if draft is None:
        return redirect(url_for("pages.index"))
    try:
        sentence = _put(draft, form)
    except GshError as error:
        draft = replace(draft, refused=draft.refused or _refused())
        return again(TEMPLATE, replace(form, version=draft.version), error, draft=draft)
    return saved(sentence, "pages.index")


def _put(draft: Draft, form: Form) -> str:
    if form.version != draft.version:
        raise EntryRefused(MOVED_ON)
    if draft.refused:
        raise EhrForbidden
    put = records.put(opened().chart, draft.enrollment, draft.summary, form.form_id, draft.formats)
    return "The note is in the chart." + (LEFT if put.left else "")


def _draft() -> Draft | None:
    launch = opened()
    record = launch.chart.open()
    enrollment = current(record)
    if enrollment is None:
        return None
    summary = summarize(_facts(record, enrollment))
    refused, standing = _refused(), None
    try:
        standing = records.standing(launch.chart, enrollment, summary)
    except (EhrForbidden, EhrNotFound, EhrRejected):
        refused = refused or TAKES_NONE
    return Draft(enrollment, summary, records.formats(launch.chart), standing, refused)


def _refused() -> str:
    """Why the EHR takes no note, or nothing when it may."""
    placed = records.offered(opened().chart)
    return "" if placed.place is Place.EHR else REFUSED.get(placed.why, TAKES_NONE)


def _facts(record: Record, enrollment: Kept[Enrollment]) -> Facts:
    launch = opened()
    goals, assessments = _goals(record, enrollment), belonging(record, enrollment)
    responses = [response for a in assessments for response in a.responses]
    return Facts(
        patient=_identity(record.patient),
        program=launch.content.program,
        enrollment=enrollment.thing,
        goals=tuple(kept.thing for kept in goals),
        assessments=tuple(sorted(chain(*map(_assessed, assessments)), key=lambda one: one.on)),
        scales=tuple(scales()),
        where=_where({"enrollment": [enrollment], "goals": goals, "assessments": responses}),
        author=launch.user_name,
        on=launch.today,
        unread=tuple(words for type_, words in UNREAD.items() if type_ in record.unread),
    )


def _assessed(kept: AssessmentKept) -> Iterator[Assessed]:
    """An assessment; apart, with its day, what of it was on a paper form of an earlier one."""
    made = [score for score in kept.scores if not score.scale.is_answer]
    by_day: dict[date, list[Score]] = {} if made else {opened().local(kept.on).date(): []}
    for score in made:
        by_day.setdefault(opened().local(kept.on_of(score.scale)).date(), []).append(score)
    for day, scores in by_day.items():
        named = {occasion(kept, score.scale) for score in scores}
        apart = len(by_day) > 1 and len(named) == 1
        words = named.pop() if apart else occasion(kept)
        yield Assessed(day, words, tuple(scores), made_for(kept))


def _identity(patient: Patient) -> Identity:
    born = written(patient.birth_date) if patient.birth_date else patient.born
    return Identity(patient.name, born, patient.mrn)


def _goals(record: Record, enrollment: Kept[Enrollment]) -> list[Kept[Goal]]:
    """The goals that are not of another enrollment."""
    chart = opened().chart
    others = [e for e in record.enrollments if e is not enrollment]
    taken = [goal for other in others for goal in other.resource.get("goal") or ()]
    return [k for k in record.goals if not any(chart.names(g, k.reference) for g in taken)]


def _where(kept: Mapping[str, Sequence[Kept[Any]]]) -> str:
    """Say of each noun in which places its things are."""
    found: dict[str, list[str]] = {}
    for noun, things in kept.items():
        places = [words for place, words in PLACES.items() if any(t.place is place for t in things)]
        found.setdefault(" and ".join(places), []).append(noun)
    found.pop("", None)
    return " ".join(f"Kept in {places}: {', '.join(nouns)}." for places, nouns in found.items())
