"""The search parameters of ``declared``, read: anything else is refused, never ignored."""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256

from smartapp.store.declared import TABLE


@dataclass(frozen=True)
class Parameter:
    """One search parameter; ``key`` names its rows in the index."""

    resource: str
    name: str
    kind: str
    paths: tuple[str, ...]
    targets: frozenset[str]

    @property
    def key(self) -> str:
        """``Observation.code``: the parameter among all types."""
        return f"{self.resource}.{self.name}"


def _parameter(resource: str, row: str) -> Parameter:
    name, kind, paths, *targets = row.split()
    allowed = frozenset(targets[0].split("|")) if targets else frozenset[str]()
    return Parameter(resource, name, kind, tuple(paths.split("|")), allowed)


@cache
def parameters(resource: str) -> dict[str, Parameter]:
    """The parameters of one type by name; empty for a type the store does not keep."""
    rows = [row for row in TABLE.get(resource, "").splitlines() if row.strip()]
    return {found.name: found for found in (_parameter(resource, row) for row in rows)}


TYPES = tuple(sorted(TABLE))
"""Every resource type the store keeps."""


def fingerprint() -> str:
    """Changes when the table does: the index of an older file is then built anew."""
    every = [repr(parameter) for kind in TYPES for parameter in parameters(kind).values()]
    return sha256("\n".join(every).encode()).hexdigest()
