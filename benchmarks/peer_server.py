"""What the server does for a bundled form: it shows it, and scores it anew from what was sent."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Any

from smartapp.content import load
from smartapp.fhir.response import Answered
from smartapp.forms.entry import read_entry
from smartapp.forms.entry_names import SHOWN, field_name
from smartapp.forms.questionnaire import Item, ItemType, Questionnaire
from smartapp.forms.state import Context, settle
from smartapp.forms.state_place import places
from smartapp.program.assessment import Score, attainable
from smartapp.program.instrument import Instrument
from smartapp.web.questionnaire import render

CONTEXT = Context(now=datetime(2026, 11, 23, tzinfo=UTC))
RUNS = 101


@dataclass(frozen=True)
class Work:
    """Medians in milliseconds of processor time."""

    slug: str
    shown: float
    scored: float


def work() -> list[Work]:
    """Time every bundled instrument."""
    content = load()
    every = [
        (one, content.forms[f"{one.url}|{one.version}"]) for one in content.instruments.values()
    ]
    return [_timed(instrument, form) for instrument, form in every]


def _timed(instrument: Instrument, form: Questionnaire) -> Work:
    settled = settle(form, [], CONTEXT)
    sent = _answers(form)
    if not _scored(instrument, form, sent):
        raise RuntimeError(f"{instrument.slug} has no score although every question is answered")
    shown = _milliseconds(lambda: render(form, settled))
    return Work(instrument.slug, shown, _milliseconds(lambda: _scored(instrument, form, sent)))


def _milliseconds(work: Callable[[], Any]) -> float:
    """Processor time: what a busy machine does besides is not the form's."""
    taken = []
    for _ in range(RUNS):
        work()
        began = time.thread_time()
        work()
        taken.append(time.thread_time() - began)
    return median(taken) * 1000


def _scored(
    instrument: Instrument, form: Questionnaire, sent: dict[str, list[str]]
) -> tuple[Score, ...]:
    """Everything from the fields of a page to its scores, as for a submission."""
    entered = read_entry(form, sent, [])
    settled = settle(form, entered.items, CONTEXT)
    answered = Answered(instrument.slug, form.canonical, settled.submitted(), instrument)
    return attainable(answered.response) if answered.response else ()


def _answers(form: Questionnaire) -> dict[str, list[str]]:
    """The fields of a page on which every question is answered."""
    found = places(form, settle(form, [], CONTEXT).items)
    asked = [place for place in found if place.item.is_question and not place.item.calculated]
    fields = {field_name(place.path): [_first(place.item)] for place in asked}
    return fields | {SHOWN: [field_name(place.path) for place in found]}


def _first(item: Item) -> str:
    return item.options[0].key if item.type is ItemType.CHOICE else "1"
