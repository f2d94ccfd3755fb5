"""The readable note: a summary of the program as a DocumentReference (US Core clinical note).

It goes into the EHR or nowhere. LOINC 11506-3, Progress note, is one of US Core's common clinical
notes, which every certified EHR knows. The identifier is made from the enrollment and the content,
so the same content is written once; changed content is a new DocumentReference that replaces the
former. ``context.related`` names the enrollment by identifier alone, because its CarePlan may live
in another place than the note.
"""

import logging
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha1
from typing import TYPE_CHECKING, Any, Literal
from uuid import NAMESPACE_URL, UUID, uuid5

from smartapp.errors import EhrError, EntryRefused, Problem
from smartapp.fhir import authored, identity, names
from smartapp.fhir.kept import Kept, Resource, coding, concept, day, keep, moment
from smartapp.fhir.place import Place
from smartapp.fhir.plan import Placed
from smartapp.fhir.refusals import is_refusal
from smartapp.program import plain, xhtml
from smartapp.program.enrollment import Enrollment
from smartapp.program.summary import Summary

if TYPE_CHECKING:
    from smartapp.fhir.chart import Chart

log = logging.getLogger(__name__)

TEXT = "text/plain"
XHTML = "application/xhtml+xml"
PRINTED = {TEXT: plain.text, XHTML: xhtml.document}
"""How a summary is printed in each content type we can make."""
LARGEST = 5 * 1024 * 1024
"""Bytes of one attachment; more is refused, because EHRs do."""
DESCRIPTION = "Guided self-help: summary of the program"
_TOO_LARGE = Problem(
    "", "The note is larger than 5 MiB, which EHRs do not take. Copy the part that is needed."
)
_NOTE = "DocumentReference"
_TYPE = coding(names.LOINC, "11506-3", "Progress note")
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Note:
    """What is known of a note in the chart: when it was written, and by whom ("" if unsaid)."""

    on: datetime | None
    author_name: str


@dataclass(frozen=True)
class Standing:
    """What the chart holds of an enrollment's note beside the one that could be written now.

    ``current`` is the note that counts, None when there is none; ``unchanged`` when it says the
    same already; ``outdated`` are others that still stand as current; ``identifier`` is what a new
    one is written with.
    """

    current: Kept[Note] | None
    unchanged: bool
    outdated: tuple[Resource, ...]
    identifier: str


@dataclass(frozen=True)
class Written:
    """A note in the chart; ``left`` counts former notes that could not be marked as replaced."""

    note: Kept[Note]
    left: int


def standing(chart: "Chart", enrollment: Kept[Enrollment], summary: Summary) -> Standing:
    """Look up the notes of this enrollment in the EHR; raises EhrError when that is refused."""
    rows = [row for row in _search(chart) if _is_about(row, enrollment)]
    used = {value for row in rows for value in _ours(row)}
    live = _newest_first(chart, rows)
    values = _identifiers(enrollment, summary, len(rows))
    return Standing(
        current=keep(_note(live[0]), live[0]) if live else None,
        unchanged=bool(live) and not _ours(live[0]).isdisjoint(values),
        outdated=tuple(live[1:]),
        identifier=next(value for value in values if value not in used),
    )


def put(
    chart: "Chart",
    enrollment: Kept[Enrollment],
    summary: Summary,
    form_id: UUID,
    content_types: Sequence[str] = (TEXT,),
) -> Written:
    """Write the note unless the chart has it already, and mark former ones as superseded.

    EntryRefused when it is too large, EhrError when the EHR does not take it, in which case nothing
    is kept anywhere; a former note the EHR does not let us change stays as it is.
    """
    found = standing(chart, enrollment, summary)
    if found.current and found.unchanged:
        return Written(found.current, _supersede(chart, found.outdated, form_id))
    former = [*([found.current.resource] if found.current else []), *found.outdated]
    made = _write(chart, enrollment, summary, content_types)
    made["identifier"] = [{"system": names.IDENTIFIER, "value": found.identifier}]
    if former:
        made["relatesTo"] = [_replaces(row) for row in former]
    kept = _file(chart, made, form_id)
    return Written(keep(_note(kept), kept), _supersede(chart, former, form_id))


def offered(chart: "Chart") -> Placed:
    """Whether the EHR may take a note (its place is the EHR), and why or why not."""
    return chart.plan()[_NOTE]


def formats(chart: "Chart") -> tuple[str, ...]:
    """Of the content types the EHR takes, the best one we can make; plain text if none is known.

    One alone: Oracle Health takes a single content.
    """
    accepted = chart.plan().known.profile.note_formats
    return next(((a,) for a in accepted if _media(a) in PRINTED), (TEXT,))


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
    chart.places.note(_NOTE, Place.EHR, offered(chart).why)
    chart.attest([kept], activity, form_id)
    return kept


