"""The same thing in both places is one thing: the record of EHR and store, merged.

What carries the same identifier of ours in both is in both because it was moved, or copied; the
EHR's is shown. A resource of the store that stands instead of a version of the EHR's is shown as
long as that version is the current one. Whatever refers to the one left out then refers to the
one shown.
"""

from collections.abc import Mapping, Sequence
from uuid import NAMESPACE_URL, uuid5

from smartapp.fhir import identity, names
from smartapp.fhir.kept import extension
from smartapp.fhir.translation import Resource, mapped

Rows = Mapping[str, Sequence[Resource]]


def merged(ehr: Rows, store: Rows) -> dict[str, list[Resource]]:
    """The rows of both places by type, each thing once, the EHR's first."""
    shown: dict[str, list[Resource]] = {}
    names_of: dict[str, str] = {}
    for type_, theirs in ehr.items():
        ours = list(store.get(type_, ()))
        twins = [(one, other) for other in ours for one in theirs if _same(one, other)]
        hidden = {_reference(loser): _reference(winner) for winner, loser in map(_ranked, twins)}
        shown[type_] = [r for r in [*theirs, *ours] if _reference(r) not in hidden]
        names_of |= hidden
    return _renamed(shown, names_of) if names_of else shown


def instead_of(resource: Resource) -> str:
    """The EHR's version a resource of the store replaces, as a reference; "" for none."""
    replaced = extension(resource, names.INSTEAD_OF).get("valueReference") or {}
    return str(replaced.get("reference") or "")


def stands_for(stored: Resource, theirs: Resource) -> bool:
    """Whether it replaces the EHR's as that is now."""
    version = str((theirs.get("meta") or {}).get("versionId") or "")
    reference = _reference(theirs)
    return instead_of(stored) == (f"{reference}/_history/{version}" if version else reference)


def own_key(resource: Resource, base: str) -> dict[str, str]:
    """Our identifier of it; for what others wrote, the one a copy of it in the store would get.

    ``base`` is the EHR's.
    """
    made = str(uuid5(NAMESPACE_URL, f"{base}/{_reference(resource)}"))
    value = next((value for _, value in sorted(ours(resource))), made)
    return {"system": names.IDENTIFIER, "value": value}


def ours(resource: Resource) -> frozenset[identity.Key]:
    """The identifiers we gave it."""
    return frozenset(key for key in identity.keys(resource) if key[0] == names.IDENTIFIER)


def _same(theirs: Resource, stored: Resource) -> bool:
    replaced = instead_of(stored).partition("/_history/")[0]
    return replaced == _reference(theirs) or not ours(theirs).isdisjoint(ours(stored))


def _ranked(twins: tuple[Resource, Resource]) -> tuple[Resource, Resource]:
    """(shown, left out) of the EHR's and the store's."""
    theirs, stored = twins
    return (stored, theirs) if stands_for(stored, theirs) else (theirs, stored)


def _renamed(rows: Rows, names_of: Mapping[str, str]) -> dict[str, list[Resource]]:
    def change(reference: str) -> str:
        return names_of.get(reference, reference)

    return {type_: [mapped(row, change) for row in found] for type_, found in rows.items()}


def _reference(resource: Resource) -> str:
    return f"{resource['resourceType']}/{resource['id']}"
