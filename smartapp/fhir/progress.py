"""Answers in the EHR before they are submitted: the response they will be, ``in-progress``.

R4: a QuestionnaireResponse is ``in-progress`` until it is ``completed``, and ``entered-in-error``
when it is voided. Ours has the identifier it is submitted with, so it is one resource from the
first answer on. The truth is the draft on our server: what goes wrong here is nobody's error until
the assessment is submitted, and then the resource is completed before its scores are created.

Our extension ``progress`` (on QuestionnaireResponse, valueString) is a digest of the answers as we
wrote them, from whatever device. Where the answers do not match it, or it is gone, somebody else
was there: nothing of theirs is overwritten. A submitted response no longer has it.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from smartapp.errors import EhrAnswersChanged, EhrConflict, EhrError, StoreFailed, StoreUnsure
from smartapp.fhir import authored, identity, manner, names, saving
from smartapp.fhir.kept import Resource, extend, extension, moment
from smartapp.fhir.place import Place
from smartapp.fhir.plan import WritePlan
from smartapp.fhir.response import is_finished
from smartapp.fhir.transaction import partly

if TYPE_CHECKING:
    from smartapp.fhir.chart import Chart

TYPE = "QuestionnaireResponse"
IN_PROGRESS = "in-progress"
TRIES = 3
"""How often a response is completed that another device of ours keeps changing."""
_BESIDE = ("display", "extension", "id", "item")
_OURS = (names.OCCASION, names.PROGRESS, names.COMPLETION_MODE, names.SET_ASIDE)


def takes(plan: WritePlan) -> bool:
    """Whether unfinished answers go into the EHR: only where it has them alone, and to be changed.

    With a copy wanted in the store, or without update, they would stay unfinished somewhere. An
    administrator's wish is no promise that they can be changed: the EHR itself must offer it.
    """
    native = plan[TYPE].place is Place.EHR and not plan.copies(TYPE)
    return native and plan.offers(TYPE, "update")


def keep(chart: "Chart", response: Resource) -> None:
    """Put ``response``, made to be submitted, into the EHR as far as it is; raises GshError.

    One that is there and not as we left it stays as it is; without answers none is begun.
    """
    if not takes(chart.plan()):
        return
    made = {**response, "status": IN_PROGRESS, "extension": [*response.get("extension", ())]}
    extend(made, {"url": names.PROGRESS, "valueString": digest(made)})
    authored.check(made)
    shelf = chart.places.ehr.briefly()
    now = shelf.find(made)
    if now is None and made.get("item"):
        shelf.create(made)
    # Without a version there is no If-Match, and a late PUT could undo what was submitted.
    elif now and is_as_left(now) and _version(now) and _differs(now, made):
        shelf.update(_over(now, made), _version(now))


def withdraw(chart: "Chart", responses: Iterable[Resource]) -> None:
    """Void those that are in progress as we left them; raises GshError."""
    if chart.plan()[TYPE].place is not Place.EHR:
        return
    shelf = chart.places.ehr.briefly()
    for one in responses:
        now = shelf.find(one)
        if now and is_as_left(now):
            shelf.update({**now, "status": "entered-in-error"}, _version(now))


def save_together(chart: "Chart", resources: Sequence[Resource]) -> list[Resource]:
    """All as kept, in order: what is in progress in the EHR is completed, the rest created.

    Raises ``EhrAnswersChanged``, with nothing written, when somebody else was there. That is why
    the two are not one transaction: a server that runs it as a batch, which nothing tells before,
    would refuse the response by its version and keep the scores of answers it does not have.
    Stopped in between the answers are there, readers score them and say so, and the outbox does
    the rest; where it cannot be used the draft stays, to be sent again by a person.
    """
    done = _completed(chart, resources)
    rest = [saving.resolved(one, done) for one in resources if identity.urn(one) not in done]
    try:
        made = iter(saving.create_together(chart.places, rest))
    except EhrError as error:
        raise _after(done, error) from error
    return [done.get(identity.urn(one)) or next(made) for one in resources]


def is_as_left(kept: Mapping[str, Any]) -> bool:
    """True for one in progress whose answers are those we wrote, from whatever device."""
    told = extension(kept, names.PROGRESS).get("valueString")
    return kept.get("status") == IN_PROGRESS and told == digest(kept)


def digest(response: Mapping[str, Any]) -> str:
    """SHA-256 of every answer by its way from the root; how a server writes it does not matter."""
    said = sorted(_said(response), key=lambda one: one[0])
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _completed(chart: "Chart", resources: Sequence[Resource]) -> dict[str, Resource]:
    """By urn what the EHR has of the assessment's responses, each finished by now."""
    wanted = [one for one in resources if _is_submitted(one)]
    if not wanted or chart.plan()[TYPE].place is not Place.EHR:
        return {}
    calls = (partial(chart.places.ehr.find, one) for one in wanted)
    found = dict(zip(map(identity.urn, wanted), chart.client.together(*calls), strict=True))
    there = {urn: _standing(chart, now) for urn, now in found.items() if now}
    for now in there.values():
        _check(now)
    done: dict[str, Resource] = {}
    for one in (one for one in wanted if identity.urn(one) in there):
        try:
            done[identity.urn(one)] = _complete(chart, there[identity.urn(one)], one)
        except EhrError as error:
            raise _after(done, error) from error
    return done


