"""What waits to be saved, as its patient's page shows it: see, retry, or discard with a reason."""

import re
from base64 import b64decode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape

from flask import abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from smartapp.errors import GshError
from smartapp.fhir.errand import Errand
from smartapp.fhir.goal import read_goal
from smartapp.fhir.kept import Resource
from smartapp.outbox.box import Row
from smartapp.outbox.states import Event, State, may
from smartapp.program.goal import Goal
from smartapp.web.answered import rows
from smartapp.web.form import blank, discarding, typed
from smartapp.web.opened import opened
from smartapp.web.pages import again, page, pages, saved

STATES = {
    State.QUEUED: ("Waiting to be sent", "warn"),
    State.SENT: ("Being sent now", "active"),
    State.UNSURE: ("Not sure whether it was saved", "warn"),
    State.REJECTED: ("Not accepted", "bad"),
    State.DISCARDED: ("Discarded", "plain"),
}
NEXT = {
    State.QUEUED: "It is sent when this page is opened, in this launch or the next.",
    State.UNSURE: "The record is searched for it before it is sent again, so it is saved once.",
    State.REJECTED: "It is not sent again unless you retry it.",
}
WHY = {
    "ehr-conflict": "Somebody else changed the entry first.",
    "ehr-forbidden": "The EHR does not allow it.",
    "ehr-not-found": "The EHR no longer has the entry.",
    "ehr-rejected": "The EHR does not accept it.",
    "ehr-saved-before": "The form was saved before, and said something else.",
    "ehr-unreachable": "The EHR did not answer.",
    "ehr-unsure": "The EHR gave no clear answer while saving.",
    "launch-ended": "The time in the chart had ended.",
    "store-failed": "The program's own store could not be used.",
    "store-unsure": "The program's own store stopped answering while saving.",
    "unreadable": "It can no longer be read: its encryption key is gone.",
}
KINDS = {
    "CarePlan": ("Enrollment", "Change to the enrollment"),
    "Goal": ("Goal", "Change to a goal"),
    "CareTeam": ("Care team", "Change to the care team"),
    "Observation": ("Assessment", "Change to an assessment"),
    "QuestionnaireResponse": ("Answers", "Change to answers"),
    "DocumentReference": ("Note for the chart", "Change to a note"),
    "Flag": ("Safety alert", "Change to a safety alert"),
    "Task": ("Task for the supervisor", "Change to a task"),
    "Communication": ("Response to a safety alert", "Change to a response"),
}
"""What a saving is called, new and changed, by the first of these types in it."""
ERRANDS = {
    Errand.ATTEST: "Who made an entry",
    Errand.LINK: "Link from the enrollment to a goal",
    Errand.DISBAND: "End of the care team",
    Errand.SUPERSEDE: "Mark on an earlier note that it was replaced",
    Errand.RESCORE: "Scores of corrected answers",
    Errand.RESOLVE: "Mark on a safety alert that it was responded to",
}
"""What follows from an entry that is saved already."""
SAVED = "The entry itself is in the record."
GONE = "Nothing was changed: that entry is just being sent, or waits no longer."


@dataclass(frozen=True)
class Line:
    """One saving as a page shows it; ``facts`` are (label, text) of what it says."""

    row: Row
    kind: str
    kept: datetime
    state: str
    tone: str
    why: str
    next: str
    facts: tuple[tuple[str, str], ...]

    @property
    def waits(self) -> bool:
        """Whether it can still be retried and discarded."""
        return may(self.row.state, Event.DISCARDED)


@pages.get("/outbox")
def show_outbox() -> str:
    """Show what waits and what was discarded, without asking the EHR for anything."""
    return page("outbox/index.html", lines=lines(), error=None)


@pages.get("/outbox/<row_id>")
def show_waiting(row_id: str) -> str:
    """Show what one of them says, and the form to discard it."""
    return page("outbox/show.html", line=_found(row_id), form=blank())


@pages.post("/outbox/<row_id>/retry")
def create_retry(row_id: str) -> ResponseReturnValue:
    """Try it now, behind what was kept earlier."""
    launch = opened()
    if not launch.outbox.retry(row_id):
        return _gone()
    row = launch.outbox.find(row_id)
    if row is None:
        return saved("It is in the record now.", "pages.index")
    flash(f"{STATES[row.state][0]}. {WHY.get(row.code, '')}".strip(), "warn")
    return redirect(url_for("pages.show_outbox"), 303)


