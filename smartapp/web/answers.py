"""What a page's script sends while a questionnaire is filled in: changes to keep, and questions."""

import re
from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import abort, g, request
from flask.typing import ResponseReturnValue

from smartapp.drafts.answers import Change, changed_by_others
from smartapp.errors import DraftChanged, DraftClosed, DraftFull, DraftUnknown, ProgramError
from smartapp.web.errors import status
from smartapp.web.hands import giver, is_alone
from smartapp.web.opened import opened
from smartapp.web.pages import pages
from smartapp.web.safety import acknowledged, look_aside
from smartapp.web.seams import seams
from smartapp.web.sheet import PREFIX, filled, filled_with, said_in
from smartapp.web.spoken import word

MOST_FIELDS = 2000
LONGEST_NAME = 2000
LONGEST_AGE = 24 * 60 * 60 * 1000
"""Milliseconds for which a browser keeps what it could not send."""
_HALF, _UNKNOWN = re.compile("[\ud800-\udfff]"), "\N{REPLACEMENT CHARACTER}"
_FOR_A_PATIENT: dict[type[ProgramError], str] = {
    DraftChanged: "answers-changed",
    DraftFull: "answers-full",
}
_PARTS = ("client", "sequence", "fields", "rebased")


@pages.patch("/assessments/<uuid:key>/<int:number>/answers")
def change_answers(key: UUID, number: int) -> ResponseReturnValue:
    """Keep changed fields and say when: ``{"client", "sequence", "rebased", "fields"}``.

    ``age`` says how many milliseconds ago they were given, by the browser's own clock alone,
    ``seen`` which revision its page knew then (else ``revision``), ``language`` what it spoke, and
    ``hand``, if it is there, in which hand-over it was served.
    The answer is ``{"revision", "kept", "elsewhere"}``; ``elsewhere``: somebody else changed
    something after ``revision``, as sent, or answered the same question. ``alert`` is there when an
    answer needs action now. A refusal is ``{"code", "sentence"}``.
    """
    told = _told()
    try:
        change = _change(told)
        before = opened().drafts.find(key)
        fields = said_in(before, number, change.fields, told.get("language"))
        by = giver(told.get("hand") or "")
        draft = opened().drafts.hear(key, number, replace(change, fields=fields), by)
    except (DraftChanged, DraftClosed, DraftFull, DraftUnknown) as error:
        return _refusal(error)
    shown = filled(draft, number)
    look_aside(draft, number)
    seams().alerts(draft, shown.questionnaire.canonical, shown.said())
    since = told.get("revision")
    sheet = draft.sheet(number)
    elsewhere = isinstance(since, int) and changed_by_others(sheet, told["client"], since)
    elsewhere = elsewhere or not sheet.asides().keys().isdisjoint(told["fields"])
    kept = f"{opened().chart.moment():%H:%M}"
    told = {"revision": draft.revision, "kept": kept, "elsewhere": elsewhere}
    return told | acknowledged(draft)


@pages.post("/assessments/<uuid:key>/<int:number>/evaluate")
def create_evaluation(key: UUID, number: int) -> ResponseReturnValue:
    """Say what is enabled and calculated with what the form has now; nothing is kept by this."""
    try:
        draft = opened().drafts.find(key)
    except DraftUnknown as error:
        return _refusal(error)
    if draft.start is None or not 0 < number <= len(draft.sheets):
        abort(404)
    return filled_with(draft, number, request.form).evaluation(live=not is_alone())


def _told() -> dict[str, Any]:
    try:
        told = request.get_json(silent=True)
    except RecursionError:  # nested deeper than anything a page of ours sends
        abort(400)
    if not isinstance(told, dict):
        abort(400)
    return told


def _change(told: dict[str, Any]) -> Change:
    client, sequence, fields, rebased = (told.get(name) for name in _PARTS)
    if not (isinstance(client, str) and 0 < len(client) <= 64 and client.isprintable()):
        abort(400)
    if not _is_whole(sequence):
        abort(400)
    if not (isinstance(fields, dict) and len(fields) <= MOST_FIELDS and _is_whole(rebased)):
        abort(400)
    if not all(_is_field(name, texts) for name, texts in fields.items()):
        abort(400)
    # As in a form that is posted, half a character is sent as one that says so: none can be kept.
    said = {name: [_HALF.sub(_UNKNOWN, text) for text in texts] for name, texts in fields.items()}
    whole = (int(told["sequence"]), said, int(told["rebased"]))
    return Change(client, *whole, given(told.get("age")), _seen(told))


def given(age: object = 0) -> float:
    """When something was given (POSIX) that is so many milliseconds old; never in the future."""
    old = min(age, LONGEST_AGE) if _is_whole(age) and isinstance(age, int) else 0
    return opened().chart.instant().timestamp() - old / 1000


def _seen(told: dict[str, Any]) -> int | None:
    known = (told.get("seen"), told.get("revision"))
    return next((one for one in known if isinstance(one, int) and _is_whole(one)), None)


def _is_whole(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and 0 <= number < 2**53


def _is_field(name: str, texts: object) -> bool:
    named = name.startswith(f"{PREFIX}/") and len(name) <= LONGEST_NAME and name.isprintable()
    return named and isinstance(texts, list) and all(isinstance(text, str) for text in texts)


def _refusal(error: ProgramError) -> ResponseReturnValue:
    """What was not kept, and why; a patient is told what they can do about it."""
    key = _FOR_A_PATIENT.get(type(error), "answers-closed")
    sentence = word(key) if g.get("handed") else error.sentence
    return {"code": error.code, "sentence": sentence}, status(error)
