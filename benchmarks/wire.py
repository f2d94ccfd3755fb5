"""Parsing and writing one QuestionnaireResponse of ten items, as is done for each response.

Ways: the model classes of fhir.resources (the peer), the standard library's json, and our wire
(lossless: decimals keep their digits).
"""

import json

from fhir.resources.R4B.questionnaireresponse import QuestionnaireResponse

from benchmarks.timing import Row, interleaved
from smartapp.fhir.wire import decode, encode

CASE = "Parse and write a response of 10 items"
CALLS = 50
"""Calls in one run, as one is too short to time."""


def response() -> bytes:
    """Return a PSEQ response as a server sends it, about 3 kB."""
    items = [
        {
            "linkId": f"/pseq-{number}",
            "text": "I can do some form of work, despite the pain.",
            "extension": [{"url": "https://x.org/weight", "valueDecimal": 0.5}],
            "answer": [{"valueInteger": number % 7}],
        }
        for number in range(1, 11)
    ]
    resource = {
        "resourceType": "QuestionnaireResponse",
        "id": "1",
        "meta": {"versionId": "1", "lastUpdated": "2026-11-02T09:30:00.715Z"},
        "questionnaire": "https://x.org/pseq|1.0.0",
        "status": "completed",
        "subject": {"reference": "Patient/1"},
        "authored": "2026-11-02T09:30:00+10:30",
        "item": items,
    }
    return json.dumps(resource).encode()


def _model(body: bytes) -> bytes:
    return QuestionnaireResponse.model_validate_json(body).model_dump_json().encode()


def run() -> list[Row]:
    """Time the three ways on the same bytes."""
    body = response()
    ways = {
        "fhir.resources model": lambda: _model(body),
        "standard library json": lambda: json.dumps(json.loads(body)).encode(),
        "our wire (msgspec, lossless)": lambda: encode(decode(body)),
    }
    repeated = {way: lambda work=work: [work() for _ in range(CALLS)] for way, work in ways.items()}
    rows = interleaved(CASE, repeated, runs=40)
    return [Row(r.case, r.way, r.seconds / CALLS, r.worst / CALLS, r.runs * CALLS) for r in rows]
