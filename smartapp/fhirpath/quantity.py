"""Amounts with a unit, and as much of UCUM as forms need (FHIRPath "Quantity").

Units that the table does not know are equal only to themselves. A calendar year or month is
comparable with no number of days, and only equivalent to UCUM's ("Time-valued Quantities").
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from smartapp.errors import PathFailed

CALENDAR = ("year", "month", "week", "day", "hour", "minute", "second", "millisecond")
"""Words that stand for a duration without quotes; each may have a plural s."""
UCUM = "http://unitsofmeasure.org"

_TABLE = {
    "time": "ms .001 s 1 min 60 h 3600 d 86400 wk 604800",
    "calendar month": "month 1 year 12",
    "UCUM month": "mo 1 a 12",
    "mass": "ng 1e-9 ug 1e-6 mg .001 g 1 kg 1000 t 1e6 [lb_av] 453.59237 [oz_av] 28.349523125",
    "length": "um 1e-6 mm .001 cm .01 dm .1 m 1 km 1000 [in_i] .0254 [ft_i] .3048 [mi_i] 1609.344",
    "volume": "uL 1e-6 mL .001 ml .001 cL .01 dL .1 dl .1 L 1 l 1",
    "amount": "nmol 1e-9 umol 1e-6 mmol .001 mol 1",
    "number": "1 1 % .01 10*3 1e3 10*6 1e6",
    "mass in volume": "ng/mL 1e-6 ug/L 1e-6 ug/mL .001 mg/L .001 mg/dL .01 g/L 1 g/dL 10",
    "amount in volume": "nmol/L 1e-9 umol/L 1e-6 mmol/L .001 mol/L 1",
    "pressure": "Pa 1 hPa 100 kPa 1000 mm[Hg] 133.322",
    "energy": "J 1 kJ 1000 cal 4.184 kcal 4184",
    "mass on area": "kg/m2 1",
}
_SECONDS = {"week": "wk", "day": "d", "hour": "h", "minute": "min", "second": "s"}
_DEFINITE = _SECONDS | {"millisecond": "ms"}
_WRITTEN = re.compile(
    r"\s*([+-]?\d{1,28}(?:\.\d{1,28})?)(?:\s*'([^']{1,60})'|\s+([a-z]{1,12}))?\s*", re.ASCII
)


def _read_table() -> dict[str, tuple[str, Decimal]]:
    known = {}
    for dimension, row in _TABLE.items():
        words = row.split()
        for unit, factor in zip(words[::2], words[1::2], strict=True):
            known[unit] = (dimension, Decimal(factor))
    return known


_KNOWN = _read_table()


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit: a UCUM code, or a calendar word such as ``days``."""

    value: int | Decimal
    unit: str = "1"

    def __str__(self) -> str:
        unit = self.unit if calendar_word(self.unit) else f"'{self.unit}'"
        return f"{Decimal(self.value):f} {unit}"

    @property
    def size(self) -> tuple[str, Decimal]:
        """The dimension, and the value in that dimension's own unit."""
        dimension, factor = _measure(self.unit)
        return dimension, Decimal(self.value) * factor


def calendar_word(unit: str) -> str:
    """Return the calendar word in the singular, "" if the unit is none."""
    word = unit.removesuffix("s")
    return word if word in CALENDAR else ""


def _measure(unit: str) -> tuple[str, Decimal]:
    if unit.startswith("{") and unit.endswith("}"):
        unit = "1"
    word = calendar_word(unit)
    return _KNOWN.get(_DEFINITE.get(word, word) or unit, (unit, Decimal(1)))


def read(text: str) -> Quantity | None:
    """Read ``4 'kg'``, ``4 days`` or ``4``; None if it is none of these."""
    match = _WRITTEN.fullmatch(text)
    if match is None or (match[3] and not calendar_word(match[3])):
        return None
    return Quantity(Decimal(match[1]), match[2] or match[3] or "1")


def of_element(element: Mapping[str, Any]) -> Quantity | None:
    """Return FHIR's Quantity as ours; None without a number, or with a comparator such as ``<``."""
    value = element.get("value")
    if isinstance(value, bool | str | dict | list) or value is None or element.get("comparator"):
        return None
    is_coded = element.get("system") == UCUM and element.get("code")
    unit = element["code"] if is_coded else element.get("unit") or element.get("code") or "1"
    return Quantity(value if isinstance(value, Decimal) else Decimal(str(value)), unit)


def to_element(quantity: Quantity) -> dict[str, Any]:
    """Return ours as FHIR's Quantity; calendar words become the UCUM code of that duration."""
    word = calendar_word(quantity.unit)
    code = _DEFINITE.get(word) or {"year": "a", "month": "mo"}.get(word, quantity.unit)
    return {"value": quantity.value, "unit": quantity.unit, "system": UCUM, "code": code}


def equivalent(left: Quantity, right: Quantity) -> bool:
    """Tell whether both are the same amount, a calendar month being UCUM's month here."""
    (ours, mine), (theirs, other) = left.size, right.size
    months = {"calendar month", "UCUM month"}
    return mine == other and (ours == theirs or {ours, theirs} == months)


def together(left: Quantity, right: Quantity) -> tuple[Decimal, Decimal, str]:
    """Return both numbers in the smaller of their units, and that unit; raise if not comparable."""
    (ours, mine), (theirs, other) = _measure(left.unit), _measure(right.unit)
    if ours != theirs:
        raise PathFailed("amounts with units that cannot be converted into each other")
    smaller, unit = min((mine, left.unit), (other, right.unit), key=lambda pair: pair[0])
    return Decimal(left.value) * mine / smaller, Decimal(right.value) * other / smaller, unit
