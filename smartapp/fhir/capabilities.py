"""What a server says it can do: its CapabilityStatement, read leniently and only to inform.

Advertisements overstate and understate reality, so they choose between ways of writing and never
forbid one. A server without a readable ``/metadata`` is ``UNKNOWN``: everything is thought
possible except what would silently misbehave, transactions and conditional creates.

A server that claims conditional create and refuses the condition (some know no search by
identifier, or no header) is believed no more about these types, for the life of the process: they
are searched first and created plainly.
"""

import logging
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from smartapp.errors import EhrError

log = logging.getLogger(__name__)

_KEPT_FOR = 600.0
_KEPT_FOR_UNKNOWN = 60.0
CONDITION_REFUSED = frozenset({400, 412, 422, 501})
"""Answers to a conditional create that may mean the condition; none of them has created."""
_unconditional: dict[str, frozenset[str]] = {}
_seen: dict[str, tuple[float, "Capabilities"]] = {}


@dataclass(frozen=True)
class Capabilities:
    """The server's own claims: ``interactions`` by resource type, the types with conditional
    create, and whether it runs a Bundle as a transaction."""

    known: bool = False
    transaction: bool = False
    interactions: Mapping[str, frozenset[str]] = field(default_factory=dict)
    conditional_create: frozenset[str] = frozenset()

    def allows(self, type_: str, interaction: str) -> bool:
        """Whether the server claims e.g. ``("Goal", "create")``; True when it claims nothing."""
        return not self.known or interaction in self.interactions.get(type_, frozenset())


UNKNOWN = Capabilities()


def read(statement: Mapping[str, Any]) -> Capabilities:
    """What a CapabilityStatement claims; parts that are not as FHIR says are passed over."""
    if statement.get("resourceType") != "CapabilityStatement":
        return UNKNOWN
    rest = next(iter(_objects(statement.get("rest"))), {})
    resources = [r for r in _objects(rest.get("resource")) if isinstance(r.get("type"), str)]
    return Capabilities(
        known=True,
        transaction="transaction" in _codes(rest),
        interactions={r["type"]: _codes(r) for r in resources},
        conditional_create=frozenset(
            r["type"] for r in resources if r.get("conditionalCreate") is True
        ),
    )


def remembered(base: str, fetch: Callable[[], Mapping[str, Any]]) -> Capabilities:
    """The capabilities of the server at ``base``, asked for at most every ten minutes a process.

    A failure is remembered for one minute only, so that a server coming back is noticed.
    """
    now = time.monotonic()
    if base not in _seen or _seen[base][0] <= now:
        found = _asked(fetch)
        _seen[base] = (now + (_KEPT_FOR if found.known else _KEPT_FOR_UNKNOWN), found)
    claimed, refused = _seen[base][1], _unconditional.get(base)
    if not refused:
        return claimed
    return replace(claimed, conditional_create=claimed.conditional_create - refused)


def refuses_conditions(base: str, types: Collection[str]) -> None:
    """Remember that the server at ``base`` creates these only without a condition."""
    log.warning("conditional create is claimed and refused: %s", ", ".join(sorted(types)))
    _unconditional[base] = _unconditional.get(base, frozenset()) | frozenset(types)


def forget() -> None:
    """Ask every server anew."""
    _seen.clear()
    _unconditional.clear()


def _asked(fetch: Callable[[], Mapping[str, Any]]) -> Capabilities:
    try:
        return read(fetch())
    except EhrError:
        return UNKNOWN


def _codes(holder: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(
        i["code"] for i in _objects(holder.get("interaction")) if isinstance(i.get("code"), str)
    )


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    yield from (v for v in value if isinstance(v, Mapping)) if isinstance(value, list) else ()
