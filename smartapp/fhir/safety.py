"""A safety alert in the record: a Flag, a Task for the supervisor, and a Communication.

Flag and Task are written when the alert is raised, the Communication when somebody says who was
told and what was done; then the Flag becomes inactive and the Task completed, as an errand of that
Communication. The Task's ``focus`` is the Flag, its ``reasonReference`` names the response by its
identifier, because the answer alerts before it is submitted, if it ever is. R4 and US Core 6.1
have no profile for any of them. What is written is what was said: no risk, no interpretation.
"""

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, UUID, uuid5

from smartapp.errors import EhrNotFound
from smartapp.fhir import alert as answers
from smartapp.fhir import identity, names
from smartapp.fhir.kept import (
    Resource,
    codes,
    coding,
    concept,
    extension,
    identifier,
    keep,
    moment,
    once,
)
from smartapp.fhir.place import Place, place_of
from smartapp.fhir.saving import update
from smartapp.program.alert import Alert
from smartapp.program.enrollment import Person
from smartapp.program.safety import Action, Handled, SafetyAlert

if TYPE_CHECKING:
    from smartapp.fhir.chart import Chart

RESOLVE = "resolve"
"""The errand of marking Flag and Task as dealt with."""
SELF_HARM = f"{names.LOINC}|44260-8"
"""What to ask of Observations for the question by itself."""
_FLAG, _TASK = "safety/flag", "safety/task"
_CATEGORY = coding(names.FLAG_CATEGORY, "safety", "Safety")
_NEEDS_ACTION = coding(names.SAFETY_ALERT, "answer-needs-action", "An answer needs action")
_RESPONSE = coding(names.SAFETY_ALERT, "response", "Response to a safety alert")
_DONE = {"Flag": "inactive", "Task": "completed"}
_ENDED = {"Flag": {"inactive", "entered-in-error"}, "Task": {"completed", "cancelled", "failed"}}


@dataclass(frozen=True)
class Past:
    """An answer that alerts and that the record holds without us: when it was given, and where.

    ``key`` is the same whenever it is read; ``form`` is the canonical of its questionnaire, or "";
    ``assessment`` the key of the assessment of ours it belongs to, or "".
    """

    key: UUID
    form: str
    assessment: str
    found: Alert
    on: datetime
    author_name: str


def report(chart: "Chart", alert: SafetyAlert, supervisor: Person | None) -> None:
    """Save Flag and Task of an alert; once, however often this is called.

    They are about something dealt with already when somebody responded before they could be saved.
    """
    flag = _flag(chart, alert)
    made = [flag, _task(chart, alert, flag, supervisor)]
    if alert.handled is not None:
        made = [_done(one, alert.handled.at) for one in made]
    chart.save_together(made, alert.key)


def respond(
    chart: "Chart", alert: SafetyAlert, handled: Handled, actions: Iterable[Action]
) -> Place:
    """Save who was told and what was done, and say where; Flag and Task follow as an errand."""
    said = {one.code: one.display for one in actions}
    done = [said.get(code, code) for code in handled.actions]
    text = "\n".join(
        (
            f"{alert.name}: {alert.words}.",
            f"Told: {'; '.join(one.name or one.reference for one in handled.told)}.",
            f"Done: {'; '.join(done)}.",
            f"Outcome: {handled.outcome}",
        )
    )
    made: Resource = {
        "resourceType": "Communication",
        "meta": {"source": names.SOURCE},
        "identifier": [identifier(handled.form_id, "safety/response")],
        "status": "completed",
        "category": [concept(_RESPONSE)],
        "priority": "urgent",
        "subject": chart.subject,
        "about": [_named("Flag", alert.key, _FLAG), _named("Task", alert.key, _TASK)],
        "sent": handled.at.replace(microsecond=0).isoformat(),
        "recipient": [_person(one) for one in handled.told],
        # Who wrote it down, whoever is there when it can be saved.
        **({"sender": _person(handled.by)} if handled.by.reference else {}),
        "reasonCode": [
            concept(coding(names.SAFETY_ACTION, code, said.get(code, code)))
            for code in handled.actions
        ],
        "payload": [{"contentString": text}],
    }
    (kept,) = chart.save_together([chart.in_context(made)], handled.form_id)
    return place_of(kept["id"])


def kept_at(chart: "Chart", handled: Handled) -> Place | None:
    """Where the record has a response, None where it has none yet."""
    row = _find(chart, "Communication", identifier(handled.form_id, "safety/response"))
    return place_of(row["id"]) if row else None


def ends(kept: Mapping[str, Any]) -> bool:
    """Whether what was just saved is a response, which ends its Flag and Task."""
    return kept["resourceType"] == "Communication" and "response" in codes(
        kept.get("category"), names.SAFETY_ALERT
    )


def resolve(chart: "Chart", kept: Mapping[str, Any], form_id: UUID) -> None:
    """Mark the Flag and the Task that a response is about as dealt with, unless they are."""
    for about in kept.get("about") or ():
        type_ = about.get("type")
        row = _find(chart, type_, about["identifier"]) if type_ in _DONE else None
        if row is not None and row.get("status") not in _ENDED[type_]:
            sent = moment(kept.get("sent")) or chart.moment()
            made = update(chart.places, row, _done(row, sent), keep(None, row).version)
            chart.attest([made], "UPDATE", form_id)


