"""The patient's unfinished assessments, as the pages list them, and what has become of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import url_for

from smartapp.drafts.draft import Draft, State
from smartapp.errors import FormGone
from smartapp.fhir.assessment import key_of
from smartapp.fhir.chart import Record
from smartapp.forms.words import Words
from smartapp.program.assessment import Occasion
from smartapp.web.opened import opened
from smartapp.web.sheet import filled
from smartapp.web.spoken import english

WORDS = {
    State.OPEN: ("In progress", "active"),
    State.SENDING: ("Submitted, not yet in the record", "warn"),
}
UNREADABLE = "An assessment that can no longer be read: its encryption key is gone."


@dataclass(frozen=True)
class Unfinished:
    """One draft in a list; ``key`` is how a browser knows what it keeps of it.

    ``gone`` are the questionnaires it was answered on that are no longer there: what they were
    answered was not looked over for safety.
    """

    key: str
    title: str
    href: str
    state: str
    tone: str
    started: datetime
    changed: datetime
    author: str
    gone: tuple[str, ...] = ()


def unfinished(record: Record | None = None) -> list[Unfinished]:
    """What is in progress, or sent and not confirmed; what ``record`` has is finished here."""
    drafts = opened().drafts.unfinished()
    return [_line(draft) for draft in drafts if not _arrived(draft, record)]


def title(draft: Draft, words: Words | None = None) -> str:
    """What the draft is called, its occasion; in English unless there are words for it."""
    if draft.start is None:
        return UNREADABLE
    known, number = words or english(), draft.start.session_number
    if number:
        return known.say("session", number=number)
    occasion = Occasion(draft.start.occasion)
    return known.say("session-any" if occasion is Occasion.SESSION else occasion.value)


def _arrived(draft: Draft, record: Record | None) -> bool:
    """Whether a draft that was sent is whole in the record by now; then it is done with.

    Answers and scores may be saved by two requests: with the answers alone it is not.
    """
    if record is None or draft.state is not State.SENDING or opened().outbox.holds(draft.key):
        return False
    kept = next((one for one in record.assessments if one.key == key_of(draft.key)), None)
    if (
        kept is None
        or kept.unwritten
        or not _sent(draft) <= {str(one["questionnaire"]) for one in kept.answered}
    ):
        return False
    opened().drafts.submitted(draft.key)
    return True


def _sent(draft: Draft) -> set[str]:
    """The canonicals of what was answered; of a form that is gone, if any field has something."""
    forms = draft.start.forms if draft.start else ()
    return {canonical for number, canonical in enumerate(forms, 1) if _has_answers(draft, number)}


def _has_answers(draft: Draft, number: int) -> bool:
    try:
        return not filled(draft, number).is_blank
    except FormGone:
        return bool(draft.sheet(number).base) or any(draft.sheet(number).typed().values())


def _line(draft: Draft) -> Unfinished:
    state, tone = WORDS[draft.state]
    return Unfinished(
        key=str(draft.key),
        title=title(draft),
        href=url_for("pages.show_draft", key=draft.key),
        state=state,
        tone=tone,
        started=opened().local(datetime.fromtimestamp(draft.started, UTC)),
        changed=opened().local(datetime.fromtimestamp(draft.changed, UTC)),
        author=draft.start.author_name if draft.start else "",
        gone=tuple(_gone(draft)),
    )


def _gone(draft: Draft) -> Iterator[str]:
    """The questionnaires that have fields and are no longer there, ``url|version``."""
    forms = draft.start.forms if draft.start else ()
    for canonical, sheet in zip(forms, draft.sheets, strict=True):
        if (sheet.fields or sheet.base) and canonical not in opened().content.forms:
            yield canonical
