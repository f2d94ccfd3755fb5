"""The two places of a chart, each spoken to in the chart's own terms.

A shelf takes and gives resources as the chart sees them (``translation.py``) and asks its server
in the server's terms. What goes wrong at the program's store is told as the store's failure, so
that nobody is told that the EHR failed.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from smartapp.errors import (
    EhrConflict,
    EhrError,
    EhrNotFound,
    EhrUnsure,
    EhrWrongPatient,
    StoreFailed,
    StoreUnsure,
)
from smartapp.fhir import match
from smartapp.fhir.client import EhrClient, Params
from smartapp.fhir.place import Place, unmarked
from smartapp.fhir.programstore import ProgramStore
from smartapp.fhir.translation import Resource, Translation

_Row = Mapping[str, object]


class Shelf:
    """One place: ``client`` is asked, in its terms; what is given and returned is the chart's.

    ``taken`` is told the type and interaction of every write that was done. Errors are those of
    ``EhrClient``.
    """

    place = Place.EHR

    def __init__(
        self,
        client: EhrClient,
        translation: Translation | None = None,
        taken: Callable[[str, str], None] | None = None,
    ) -> None:
        self.client = client
        self.translation = translation
        self._taken = taken

    def briefly(self) -> "Shelf":
        """The same place for what nobody should wait for."""
        return Shelf(self.client.briefly(), self.translation, self._taken)

    def read(self, type_: str, id_: str) -> Resource:
        """The current version."""
        return self.inward(self.client.read(type_, unmarked(id_)))

    def history(self, type_: str, id_: str) -> list[Resource]:
        """Every version, newest first."""
        return [self.inward(row) for row in self.client.history(type_, unmarked(id_))]

    def search(self, type_: str, params: Params) -> list[Resource]:
        """All of the type that match."""
        return [self.inward(row) for row in self.client.search(type_, params)]

    def find(self, resource: Resource) -> Resource | None:
        """What an earlier attempt to create it left."""
        found = self.client.find(self.outward(resource))
        return self.inward(found) if found is not None else None

    def create(self, resource: Resource) -> Resource:
        """Create it unless it is there."""
        return self._done("create", self.client.create(self.outward(resource)))

    def update(self, resource: Resource, version: str) -> Resource:
        """Put it over ``version``."""
        return self._done("update", self.client.update(self.outward(resource), version))

    def delete(self, resource: Resource) -> None:
        """Delete it, at the version it has here."""
        version = str((resource.get("meta") or {}).get("versionId") or "")
        self.client.delete(resource["resourceType"], unmarked(resource["id"]), version)

    def transaction(self, resources: Sequence[Resource]) -> list[Resource]:
        """Create them together."""
        sent = [self.outward(resource) for resource in resources]
        return [self._done("create", row) for row in self.client.transaction(sent)]

    def _done(self, interaction: str, kept: Resource) -> Resource:
        if self._taken is not None:
            self._taken(kept["resourceType"], interaction)
        return self.inward(kept)

    def outward(self, resource: Resource) -> Resource:
        """The chart's resource in this place's terms."""
        told = self.translation
        return told.outward(resource, self.place) if told else resource

    def inward(self, resource: Resource) -> Resource:
        """This place's resource in the chart's terms."""
        told = self.translation
        return told.inward(resource, self.place) if told else resource


class StoreShelf:
    """The program's store, opened only for a patient who was matched (``match.py``).

    ``patient`` reads the EHR's Patient; it is asked once, when the match is first needed.
    """

    def __init__(
        self, store: ProgramStore, issuer: str, patient_id: str, patient: Callable[[], Resource]
    ) -> None:
        self.base = store.base
        self._store, self._issuer, self._patient_id = store, issuer, patient_id
        self._patient = patient
        self._lock = threading.Lock()
        self._anyone = store.client(None)
        self._asked = False
        self._matched: Resource | None = None
        self._checked = False
        self._shelf: Shelf | None = None

    def rows(self, type_: str, params: Sequence[tuple[str, str]]) -> list[Resource]:
        """All of the type that match, none for a patient the store does not know.

        Who reads thus checks the match (``check``) before anything of it is used.
        """
        with _told():
            found = self.match()
            if found is None:
                return []
            shelf = self._bound(found)
            return shelf.search(type_, [("patient", f"Patient/{found['id']}"), *params])

    def match(self) -> Resource | None:
        """The store's Patient, asked for once."""
        with _told(), self._lock:
            if not self._asked:
                self._matched = match.find(self._anyone, self._issuer, self._patient_id)
                self._asked = True
            return self._matched

    def check(self, patient: Mapping[str, object]) -> None:
        """Compare with the EHR's Patient; raises ``EhrWrongPatient``."""
        found = self.match()
        if found is not None:
            match.check(patient, found)
        self._checked = True

    @contextmanager
    def opened(self) -> Iterator[Shelf]:
        """The shelf of the matched patient; ``EhrNotFound`` when the store knows no such one."""
        found = self.match()
        if found is None:
            raise EhrNotFound
        self._ensure_checked()
        with _told():
            yield self._bound(found)

    @contextmanager
    def writable(self) -> Iterator[Shelf]:
        """The shelf of the patient, who is made known to the store when need be."""
        if self.match() is None:
            patient = self._patient()
            with _told(), self._lock:
                self._matched = match.make(self._anyone, self._issuer, patient)
        with self.opened() as shelf:
            yield shelf

    def _ensure_checked(self) -> None:
        if not self._checked:
            self.check(self._patient())

    def _bound(self, patient: Resource) -> Shelf:
        if self._shelf is None:
            id_ = str(patient["id"])
            told = Translation(self._issuer, self.base, self._patient_id, id_)
            self._shelf = _StoreRows(self._store.client(id_), told)
        return self._shelf


class _StoreRows(Shelf):
    place = Place.STORE


@contextmanager
def _told() -> Iterator[None]:
    """Say of the store what the client says of an EHR."""
    try:
        yield
    except (StoreFailed, StoreUnsure, EhrConflict, EhrNotFound, EhrWrongPatient):
        raise
    except EhrUnsure as error:
        raise StoreUnsure from error
    except EhrError as error:
        raise StoreFailed from error
