"""What each vendor's EHR lets an app write, one file a vendor, as its published statements say.

A profile is where the write plan begins; what a site's own server says and does comes after it.
Adding an EHR is adding a file here with a ``PROFILE``; its name in the configuration is the file's,
with hyphens.
"""

from dataclasses import dataclass
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
class EhrProfile:
    """What a vendor's EHR takes: the resource types it lets an app create, and update.

    ``note_formats`` are the content types of a DocumentReference it takes, the best first;
    ``quirks`` are sentences for an administrator; ``sources`` the pages all this was read in.
    """

    name: str
    title: str
    creates: frozenset[str] = frozenset()
    updates: frozenset[str] = frozenset()
    note_formats: tuple[str, ...] = ()
    quirks: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    def allows(self, type_: str, interaction: str) -> bool:
        """Whether it takes e.g. ``("Goal", "create")``."""
        return type_ in {"create": self.creates, "update": self.updates}[interaction]


@cache
def profiles() -> dict[str, EhrProfile]:
    """Every profile by its name in the configuration."""
    files = sorted(module.name for module in iter_modules(__path__))
    found = [import_module(f"{__name__}.{file}").PROFILE for file in files]
    return {profile.name: profile for profile in found}
