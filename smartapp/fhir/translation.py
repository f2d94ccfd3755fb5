"""Between a chart, where every reference is relative and every id says its place, and the places.

In its own place a resource is referred to relatively, from the other one absolutely. The patient
is one person with an id in each. Nothing but ``reference`` and the resource's own ``id`` changes,
and what came from the EHR goes back to it byte for byte.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from smartapp.fhir import address
from smartapp.fhir.place import MARK, Place, marked, place_of, unmarked

Resource = dict[str, Any]

_CHART = re.compile(rf"([A-Z][A-Za-z]+)/((?:{MARK})?[A-Za-z0-9\-.]{{1,64}})(/_history/[^/]+)?")


def mapped(value: Any, change: Callable[[str], str]) -> Any:
    """A copy of JSON with every ``reference`` changed."""
    if isinstance(value, list):
        return [mapped(item, change) for item in value]
    if not isinstance(value, Mapping):
        return value
    return {
        k: change(v) if k == "reference" and isinstance(v, str) else mapped(v, change)
        for k, v in value.items()
    }


def references(value: Any) -> set[str]:
    """Every ``reference`` in a resource."""
    found: set[str] = set()

    def note(reference: str) -> str:
        found.add(reference)
        return reference

    mapped(value, note)
    return found


@dataclass(frozen=True)
class Translation:
    """Both bases, and the ids the patient of this chart has below each."""

    ehr: str
    store: str
    patient: str
    stored_patient: str = ""

    def outward(self, resource: Mapping[str, Any], to: Place) -> Resource:
        """A resource of the chart as ``to`` is to keep it."""
        change = self._to_store if to is Place.STORE else self._to_ehr
        made: Resource = mapped(resource, change)
        if "id" in made:
            made["id"] = unmarked(made["id"])
        return made

    def inward(self, resource: Mapping[str, Any], of: Place) -> Resource:
        """A resource that ``of`` keeps as the chart sees it."""
        change = self._from_store if of is Place.STORE else self._from_ehr
        made: Resource = mapped(resource, change)
        if of is Place.STORE:
            made["id"] = marked(made["id"])
        return made

    def _to_ehr(self, reference: str) -> str:
        type_, id_, version = _parts(reference)
        if id_ and place_of(id_) is Place.STORE:
            return f"{self.store}/{type_}/{unmarked(id_)}{version}"
        return reference

    def _from_ehr(self, reference: str) -> str:
        named = address.local(self.store, reference) if "://" in reference else None
        return _written(named, MARK) if named else reference

    def _to_store(self, reference: str) -> str:
        local = address.local(self.ehr, reference)
        if local and (local.type, local.id) == ("Patient", self.patient):
            return f"Patient/{self.stored_patient}"
        type_, id_, version = _parts(reference)
        if not id_:
            return reference
        if place_of(id_) is Place.STORE:
            return f"{type_}/{unmarked(id_)}{version}"
        return f"{self.ehr}/{reference}"

    def _from_store(self, reference: str) -> str:
        kept = address.local(self.store, reference)
        if kept and (kept.type, kept.id) == ("Patient", self.stored_patient):
            return f"Patient/{self.patient}"
        if kept:
            return _written(kept, MARK)
        ours = address.local(self.ehr, reference)
        return _written(ours, "") if ours else reference


def named(base: str, reference: str) -> address.Address | None:
    """What a reference of the chart names, its id with its mark; None for what is elsewhere."""
    type_, mark, id_ = reference.partition(f"/{MARK}")
    found = address.local(base, f"{type_}/{id_}" if mark else reference)
    return address.Address(found.type, mark[1:] + found.id, found.version) if found else None


def _parts(reference: str) -> tuple[str, str, str]:
    found = _CHART.fullmatch(reference)
    return (found[1], found[2], found[3] or "") if found else ("", "", "")


def _written(named: address.Address, mark: str) -> str:
    version = f"/_history/{named.version}" if named.version else ""
    return f"{named.type}/{mark}{named.id}{version}"
