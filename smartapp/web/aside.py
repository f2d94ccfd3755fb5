"""Two answers to one question: which counts, and what was set aside, as a clinician reads it.

It happens when a page without a connection, or one that was shown long ago, answers what was
answered elsewhere meanwhile (drafts/answers.py). A patient alone is not shown it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from flask import g

from smartapp.drafts.answers import Answer, Aside
from smartapp.drafts.draft import Draft
from smartapp.fhir import answer
from smartapp.forms.entry_names import field_name
from smartapp.web.opened import opened
from smartapp.web.pages import pages
from smartapp.web.sheet import PREFIX, Filled, filled


@dataclass(frozen=True)
class Twice:
    """A question answered twice: the ``field``, its words, and both answers with their times.

    Words are "" for no answer; a time is None where it is not known.
    """

    field: str
    question: str
    kept: str
    kept_at: datetime | None
    other: str
    other_at: datetime | None


def variants(draft: Draft, number: int) -> Iterator[Filled]:
    """The form as it would be with each answer that was set aside."""
    for name, asides in draft.sheet(number).asides().items():
        for aside in asides:
            yield _with(draft, number, name, aside)


def twice(draft: Draft, number: int) -> list[Twice]:
    """What was answered twice in the form of that number; nothing on a patient's own page."""
    if g.get("handed") is not None:
        return []
    shown, sheet = filled(draft, number), draft.sheet(number)
    every = [(name, aside) for name, asides in sheet.asides().items() for aside in asides]
    return [_told(draft, shown, name, aside) for name, aside in every]


@pages.context_processor
def _shown() -> dict[str, object]:
    return {"twice": twice}


def _with(draft: Draft, number: int, name: str, aside: Aside) -> Filled:
    sheet = draft.sheet(number)
    fields = {**sheet.fields, name: Answer(aside.texts, draft.revision)}
    changed = replace(sheet, fields=fields)
    sheets = (*draft.sheets[: number - 1], changed, *draft.sheets[number:])
    return filled(replace(draft, sheets=sheets), number)


def _told(draft: Draft, shown: Filled, name: str, aside: Aside) -> Twice:
    now = draft.sheet(shown.number).answer(name)
    other = _with(draft, shown.number, name, aside)
    field, question, kept = _said(shown, name, now.texts)
    _, _, said = _said(other, name, aside.texts)
    return Twice(field, question, kept, _at(now.given), said, _at(aside.given))


def _said(shown: Filled, name: str, texts: tuple[str, ...]) -> tuple[str, str, str]:
    """Field, question and words of an answer; what cannot be read is as it was typed."""
    for place in shown.questions():
        own = field_name(place.path, PREFIX)
        if name == own or name.startswith((f"{own}:", f"{own}*")):
            words = "; ".join(filter(None, map(answer.words, place.answers)))
            return own, place.item.text.plain, words or "; ".join(texts)
    return name, "A question that is not asked now", "; ".join(texts)


def _at(given: float) -> datetime | None:
    return opened().local(datetime.fromtimestamp(given, UTC)) if given else None
