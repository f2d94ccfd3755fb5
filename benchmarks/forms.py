"""The forms that clinicians fill in during the faulty run, and the process that sends them.

A course is one patient's: enroll, set goals, assess, mark progress, in an order drawn from a seed.
A worker does what the pages do and may be killed at any moment; it keeps nothing.
"""

import logging
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from multiprocessing.connection import Connection
from random import Random
from uuid import UUID

import requests

from benchmarks.waiting import Shelter, outbox, tidied
from smartapp.content import load
from smartapp.errors import EhrUnreachable, GshError
from smartapp.fhir import assessment, enrollment, goal
from smartapp.fhir.chart import Chart, Kept
from smartapp.fhir.client import EhrClient
from smartapp.fhir.http import Timeout
from smartapp.outbox.patient import PatientOutbox
from smartapp.program.assessment import Occasion, Response, score
from smartapp.program.enrollment import (
    Condition,
    Consent,
    ConsentMethod,
    Enrollment,
    Modality,
    Person,
)
from smartapp.program.goal import Achievement, Goal
from smartapp.sealed import Whose

TODAY = date(2026, 11, 23)
GOALS, ASSESSMENTS = 4, 3
ASKED = ("peg", "pseq")
content = cache(load)


@dataclass(frozen=True)
class Form:
    """One form as it is sent, however often.

    ``words`` stand nowhere else: a goal's text, or the note of a change. ``about`` is the form
    that set the goal that is changed. ``answer`` is the number given to every question.
    """

    kind: str
    patient: str
    form_id: UUID
    words: str = ""
    about: UUID | None = None
    answer: int = 0


@dataclass(frozen=True)
class Sent:
    """A form on its way to a worker, with what the pages before it showed.

    ``enrolled`` and ``goal`` are ids in the record, ``version`` the goal's that was shown. With a
    ``shelter`` it goes through the outbox.
    """

    form: Form
    base: str
    timeout: Timeout
    enrolled: str = ""
    goal: str = ""
    version: str = ""
    shelter: Shelter | None = None


@dataclass(frozen=True)
class Told:
    """What the user is told: the error's code and sentence, or none; and what the page shows."""

    code: str = ""
    sentence: str = ""
    id: str = ""
    version: str = ""
    says: str = ""


@dataclass
class Course:
    """One patient's forms, in order, and what became known of the record while sending them."""

    patient: str
    forms: list[Form]
    enrolled: str = ""
    goals: dict[UUID, str] = field(default_factory=dict)


def course(seed: int, number: int) -> Course:
    """The forms of one patient, the same for the same seed."""
    random = Random(f"{seed}/{number}")
    patient = f"p{number}"
    new = lambda: UUID(int=random.getrandbits(128), version=4)  # noqa: E731 - one line says it
    goals = [Form("goal", patient, new(), f"Goal {number}/{n}") for n in range(GOALS)]
    changes = [
        Form("change", patient, new(), f"Progress {number}/{n}", about=one.form_id)
        for n, one in enumerate(goals)
    ]
    scored = [
        Form("assess", patient, new(), answer=random.randint(0, 6)) for _ in range(ASSESSMENTS)
    ]
    mixed = [*goals, *scored]
    random.shuffle(mixed)
    return Course(patient, [Form("enroll", patient, new()), *mixed, *changes])


def serve(pipe: Connection) -> None:
    """Send forms until the pipe is closed; what goes wrong is told, not logged."""
    logging.disable()
    while True:
        try:
            pipe.send(_told(pipe.recv()))
        except EOFError:
            return


def responses(form: Form) -> list[Response]:
    """The answers of an assessment."""
    every = [content().instruments[slug] for slug in ASKED]
    return [Response(one, {item.link_id: form.answer for item in one.items}) for one in every]


def _told(sent: Sent) -> Told:
    try:
        return DOING[sent.form.kind](chart_of(sent), sent)
    except GshError as error:
        return Told(error.code, error.sentence)


def chart_of(sent: Sent) -> Chart:
    """The chart as one page would open it."""
    return _chart(sent, _outbox(sent) if sent.shelter else None)


def _outbox(sent: Sent) -> PatientOutbox:
    if sent.shelter is None:
        raise LookupError("This form is sent without an outbox.")
    return outbox(sent.shelter, Whose(sent.base, sent.form.patient), lambda: _chart(sent, None))


def _chart(sent: Sent, kept: PatientOutbox | None) -> Chart:
    session = requests.Session()
    session.trust_env = False
    patient = sent.form.patient
    client = EhrClient(session, sent.base, patient=patient, timeout=sent.timeout)
    return Chart(
        client,
        patient,
        author="Practitioner/d1",
        author_name="Dana Coach",
        encounter=None,
        now=lambda: datetime.now(UTC),
        content=content(),
        outbox=kept,
    )


def _enroll(chart: Chart, sent: Sent) -> Told:
    made = Enrollment(
        condition=Condition(f"Condition/c-{sent.form.patient}", "Chronic pain"),
        started=TODAY,
        planned_sessions=8,
        modality=Modality.TELEHEALTH,
        coach=Person("Practitioner/d1", "Dana Coach"),
        supervisor=Person("Practitioner/d2", "Sam Visor"),
        consent=Consent(TODAY, ConsentMethod.VERBAL),
    )
    flags = {flag.code: False for flag in content().program.red_flags}
    return Told(id=enrollment.enroll(chart, made, flags, sent.form.form_id).id)


def _goal(chart: Chart, sent: Sent) -> Told:
    made = Goal(sent.form.words, TODAY, TODAY + timedelta(days=60), 8, 6)
    enrolled = _enrolled(chart, sent)
    kept = goal.add(chart, made, enrolled, sent.form.form_id, unread=enrolled is None)
    return Told(id=kept.id, version=kept.version)


def _enrolled(chart: Chart, sent: Sent) -> Kept[Enrollment] | None:
    """The enrollment, or None when the EHR cannot be asked: the page saves all the same."""
    try:
        return enrollment.read(chart, sent.enrolled)
    except EhrUnreachable:
        return None


def _assess(chart: Chart, sent: Sent) -> Told:
    answered = responses(sent.form)
    scores = [made for response in answered for made in score(response)]
    enrolled = enrollment.read(chart, sent.enrolled)
    said = (Occasion.BASELINE, None, answered, scores, enrolled, sent.form.form_id)
    return Told(id=assessment.add(chart, *said).key)


def _change(chart: Chart, sent: Sent) -> Told:
    """Show the goal when no version of it was shown yet, else save progress over that version."""
    kept = goal.read(chart, sent.goal)
    if not sent.version:
        return Told(id=kept.id, version=kept.version, says=kept.thing.note)
    marked = replace(
        kept.thing, achievement=Achievement.IMPROVING, achieved_on=TODAY, note=sent.form.words
    )
    shown = replace(kept, version=sent.version)
    saved = goal.save_change(chart, shown, marked, sent.form.form_id)
    return Told(id=saved.id, version=saved.version, says=saved.thing.note)


def _page(_: Chart, sent: Sent) -> Told:
    """Open the program page, which sends what waits; ``says`` what is left."""
    return Told(says="; ".join(tidied(_outbox(sent))))


DOING = {"enroll": _enroll, "goal": _goal, "assess": _assess, "change": _change, "page": _page}