def past(chart: "Chart", rows: Mapping[str, Iterable[Resource]]) -> tuple[Past, ...]:
    """Every alerting answer in the record's responses and Observations, the newest first.

    An Observation that was derived from a response says nothing new beside it.
    """
    instruments = tuple(chart.content.instruments.values())
    found: dict[UUID, Past] = {}
    told: set[str] = set()
    for row in once(rows.get("QuestionnaireResponse", ())):
        alerts = answers.in_response(row, _asked_by(chart, row), instruments)
        told |= {row["id"]} if alerts else set()
        found |= {one.key: one for one in _past(chart, row, alerts)}
    for row in once(rows.get("Observation", ())):
        if not _derived(chart, row) & told:
            found |= {one.key: one for one in _past(chart, row, answers.in_observation(row))}
    return tuple(sorted(found.values(), key=lambda one: one.on, reverse=True))


def assessment_of(resource: Mapping[str, Any]) -> str:
    """The key of the assessment of ours a response belongs to; "" for what others wrote."""
    told = extension(resource, names.OCCASION)
    return str(extension(told, "assessment").get("valueUri") or "").removeprefix("urn:uuid:")


def _asked_by(chart: "Chart", row: Resource) -> Resource | None:
    """The questionnaire that was answered, of whatever version: it knows the questions' codes."""
    url = str(row.get("questionnaire") or "").partition("|")[0]
    known = chart.content.questionnaires.values()
    return next((one for one in known if url and one.get("url") == url), None)


def _past(chart: "Chart", row: Resource, alerts: Iterable[Alert]) -> Iterator[Past]:
    on = moment(row.get("authored") or row.get("effectiveDateTime") or row.get("issued"))
    on = on or moment((row.get("meta") or {}).get("lastUpdated"))
    who = [row.get("author") or {}, *(row.get("performer") or ())]
    author = next((w["display"] for w in who if w.get("display")), "")
    ours = assessment_of(row)
    source = ours or f"{row['resourceType']}/{row['id']}"
    for one in alerts:
        key = uuid5(NAMESPACE_URL, f"{chart.client.base}/{source}#{one.link_id}")
        if on is not None:
            yield Past(key, str(row.get("questionnaire") or ""), ours, one, on, author)


def _derived(chart: "Chart", row: Mapping[str, Any]) -> set[str]:
    named = (chart.named(one) for one in row.get("derivedFrom") or ())
    return {one.id for one in named if one and one.type == "QuestionnaireResponse"}


def _flag(chart: "Chart", alert: SafetyAlert) -> Resource:
    made: Resource = {
        "resourceType": "Flag",
        "meta": {"source": names.SOURCE},
        "identifier": [identifier(alert.key, _FLAG)],
        "status": "active",
        "category": [concept(_CATEGORY)],
        "code": {"coding": [_NEEDS_ACTION], "text": f"{alert.name} needs action"},
        "subject": chart.subject,
        "period": {"start": alert.raised_at.replace(microsecond=0).isoformat()},
        **chart.authorship("author"),
    }
    return chart.in_context(made)


def _task(
    chart: "Chart", alert: SafetyAlert, flag: Resource, supervisor: Person | None
) -> Resource:
    response = {"type": "QuestionnaireResponse", "identifier": _response(alert)}
    made: Resource = {
        "resourceType": "Task",
        "meta": {"source": names.SOURCE},
        "identifier": [identifier(alert.key, _TASK)],
        "status": "requested",
        "intent": "order",
        "priority": "urgent",
        "code": concept(_NEEDS_ACTION),
        "description": f"{alert.name} needs action.",
        "focus": {"reference": identity.urn(flag)},
        "for": chart.subject,
        "authoredOn": alert.raised_at.replace(microsecond=0).isoformat(),
        **chart.authorship("requester"),
        "reasonReference": response,
    }
    if supervisor is not None and supervisor.reference:
        made["owner"] = _person(supervisor)
    return chart.in_context(made)


def _response(alert: SafetyAlert) -> dict[str, str]:
    return identifier(alert.asked.assessment, f"response/{alert.asked.form}")


def _named(type_: str, key: UUID, role: str) -> Resource:
    """What was written for an alert, by its identifier: its id is the place's own affair."""
    return {"type": type_, "identifier": identifier(key, role)}


def _person(person: Person) -> Resource:
    named = {"reference": person.reference} if person.reference else {}
    return {**named, "display": person.name} if person.name else named


def _find(chart: "Chart", type_: str, known: Mapping[str, Any]) -> Resource | None:
    """It, from where it lives: the store is asked first, for the EHR may not know the type."""
    wanted: Resource = {"resourceType": type_, "identifier": [dict(known)]}
    try:
        with chart.places.opened() as shelf:
            stored = shelf.find(wanted)
    except EhrNotFound:
        stored = None
    if stored is not None:
        return chart.read(type_, stored["id"])
    in_ehr = chart.places.ehr.find(wanted)
    return chart.read(type_, in_ehr["id"]) if in_ehr else None


def _done(row: Resource, at: datetime) -> Resource:
    made = deepcopy(row)
    made["status"] = _DONE[row["resourceType"]]
    if row["resourceType"] == "Flag":
        period = made.setdefault("period", {})
        period["end"] = _not_before(period.get("start"), at)
    else:
        made["lastModified"] = _not_before(made.get("authoredOn"), at)
    return made


def _not_before(begun: str | None, at: datetime) -> str:
    """The later of both: nothing ends before it began (per-1 of Period, inv-1 of Task).

    People say to the minute when somebody was told, and that may be before the answer was kept.
    """
    first = moment(begun)
    return (max(first, at) if first else at).replace(microsecond=0).isoformat()
