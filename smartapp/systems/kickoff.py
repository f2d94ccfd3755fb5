"""What an ``$export`` asks for, read from its parameters and checked against the scopes.

Bulk Data Access 2.0, "Bulk Data Kick-off Request". ``_type``, ``_since`` and ``_outputFormat`` are
understood; anything else is refused, or with ``Prefer: handling=lenient`` left aside and named in
the export's error file.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from smartapp.errors import EhrNonsense
from smartapp.fhir import wire
from smartapp.store.kept import EPOCH
from smartapp.store.outcome import malformed
from smartapp.store.parameters import TYPES
from smartapp.systems import cohort
from smartapp.systems.refusal import forbidden
from smartapp.systems.tokens import Access

FORMATS = frozenset({"application/fhir+ndjson", "application/ndjson", "ndjson"})
_VALUES = ("valueString", "valueCode", "valueInstant", "valueDateTime", "valueUri")

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Asked:
    """A kick-off request: whose resources, its parameters, its URL and its Prefer header."""

    cohort: str
    pairs: Pairs
    url: str
    prefer: str

    def wishes(self, preference: str) -> bool:
        """Whether the Prefer header names this preference."""
        named = re.split("[,;]", self.prefer.lower())
        return preference in {each.strip() for each in named}


@dataclass(frozen=True)
class Order:
    """One export as asked: ``request`` is its URL, ``ignored`` the parameters left aside.

    ``cohort`` says whose resources (see ``cohort``), ``since`` counts microseconds since 1970.
    """

    request: str
    cohort: str
    types: tuple[str, ...]
    since: int | None = None
    ignored: tuple[str, ...] = ()


def read(asked: Asked, access: Access) -> Order:
    """What is asked for, if it can be had; Refused with 400 or, beyond the scopes, 403."""
    if not asked.wishes("respond-async"):
        raise malformed("An export is asked for with the header Prefer: respond-async.")
    values = {name: _values(asked, name) for name in _UNDERSTOOD}
    if any(value.replace(" ", "+") not in FORMATS for value in values["_outputFormat"]):
        raise malformed("_outputFormat is application/fhir+ndjson.")
    wanted = [kind.strip() for value in values["_type"] for kind in value.split(",")]
    offered = cohort.COMPARTMENT if asked.cohort else TYPES
    strange = [name for name, _ in asked.pairs if name not in _UNDERSTOOD]
    strange += [f"_type={kind}" for kind in wanted if kind not in offered]
    if strange and not asked.wishes("handling=lenient"):
        raise malformed(f"{strange[0]} is not what this export understands.")
    types = [kind for kind in wanted if kind in offered]
    if wanted and not types:
        raise malformed("_type names no type this export has.")
    return Order(
        request=asked.url,
        cohort=asked.cohort,
        types=_allowed(types, offered, access),
        since=_since(values["_since"]),
        ignored=tuple(dict.fromkeys(strange)),
    )


def parameters(body: bytes) -> list[tuple[str, str]]:
    """The pairs of a Parameters resource (a kick-off by POST); 400 when it is none."""
    try:
        resource = wire.decode(body)
    except EhrNonsense as error:
        raise malformed("The body is not a Parameters resource.") from error
    listed = resource.get("parameter", [])
    if resource.get("resourceType") != "Parameters" or not isinstance(listed, list):
        raise malformed("The body is not a Parameters resource.")
    return [_pair(each) for each in listed]


def _pair(parameter: Any) -> tuple[str, str]:
    if not isinstance(parameter, Mapping) or not isinstance(parameter.get("name"), str):
        raise malformed("A parameter has a name.")
    values = [str(parameter[key]) for key in _VALUES if key in parameter]
    return parameter["name"], next(iter(values), "")


def _values(asked: Asked, name: str) -> list[str]:
    return [value for each, value in asked.pairs if each == name]


def _allowed(asked: list[str], offered: tuple[str, ...], access: Access) -> tuple[str, ...]:
    """The types to export: those asked for, or all the scopes cover."""
    beyond = [kind for kind in asked if not access.allows(kind, "rs")]
    if beyond:
        raise forbidden(beyond[0])
    types = asked or [kind for kind in offered if access.allows(kind, "rs")]
    if not types:
        raise forbidden("any type this export has")
    return tuple(dict.fromkeys(types))


def _since(values: list[str]) -> int | None:
    """Microseconds since 1970; a plus sign that came as a space in a URL is taken as meant."""
    if not values:
        return None
    try:
        moment = datetime.fromisoformat(values[-1].replace(" ", "+"))
        since = moment - EPOCH
    except (ValueError, TypeError) as error:
        raise malformed("_since is an instant such as 2026-11-23T09:00:00Z.") from error
    return since // timedelta(milliseconds=1) * 1000


_UNDERSTOOD = frozenset({"_type", "_since", "_outputFormat"})