@pages.post("/outbox/<row_id>/discard")
def create_discard(row_id: str) -> ResponseReturnValue:
    """Set it aside for good, with the reason that was typed."""
    form, line = typed(), _found(row_id)
    try:
        reason = discarding(form)
    except GshError as error:
        return again("outbox/show.html", form, error, line=line)
    if not opened().outbox.discard(row_id, reason):
        return _gone()
    flash("The entry was discarded. It can still be read for 30 days.", "note")
    return redirect(url_for("pages.show_outbox"), 303)


def lines() -> list[Line]:
    """Everything of this patient that is not in the record, in order."""
    return [_line(row) for row in opened().outbox.rows()]


def _gone() -> ResponseReturnValue:
    flash(GONE, "note")
    return redirect(url_for("pages.show_outbox"), 303)


def _found(row_id: str) -> Line:
    row = opened().outbox.find(row_id)
    return _line(row) if row else abort(404)


def _line(row: Row) -> Line:
    state, tone = STATES[row.state]
    return Line(
        row=row,
        kind=_kind(row),
        kept=opened().local(datetime.fromtimestamp(row.kept, UTC)),
        state=state,
        tone=tone,
        why=" ".join(filter(None, (SAVED if row.is_errand else "", WHY.get(row.code, "")))),
        next=NEXT.get(row.state, ""),
        facts=tuple(_facts(row)),
    )


def _kind(row: Row) -> str:
    saving = row.draft.saving if row.draft else None
    if saving and saving.errand:
        return ERRANDS[Errand(saving.errand)]
    types = {resource["resourceType"] for resource in saving.resources} if saving else set()
    found = next((KINDS[type_] for type_ in KINDS if type_ in types), ("Entry", "Change"))
    return found[1] if saving and saving.before else found[0]


def _facts(row: Row) -> Iterator[tuple[str, str]]:
    if row.draft is None:
        return
    for resource in row.draft.saving.resources:
        yield from _SAID.get(resource["resourceType"], _nothing)(resource)
    yield from _author(row.draft.author_name)
    if row.draft.reason:
        yield "Discarded because", row.draft.reason


def _author(name: str) -> Iterator[tuple[str, str]]:
    if name:
        yield "Entered by", name


def _goal(resource: Resource) -> Iterator[tuple[str, str]]:
    goal: Goal = read_goal({"id": "new", **resource}).thing
    told = {
        "Goal": goal.text,
        "To be reached by": goal.due.isoformat() if goal.due else "",
        "Importance": goal.importance,
        "Confidence": goal.confidence,
        "Progress": goal.achievement.value.replace("-", " "),
        "Note": goal.note,
    }
    yield from ((label, str(said)) for label, said in told.items() if said not in ("", None))


def _answers(resource: Resource) -> Iterator[tuple[str, str]]:
    for row in rows(resource):
        if not row.is_group:
            yield row.text, "; ".join(row.answers)


def _narrative(resource: Resource) -> Iterator[tuple[str, str]]:
    told = str((resource.get("text") or {}).get("div") or "")
    paragraphs: Sequence[str] = re.findall(r"<p>(.*?)</p>", told, re.DOTALL)
    yield from (("Enrollment", unescape(one)) for one in paragraphs[1:])
    yield from (("Note", note["text"]) for note in resource.get("note") or () if note.get("text"))


def _provenance(resource: Resource) -> Iterator[tuple[str, str]]:
    named = (str(target.get("reference")).partition("/")[0] for target in resource["target"])
    yield "Made", ", ".join(KINDS.get(type_, (type_,))[0] for type_ in dict.fromkeys(named))


def _note(resource: Resource) -> Iterator[tuple[str, str]]:
    for content in resource["content"]:
        text = b64decode(content["attachment"]["data"]).decode()
        if not content["attachment"]["contentType"].startswith("text/plain"):
            lines = re.sub(r"<title>.*?</title>|<[^>]*>", "\n", text, flags=re.DOTALL).split("\n")
            text = unescape("\n".join(line.strip() for line in lines if line.strip()))
        yield "Note", text


def _response(resource: Resource) -> Iterator[tuple[str, str]]:
    yield from (("Response", one["contentString"]) for one in resource["payload"])


def _nothing(_: Resource) -> Iterator[tuple[str, str]]:
    yield from ()


_SAID = {
    "Goal": _goal,
    "QuestionnaireResponse": _answers,
    "CarePlan": _narrative,
    "Provenance": _provenance,
    "DocumentReference": _note,
    "Communication": _response,
}
