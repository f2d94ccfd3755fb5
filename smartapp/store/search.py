"""A search answered: candidates by SQL, a page of them, and what they include."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from smartapp.store import pages
from smartapp.store.found import Found
from smartapp.store.index import table
from smartapp.store.kept import Kept
from smartapp.store.parameters import Parameter, parameters
from smartapp.store.query import Query

COLUMNS = "v.type, v.id, v.version, v.updated, v.method, v.body"
_CURRENT = (
    f"SELECT {COLUMNS} FROM resource r JOIN version v ON v.seq = r.seq WHERE NOT r.deleted AND "  # noqa: S608 - constant text
)
_SORT_COLUMN = {"uri": "url", "token": "code", "reference": "target", "string": "folded"}
_CHUNK = 500


def run(connection: sqlite3.Connection, query: Query) -> Found:
    """The page the query asks for; further pages are in ``rest`` for ``pages.keep``."""
    if query.page:
        total, rids = pages.find(connection, query.page, pages.signature(query))
    else:
        rids = _rids(connection, query)
        total = len(rids)
    found = Found(total if query.total or query.count_only else None, [], [], [])
    if query.count_only:
        return found
    found.matches = _by_rid(connection, rids[: query.count])
    found.rest = rids[query.count :]
    found.included = _included(connection, query, found.matches)
    return found


def ids(connection: sqlite3.Connection, query: Query) -> list[str]:
    """The logical ids of every match, oldest first."""
    sql, arguments = _where(query)
    text = f"SELECT r.id FROM resource r WHERE {sql} ORDER BY r.rid"  # noqa: S608 - own text only
    return [row[0] for row in connection.execute(text, arguments)]


def _rids(connection: sqlite3.Connection, query: Query) -> list[int]:
    where, arguments = _where(query)
    order, sorting = _order(query)
    sql = f"SELECT r.rid FROM resource r WHERE {where} ORDER BY {order}"  # noqa: S608 - own text only
    return [row[0] for row in connection.execute(sql, [*arguments, *sorting])]


def _where(query: Query) -> tuple[str, list[Any]]:
    """The likeliest narrow condition finds candidates through its index, the others check them."""
    ranked = sorted(query.conditions, key=lambda each: each.rank)
    pieces = [each.driving() for each in ranked[:1]] + [each.checking() for each in ranked[1:]]
    driven = bool(ranked) and ranked[0].rank in (1, 2, 3)
    own = ("+" if driven else "") + "r.type = ? AND NOT r.deleted"
    pieces.insert(0, (own, [query.type]))
    arguments = [argument for _, each in pieces for argument in each]
    return " AND ".join(sql for sql, _ in pieces), arguments


def _order(query: Query) -> tuple[str, list[str]]:
    """SQL order and its arguments: ascending by the least value, descending by the greatest."""
    terms: list[str] = []
    arguments: list[str] = []
    for name, descending in query.sort:
        way = "DESC" if descending else "ASC"
        if name in ("_id", "_lastUpdated"):
            terms.append(f"{'r.id' if name == '_id' else 'r.updated'} {way}")
            terms += [f"r.seq {way}"] if name == "_lastUpdated" else []
        else:
            parameter = parameters(query.type)[name]
            terms.append(f"{_sort_value(parameter, descending)} {way} NULLS LAST")
            arguments.append(parameter.key)
    return ", ".join([*terms, "r.rid"]), arguments


def _sort_value(parameter: Parameter, descending: bool) -> str:
    name = table(parameter)
    column = _SORT_COLUMN.get(name, "high" if descending else "low")
    best = f"{'max' if descending else 'min'}(s.{column})"
    return f"(SELECT {best} FROM index_{name} s WHERE s.rid = r.rid AND +s.param = ?)"  # noqa: S608 - own text only


def _by_rid(connection: sqlite3.Connection, rids: Sequence[int]) -> list[Kept]:
    """Current versions in the order given; what was deleted since is left out."""
    found: dict[int, Kept] = {}
    for chunk in _chunks(rids):
        sql = _CURRENT.replace("SELECT ", "SELECT r.rid, ", 1) + f"r.rid IN ({_marks(chunk)})"
        found |= {row[0]: Kept(*row[1:]) for row in connection.execute(sql, chunk)}
    return [found[rid] for rid in rids if rid in found]


def _included(connection: sqlite3.Connection, query: Query, matches: list[Kept]) -> list[Kept]:
    found: dict[str, Kept] = {}
    for parameter, target in query.includes:
        wanted = _pointed_at(connection, parameter, matches, query.base)
        found |= _named(
            connection, [each for each in wanted if not target or each.startswith(f"{target}/")]
        )
    for parameter, target in query.revincludes:
        if target in ("", query.type):
            found |= _pointing(connection, parameter, matches, query.base)
    own = {match.reference for match in matches}
    return [kept for reference, kept in sorted(found.items()) if reference not in own]


def _pointed_at(
    connection: sqlite3.Connection, parameter: Parameter, matches: list[Kept], base: str
) -> list[str]:
    targets: set[str] = set()
    for chunk in _chunks([match.id for match in matches]):
        sql = (
            "SELECT DISTINCT i.target FROM resource r JOIN index_reference i ON i.rid = r.rid"  # noqa: S608 - own text only
            f" WHERE +i.param = ? AND r.type = ? AND r.id IN ({_marks(chunk)})"
        )
        rows = connection.execute(sql, [parameter.key, parameter.resource, *chunk])
        targets |= {row[0].removeprefix(f"{base}/") for row in rows}
    return sorted(targets)


def _named(connection: sqlite3.Connection, references: list[str]) -> dict[str, Kept]:
    found: dict[str, Kept] = {}
    for reference in references:
        kind, _, id = reference.partition("/")
        for row in connection.execute(_CURRENT + "r.type = ? AND r.id = ?", (kind, id)):
            found[reference] = Kept(*row)
    return found


def _pointing(
    connection: sqlite3.Connection, parameter: Parameter, matches: list[Kept], base: str
) -> dict[str, Kept]:
    relative = [match.reference for match in matches]
    forms = relative + [f"{base}/{each}" for each in relative if base]
    found: dict[str, Kept] = {}
    for chunk in _chunks(forms):
        inner = f"SELECT rid FROM index_reference WHERE param = ? AND target IN ({_marks(chunk)})"  # noqa: S608 - own text only
        rows = connection.execute(_CURRENT + f"r.rid IN ({inner})", [parameter.key, *chunk])
        found |= {kept.reference: kept for kept in (Kept(*row) for row in rows)}
    return found


def _chunks(values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK))


def _marks(values: Sequence[Any]) -> str:
    return ", ".join("?" * len(values))
