"""The red-flag checklist of one enrollment form: a response to the program's own questionnaire."""

from collections.abc import Mapping
from typing import TYPE_CHECKING
from uuid import UUID

from smartapp.fhir import names
from smartapp.fhir.kept import Resource, identifier

if TYPE_CHECKING:
    from smartapp.fhir.chart import Chart


def checklist(chart: "Chart", red_flags: Mapping[str, bool], form_id: UUID) -> Resource:
    """The QuestionnaireResponse that says of each red flag (by code) whether it is present.

    Which flags are present is part of its identity: whoever is stopped by one and then answers
    otherwise on the same form leaves both answers in the record.
    """
    program = chart.content.program
    present = sorted(code for code, there in red_flags.items() if there)
    texts = {flag.code: flag.text for flag in program.red_flags}
    made: Resource = {
        "resourceType": "QuestionnaireResponse",
        "meta": {"source": names.SOURCE},
        "identifier": identifier(form_id, "/".join(["red-flags", *present])),
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
    return chart.in_context(made)
