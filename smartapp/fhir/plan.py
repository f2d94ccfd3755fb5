"""The write plan: for every resource type, whether it goes into the EHR or the program's store.

In this order, the first that says "store" decides: the administrator's override, a refusal that is
remembered, the granted scopes, the vendor's profile, the server's own CapabilityStatement. What
is not known forbids nothing. An override into the EHR is stronger than what anybody says, and
weaker than what the EHR did when it was tried.

Where all that leaves it to the EHR, and no administrator has said anything, the user has a choice
(``picks.py``): the EHR, the store, or both. A choice never puts anything where it may not go, and
what lives in the EHR already is changed there whatever is chosen for what is new.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from smartapp.fhir.capabilities import UNKNOWN, Capabilities
from smartapp.fhir.ehrs import NATIVE, WRITTEN, EhrProfile, profiles
from smartapp.fhir.place import Place

Interaction = tuple[str, str]
"""A resource type and what is done to it: ``("Goal", "create")``."""

_CHANGED = frozenset({"CarePlan", "CareTeam", "Goal", "Flag", "Task"})
_LETTERS = {"create": "c", "update": "u"}
_V1 = {"read": "rs", "write": "cud", "*": "cruds"}
_SCOPE = re.compile(r"(?:patient|user|system)/(\*|[A-Za-z]+)\.(read|write|\*|[cruds]+)(?:\?.+)?")


class Wish(StrEnum):
    """What can be asked for a type, by an administrator or where there is a choice by the user.

    Both is the EHR, and a copy in the store.
    """

    EHR = "ehr"
    STORE = "store"
    BOTH = "both"


class Why(StrEnum):
    """Why something goes, or went, where it does.

    What waits can go into the EHR by now; who did what goes together with all it tells of.
    """

    ACCEPTED = "accepted"
    OVERRIDE = "override"
    PICKED = "picked"
    REFUSED = "refused"
    SCOPE = "scope"
    PROFILE = "profile"
    CAPABILITY = "capability"
    WAITING = "waiting"
    TOGETHER = "together"
    COPY = "copy"
    COPY_FAILED = "copy-failed"


@dataclass(frozen=True)
class Placed:
    """One thing written: its type, where it went, and why there."""

    type: str
    place: Place
    why: Why


@dataclass(frozen=True)
class Known:
    """All that is known of a site before something is written.

    ``granted`` are scopes as the token response tells them, empty when it tells none; ``refused``
    the interactions the EHR refused when they were tried; ``wishes`` are the administrator's,
    ``picked`` the user's.
    """

    profile: EhrProfile = field(default_factory=lambda: profiles()[NATIVE])
    capabilities: Capabilities = UNKNOWN
    granted: Sequence[str] = ()
    wishes: Mapping[str, Wish] = field(default_factory=dict)
    refused: Collection[Interaction] = frozenset()
    picked: Mapping[str, Wish] = field(default_factory=dict)


@dataclass(frozen=True)
class WritePlan:
    """Where each type goes, with the reason; made by ``plan``."""

    known: Known
    types: Mapping[str, Placed]

    def __getitem__(self, type_: str) -> Placed:
        """Where new resources of a type go; a type the program does not know goes by the rules."""
        return self.types.get(type_) or _placed(type_, self.known)

    def updates(self, type_: str) -> bool:
        """Whether to try an update of what lives in the EHR already, wherever new ones go."""
        wish = self.known.wishes.get(type_)
        wishes = {type_: wish} if wish not in (None, Wish.STORE) else {}
        lives = replace(self.known, wishes=wishes, picked={})
        return _against(type_, ("update",), lives)[0] is Place.EHR

    def offers(self, type_: str, interaction: str) -> bool:
        """Whether nothing at all speaks against it, whatever an administrator wishes."""
        refused = (type_, interaction) in self.known.refused
        return not refused and _forbidding(type_, (interaction,), self.known) is None

    def copies(self, type_: str) -> bool:
        """Whether what goes into the EHR is wanted in the store too."""
        known = self.known
        return known.wishes.get(type_, known.picked.get(type_)) is Wish.BOTH

    def leaves_a_choice(self, type_: str) -> bool:
        """Whether the user may choose where new ones go: the EHR takes it, and nothing is set."""
        return _placed(type_, replace(self.known, picked={})).why is Why.ACCEPTED


def plan(known: Known) -> WritePlan:
    """The plan for everything the program writes."""
    return WritePlan(known, {type_: _placed(type_, known) for type_ in WRITTEN})


def _placed(type_: str, known: Known) -> Placed:
    """What the program later changes goes only where it can also be changed."""
    needed = ("create", "update") if type_ in _CHANGED else ("create",)
    return Placed(type_, *_against(type_, needed, known))


def _against(type_: str, needed: Sequence[str], known: Known) -> tuple[Place, Why]:
    wish = known.wishes.get(type_)
    if wish is Wish.STORE:
        return Place.STORE, Why.OVERRIDE
    if any((type_, interaction) in known.refused for interaction in needed):
        return Place.STORE, Why.REFUSED
    if wish is not None:
        return Place.EHR, Why.OVERRIDE
    why = _forbidding(type_, needed, known)
    if why is not None:
        return Place.STORE, why
    picked = known.picked.get(type_)
    return (Place.STORE, Why.PICKED) if picked is Wish.STORE else (Place.EHR, Why.ACCEPTED)


def _forbidding(type_: str, needed: Sequence[str], known: Known) -> Why | None:
    """The first thing said of the EHR that speaks against it."""
    for why, allowed in (
        (Why.SCOPE, lambda i: grants(known.granted, type_, i)),
        (Why.PROFILE, lambda i: known.profile.allows(type_, i)),
        (Why.CAPABILITY, lambda i: known.capabilities.allows(type_, i)),
    ):
        if not all(map(allowed, needed)):
            return why
    return None


def grants(granted: Iterable[str], type_: str, interaction: str) -> bool:
    """Whether scopes of either SMART grammar allow it; True when they name no resource at all."""
    found = [match for match in map(_SCOPE.fullmatch, granted) if match]
    letter = _LETTERS[interaction]
    about = [m for m in found if m[1] in (type_, "*")]
    return not found or any(letter in _V1.get(m[2], m[2]) for m in about)
