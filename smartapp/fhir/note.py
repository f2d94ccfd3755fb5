"""The readable note: a summary of the program as a DocumentReference (US Core clinical note).

It goes into the EHR or nowhere (``filing.py``), and says there what it said when a person approved
it. LOINC 11506-3, Progress note, is one of US Core's common clinical
notes, which every certified EHR knows. The identifier is made from the enrollment and the content,
so the same content is written once; changed content is a new DocumentReference that replaces the
former. ``context.related`` names the enrollment by identifier alone, because its CarePlan may live
in another place than the note.
"""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha1
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, UUID, uuid5

from smartapp.errors import EntryRefused, Problem
from smartapp.fhir import names
from smartapp.fhir.filing import (
    KIND,
    Note,
    Written,
    newest_first,
    note_in,
    notes,
    ours,
    send,
    supersede_all,
)
from smartapp.fhir.kept import Kept, Resource, coding, concept, keep
from smartapp.fhir.plan import Placed
from smartapp.program import plain, xhtml
from smartapp.program.enrollment import Enrollment
from smartapp.program.summary import Summary

if TYPE_CHECKING:
    from smartapp.fhir.chart import Chart

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


def standing(chart: "Chart", enrollment: Kept[Enrollment], summary: Summary) -> Standing:
    """Look up the notes of this enrollment in the EHR; raises EhrError when that is refused."""
    rows = notes(chart, _key(enrollment), enrollment.thing.started)
    used = {value for row in rows for value in ours(row)}
    live = newest_first(chart, rows)
    values = _identifiers(enrollment, summary, len(rows))
    return Standing(
        current=keep(note_in(live[0]), live[0]) if live else None,
        unchanged=bool(live) and not ours(live[0]).isdisjoint(values),
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

    EntryRefused when it is too large, EhrError when the EHR does not take it, in which case it is
    in no record; a former note the EHR does not let us change stays as it is.
    """
    found = standing(chart, enrollment, summary)
    if found.current and found.unchanged:
        return Written(found.current, supersede_all(chart, found.outdated, form_id))
    made = _write(chart, enrollment, summary, content_types)
    made["identifier"] = [{"system": names.IDENTIFIER, "value": found.identifier}]
    return send(chart, made, form_id)


def offered(chart: "Chart") -> Placed:
    """Whether the EHR may take a note (its place is the EHR), and why or why not."""
    return chart.plan()[_NOTE]


def formats(chart: "Chart") -> tuple[str, ...]:
    """Of the content types the EHR takes, the best one we can make; plain text if none is known.

    One alone: Oracle Health takes a single content.
    """
    accepted = chart.plan().known.profile.note_formats
    return next(((a,) for a in accepted if _media(a) in PRINTED), (TEXT,))


def _key(enrollment: Kept[Enrollment]) -> str:
    """What the enrollment is called wherever it lives."""
    return min(ours(enrollment.resource), default=enrollment.reference)


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
        "type": concept(KIND),
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
