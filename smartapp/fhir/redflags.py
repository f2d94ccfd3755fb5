"""The red-flag checklist of one enrollment form: a response to the program's own questionnaire."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from smartapp.fhir import names
from smartapp.fhir.kept import Resource, identifier, moment

if TYPE_CHECKING:
    from smartapp.fhir.chart import Chart

CLEARED = "cleared"
"""The checklist's item that says who cleared the red flags, and when."""


@dataclass(frozen=True)
class Checklist:
    """A checklist in the record: its day, the texts of the flags present, and who cleared them."""

    on: datetime
    present: tuple[str, ...]
    cleared: str


def latest(chart: "Chart", responses: Iterable[Mapping[str, Any]]) -> Checklist | None:
    """The newest red-flag checklist among the QuestionnaireResponses."""
    canonical = chart.content.program.red_flags_questionnaire.split("|")[0]
    ours = [r for r in responses if str(r.get("questionnaire")).split("|")[0] == canonical]
    found = [_read(response) for response in ours]
    return max((c for c in found if c), key=lambda c: c.on, default=None)


def _read(response: Mapping[str, Any]) -> Checklist | None:
    on, items = moment(response.get("authored")), response.get("item") or ()
    if on is None:
        return None
    answers = {i.get("linkId"): (i.get("answer") or [{}])[0] for i in items}
    present = [i.get("text", "") for i in items if answers[i.get("linkId")].get("valueBoolean")]
    return Checklist(on, tuple(present), str(answers.get(CLEARED, {}).get("valueString", "")))


def checklist(
    chart: "Chart", red_flags: Mapping[str, bool], form_id: UUID, cleared: str = ""
) -> Resource:
    """The QuestionnaireResponse that says of each red flag (by code) whether it is present.

    ``cleared`` says who reviewed those present, and when. Which flags are present, and whether
    they are cleared, is part of its identity: whoever is stopped and then answers otherwise on the
    same form leaves both answers in the record.
    """
    program = chart.content.program
    present = sorted(code for code, there in red_flags.items() if there)
    texts = {flag.code: flag.text for flag in program.red_flags}
    said = ["red-flags", *present, *([CLEARED] if cleared else [])]
    made: Resource = {
        "resourceType": "QuestionnaireResponse",
        "meta": {"source": names.SOURCE},
        "identifier": identifier(form_id, "/".join(said)),
        "questionnaire": program.red_flags_questionnaire,
        "status": "completed",
        "subject": chart.subject,
        "authored": chart.written(),
        **chart.authorship("author"),
        "item": [
            {"linkId": code, "text": texts[code], "answer": [{"valueBoolean": there}]}
            for code, there in red_flags.items()
        ],
    }
    if cleared:
        made["item"].append({"linkId": CLEARED, "answer": [{"valueString": cleared}]})
    return chart.in_context(made)
