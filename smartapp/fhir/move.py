"""Moving what waits in the program's store into an EHR that has come to take it.

Each thing is created in the EHR under its identifier and read back; then whatever refers to it is
made to refer to the new one; only then is the store's own deleted, of which the history remains.
Broken off anywhere, nothing is lost and nothing shows twice, and moving again goes on from there.
Who did what (Provenance) stays where it is, with the versions it names.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from smartapp.errors import EhrConflict, EhrError, EhrNotFound
from smartapp.fhir import names
from smartapp.fhir.ehrs import WRITTEN
from smartapp.fhir.kept import moment
from smartapp.fhir.merge import instead_of, ours
from smartapp.fhir.place import Place
from smartapp.fhir.refusals import is_refusal
from smartapp.fhir.saving import copied
from smartapp.fhir.shelf import Shelf
from smartapp.fhir.substance import says_otherwise
from smartapp.fhir.translation import Resource, mapped, references

if TYPE_CHECKING:
    from smartapp.fhir.chart import Chart

log = logging.getLogger(__name__)

TYPES = tuple(type_ for type_ in WRITTEN if type_ != "Provenance")


@dataclass(frozen=True)
class Moved:
    """What a move did: references of what is in the EHR now, and of what still waits."""

    moved: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()


def move(chart: "Chart") -> Moved:
    """Move everything the EHR takes now; see the module.

    A refusal on the way is remembered like any other; other errors break the move off.
    """
    try:
        with chart.places.opened() as store:
            return _Move(chart, store).run()
    except EhrNotFound:
        return Moved()


def foresee(chart: "Chart") -> Moved:
    """What a move would do now, as references of the store's; nothing is written."""
    try:
        with chart.places.opened() as store:
            return _Move(chart, store).foresee()
    except EhrNotFound:
        return Moved()


class _Move:
    """One run; ``moved`` is the EHR's resource by the reference the store's had."""

    def __init__(self, chart: "Chart", store: Shelf) -> None:
        self._places, self._chart, self._store = chart.places, chart, store
        self._waiting = _all(store)
        self.moved: dict[str, Resource] = {}

    def run(self) -> Moved:
        for row in _ordered(self._waiting):
            if self._may_go(row):
                self._carry(row)
        self._attest()
        stuck = self._mend()
        for row in self._waiting:
            if _reference(row) in self.moved.keys() - stuck:
                self._delete(row)
        gone = tuple(_reference(made) for made in self.moved.values())
        left = [r for r in map(_reference, self._waiting) if r not in self.moved or r in stuck]
        return Moved(gone, tuple(left))

    def foresee(self) -> Moved:
        going = [row for row in self._waiting if self._may_go(row)]
        left = [row for row in self._waiting if row not in going]
        return Moved(tuple(map(_reference, going)), tuple(map(_reference, left)))

    def _may_go(self, row: Resource) -> bool:
        plan, type_ = self._places.plan(), row["resourceType"]
        if instead_of(row):
            return plan.updates(type_) and plan[type_].place is Place.EHR
        return plan[type_].place is Place.EHR and not plan.copies(type_)

    def _carry(self, row: Resource) -> None:
        """Into the EHR, verified; a refusal leaves it where it is."""
        sent: Resource = mapped(row, self._renamed)
        interaction = "update" if instead_of(row) else "create"
        try:
            made = self._replaced(sent) if instead_of(row) else self._created(sent)
            found = made and self._places.ehr.read(made["resourceType"], made["id"])
        except EhrError as error:
            if not is_refusal(error, interaction):
                raise
            self._places.refuse(row["resourceType"], interaction, error)
            return
        if found and ours(row) <= ours(found) and not says_otherwise(found, sent):
            self.moved[_reference(row)] = found

    def _created(self, sent: Resource) -> Resource:
        """What an earlier run copied is brought up to date when the store's changed since."""
        ehr, existing = self._places.ehr, self._places.ehr.find(sent)
        if existing is None:
            return ehr.create(copied(sent))
        if _updated(existing) >= _updated(sent):
            return existing
        return ehr.update({**copied(sent), "id": existing["id"]}, _version(existing))

    def _replaced(self, sent: Resource) -> Resource | None:
        """The change the EHR would not take; None when its own was changed meanwhile."""
        reference, _, version = instead_of(sent).partition("/_history/")
        type_, _, id_ = reference.partition("/")
        if _version(self._places.ehr.read(type_, id_)) != version:
            return None
        made = copied(sent)
        made["extension"] = [e for e in made["extension"] if e.get("url") != names.INSTEAD_OF]
        if not made["extension"]:
            del made["extension"]
        return self._places.ehr.update({**made, "id": id_}, version)

    def _attest(self) -> None:
        if self.moved:
            form_id = uuid5(NAMESPACE_URL, " ".join(sorted(self.moved)))
            self._chart.attest(list(self.moved.values()), "CREATE", form_id)

    def _mend(self) -> set[str]:
        """Make what refers to the store's refer to the EHR's; what is still referred to."""
        stuck: set[str] = set()
        for shelf in (self._places.ehr, self._store):
            for row in _all(shelf):
                named = references(row) & self.moved.keys()
                if named and _reference(row) not in self.moved and not self._mended(shelf, row):
                    stuck |= named
        return stuck

    def _mended(self, shelf: Shelf, row: Resource) -> bool:
        try:
            shelf.update(mapped(row, self._renamed), _version(row))
        except EhrError as error:
            log.warning("a reference to what was moved stays as it is: %s", error.code)
            return False
        return True

    def _delete(self, row: Resource) -> None:
        try:
            self._store.delete(row)
        except EhrConflict:
            log.info("what was moved has changed meanwhile: the next move brings that along")

    def _renamed(self, reference: str) -> str:
        made = self.moved.get(reference)
        return _reference(made) if made else reference


def _all(shelf: Shelf) -> list[Resource]:
    """Every resource of the patient there; a type the place does not let us search has none."""
    whose = [("patient", f"Patient/{shelf.client.patient}"), ("_count", "100")]
    found: list[Resource] = []
    for type_ in TYPES:
        try:
            found += shelf.search(type_, whose)
        except EhrError as error:
            if error.status not in (400, 403, 404, 405):
                raise
    return found


def _ordered(rows: Sequence[Resource]) -> list[Resource]:
    """Each after those it refers to; where they refer in a circle, as they come."""
    waiting, found = list(rows), list[Resource]()
    while waiting:
        here = {_reference(row) for row in waiting}
        ready = [row for row in waiting if not references(row) & here] or waiting[:1]
        found += ready
        waiting = [row for row in waiting if row not in ready]
    return found


def _reference(resource: Resource) -> str:
    return f"{resource['resourceType']}/{resource['id']}"


def _version(resource: Resource) -> str:
    return str((resource.get("meta") or {}).get("versionId") or "")


def _updated(resource: Resource) -> datetime:
    told = moment((resource.get("meta") or {}).get("lastUpdated"))
    return told or datetime.min.replace(tzinfo=UTC)
