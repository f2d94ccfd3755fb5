"""Two answers to one question: which counts, and what was set aside, as a clinician reads it.

It happens when a page without a connection, or one that was shown long ago, answers what was
answered elsewhere meanwhile (drafts/answers.py). What was set aside goes into the record with the
answers (fhir/aside.py). A patient alone is not shown it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from flask import g

from smartapp.drafts.answers import Answer, Aside
from smartapp.drafts.draft import Draft
from smartapp.drafts.hand import Hand
from smartapp.fhir import aside as records
from smartapp.fhir.aside import By, OtherAnswer
from smartapp.forms.entry_names import field_name
from smartapp.forms.state_place import Place, has_value, places
from smartapp.web.answered import words
from smartapp.web.opened import opened
from smartapp.web.pages import pages
from smartapp.web.sheet import PREFIX, Filled, filled

NOT_ASKED = "A question that is not asked now"
BY = {By.PATIENT: "the patient", By.RELATED: "somebody for the patient", By.STAFF: "staff"}
_OWN = re.compile("(?:[:*][^/]*)?")
Values = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Twice:
    """A question answered twice: its words, what was set aside, and when and by whom it was given.

    ``field`` and ``kept``, the answer that counts, are of a draft only. Words are "" for no
    answer, and where somebody is not known; a time is None where it is not known. ``not_kept``
    counts what was set aside before and is not remembered.
    """

    question: str
    other: str
    other_at: datetime | None
    other_by: str
    not_kept: int
    field: str = ""
    kept: str = ""
    kept_at: datetime | None = None


def variants(draft: Draft, number: int) -> Iterator[Filled]:
    """The form as it would be with each answer that was set aside."""
    for name, other in _every(draft, number):
        yield _with(draft, number, name, other)


def twice(draft: Draft, number: int) -> list[Twice]:
    """What was answered twice in the form of that number; nothing on a patient's own page."""
    every = [] if g.get("handed") is not None else _every(draft, number)
    shown = filled(draft, number) if every else None
    return [_of_draft(draft, shown, name, other) for name, other in every if shown]


def others(draft: Draft, number: int) -> list[OtherAnswer]:
    """What was set aside of a form, for the record."""
    return [_other(draft, number, name, other) for name, other in _every(draft, number)]


def of_response(response: Mapping[str, Any]) -> list[Twice]:
    """What was set aside of a questionnaire that was submitted."""
    return [_told(one) for one in records.read(response)]


@pages.context_processor
def _shown() -> dict[str, object]:
    return {"twice": twice, "set_aside_of": of_response}


def _every(draft: Draft, number: int) -> list[tuple[str, Aside]]:
    found = draft.sheet(number).asides().items()
    return [(name, one) for name, asides in found for one in asides]


def _with(draft: Draft, number: int, name: str, other: Aside) -> Filled:
    sheet = draft.sheet(number)
    fields = {**sheet.fields, name: Answer(other.texts, draft.revision)}
    changed = replace(sheet, fields=fields)
    sheets = (*draft.sheets[: number - 1], changed, *draft.sheets[number:])
    return filled(replace(draft, sheets=sheets), number)


def _of_draft(draft: Draft, shown: Filled, name: str, other: Aside) -> Twice:
    told = _told(_other(draft, shown.number, name, other))
    now, place = draft.sheet(shown.number).answer(name), _place(shown, name)
    return replace(
        told,
        field=field_name(place.path, PREFIX) if place else name,
        kept=_words(_values(shown, name, now.texts)),
        kept_at=_at(now.given),
    )


def _told(one: OtherAnswer) -> Twice:
    at = opened().local(one.given) if one.given else None
    by = BY[one.by] if one.by else ""
    return Twice(one.question or NOT_ASKED, _words(one.values), at, by, one.not_kept)


def _other(draft: Draft, number: int, name: str, other: Aside) -> OtherAnswer:
    changed = _with(draft, number, name, other)
    place = _place(changed, name)
    return OtherAnswer(
        place.item.link_id if place else name.removeprefix(f"{PREFIX}/"),
        place.item.words.plain if place else "",
        _values(changed, name, other.texts),
        _at(other.given),
        _by(other.hand),
        other.earlier,
    )


def _place(shown: Filled, name: str) -> Place | None:
    """The question that a field belongs to, also one that is not asked now."""
    for place in places(shown.questionnaire, shown.entered.items):
        own = field_name(place.path, PREFIX)
        if place.item.is_question and name.startswith(own) and _OWN.fullmatch(name[len(own) :]):
            return place
    return None


def _values(shown: Filled, name: str, texts: Sequence[str]) -> Values:
    """What is answered to the question of a field; what cannot be read, as it was typed."""
    place = None if name in shown.entered.unread else _place(shown, name)
    read = [one for one in place.answers if has_value(one)] if place else []
    return read or records.typed(texts)


def _words(values: Values) -> str:
    return "; ".join(map(words, values))


def _by(hand: Hand | None) -> By | None:
    if hand is None:
        return None
    return By.STAFF if not hand.alone else By.RELATED if hand.proxy else By.PATIENT


def _at(given: float) -> datetime | None:
    return opened().local(datetime.fromtimestamp(given, UTC)) if given else None
