"""Filing a note that was composed (``note.py``) in the EHR: once, and in place of older ones.

What stands in the EHR is looked up when the note is sent, so that one that had to wait is filed as
if it had come in time. A note that was composed later stays the one that counts.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from smartapp.errors import EhrError
from smartapp.fhir import authored, identity, names
from smartapp.fhir.kept import Kept, Resource, coding, day, keep, moment
from smartapp.fhir.outbox import Saving
from smartapp.fhir.place import Place
from smartapp.fhir.refusals import is_refusal

if TYPE_CHECKING:
    from smartapp.fhir.chart import Chart

log = logging.getLogger(__name__)

SUPERSEDE = "supersede"
"""The errand of marking what a note replaces."""
KIND = coding(names.LOINC, "11506-3", "Progress note")
_NOTE = "DocumentReference"
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Note:
    """What is known of a note in the chart: when it was written, and by whom ("" if unsaid)."""

    on: datetime | None
    author_name: str


@dataclass(frozen=True)
class Written:
    """A note in the chart; ``left`` counts former notes that could not be marked as replaced."""

    note: Kept[Note]
    left: int


def send(chart: "Chart", made: Resource, form_id: UUID) -> Written:
    """Put a note that was composed into the EHR unless it is there, in place of older ones.

    One that was composed later stays the one that counts.
    """
    with chart.outbox.kept(chart, Saving(form_id, (made,))):
        kept, former = _found(chart, made)
        if kept is None:
            replaced = {"relatesTo": [_replaces(row) for row in former]} if former else {}
            kept = _file(chart, {**made, **replaced}, form_id)
        left = supersede_all(chart, former, form_id, kept)
    return Written(keep(note_in(kept), kept), left)


def supersede(chart: "Chart", kept: Resource, form_id: UUID) -> None:
    """Mark what a note in the EHR replaces; raises EhrError but for what the EHR refuses."""
    _, former = _found(chart, kept)
    for row in former if chart.plan().updates(_NOTE) else ():
        _replace(chart, row, form_id)


def _found(chart: "Chart", made: Resource) -> tuple[Resource | None, list[Resource]]:
    """The note, if the EHR has it, and the notes before it that stand beside it."""
    context = made.get("context") or {}
    related = (value for r in context.get("related") or () for _, value in identity.keys(r))
    rows = notes(chart, next(related, ""), day((context.get("period") or {}).get("start")))
    kept = next((row for row in rows if ours(row) & ours(made)), None)
    others = [row for row in newest_first(chart, rows) if not ours(row) & ours(made)]
    written = moment(made.get("date")) or _NEVER
    return kept, [row for row in others if (moment(row.get("date")) or _NEVER) <= written]


def notes(chart: "Chart", key: str, started: date | None) -> list[Resource]:
    """The notes of one enrollment: what it is called wherever it lives, and its first day."""
    return [row for row in _search(chart) if _is_about(row, key, started)]


def _search(chart: "Chart") -> list[Resource]:
    asked = [("patient", f"Patient/{chart.patient_id}"), ("_count", "100")]
    kind = ("type", f"{KIND['system']}|{KIND['code']}")
    return chart.places.ehr.search(_NOTE, [kind, *asked])


def _is_about(row: Mapping[str, Any], key: str, started: date | None) -> bool:
    """Ours, and of this enrollment; by its start where the EHR dropped what it is related to."""
    if row.get("status") == "entered-in-error" or not ours(row):
        return False
    context = row.get("context") or {}
    related = {value for r in context.get("related") or () for _, value in identity.keys(r)}
    if related:
        return key in related
    return day((context.get("period") or {}).get("start")) == started


def newest_first(chart: "Chart", rows: Sequence[Resource]) -> list[Resource]:
    """The notes that stand as current, those that another one replaces last."""
    replaced = [
        t for row in rows for t in row.get("relatesTo") or () if t.get("code") == "replaces"
    ]

    def rank(row: Resource) -> tuple[bool, datetime]:
        name = f"{_NOTE}/{row['id']}"
        stands = not any(chart.names(t.get("target") or {}, name) for t in replaced)
        return stands, moment(row.get("date")) or _NEVER

    live = [row for row in rows if row.get("status") == "current"]
    return sorted(live, key=rank, reverse=True)


def note_in(row: Mapping[str, Any]) -> Note:
    """What a DocumentReference says of itself."""
    authors = (author.get("display") for author in row.get("author") or ())
    return Note(moment(row.get("date")), next((name for name in authors if name), ""))


def ours(row: Mapping[str, Any]) -> set[str]:
    """The values of our identifiers."""
    return {value for system, value in identity.keys(row) if system == names.IDENTIFIER}


def _file(chart: "Chart", made: Resource, form_id: UUID, over: Resource | None = None) -> Resource:
    """Save a note in the EHR, or not at all: nobody reads the program's store as a chart.

    ``over`` is the version it replaces. That the EHR takes no notes is remembered for the site.
    """
    activity: Literal["CREATE", "UPDATE"] = "UPDATE" if over else "CREATE"
    authored.check(made, over)
    try:
        if over is None:
            kept = chart.places.ehr.create(made)
        else:
            kept = chart.places.ehr.update(made, keep(None, over).version)
    except EhrError as error:
        if is_refusal(error, activity.lower()):
            chart.places.refuse(_NOTE, activity.lower(), error)
        raise
    chart.places.note(_NOTE, Place.EHR, chart.plan()[_NOTE].why)
    chart.attest([kept], activity, form_id)
    return kept


def _replaces(row: Resource) -> Resource:
    return {"code": "replaces", "target": {"reference": f"{_NOTE}/{row['id']}"}}


def supersede_all(
    chart: "Chart", rows: Iterable[Resource], form_id: UUID, kept: Resource | None = None
) -> int:
    """Mark notes as superseded; how many could not be, because the EHR does not take it.

    What only failed now is an errand of ``kept``, the note that replaces them.
    """
    former, left = list(rows), 0
    if not chart.plan().updates(_NOTE):
        return len(former)
    for row in former:
        try:
            left += not _replace(chart, row, form_id)
        except EhrError as error:
            log.warning("a replaced note stays current: %s", error.code)
            left += kept is None
            if kept is not None:
                chart.outbox.follow(chart, Saving(form_id, (kept,), errand=SUPERSEDE))
    return left


def _replace(chart: "Chart", row: Resource, form_id: UUID) -> bool:
    """Mark one as superseded; False when the EHR refuses that, which is remembered."""
    try:
        _file(chart, {**row, "status": "superseded"}, form_id, row)
    except EhrError as error:
        if not is_refusal(error, "update"):
            raise
        return False
    return True
