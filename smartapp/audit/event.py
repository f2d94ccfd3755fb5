"""What a line says: FHIR R4 AuditEvents (https://hl7.org/fhir/R4/auditevent.html).

The patient is in them only under a pseudonym, so a reference to a Patient never is; other
resources are referred to absolutely, so a line also says whether it was EHR or program store.
Free text is in none: names are left out, outcomes are the stable codes of ``errors``.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from smartapp.alerts import witness as alerts
from smartapp.audit.pseudonym import Keys
from smartapp.drafts import witness as drafts
from smartapp.fhir import names
from smartapp.fhir.witness import Event, Interaction, Outcome
from smartapp.launch import witness as launch
from smartapp.systems import witness as systems

Resource = dict[str, Any]

_ACTIONS = {Interaction.CREATE: "C", Interaction.UPDATE: "U", Interaction.DELETE: "D"}
_SEVERITIES = {Outcome.DONE: "0", Outcome.REFUSED: "4", Outcome.CONFLICT: "4"}
_SERIOUS = "8"
_EXPORT = {"system": names.DICOM, "code": "110106", "display": "Export"}
_AUTHENTICATION = {
    launch.Step.FINISHED: {"system": names.DICOM, "code": "110122", "display": "Login"},
    launch.Step.ENDED: {"system": names.DICOM, "code": "110123", "display": "Logout"},
}


@dataclass(frozen=True)
class Actor:
    """Who acts in a launch, and on whom: ``patient`` is a pseudonym, ``user`` may be empty.

    ``site`` is the site's name, ``user`` an absolute reference or, of a patient, a pseudonym;
    ``client`` is the program's own id at the EHR where it acts without a user.
    """

    site: str = ""
    user: str = ""
    patient: str = ""
    client: str = ""

    @classmethod
    def of(cls, keys: Keys, told: launch.Event) -> "Actor":
        """The actor of a launch, as the launch part tells of it."""
        base = told.fhir_base.rstrip("/")
        user = f"{base}/{told.user}" if told.user else ""
        if told.user.startswith("Patient/"):
            user = keys.pseudonym(base, told.user.removeprefix("Patient/"))
        return cls(told.site, user, keys.pseudonym(base, told.patient) if told.patient else "")


def step(actor: Actor, told: launch.Event) -> Resource:
    """A launch begun, finished, refused or ended."""
    type_ = {"system": names.DICOM, "code": "110114", "display": "User Authentication"}
    subtypes = [{"system": names.AUDIT_EVENTS, "code": told.step.value}]
    if told.step in _AUTHENTICATION:
        subtypes.append(_AUTHENTICATION[told.step])
    outcome = Outcome.REFUSED if told.step is launch.Step.REFUSED else Outcome.DONE
    return _event(actor, type_, subtypes, "E", [], outcome, told.code)


def exchange(actor: Actor, told: Event) -> Resource:
    """A write, done or not, or a read that was not done."""
    outcome, action = told.outcome, _ACTIONS.get(told.interaction, "R")
    return _rest(actor, [told.interaction], action, [told], outcome, told.code)


def view(actor: Actor, reads: Sequence[Event]) -> Resource:
    """One page, and all that was read for it; each type or resource once."""
    interactions = sorted({read.interaction for read in reads}) or [Interaction.READ]
    return _rest(actor, interactions, "R", reads)


def safety(actor: Actor, told: alerts.Step, key: UUID) -> Resource:
    """A safety alert raised, changed or handled; its key says nothing of anybody."""
    return _kept(actor, [told.value], "C" if told is alerts.Step.RAISED else "U", key)


def draft(actor: Actor, told: drafts.Step, key: UUID, *, handed: bool) -> Resource:
    """Answers in progress changed or set aside; ``handed``: on a device that a patient had."""
    subtypes = [told.value, *([launch.Step.HANDED_OVER.value] if handed else [])]
    return _kept(actor, subtypes, "D" if told is drafts.Step.DISCARDED else "U", key)


def system(told: systems.Event) -> Resource:
    """What another system took of the program's store, or was refused."""
    exported = told.deed is systems.Deed.EXPORT
    type_ = _EXPORT if exported else _coding(names.AUDIT_TYPE, "rest")
    subtypes = [_coding(names.AUDIT_EVENTS, told.deed.value)]
    entities: list[Resource] = [
        {"type": _coding(names.RESOURCE_TYPES, one)} for one in sorted(told.types)
    ]
    if exported:
        detail = [{"type": "resources", "valueString": str(told.resources)}]
        entities.append({"role": _coding(names.OBJECT_ROLE, "3"), "detail": detail})
    outcome = Outcome.DONE if told.status < 400 else Outcome.REFUSED
    outcome = Outcome.FAILED if told.status >= 500 else outcome
    code = "" if outcome is Outcome.DONE else f"http-{told.status}"
    made = _event(Actor(), type_, subtypes, "R", entities, outcome, code)
    who = {"identifier": {"value": told.client}}
    return made | {"agent": [{"who": who, "requestor": True}]}