def _search(chart: "Chart") -> list[Resource]:
    asked = [("patient", f"Patient/{chart.patient_id}"), ("_count", "100")]
    kind = ("type", f"{_TYPE['system']}|{_TYPE['code']}")
    return chart.places.ehr.search(_NOTE, [kind, *asked])


def _is_about(row: Mapping[str, Any], enrollment: Kept[Enrollment]) -> bool:
    """Ours, and of this enrollment; by its start where the EHR dropped what it is related to."""
    if row.get("status") == "entered-in-error" or not _ours(row):
        return False
    context = row.get("context") or {}
    related = {value for r in context.get("related") or () for _, value in identity.keys(r)}
    if related:
        return _key(enrollment) in related
    return day((context.get("period") or {}).get("start")) == enrollment.thing.started


def _newest_first(chart: "Chart", rows: Sequence[Resource]) -> list[Resource]:
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


def _note(row: Mapping[str, Any]) -> Note:
    authors = (author.get("display") for author in row.get("author") or ())
    return Note(moment(row.get("date")), next((name for name in authors if name), ""))


def _ours(row: Mapping[str, Any]) -> set[str]:
    return {value for system, value in identity.keys(row) if system == names.IDENTIFIER}


def _key(enrollment: Kept[Enrollment]) -> str:
    """What the enrollment is called wherever it lives."""
    return min(_ours(enrollment.resource), default=enrollment.reference)


def _identifiers(enrollment: Kept[Enrollment], summary: Summary, notes: int) -> list[str]:
    """The identifiers this content can have, one more than there are notes.

    A summary that says again what an earlier, superseded one said is a new note: the second is
    numbered 1, and so on.
    """
    said = f"{_key(enrollment)} {summary.fingerprint}"
    return [str(uuid5(NAMESPACE_URL, f"{said} {n}" if n else said)) for n in range(notes + 1)]


def _write(
    chart: "Chart", enrollment: Kept[Enrollment], summary: Summary, content_types: Sequence[str]
) -> Resource:
    made: Resource = {
        "resourceType": _NOTE,
        "meta": {"source": names.SOURCE},
        "status": "current",
        "docStatus": "final",
        "type": concept(_TYPE),
        "category": [concept(coding(names.NOTE_CATEGORY, "clinical-note", "Clinical Note"))],
        "subject": chart.subject,
        "date": chart.written(),
        "description": DESCRIPTION,
        "content": [{"attachment": _attachment(chart, summary, c)} for c in content_types],
        "context": _context(chart, enrollment),
    }
    if chart.author:
        made["author"] = [chart.authorship("author")["author"]]
    return made


def _context(chart: "Chart", enrollment: Kept[Enrollment]) -> Resource:
    started, left = enrollment.thing.started, enrollment.thing.exit
    end = max(started, left.on if left else chart.moment().date())
    plan = {"system": names.IDENTIFIER, "value": _key(enrollment)}
    context: Resource = {
        "period": {"start": started.isoformat(), "end": end.isoformat()},
        "related": [{"type": "CarePlan", "identifier": plan}],
    }
    if chart.encounter:
        context["encounter"] = [{"reference": f"Encounter/{chart.encounter}"}]
    return context


def _attachment(chart: "Chart", summary: Summary, content_type: str) -> Resource:
    data = PRINTED[_media(content_type)](summary).encode()
    if len(data) > LARGEST:
        raise EntryRefused(_TOO_LARGE)
    # FHIR defines the hash as SHA-1: it guards against damage, not against forgery.
    digest = sha1(data, usedforsecurity=False).digest()
    return {
        "contentType": content_type,
        "language": "en",
        "data": b64encode(data).decode(),
        "size": len(data),
        "hash": b64encode(digest).decode(),
        "title": DESCRIPTION,
        "creation": chart.written(),
    }


def _media(content_type: str) -> str:
    return content_type.partition(";")[0].strip()


def _replaces(row: Resource) -> Resource:
    return {"code": "replaces", "target": {"reference": f"{_NOTE}/{row['id']}"}}


def _supersede(chart: "Chart", rows: Iterable[Resource], form_id: UUID) -> int:
    """Mark notes as superseded; how many could not be, because the EHR does not take it."""
    former = list(rows)
    if not chart.plan().updates(_NOTE):
        return len(former)
    left = 0
    for row in former:
        try:
            _file(chart, {**row, "status": "superseded"}, form_id, row)
        except EhrError as error:
            log.warning("a replaced note stays current: %s", error.code)
            left += 1
    return left
