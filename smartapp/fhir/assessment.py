"""Assessments in the record: the responses of one occasion and the scores derived from them.

Our extension ``assessment-occasion`` (on QuestionnaireResponse and Observation) ties them
together: ``occasion`` (valueCoding), ``sessionNumber`` (valuePositiveInt, for a session) and
``assessment`` (valueUri, a ``urn:uuid:``). What others wrote carries none of it and is kept apart,
as history.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from smartapp.fhir import aside, identity, manner, names, outcome, response
from smartapp.fhir.kept import (
    Kept,
    Resource,
    codes,
    coding,
    extension,
    identifier,
    keep,
    once,
)
from smartapp.fhir.response import Answered, is_finished
from smartapp.program.assessment import Occasion, Response, Score
from smartapp.program.enrollment import Enrollment
from smartapp.program.instrument import Instrument, Scale

if TYPE_CHECKING:
    from smartapp.fhir.chart import Chart

_DISPLAY = {
    Occasion.BASELINE: "Baseline",
    Occasion.SESSION: "Session",
    Occasion.END: "End of the program",
    Occasion.FOLLOW_UP: "Follow-up",
}


class Elsewhere(StrEnum):
    """The occasion of what was recorded outside the program."""

    ELSEWHERE = "recorded-elsewhere"


@dataclass(frozen=True)
class AssessmentKept:
    """One occasion as the record keeps it.

    ``key`` names it in a URL of ours, within its patient; ``on`` is when the last of it was
    answered. ``answered`` are all its QuestionnaireResponses, ``responses`` those of known
    instruments, and ``times`` says by their slug when they were answered: one may be from paper.
    Of ``unwritten`` scales the record has the answers only: their scores are made of those.
    """

    key: str
    occasion: Occasion | Elsewhere
    session_number: int | None
    on: datetime
    responses: tuple[Kept[Response], ...]
    scores: tuple[Score, ...]
    author_name: str
    answered: tuple[Resource, ...] = ()
    times: Mapping[str, datetime] = field(default_factory=dict)
    unwritten: tuple[Scale, ...] = ()

    def of(self, scale: Scale) -> Kept[Response] | None:
        """The response that a scale is scored from."""
        for one in self.responses:
            if scale.code in {known.code for known in one.thing.instrument.scales}:
                return one
        return None

    def on_of(self, scale: Scale) -> datetime:
        """When the questions of a scale were answered."""
        found = self.of(scale)
        return self.times[found.thing.instrument.slug] if found else self.on


@dataclass(frozen=True)
class _Row:
    """One resource of an assessment, with what ties it to the others."""

    resource: Resource
    key: str
    on: datetime
    response: Kept[Response] | None = None
    scale: Scale | None = None
    score: Score | None = None


def add(
    chart: "Chart",
    occasion: Occasion,
    session_number: int | None,
    responses: Sequence[Response],
    scores: Sequence[Score],
    enrollment: Kept[Enrollment] | None,
    form_id: UUID,
) -> AssessmentKept:
    """Save the answers and scores of one occasion, known by their numbers alone."""
    answered = [Answered.of(one) for one in responses]
    reference = enrollment.reference if enrollment else None
    return submit(chart, occasion, session_number, answered, scores, reference, form_id)


def submit(
    chart: "Chart",
    occasion: Occasion,
    session_number: int | None,
    answered: Sequence[Answered],
    scores: Sequence[Score],
    enrollment: str | None,
    form_id: UUID,
) -> AssessmentKept:
    """Save the answers and scores of one occasion, all together where the EHR can.

    ``enrollment`` is its reference; a questionnaire need not have any score.
    """
    tied = _tied(occasion, session_number, enrollment, form_id)
    responses = written(chart, occasion, session_number, answered, enrollment, form_id)
    instruments = [one.instrument for one in answered if one.instrument]
    scored = []
    for score in scores:
        instrument = next(one for one in instruments if score.scale in one.scales)
        made = {**outcome.write(chart, instrument, score), **tied}
        made["identifier"] = [identifier(form_id, f"score/{score.scale.code.code}")]
        made["effectiveDateTime"] = responses[instrument.slug]["authored"]
        made["derivedFrom"] = [{"reference": identity.urn(responses[instrument.slug])}]
        scored.append(made)
    saved = chart.save_together([*responses.values(), *scored], form_id)
    (kept,) = read_assessments(chart, saved[: len(responses)], saved[len(responses) :])[0]
    return kept


def written(
    chart: "Chart",
    occasion: Occasion,
    session_number: int | None,
    answered: Sequence[Answered],
    enrollment: str | None,
    form_id: UUID,
) -> dict[str, Resource]:
    """By slug the responses of one occasion, as they are submitted."""
    tied = _tied(occasion, session_number, enrollment, form_id)
    responses = {}
    for one in answered:
        made = responses[one.slug] = {**response.write(chart, one), **tied}
        made["identifier"] = identifier(form_id, f"response/{one.slug}")
        manner.stamp(made, one.how)
        aside.stamp(made, one.others)
    return responses


def key_of(form_id: UUID) -> str:
    """The key of the assessment that a form makes."""
    return str(uuid5(form_id, "assessment"))


def belongs(chart: "Chart", kept: AssessmentKept, enrollment: Kept[Enrollment] | None) -> bool:
    """True unless it was made in another enrollment than this one.

    What was made before anybody enrolled belongs to whatever enrollment follows.
    """
    plans = _plans(kept)
    return not plans or any(enrollment and chart.names(b, enrollment.reference) for b in plans)


def in_enrollment(kept: AssessmentKept) -> bool:
    """True for what was made in an enrollment, whichever."""
    return bool(_plans(kept))


def read_assessments(
    chart: "Chart", responses: Iterable[Resource], observations: Iterable[Resource]
) -> tuple[tuple[AssessmentKept, ...], tuple[AssessmentKept, ...]]:
    """Our assessments and, apart from them, what was recorded elsewhere; each oldest first."""
    # A draft that a second sending left beside the answers must not stand for them.
    handed_in = (one for one in responses if one.get("status") != "in-progress")
    rows = _answered(chart, once(handed_in))
    rows += _scored(chart, once(observations), rows)
    gathered: dict[str, list[_Row]] = {}
    for row in rows:
        gathered.setdefault(row.key, []).append(row)
    found = sorted((_kept(key, parts) for key, parts in gathered.items()), key=lambda a: a.on)
    ours = tuple(a for a in found if isinstance(a.occasion, Occasion))
    return ours, tuple(a for a in found if a.scores and not isinstance(a.occasion, Occasion))


def _plans(kept: AssessmentKept) -> list[Mapping[str, Any]]:
    based = [b for r in kept.answered for b in r.get("basedOn") or ()]
    return [b for b in based if "CarePlan/" in str(b.get("reference"))]


def _tied(
    occasion: Occasion, number: int | None, enrollment: str | None, form_id: UUID
) -> Resource:
    said: list[Resource] = [
        {"url": "occasion", "valueCoding": coding(names.OCCASIONS, occasion, _DISPLAY[occasion])},
        {"url": "assessment", "valueUri": f"urn:uuid:{key_of(form_id)}"},
    ]
    if number is not None:
        said.append({"url": "sessionNumber", "valuePositiveInt": number})
    tied: Resource = {"extension": [{"url": names.OCCASION, "extension": said}]}
    if enrollment is not None:
        tied["basedOn"] = [{"reference": enrollment}]
    return tied


def _answered(chart: "Chart", resources: Iterable[Resource]) -> list[_Row]:
    """What was answered: with any questionnaire of ours, and with a known one elsewhere."""
    rows = []
    for resource in resources:
        found = response.read(resource, chart.content.instruments.values())
        on = manner.on(resource.get("authored"), chart.moment().tzinfo)
        known = found is not None or (extension(resource, names.OCCASION) and is_finished(resource))
        if known and on is not None:
            kept = keep(found, resource) if found is not None else None
            rows.append(_Row(resource, _key(resource), on, response=kept))
    return rows


def _scored(chart: "Chart", resources: Iterable[Resource], answered: list[_Row]) -> list[_Row]:
    """The score of each Observation, tied to the assessment its response belongs to."""
    by_code = outcome.scales(chart.content.instruments.values())
    observations = list(resources)
    rows = []
    for (system, code), (instrument, scale) in by_code.items():
        for resource in observations:
            told_on = resource.get("effectiveDateTime") or resource.get("effectiveInstant")
            on = manner.on(told_on, chart.moment().tzinfo)
            if on is None or code not in codes(resource.get("code"), system):
                continue
            source = _source(chart, resource, answered)
            score = _score(resource, instrument, scale, source)
            key = source.key if source else _key(resource)
            rows.append(_Row(resource, key, on, scale=scale, score=score))
    return rows


def _score(
    resource: Resource, instrument: Instrument, scale: Scale, source: _Row | None
) -> Score | None:
    """The score in an Observation; of corrected answers what they give, whatever it still says."""
    known = source.response.thing if source and source.response else None
    if known and source and extension(source.resource, names.AMENDMENT):
        return next((one for one in outcome.derived(known) if one.scale == scale), None)
    return outcome.read(resource, instrument, scale, known.answers if known else {})


def _source(chart: "Chart", resource: Mapping[str, Any], answered: list[_Row]) -> _Row | None:
    named = [chart.named(d) for d in resource.get("derivedFrom") or ()]
    ids = {n.id for n in named if n and n.type == "QuestionnaireResponse"}
    return next((row for row in answered if row.resource["id"] in ids), None)


def _kept(key: str, rows: Sequence[_Row]) -> AssessmentKept:
    responses = tuple(row.response for row in rows if row.response)
    written = [row.scale for row in rows if row.scale]
    derived = [s for r in responses for s in outcome.derived(r.thing) if s.scale not in written]
    scores = (*(row.score for row in rows if row.score), *derived)
    occasion, number = max((_occasion(row.resource) for row in rows), key=_is_ours)
    on, author = max(row.on for row in rows), _author(rows[0].resource)
    answered = tuple(row.resource for row in rows if row.scale is None)
    times = {row.response.thing.instrument.slug: row.on for row in rows if row.response}
    whole = (responses, scores, author, answered, times, tuple(one.scale for one in derived))
    return AssessmentKept(key, occasion, number, on, *whole)


def _is_ours(told: tuple[Occasion | Elsewhere, int | None]) -> bool:
    return isinstance(told[0], Occasion)


def _key(resource: Mapping[str, Any]) -> str:
    uuid = extension(extension(resource, names.OCCASION), "assessment").get("valueUri")
    if isinstance(uuid, str):
        return uuid.removeprefix("urn:uuid:")
    return f"{resource['resourceType']}-{resource['id']}"


def _occasion(resource: Mapping[str, Any]) -> tuple[Occasion | Elsewhere, int | None]:
    told = extension(resource, names.OCCASION)
    code = (extension(told, "occasion").get("valueCoding") or {}).get("code")
    if code not in {o.value for o in Occasion}:
        return Elsewhere.ELSEWHERE, None
    number = extension(told, "sessionNumber").get("valuePositiveInt")
    return Occasion(code), number if isinstance(number, int) else None


def _author(resource: Mapping[str, Any]) -> str:
    who = [resource.get("author") or {}, *(resource.get("performer") or ())]
    return next((w["display"] for w in who if w.get("display")), "")
