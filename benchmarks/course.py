"""A patient's whole course in the sandbox's record: enrolled, every instrument, over months.

It is written by the app's own code as of each day, past the EHR's sign-in, so that pages can be
looked at with a history that no test could wait for.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from io import BytesIO
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import requests
from requests.adapters import BaseAdapter

from smartapp.content import Content, load
from smartapp.fhir import assessment, enrollment
from smartapp.fhir.chart import Chart, Kept
from smartapp.fhir.client import EhrClient
from smartapp.program.assessment import Occasion, Response, score
from smartapp.program.enrollment import Condition, Consent, ConsentMethod, Enrollment, Modality
from smartapp.program.enrollment import Person as Staff
from smartapp.program.instrument import Instrument, Item
from smartapp.sandbox import running
from smartapp.sandbox.upstream import Question, Upstream

SESSIONS = 8
Made = tuple[Occasion, int | None, int, float]
"""Occasion, session, weeks after the start, and how well the person is: 0 badly, 1 well."""
COURSE: tuple[Made, ...] = (
    (Occasion.BASELINE, None, 0, 0.15),
    (Occasion.SESSION, 2, 3, 0.3),
    (Occasion.SESSION, 4, 6, 0.25),
    (Occasion.SESSION, 6, 9, 0.6),
    (Occasion.SESSION, 8, 12, 0.7),
    (Occasion.END, None, 13, 0.75),
)


class Inside(BaseAdapter):
    """Carries requests to the sandbox's record by itself, past its gate."""

    def __init__(self, upstream: Upstream, base: str) -> None:
        super().__init__()
        self._upstream, self._base = upstream, base

    def send(
        self, request: requests.PreparedRequest, *_: object, **__: object
    ) -> requests.Response:
        """Ask the record, and answer as the wire would."""
        url = str(request.url)
        split = urlsplit(url.removeprefix(self._base).lstrip("/"))
        headers = {name.lower(): str(value) for name, value in request.headers.items()}
        body = request.body.encode() if isinstance(request.body, str) else request.body or b""
        asked = Question(
            str(request.method), split.path, tuple(parse_qsl(split.query)), headers, bytes(body)
        )
        told = self._upstream.ask(asked)
        answer = requests.Response()
        answer.status_code, answer.url, answer.request = told.status, url, request
        answer.headers.update(told.headers)
        answer.raw = BytesIO(told.body)
        return answer

    def close(self) -> None:
        """Nothing is held open."""


def record(
    both: running.Running, patient: str = "p01", made: tuple[Made, ...] = COURSE
) -> Kept[Enrollment]:
    """Enroll a generated patient so that the last assessment is a week old, and record the rest."""
    content = load()
    weeks = max(one[2] for one in made) + 1
    began = datetime.now(UTC).date() - timedelta(weeks=weeks)
    kept = enrollment.enroll(
        _chart(both, content, patient, began),
        _enrollment(both, patient, began),
        {flag.code: False for flag in content.program.red_flags},
        uuid4(),
    )
    for occasion, number, later, well in made:
        chart = _chart(both, content, patient, began + timedelta(weeks=later))
        asked = [content.instruments[slug] for slug in _asked(content, occasion)]
        answered = [Response(one, dict(_answers(one, well))) for one in asked]
        scores = [one for response in answered for one in score(response)]
        assessment.add(chart, occasion, number, answered, scores, kept, uuid4())
    return kept


def _asked(content: Content, occasion: Occasion) -> tuple[str, ...]:
    return next(rule.instruments for rule in content.program.planned if rule.occasion is occasion)


def _answers(instrument: Instrument, well: float) -> Iterator[tuple[str, int]]:
    """Answers that fit how well the person is; never one that raises an alert."""
    worst_is_low = any(scale.better == "higher" for scale in instrument.scales)
    watched = {watch.link_id for watch in instrument.watches}
    for number, item in enumerate(instrument.items):
        share = well if worst_is_low else 1 - well
        wavering = share + (0.1 if number % 3 == 1 else -0.05 if number % 3 == 2 else 0)
        yield item.link_id, item.minimum if item.link_id in watched else _near(item, wavering)


def _near(item: Item, share: float) -> int:
    numbers: Mapping[int, int] = dict(enumerate(sorted(item.numbers)))
    place = round(min(max(share, 0.0), 1.0) * (len(numbers) - 1))
    return numbers[place]


def _chart(both: running.Running, content: Content, patient: str, on: date) -> Chart:
    base, session = both.ehr.settings.fhir_base, requests.Session()
    key = both.ehr.hospital.reference(f"Patient/{patient}").removeprefix("Patient/")
    client = EhrClient(session, base, patient=key)
    session.mount(base, Inside(both.ehr.upstream, base))
    return Chart(
        client,
        key,
        author=both.ehr.hospital.reference("Practitioner/coach-1"),
        author_name="Dana Coach",
        encounter=None,
        now=lambda: datetime.combine(on, time(10, 30), UTC),
        content=content,
    )


def _enrollment(both: running.Running, patient: str, began: date) -> Enrollment:
    hospital = both.ehr.hospital
    key = hospital.reference(f"Patient/{patient}").removeprefix("Patient/")
    (pain, *_) = hospital.of(key, "Condition")
    people = [hospital.reference(f"Practitioner/{one}") for one in ("coach-1", "supervisor-1")]
    return Enrollment(
        condition=Condition(f"Condition/{pain['id']}", pain["code"].get("text", "Pain")),
        started=began,
        planned_sessions=SESSIONS,
        modality=Modality.TELEHEALTH,
        coach=Staff(people[0], "Dana Coach"),
        supervisor=Staff(people[1], "Sam Visor"),
        consent=Consent(began, ConsentMethod.VERBAL),
    )
