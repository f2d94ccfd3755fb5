"""Writes, each to the place the plan names, and to the store when the EHR will not have it.

A write the EHR refuses goes to the store within the same saving, under the same identifier, so
that saving again finds it there. What lives in the EHR and may not be changed there is changed in
a copy in the store that stands instead of it: our extension ``instead-of`` (valueReference, the
EHR's version it replaces) says so to every reader, until the EHR's own is changed by somebody.
"""

import logging
from collections.abc import Sequence
from copy import deepcopy
from itertools import takewhile

from smartapp.errors import EhrConflict, EhrError, EhrNotFound, StoreFailed, StoreUnsure
from smartapp.fhir import identity, names
from smartapp.fhir.kept import extend
from smartapp.fhir.merge import instead_of, ours, own_key
from smartapp.fhir.place import Place, home
from smartapp.fhir.places import Places
from smartapp.fhir.plan import Why
from smartapp.fhir.refusals import is_refusal
from smartapp.fhir.shelf import Shelf
from smartapp.fhir.transaction import partly
from smartapp.fhir.translation import Resource, mapped

log = logging.getLogger(__name__)

_STAMPS = ("versionId", "lastUpdated")


def create_together(places: Places, resources: Sequence[Resource]) -> list[Resource]:
    """All ``resources`` as kept, in order; as few requests as their places allow.

    When some are kept and the rest fails, no error says that nothing was saved.
    """
    if places.store is None:
        return places.ehr.transaction(resources)
    kept: dict[str, Resource] = {}
    waiting = list(resources)
    while waiting:
        group = _alike(places, waiting)
        waiting = waiting[len(group) :]
        try:
            _create_alike(places, group, kept)
        except (StoreFailed, StoreUnsure):
            raise
        except EhrError as error:
            raise partly(error) if kept else error from error
    return [kept[identity.urn(resource)] for resource in resources]


def create(places: Places, resource: Resource) -> Resource:
    """One resource, created where it belongs unless it exists."""
    if places.store is None:
        return places.ehr.create(resource)
    earlier = _earlier(places, resource)
    if earlier is not None:
        return earlier
    type_ = resource["resourceType"]
    if places.placing(resource).place is Place.EHR:
        try:
            made = places.ehr.create(resource)
        except EhrError as error:
            _demote(places, type_, "create", error)
        else:
            return _accepted(places, made)
    with places.writable() as shelf:
        made = shelf.create(resource)
    places.note(type_, Place.STORE, places.placing(resource).why)
    return made


def update(places: Places, before: Resource, changed: Resource, version: str) -> Resource:
    """``changed`` over ``version`` of ``before``, where that lives, as kept."""
    type_ = before["resourceType"]
    if home(before) is Place.STORE:
        with places.opened() as shelf:
            kept = shelf.update(changed, version)
        planned = places.plan()[type_]
        why = planned.why if planned.place is Place.STORE else Why.WAITING
        places.note(type_, Place.STORE, why)
        return kept
    if places.store is None:
        return places.ehr.update(changed, version)
    if places.plan().updates(type_):
        try:
            return _accepted(places, places.ehr.update(changed, version))
        except EhrError as error:
            _demote(places, type_, "update", error)
    return _instead(places, before, changed, version)


def copied(resource: Resource) -> Resource:
    """``resource`` as if it had never been kept: without id, version and time."""
    made = {name: deepcopy(value) for name, value in resource.items() if name != "id"}
    made["meta"] = {k: v for k, v in (made.get("meta") or {}).items() if k not in _STAMPS}
    return made


def resolved(resource: Resource, kept: dict[str, Resource]) -> Resource:
    """``resource`` with what it names by urn named as it is ``kept``."""
    named = {urn: f"{one['resourceType']}/{one['id']}" for urn, one in kept.items()}
    found: Resource = mapped(resource, lambda reference: named.get(reference, reference))
    return found


def _alike(places: Places, resources: Sequence[Resource]) -> list[Resource]:
    """The first of them, and those after it that go to the same place."""
    plan = places.plan()
    first = plan[resources[0]["resourceType"]].place
    return list(takewhile(lambda one: plan[one["resourceType"]].place is first, resources))


