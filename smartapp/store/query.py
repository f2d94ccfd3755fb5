"""A search as asked: the query string read into conditions and controls, or refused."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from smartapp.store import condition as conditions
from smartapp.store.condition import Condition
from smartapp.store.outcome import Refused, malformed
from smartapp.store.parameters import Parameter, parameters

PAGE_USUAL = 100
PAGE_MOST = 1000

Pairs = Sequence[tuple[str, str]]


@dataclass
class Query:
    """A search of one type; ``asked`` are the pairs without the page, as links repeat them."""

    type: str
    base: str
    asked: list[tuple[str, str]] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    sort: list[tuple[str, bool]] = field(default_factory=list)
    """(parameter name, descending)"""
    count: int = PAGE_USUAL
    includes: list[tuple[Parameter, str]] = field(default_factory=list)
    """(reference parameter, target type or "")"""
    revincludes: list[tuple[Parameter, str]] = field(default_factory=list)
    count_only: bool = False
    total: bool = True
    elements: frozenset[str] = frozenset()
    page: str = ""


def read(kind: str, pairs: Pairs, base: str = "") -> Query:
    """Read the pairs of a query string; 404 for a type not kept, 400 for what is not understood."""
    if not parameters(kind):
        raise Refused(404, "not-supported", f"This server does not keep {kind}.")
    query = Query(kind, base)
    for name, value in pairs:
        if name != "_page":
            query.asked.append((name, value))
        _take(query, name, value)
    return query


def _take(query: Query, name: str, value: str) -> None:
    if not value:
        raise malformed(f"{name} has no value.")
    control = _CONTROLS.get(name)
    if control:
        control(query, value)
    else:
        query.conditions.append(_criterion(query, name, value))


def _criterion(query: Query, name: str, value: str) -> Condition:
    plain, _, modifier = name.partition(":")
    if name == "_id":
        return conditions.by_id(value)
    if name == "_lastUpdated":
        return conditions.by_update(value)
    parameter = parameters(query.type).get(plain)
    if parameter is None:
        raise malformed(f"{query.type} has no search parameter {plain}.")
    if name.endswith(":"):
        raise malformed(f"{name} names no modifier.")
    return conditions.condition(parameter, modifier, value, query.base)


def _sort(query: Query, value: str) -> None:
    for key in value.split(","):
        name = key.removeprefix("-")
        if name not in ("_id", "_lastUpdated") and name not in parameters(query.type):
            raise malformed(f"{query.type} cannot be sorted by {name}.")
        query.sort.append((name, key.startswith("-")))


def take_count(query: Query, value: str) -> None:
    """Read ``_count``: a whole number from 0 (count only), at most ``PAGE_MOST`` is given."""
    if not re.fullmatch(r"\d{1,9}", value):
        raise malformed("_count is a whole number from 0.")
    query.count = min(int(value), PAGE_MOST)
    query.count_only = query.count_only or query.count == 0


def _include(query: Query, value: str) -> None:
    query.includes.append(_link(value, query.type))


def _revinclude(query: Query, value: str) -> None:
    query.revincludes.append(_link(value, ""))


def _link(value: str, source: str) -> tuple[Parameter, str]:
    kind, _, rest = value.partition(":")
    name, _, target = rest.partition(":")
    parameter = parameters(kind).get(name)
    if parameter is None or parameter.kind != "reference" or source not in ("", kind):
        raise malformed(f"{value} is not a reference that can be followed from here.")
    return parameter, target


def _summary(query: Query, value: str) -> None:
    if value not in ("count", "false"):
        raise malformed("_summary is count or false here.")
    query.count_only = query.count_only or value == "count"


def _total(query: Query, value: str) -> None:
    if value not in ("none", "estimate", "accurate"):
        raise malformed("_total is none, estimate or accurate.")
    query.total = value != "none"


def _elements(query: Query, value: str) -> None:
    query.elements |= frozenset(value.split(","))


def _page(query: Query, value: str) -> None:
    query.page = value


def _format(query: Query, value: str) -> None:
    if value not in ("json", "application/json", "application/fhir+json", "text/json"):
        raise Refused(406, "not-supported", f"{query.type} can only be had as JSON.")


_CONTROLS = {
    "_sort": _sort,
    "_count": take_count,
    "_include": _include,
    "_revinclude": _revinclude,
    "_summary": _summary,
    "_total": _total,
    "_elements": _elements,
    "_page": _page,
    "_format": _format,
}
