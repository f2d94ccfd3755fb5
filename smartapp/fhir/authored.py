"""The check of every resource we author before it is sent.

Three parts: ``fhir.resources.R4B`` for structure (it equals R4 for our types), the required
bindings it does not know, and the invariants and US Core minimums our resources live by. What
fails here is our own mistake: it is logged by element path, never by value, and raised as
``EhrRejected``, because nothing was sent and sending it again would not help.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fhir.resources.R4B import get_fhir_model_class
from pydantic import ValidationError

from smartapp.errors import EhrRejected
from smartapp.fhir.kept import moment

log = logging.getLogger(__name__)

_Resource = Mapping[str, Any]

_REQUEST = {"draft", "active", "on-hold", "revoked", "completed", "entered-in-error", "unknown"}
_TEAM = {"proposed", "active", "suspended", "inactive", "entered-in-error"}
_ANSWERED = {"in-progress", "completed", "amended", "entered-in-error", "stopped"}
_OBSERVED = {"registered", "preliminary", "final", "amended", "corrected", "cancelled"}
_COMPOSED = {"preliminary", "final", "amended", "entered-in-error"}
_RELATED = {"replaces", "transforms", "signs", "appends"}
_GOAL = {"proposed", "planned", "accepted", "active", "on-hold", "completed", "cancelled"}
_TASK = {"draft", "requested", "received", "accepted", "rejected", "ready", "cancelled"}
_TASK |= {"in-progress", "on-hold", "failed", "completed", "entered-in-error"}
_INTENT = {"unknown", "proposal", "plan", "order", "original-order", "reflex-order"}
_INTENT |= {"filler-order", "instance-order", "option"}
_PRIORITY = {"routine", "urgent", "asap", "stat"}
_EVENT = {"preparation", "in-progress", "not-done", "on-hold", "stopped", "completed"}
_EVENT |= {"entered-in-error", "unknown"}

REQUIRED: dict[str, dict[str, set[str]]] = {
    "CarePlan": {"status": _REQUEST, "intent": {"proposal", "plan", "order", "option"}},
    "CareTeam": {"status": _TEAM},
    "Goal": {"lifecycleStatus": _GOAL | {"entered-in-error", "rejected"}},
    "QuestionnaireResponse": {"status": _ANSWERED},
    "Observation": {"status": _OBSERVED | {"entered-in-error", "unknown"}},
    "DocumentReference": {"status": {"current", "superseded", "entered-in-error"}},
    "Flag": {"status": {"active", "inactive", "entered-in-error"}},
    "Task": {"status": _TASK, "intent": _INTENT, "priority": _PRIORITY},
    "Communication": {"status": _EVENT, "priority": _PRIORITY},
}
"""Required bindings of the elements we write, by type and element (FHIR R4)."""

_SUBJECTS = dict.fromkeys(REQUIRED, "subject") | {"Task": "for"}


def check(resource: _Resource, before: _Resource | None = None) -> None:
    """Raise ``EhrRejected`` when the resource has a fault that ``before`` did not have.

    What a server or somebody else put into a resource we change is not ours to refuse.
    """
    found = set(faults(resource))
    if before is not None and found:
        found -= set(faults(before))
    if found:
        log.error("a %s we made is not valid at %s", resource["resourceType"], sorted(found))
        raise EhrRejected


def faults(resource: _Resource) -> Iterator[str]:
    """The element paths at which ``resource`` is not valid."""
    yield from _structure(resource)
    for element, allowed in REQUIRED.get(resource["resourceType"], {}).items():
        if resource.get(element) not in allowed:
            yield element
    subject = _SUBJECTS.get(resource["resourceType"])
    if subject and not resource.get(subject):
        yield subject
    period = resource.get("period") or {}
    if _is_later(period.get("start"), period.get("end")):
        yield "period: per-1"
    yield from _INVARIANTS.get(resource["resourceType"], _none)(resource)


def _structure(resource: _Resource) -> Iterator[str]:
    try:
        get_fhir_model_class(resource["resourceType"]).model_validate(dict(resource))
    except ValidationError as error:
        for one in error.errors(include_input=False, include_context=False):
            yield ".".join(str(part) for part in one["loc"])


def _none(_: _Resource) -> Iterator[str]:
    yield from ()


def _care_plan(plan: _Resource) -> Iterator[str]:
    for n, activity in enumerate(plan.get("activity") or ()):
        if "detail" in activity and "reference" in activity:
            yield f"activity.{n}: cpl-3"
    if (plan.get("text") or {}).get("status") not in ("generated", "additional"):
        yield "text.status: us-core-narrative-status"


def _care_team(team: _Resource) -> Iterator[str]:
    for n, participant in enumerate(team.get("participant") or ()):
        member = (participant.get("member") or {}).get("reference", "")
        if "onBehalfOf" in participant and "Practitioner/" not in member:
            yield f"participant.{n}: ctm-1"
        if len(participant.get("role") or ()) != 1 or not member:
            yield f"participant.{n}: us-core"


def _goal(goal: _Resource) -> Iterator[str]:
    for n, target in enumerate(goal.get("target") or ()):
        measured = any(name.startswith("detail") for name in target)
        if measured and "measure" not in target:
            yield f"target.{n}: gol-1"


def _response(response: _Resource, path: str = "item") -> Iterator[str]:
    items = response.get("item") or ()
    # A repeating group stands there once for each instance; what has answers stands there once.
    links = [item.get("linkId") for item in items if "answer" in item]
    if len(set(links)) != len(links):
        yield f"{path}: sdcqr-2"
    for n, item in enumerate(items):
        if "answer" in item and "item" in item:
            yield f"{path}.{n}: qrs-1"
        yield from _response(item, f"{path}.{n}.item")


def _observation(observation: _Resource) -> Iterator[str]:
    values = [name for name in observation if name.startswith("value")]
    parts = observation.get("component") or observation.get("hasMember")
    if not (values or parts or "dataAbsentReason" in observation):
        yield "value: us-core-2"
    if values and "dataAbsentReason" in observation:
        yield "dataAbsentReason: obs-6"
    if len(str(observation.get("effectiveDateTime", "0000-00-00"))) < 10:
        yield "effectiveDateTime: us-core-1"


def _task(task: _Resource) -> Iterator[str]:
    if _is_later(task.get("authoredOn"), task.get("lastModified")):
        yield "lastModified: inv-1"


def _is_later(first: str | None, last: str | None) -> bool:
    """Whether ``first`` is after ``last``, where both are as exact as each other."""
    start, end = moment(first), moment(last)
    if start and end:
        return start > end
    return bool(first and last and not (start or end) and first[: len(last)] > last)


def _document(document: _Resource) -> Iterator[str]:
    if document.get("docStatus", "final") not in _COMPOSED:
        yield "docStatus"
    yield from (f"{name}: us-core" for name in ("type", "category") if not document.get(name))
    for n, content in enumerate(document.get("content") or ()):
        if not {"data", "url"} & set(content.get("attachment") or ()):
            yield f"content.{n}.attachment: us-core-6"
    related = enumerate(document.get("relatesTo") or ())
    yield from (f"relatesTo.{n}.code" for n, r in related if r.get("code") not in _RELATED)


_INVARIANTS: dict[str, Callable[[_Resource], Iterator[str]]] = {
    "CarePlan": _care_plan,
    "CareTeam": _care_team,
    "Goal": _goal,
    "QuestionnaireResponse": _response,
    "Observation": _observation,
    "DocumentReference": _document,
    "Task": _task,
}