def _create_alike(places: Places, group: Sequence[Resource], kept: dict[str, Resource]) -> None:
    """Create what goes to one place, adding to ``kept`` by urn."""
    wanted = [resource for resource in group if not _found(places, resource, kept)]
    if not wanted:
        return
    ready = [resolved(resource, kept) for resource in wanted]
    try:
        made = _at_once(places, ready)
    except EhrError as error:
        if not _may_demote(places, wanted[0], error):
            raise
        if len(wanted) == 1:
            _demote(places, wanted[0]["resourceType"], "create", error)
        for resource in wanted:
            kept[identity.urn(resource)] = create(places, resolved(resource, kept))
        return
    kept |= {identity.urn(one): done for one, done in zip(wanted, made, strict=True)}


def _at_once(places: Places, group: Sequence[Resource]) -> list[Resource]:
    plan = places.plan()
    if plan[group[0]["resourceType"]].place is Place.EHR:
        return [_accepted(places, made) for made in places.ehr.transaction(group)]
    with places.writable() as shelf:
        made = shelf.transaction(group)
    for one in made:
        places.note(one["resourceType"], Place.STORE, plan[one["resourceType"]].why)
    return made


def _may_demote(places: Places, first: Resource, error: EhrError) -> bool:
    planned = places.plan()[first["resourceType"]].place
    return planned is Place.EHR and is_refusal(error, "create")


def _found(places: Places, resource: Resource, kept: dict[str, Resource]) -> bool:
    earlier = _earlier(places, resource)
    if earlier is not None:
        kept[identity.urn(resource)] = earlier
    return earlier is not None


def _earlier(places: Places, resource: Resource) -> Resource | None:
    """What the store has of it from a time when it did not go into the EHR."""
    plan, type_ = places.plan(), resource["resourceType"]
    if plan[type_].place is Place.STORE or plan.copies(type_):
        return None
    try:
        with places.opened() as shelf:
            return shelf.find(resource)
    except EhrNotFound:
        return None


def _accepted(places: Places, kept: Resource) -> Resource:
    """The EHR has taken it: note that, and copy it where a copy is wanted."""
    type_, plan = kept["resourceType"], places.plan()
    places.note(type_, Place.EHR, plan[type_].why)
    if plan.copies(type_):
        try:
            _copy(places, kept)
            places.note(type_, Place.STORE, Why.COPY)
        except EhrError as error:
            log.warning("a copy of what the EHR has could not be kept: %s", error.code)
            places.note(type_, Place.STORE, Why.COPY_FAILED)
    return kept


def _copy(places: Places, kept: Resource) -> None:
    with places.writable() as shelf:
        _put(shelf, copied(kept), shelf.find(kept))


def _put(shelf: Shelf, made: Resource, existing: Resource | None) -> Resource:
    if existing is None:
        return shelf.create(made)
    stamped = {**made, "id": existing["id"]}
    return shelf.update(stamped, str((existing.get("meta") or {}).get("versionId") or ""))


def _demote(places: Places, type_: str, interaction: str, error: EhrError) -> None:
    """Remember a refusal; anything else is raised again."""
    if not is_refusal(error, interaction):
        raise error
    log.warning("the EHR takes no %s of %s (%d): the store does", interaction, type_, error.status)
    places.refuse(type_, interaction, error)


def _instead(places: Places, before: Resource, changed: Resource, version: str) -> Resource:
    """Keep ``changed`` in the store, to be read instead of the EHR's ``version``."""
    reference = f"{before['resourceType']}/{before['id']}"
    replaced = f"{reference}/_history/{version}" if version else reference
    made = copied(changed)
    extend(made, {"url": names.INSTEAD_OF, "valueReference": {"reference": replaced}})
    if not ours(made):
        key = own_key(before, places.ehr.client.base)
        made["identifier"] = [key, *made.get("identifier", ())]
    with places.writable() as shelf:
        existing = shelf.find(made)
        if existing is not None and instead_of(existing) == replaced:
            raise EhrConflict
        kept = _put(shelf, made, existing)
    places.note(before["resourceType"], Place.STORE, places.plan()[before["resourceType"]].why)
    return kept
