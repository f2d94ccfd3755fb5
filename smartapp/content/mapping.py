"""What a site says about one of its files, in ``<slug>.map.json`` beside it.

``definition`` is the slug of the scoring definition; ``items`` gives for each question of the
definition the link id in the site's file; ``tables`` gives by a scale's code the ``source`` and
the ``points`` for each raw number. Each may be left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from smartapp.errors import ContentError
from smartapp.program.instrument import Conversion

PARTS = {"definition", "items", "tables"}


@dataclass(frozen=True)
class Map:
    """One such file, read; ``definition`` is empty where it names none."""

    definition: str = ""
    items: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, Conversion] = field(default_factory=dict)


NO_MAP = Map()


def read_map(raw: Mapping[str, Any]) -> Map:
    """Read it; raise ContentError ``<element>: <reason>``."""
    for name in sorted(raw.keys() - PARTS):
        raise ContentError(f"{name}: is not one of {', '.join(sorted(PARTS))}")
    definition = raw.get("definition", "")
    if not isinstance(definition, str):
        raise ContentError("definition: is not the name of a scoring definition")
    items = _object(raw, "items", "items")
    if not all(isinstance(link_id, str) and link_id for link_id in items.values()):
        raise ContentError("items: does not name a link id for each question")
    if len(set(items.values())) < len(items):
        raise ContentError("items: names a link id twice")
    tables = _object(raw, "tables", "tables")
    return Map(definition, items, {code: _table(tables, code) for code in tables})


def _table(tables: Mapping[str, Any], code: str) -> Conversion:
    where = f"tables.{code}"
    table = _object(tables, code, where)
    source = table.get("source")
    if not isinstance(source, str) or not source.strip():
        raise ContentError(f"{where}.source: is missing: say where the table is published")
    points = _object(table, "points", f"{where}.points")
    if not points:
        raise ContentError(f"{where}.points: is missing")
    made = {_raw(raw, where): _points(points[raw], where) for raw in points}
    ordered = [made[raw] for raw in sorted(made)]
    if len(made) < len(points) or ordered not in (sorted(ordered), sorted(ordered, reverse=True)):
        raise ContentError(f"{where}.points: do not go one way from the lowest raw number up")
    return Conversion(made, source)


def _object(holder: Mapping[str, Any], name: str, where: str) -> dict[str, Any]:
    found = holder.get(name, {})
    if not isinstance(found, dict):
        raise ContentError(f"{where}: is not an object")
    return found


def _raw(text: str, where: str) -> Fraction:
    if not text.isascii() or not text.isdigit() or len(text) > 4:
        raise ContentError(f"{where}.points: a raw number is not a whole number")
    return Fraction(int(text))


def _points(number: Any, where: str) -> Fraction:
    exponent = Decimal(number).as_tuple().exponent if type(number) in (int, Decimal) else None
    if not isinstance(exponent, int) or exponent < -6 or abs(number) > 1000:
        reason = "the points are not numbers up to 1000 with at most six decimals"
        raise ContentError(f"{where}.points: {reason}")
    return Fraction(number)
