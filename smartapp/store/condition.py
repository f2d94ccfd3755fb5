"""One search criterion as SQL over the index."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from smartapp.store import values
from smartapp.store.index import fold, table
from smartapp.store.outcome import malformed
from smartapp.store.parameters import TYPES, Parameter

Piece = tuple[str, list[Any]]
"""SQL for one value over the index row ``i``, and its arguments."""

_RANKS = {"reference": 1, "token": 2, "uri": 2, "string": 3, "date": 4}
_DATES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "eq": ("(i.low >= ? AND i.high <= ?)", ("low", "high")),
    "ne": ("(i.low < ? OR i.high > ?)", ("low", "high")),
    "gt": ("i.high > ?", ("high",)),
    "lt": ("i.low < ?", ("low",)),
    "ge": ("(i.low >= ? OR i.high > ?)", ("low", "high")),
    "le": ("(i.low < ? OR i.high <= ?)", ("low", "high")),
    "sa": ("i.low >= ?", ("high",)),
    "eb": ("i.high <= ?", ("low",)),
}
"""Prefix to SQL and which end of the searched range each argument is."""


@dataclass(frozen=True)
class Condition:
    """What must hold for resource ``r``: rows of one index table, or columns of ``r`` itself.

    ``rank`` orders by how few rows it is likely to leave (0 fewest); the first drives the query.
    """

    table: str
    key: str
    where: str
    arguments: tuple[Any, ...]
    rank: int
    negated: bool = False

    def driving(self) -> Piece:
        """As the condition that finds the candidates."""
        if not self.table or self.negated:
            return self.checking()
        inner = f"SELECT i.rid FROM index_{self.table} i WHERE i.param = ? AND ({self.where})"  # noqa: S608 - own text only
        return f"r.rid IN ({inner})", [self.key, *self.arguments]

    def checking(self) -> Piece:
        """As a condition on candidates another one found: a look-up per candidate."""
        if not self.table:
            return self.where, list(self.arguments)
        inner = f"i.rid = r.rid AND +i.param = ? AND ({self.where})"
        exists = f"EXISTS (SELECT 1 FROM index_{self.table} i WHERE {inner})"  # noqa: S608 - own text only
        return ("NOT " if self.negated else "") + exists, [self.key, *self.arguments]


def condition(parameter: Parameter, modifier: str, text: str, base: str) -> Condition:
    """Read ``name:modifier=text``; 400 for a modifier or value that makes no sense here."""
    name, key = table(parameter), parameter.key
    if modifier == "missing":
        return Condition(name, key, "1", (), 5, negated=_flag(text))
    if parameter.kind == "reference" and modifier in TYPES:
        parameter, modifier = _pointing_at(parameter, modifier), ""
    reader = _READERS.get((parameter.kind, modifier))
    if reader is None:
        raise malformed(f"The modifier :{modifier} is not supported for {parameter.name}.")
    found = [reader(parameter, value, base) for value in values.alternatives(text)]
    where = " OR ".join(sql for sql, _ in found)
    arguments = tuple(argument for _, each in found for argument in each)
    negated = modifier == "not"
    return Condition(name, key, where, arguments, 5 if negated else _RANKS[name], negated)


def by_id(text: str) -> Condition:
    """``_id=a,b``."""
    ids = [values.unescape(value) for value in values.alternatives(text)]
    return Condition("", "", f"r.id IN ({', '.join('?' * len(ids))})", tuple(ids), 0)


def by_update(text: str) -> Condition:
    """``_lastUpdated=ge2026-11-23``: the version's millisecond against the range."""
    found = [_date_piece(value) for value in values.alternatives(text)]
    where = " OR ".join(sql for sql, _ in found)
    where = where.replace("i.low", "r.updated").replace("i.high", "(r.updated + 1000)")
    return Condition("", "", f"({where})", tuple(a for _, each in found for a in each), 4)


def _flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise malformed(":missing is true or false.")
    return text == "true"


def _pointing_at(parameter: Parameter, kind: str) -> Parameter:
    if parameter.targets and kind not in parameter.targets:
        raise malformed(f"{parameter.name} does not point at {kind}.")
    return Parameter(
        parameter.resource, parameter.name, parameter.kind, parameter.paths, frozenset({kind})
    )


def _token(parameter: Parameter, text: str, base: str) -> Piece:
    del parameter, base
    system, code = values.token(text)
    pieces = [("i.code = ?", code), ("i.system = ?", system)]
    given = [(sql, value) for sql, value in pieces if value is not None]
    return "(" + " AND ".join(sql for sql, _ in given) + ")", [value for _, value in given]


def _reference(parameter: Parameter, text: str, base: str) -> Piece:
    forms = values.references(text, parameter.targets, TYPES, base)
    return f"i.target IN ({', '.join('?' * len(forms))})", list(forms)


def _date(parameter: Parameter, text: str, base: str) -> Piece:
    del parameter, base
    return _date_piece(text)


def _date_piece(text: str) -> Piece:
    prefix, (low, high) = values.date(values.unescape(text))
    sql, sides = _DATES[prefix]
    return sql, [low if side == "low" else high for side in sides]


def _string(parameter: Parameter, text: str, base: str) -> Piece:
    del parameter, base
    folded = _folded(text)
    return "(i.folded >= ? AND i.folded < ?)", [folded, folded + "\U0010ffff"]


def _folded(text: str) -> str:
    folded = fold(values.unescape(text))
    if not folded:
        raise malformed("A search value is empty.")
    return folded


def _exact(parameter: Parameter, text: str, base: str) -> Piece:
    del parameter, base
    return "i.exact = ?", [values.unescape(text)]


def _contains(parameter: Parameter, text: str, base: str) -> Piece:
    del parameter, base
    return "instr(i.folded, ?) > 0", [_folded(text)]


def _uri(parameter: Parameter, text: str, base: str) -> Piece:
    del parameter, base
    url, version = values.canonical(text)
    if version is None:
        return "i.url = ?", [url]
    return "(i.url = ? AND i.version = ?)", [url, version]


_READERS: Mapping[tuple[str, str], Callable[[Parameter, str, str], Piece]] = {
    ("token", ""): _token,
    ("token", "not"): _token,
    ("reference", ""): _reference,
    ("date", ""): _date,
    ("string", ""): _string,
    ("string", "exact"): _exact,
    ("string", "contains"): _contains,
    ("uri", ""): _uri,
    ("canonical", ""): _uri,
}
