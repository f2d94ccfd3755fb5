"""Whether a resource has the shape that FHIR gives it, as far as whoever reads it relies on that.

What should be an object is one, what may come several times is a list, what is text is text. What
values mean is not looked at, elements FHIR does not know are passed over, and so is ``null``, which
some servers send for what is not there. ``shapes.json`` has the elements of each type that is read
and of its parts, a ``*`` before the kind of those in lists: R4B's, which equal R4's here.
"""

import json
import logging
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any

from smartapp.errors import EhrNonsense

log = logging.getLogger(__name__)

DEEPEST = 60
"""Levels of parts within parts; real resources have a dozen."""
_SCALARS: Mapping[str, Callable[[Any], bool]] = {
    "text": lambda value: isinstance(value, str),
    # Some servers send numbers, and yes and no, as text.
    "number": lambda value: isinstance(value, int | Decimal | str) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool | str),
}
_EITHER = frozenset({"identifier"})
"""One in R4 and a list in R5, or the other way round: read as either."""


def sound(rows: list[dict[str, Any]], unsound: set[str]) -> list[dict[str, Any]]:
    """The rows that can be read; the types of the others are added to ``unsound``."""
    kept = [row for row in rows if is_sound(row)]
    if len(kept) < len(rows):
        types = {str(row.get("resourceType")) for row in rows if row not in kept}
        unsound |= types
        log.warning("left out, not as FHIR says: %d %s", len(rows) - len(kept), ", ".join(types))
    return kept


def readable(resource: dict[str, Any]) -> dict[str, Any]:
    """The resource itself; raises EhrNonsense when it cannot be read."""
    if not is_sound(resource):
        raise EhrNonsense
    return resource


def is_sound(resource: Any, depth: int = 0) -> bool:
    """Whether a resource can be read; True for a type that nobody here reads."""
    if not isinstance(resource, dict):
        return False
    return _is_part(resource, str(resource.get("resourceType")), depth)


@cache
def shapes() -> dict[str, dict[str, str]]:
    """By type the kind of each element."""
    read: dict[str, dict[str, str]] = json.loads(
        resources.files(__package__).joinpath("shapes.json").read_text(encoding="utf-8")
    )
    return read


def _is_part(value: Any, kind: str, depth: int) -> bool:
    if not isinstance(value, dict) or depth > DEEPEST:
        return False
    known = shapes().get(kind)
    if known is None:
        return True
    return all(_fits(one, known[name], name, depth) for name, one in value.items() if name in known)


def _fits(value: Any, kind: str, name: str, depth: int) -> bool:
    if value is None:
        return True
    if name in _EITHER:
        rows = value if isinstance(value, list) else [value]
        return _are(rows, kind.removeprefix("*"), depth)
    if kind.startswith("*"):
        return isinstance(value, list) and _are(value, kind[1:], depth)
    return _is(value, kind, depth)


def _are(rows: list[Any], kind: str, depth: int) -> bool:
    # FHIR has null in a list of texts whose extensions stand beside it.
    return all(_is(one, kind, depth) or (one is None and kind in _SCALARS) for one in rows)


def _is(value: Any, kind: str, depth: int) -> bool:
    if kind in _SCALARS:
        return _SCALARS[kind](value)
    return is_sound(value, depth + 1) if kind == "Resource" else _is_part(value, kind, depth + 1)