def _complete(chart: "Chart", now: Resource, made: Resource) -> Resource:
    for _ in range(TRIES):
        _check(now)
        if is_finished(now):
            return now
        try:
            return saving.update(chart.places, now, _over(now, made), _version(now))
        except EhrConflict:
            now = chart.read(TYPE, now["id"])
    raise EhrConflict


def _check(now: Mapping[str, Any]) -> None:
    if not is_finished(now) and not is_as_left(now):
        raise EhrAnswersChanged


def _standing(chart: "Chart", now: Resource) -> Resource:
    """What stands for it: where the EHR took no update, the store has it completed."""
    if chart.places.store is None or is_finished(now):
        return now
    return chart.read(TYPE, now["id"])


def _is_submitted(resource: Mapping[str, Any]) -> bool:
    ours = extension(resource, names.OCCASION)
    return resource["resourceType"] == TYPE and bool(ours) and is_finished(resource)


def _after(done: Mapping[str, Resource], error: EhrError) -> EhrError:
    """The error to raise when some is saved already; the store's own says so by itself."""
    if not done or isinstance(error, StoreFailed | StoreUnsure):
        return error
    return partly(error)


def _over(now: Resource, made: Resource) -> Resource:
    """``made`` in the place of ``now``, with what others put beside our elements."""
    kept = {name: value for name, value in now.items() if name not in ("item", "text")}
    others = [e for e in now.get("extension") or () if e.get("url") not in _OURS]
    meta = {**(now.get("meta") or {}), **(made.get("meta") or {})}
    return {**kept, **made, "meta": meta, "extension": [*made["extension"], *others]}


def _differs(now: Resource, made: Resource) -> bool:
    """Whether other answers were given meanwhile, or by somebody else."""
    return digest(now) != digest(made) or manner.read(now) != manner.read(made)


def _version(kept: Mapping[str, Any]) -> str:
    return str((kept.get("meta") or {}).get("versionId") or "")


def _said(holder: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, list[Any]]]:
    for item in holder.get("item") or ():
        about = f"{above}/{item.get('linkId')}"
        answers = item.get("answer") or ()
        if answers:
            yield about, [_plain(one) for one in answers]
        for inner in (item, *answers):
            yield from _said(inner, about)


def _plain(value: Any) -> Any:
    """A value as every server tells it: without words, numbers and moments in one notation."""
    if isinstance(value, Mapping):
        told = {name: one for name, one in value.items() if name not in _BESIDE}
        if "reference" in told:
            told["reference"] = "/".join(str(told["reference"]).split("/")[-2:])
        return {name: _plain(told[name]) for name in sorted(told)}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, str):
        on = moment(value)
        return str(on.timestamp()) if on else value.strip()
    if isinstance(value, bool):
        return value
    return str(Decimal(str(value)).normalize())
