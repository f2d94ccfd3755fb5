"""What each vendor's EHR lets an app write, one file a vendor, as its published statements say.

A profile is where the write plan begins; what a site's own server says and does comes after it.
Adding an EHR is adding a file here with a ``PROFILE``; its name in the configuration is the file's,
with hyphens.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

WRITTEN = (
    "QuestionnaireResponse",
    "CareTeam",
    "Goal",
    "CarePlan",
    "Observation",
    "Provenance",
    "DocumentReference",
    "Task",
    "Communication",
    "Encounter",
    "Flag",
    "DetectedIssue",
)
"""Every resource type the program writes, or will, by name."""

NATIVE = "fhir-native"
"""The profile of a site whose configuration names none."""


@dataclass(frozen=True)
class Manners:
    """How a vendor's server answers, whatever it takes; the sandbox imitates it by this.

    ``absent`` are resource types it does not have, ``reads`` the interactions it offers on those it
    has, ``bundles`` the types of Bundle its base takes, ``observations`` the only categories of an
    Observation it takes (empty: any), ``overstated`` types it lists a create scope for and takes no
    create of. ``unoffered`` and ``stale`` are its answers to an interaction it does not offer and
    to an old If-Match; ``token_life`` is seconds. ``online``: it knows ``online_access``, and not
    ``offline_access``. Where a vendor says nothing the default is FHIR's own rule.
    """

    absent: frozenset[str] = frozenset()
    reads: tuple[str, ...] = ("read", "search-type")
    bundles: frozenset[str] = frozenset()
    observations: frozenset[str] = frozenset()
    overstated: frozenset[str] = frozenset()
    unoffered: int = 405
    stale: int = 412
    empty_creates: bool = False
    token_life: int = 3600
    online: bool = False
    echoes_offline: bool = True
    other_issuer: bool = False


@dataclass(frozen=True)
class EhrProfile:
    """What a vendor's EHR takes: the resource types it lets an app create, and update.

    ``note_formats`` are the content types of a DocumentReference it takes, the best first;
    ``quirks`` are sentences for an administrator; ``asks`` says by resource type what the vendor or
    the site must set up before it is taken; ``sources`` are the pages all this was read in.
    """

    name: str
    title: str
    creates: frozenset[str] = frozenset()
    updates: frozenset[str] = frozenset()
    note_formats: tuple[str, ...] = ()
    quirks: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    asks: Mapping[str, str] = field(default_factory=dict)
    manners: Manners = Manners()

    def allows(self, type_: str, interaction: str) -> bool:
        """Whether it takes e.g. ``("Goal", "create")``."""
        return type_ in {"create": self.creates, "update": self.updates}[interaction]


@cache
def profiles() -> dict[str, EhrProfile]:
    """Every profile by its name in the configuration."""
    files = sorted(module.name for module in iter_modules(__path__))
    found = [import_module(f"{__name__}.{file}").PROFILE for file in files]
    return {profile.name: profile for profile in found}