def consulted() -> Resource:
    """Somebody read the trail itself at the command line, under this number of the system's."""
    type_ = {"system": names.DICOM, "code": "110101", "display": "Audit Log Used"}
    subtypes = [{"system": names.AUDIT_EVENTS, "code": "audit-export"}]
    made = _event(Actor(), type_, subtypes, "R", [])
    return made | {"agent": [{"altId": str(os.getuid()), "requestor": True}]}


def _kept(actor: Actor, subtypes: Sequence[str], action: str, key: UUID) -> Resource:
    """What we keep on our own disk, by its key."""
    type_ = {"system": names.DICOM, "code": "110110", "display": "Patient Record"}
    named = {"identifier": {"system": names.IDENTIFIER, "value": str(key)}}
    entity = {"what": named, "role": _coding(names.OBJECT_ROLE, "4")}
    coded = [_coding(names.AUDIT_EVENTS, one) for one in subtypes]
    return _event(actor, type_, coded, action, [entity])


def _rest(
    actor: Actor,
    interactions: Sequence[Interaction],
    action: str,
    about: Sequence[Event],
    outcome: Outcome = Outcome.DONE,
    code: str = "",
) -> Resource:
    type_ = _coding(names.AUDIT_TYPE, "rest")
    subtypes = [_coding(names.RESTFUL, one.value) for one in interactions]
    return _event(actor, type_, subtypes, action, _entities(about), outcome, code)


def _event(
    actor: Actor,
    type_: Resource,
    subtypes: list[Resource],
    action: str,
    entities: list[Resource],
    outcome: Outcome = Outcome.DONE,
    code: str = "",
) -> Resource:
    patient = [_person(actor.patient)] if actor.patient else []
    told = {"outcomeDesc": f"{outcome.value}: {code}"} if code else {}
    return {
        "resourceType": "AuditEvent",
        "type": type_,
        "subtype": subtypes,
        "action": action,
        "outcome": _SEVERITIES.get(outcome, _SERIOUS),
        **told,
        "agent": [{"who": _who(actor), "requestor": True}],
        "source": {
            **({"site": actor.site} if actor.site else {}),
            "observer": {"display": "Guided self-help", "identifier": {"value": names.SOURCE}},
            "type": [_coding(names.SOURCE_TYPE, "4")],
        },
        **({"entity": patient + entities} if patient or entities else {}),
    }


def _who(actor: Actor) -> Resource:
    if actor.client:
        return {"identifier": {"value": actor.client}}
    if not actor.user:
        return {"display": "not known"}
    if "/" in actor.user:
        return {"reference": actor.user}
    return {"identifier": {"system": names.PSEUDONYM, "value": actor.user}}


def _person(pseudonym: str) -> Resource:
    return {
        "what": {"identifier": {"system": names.PSEUDONYM, "value": pseudonym}},
        "type": _coding(names.AUDIT_ENTITY, "1"),
        "role": _coding(names.OBJECT_ROLE, "1"),
    }


def _entities(about: Sequence[Event]) -> list[Resource]:
    """What it was about beside the patient, each once."""
    found = {(one.base, one.type, one.id, one.version): _entity(one) for one in about}
    return [found[key] for key in sorted(found)]


def _entity(told: Event) -> Resource:
    named = told.id and told.type != "Patient"
    version = f"/_history/{told.version}" if told.version else ""
    reference = (
        f"{told.base}/{told.type}/{told.id}{version}" if named else f"{told.base}/{told.type}"
    )
    return {
        "what": {"reference": reference},
        "type": _coding(names.RESOURCE_TYPES, told.type),
        "role": _coding(names.OBJECT_ROLE, "4"),
    }


def _coding(system: str, code: str) -> Resource:
    return {"system": system, "code": code}
