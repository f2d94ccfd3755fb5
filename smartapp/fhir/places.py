"""A chart's two places and what decides between them: plan, refusals, and where writes went."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from smartapp.errors import EhrError, EhrNotFound
from smartapp.fhir.client import EhrClient
from smartapp.fhir.ehrs import NATIVE, EhrProfile, profiles
from smartapp.fhir.merge import instead_of, own_key, stands_for
from smartapp.fhir.picks import Picks
from smartapp.fhir.place import Place, place_of
from smartapp.fhir.plan import Interaction, Known, Placed, Why, Wish, WritePlan, plan
from smartapp.fhir.programstore import ProgramStore
from smartapp.fhir.refusals import Refusals
from smartapp.fhir.shelf import Shelf, StoreShelf
from smartapp.fhir.translation import Resource, Translation
from smartapp.fhir.witness import Witness


@dataclass(frozen=True)
class Rules:
    """What is set for a site: its vendor's profile, the administrator's wishes by type, the
    program's store, and where refusals are remembered. Without a store all goes into the EHR.

    For one launch also its ``user`` (a reference, "" for nobody known), and what they pick.
    """

    profile: EhrProfile = field(default_factory=lambda: profiles()[NATIVE])
    wishes: Mapping[str, Wish] = field(default_factory=dict)
    store: ProgramStore | None = None
    refusals: Refusals | None = None
    picks: Picks | None = None
    user: str = ""

    def within(self, witness: Witness, picks: Picks | None, user: str) -> "Rules":
        """The same for one request of a launch, whose store is watched like its EHR."""
        store = self.store and replace(self.store, witness=witness)
        return replace(self, store=store, picks=picks, user=user)


class Places:
    """The EHR and, where there is one, the program's store, for one patient and one launch.

    ``placed`` tells, in order, where each thing written through them went.
    """

    def __init__(
        self,
        client: EhrClient,
        patient_id: str,
        patient: Callable[[], Resource],
        rules: Rules,
        granted: tuple[str, ...],
    ) -> None:
        self.placed: list[Placed] = []
        self._client, self._rules, self._granted = client, rules, granted
        self._refused: set[Interaction] | None = None
        self._picked: dict[str, Wish] | None = None
        store = rules.store
        told = Translation(client.base, store.base, patient_id) if store else None
        self._doubted: set[Interaction] = set()
        self.ehr = Shelf(client, told, self._taken)
        self.store = StoreShelf(store, client.base, patient_id, patient) if store else None

    def plan(self) -> WritePlan:
        """Where each type goes now."""
        return plan(
            Known(
                profile=self._rules.profile,
                capabilities=self._client.capabilities(),
                granted=self._granted,
                wishes=self._rules.wishes,
                refused=frozenset(self._refusals()),
                picked=self.picked(),
            )
        )

    def placing(self, resource: Resource) -> Placed:
        """Where this new resource goes; who did what in the store is told in the store.

        An EHR that checks what a Provenance is about knows none of the store's, and would seem to
        refuse Provenance as such.
        """
        if resource["resourceType"] == "Provenance" and _all_stored(resource["target"]):
            return Placed("Provenance", Place.STORE, Why.TOGETHER)
        return self.plan()[resource["resourceType"]]

    @property
    def picks(self) -> Picks | None:
        """Where the user's choices are kept, if they have any."""
        return self._rules.picks if self.store is not None else None

    def picked(self) -> dict[str, Wish]:
        """What the user chose, by type, as read once; raises StoreFailed."""
        if self._picked is None:
            self._picked = self.picks.by_type() if self.picks else {}
        return self._picked

    def refuse(self, type_: str, interaction: str, error: EhrError) -> None:
        """The EHR has just refused it to this user: remember that, also for this launch."""
        self._refusals().add((type_, interaction))
        if self._rules.refusals is not None:
            told = (self._client.base, type_, interaction, error.status)
            self._rules.refusals.remember(*told, self._rules.user)

    def _taken(self, type_: str, interaction: str) -> None:
        """The EHR has just taken it: nobody's lacking right is the site's then."""
        self._refusals()
        if self._rules.refusals is not None and (type_, interaction) in self._doubted:
            issuer = self._client.base
            self._rules.refusals.accepted(issuer, type_, interaction, self._rules.user)

    def read(self, type_: str, id_: str) -> Resource:
        """The current version, from where it lives; the store's, where that stands instead."""
        if place_of(id_) is Place.EHR:
            found = self.ehr.read(type_, id_)
            return self._standing(found) or found
        with self.opened() as shelf:
            return shelf.read(type_, id_)

    def history(self, type_: str, id_: str) -> list[Resource]:
        """Every version, from where it lives; before a stand-in's, those of the EHR's."""
        if place_of(id_) is Place.EHR:
            return self.ehr.history(type_, id_)
        with self.opened() as shelf:
            rows = shelf.history(type_, id_)
        replaced = instead_of(rows[0]).partition("/_history/")[0] if rows else ""
        before = self.ehr.history(*replaced.split("/")) if replaced else []
        return [*rows, *before]

    def note(self, type_: str, place: Place, why: Why) -> None:
        """Remember that something was written."""
        self.placed.append(Placed(type_, place, why))

    @contextmanager
    def opened(self) -> Iterator[Shelf]:
        """The store, if it knows the patient; ``EhrNotFound`` when not, or without a store."""
        if self.store is None:
            raise EhrNotFound
        with self.store.opened() as shelf:
            yield shelf

    @contextmanager
    def writable(self) -> Iterator[Shelf]:
        """The store, made to know the patient; ``EhrNotFound`` without a store."""
        if self.store is None:
            raise EhrNotFound
        with self.store.writable() as shelf:
            yield shelf

    def _standing(self, theirs: Resource) -> Resource | None:
        """What the store has instead of the EHR's, if it has."""
        if self.store is None or self.store.match() is None:
            return None
        key = own_key(theirs, self.ehr.client.base)
        with self.opened() as shelf:
            found = shelf.find({"resourceType": theirs["resourceType"], "identifier": [key]})
        return found if found and stands_for(found, theirs) else None

    def _refusals(self) -> set[Interaction]:
        if self._refused is None:
            kept, user = self._rules.refusals, self._rules.user
            listed = kept.listed(self._client.base) if kept else ()
            self._doubted = {(one.type, one.interaction) for one in listed if one.users}
            self._refused = {(r.type, r.interaction) for r in listed if r.counts_for(user)}
        return self._refused


def _all_stored(targets: Sequence[Mapping[str, str]]) -> bool:
    ids = [target["reference"].partition("/")[2] for target in targets]
    return all(place_of(id_) is Place.STORE for id_ in ids)
