"""One answer as the texts of its form fields, and back, for every type but choices.

``shown`` never fails: what it cannot show it leaves empty. ``read`` makes one ``value[x]`` of the
texts or says in a sentence what is expected. Source of the lexical forms: FHIR R4, Data Types.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any

from smartapp.forms.questionnaire import Item, ItemType, Value
from smartapp.forms.said import said

Parts = dict[str, str]
"""The texts of an answer's fields by part; the main one is called ""."""

LARGEST = 2**31 - 1
_INTEGER = re.compile(r"[+-]?[0-9]{1,10}")
_DECIMAL = re.compile(r"[+-]?([0-9]{1,40}(\.[0-9]{1,40})?|\.[0-9]{1,40})([eE][+-]?[0-9]{1,3})?")
_COMMA = re.compile(r"([^.,]*[0-9]),([0-9]+)")
_GROUPED = re.compile(r"(?<![0-9.,])([1-9][0-9]{0,2}),([0-9]{3})\Z")
_COMPARED = re.compile(r"(<=|>=|<|>)?\s*(.*)", re.DOTALL)
_DAY = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")
_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]+([0-9]{2}:[0-9]{2})(:[0-9]{2}(?:\.[0-9]{1,9})?)?"
    r"\s*(Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])?"
)
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?")
_RELATIVE = re.compile(r"([A-Za-z]{1,64})/([A-Za-z0-9.-]{1,64})")
UNCLEAR = "This may mean {whole} or {broken}. Write it as one of the two."
_BROKEN = re.compile("[\0\ud800-\udfff]")
"""Characters that no text sent as UTF-8 can have, and null, which XML and many stores refuse."""
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")

SENTENCES = {
    ItemType.BOOLEAN: "Choose yes or no.",
    ItemType.INTEGER: "Write a whole number, such as 12.",
    ItemType.DECIMAL: "Write a number with a point and no other marks, such as 12.5.",
    ItemType.QUANTITY: "Write a number with a point and no other marks, such as 12.5.",
    ItemType.DATE: "Write a year, a month or a day, the month as a word, such as 2026, "
    "November 2026 or 23 November 2026.",
    ItemType.DATETIME: "Write a day and a time, such as 23 November 2026, 14:30; or only the day, "
    "the month (November 2026) or the year.",
    ItemType.TIME: "Write hours and minutes, such as 14:30.",
    ItemType.REFERENCE: "Write what the record calls it: a type and an id, such as Patient/123.",
}
"""What is expected, for each type whose text can be unreadable."""


def value_of(answer: Mapping[str, Any]) -> tuple[str, Any]:
    """Return the name and the content of an answer's value; two empty ones without a value."""
    found = ((key, value) for key, value in answer.items() if key.startswith("value"))
    return next(found, ("", None))


def clean(text: str) -> str:
    """Return the text as a browser would send it back, with ``\\n`` between lines."""
    return _BROKEN.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def shown(item: Item, answer: Mapping[str, Any]) -> Parts:
    """Return the texts of the fields of one answer, empty ones for no answer."""
    key, value = value_of(answer)
    if isinstance(value, Mapping):
        return _SHOWN_PARTS.get(key, _unshown)(item, value)
    parts = _SHOWN_PARTS.get(_PARTED.get(item.type, ""), _unshown)(item, {})
    return parts | {"": "" if value is None else _text(item, value)}


def read(item: Item, parts: Mapping[str, str], zone: tzinfo) -> Value | None:
    """Return the value that was typed, None when nothing was.

    A time of day without a zone is in ``zone``. Raises ValueError for what is no answer.
    """
    text = parts.get("", "")
    if not text.strip():
        _refuse_unit_alone(item, parts)
        return None
    if item.type is ItemType.DATETIME:
        return {"valueDateTime": _moment(text.strip(), zone)}
    return _READ.get(item.type, _string)(item, text, parts)


def _refuse_unit_alone(item: Item, parts: Mapping[str, str]) -> None:
    """Refuse a unit in one's own words that stands alone, so that it is not lost."""
    unit = parts.get("unit", "").strip() if item.type is ItemType.QUANTITY else ""
    if unit and not item.units and unit != usual_unit(item):
        raise ValueError


def usual_unit(item: Item) -> str:
    """Return what the field of the unit shows while there is no answer."""
    shown = _unit_shown(item, item.usual_unit) if item.usual_unit else ""
    return "" if shown == "=" else shown


def unit_text(unit: Mapping[str, Any]) -> str:
    """Return a unit's name as people read it."""
    return str(unit.get("display") or unit.get("unit") or unit.get("code") or "")


def _text(item: Item, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if item.type is ItemType.DATETIME and isinstance(value, str):
        return _moment_shown(value)
    return clean(str(value))


def _moment_shown(value: str) -> str:
    found = _MOMENT.fullmatch(value)
    if not found:
        return clean(value)
    seconds = found[3] if found[3] not in {None, ":00"} else ""
    return f"{found[1]} {found[2]}{seconds} {found[4] or ''}".strip()


def _quantity_shown(item: Item, value: Mapping[str, Any]) -> Parts:
    number = value.get("value")
    text = "" if number is None else f"{value.get('comparator', '')}{number}"
    return {"": text, "unit": _unit_shown(item, value)}


def _unit_shown(item: Item, value: Mapping[str, Any]) -> str:
    """Return the offered unit's place, "=" for a unit that is not offered, or free text."""
    if not item.units:
        return "" if item.unit else clean(unit_text(value))
    mine = (value.get("system"), value.get("code") or value.get("unit"))
    for place, unit in enumerate(item.units):
        if mine in {(unit.get("system"), unit.get("code")), (None, unit_text(unit))}:
            return str(place)
    return "=" if unit_text(value) else ""


def _reference_shown(item: Item, value: Mapping[str, Any]) -> Parts:
    reference = clean(str(value.get("reference") or ""))
    found = _RELATIVE.fullmatch(reference)
    if found and found[1] in item.limits.reference_types:
        return {"": found[2], "type": found[1]}
    return {"": reference, "type": ""}


def _unshown(_: Item, __: Mapping[str, Any]) -> Parts:
    return {"": ""}


def _boolean(_: Item, text: str, __: Mapping[str, str]) -> Value:
    if text not in {"true", "false"}:
        raise ValueError
    return {"valueBoolean": text == "true"}


def _integer(_: Item, text: str, __: Mapping[str, str]) -> Value:
    if not _INTEGER.fullmatch(text.strip()) or abs(int(text)) > LARGEST:
        raise ValueError
    return {"valueInteger": int(text)}


def _number(text: str) -> Decimal:
    """Read a number with its digits; zero has no sign, for a JSON reader may drop it."""
    text = pointed(text)
    grouped = _GROUPED.search(text)
    if grouped and _DECIMAL.fullmatch(text.replace(",", "")):
        whole, broken = grouped.expand(r"\1\2"), Decimal(grouped.expand(r"\1.\2"))
        raise ValueError(said(UNCLEAR, whole=whole, broken=broken))
    if not _DECIMAL.fullmatch(text):
        raise ValueError
    number = Decimal(text)
    return number if number else number.copy_abs()


def pointed(text: str) -> str:
    """Return a number with a point before its decimals: many people write 12,5.

    A comma stays where it may be meant otherwise: 1,234 is one thing here and another there.
    """
    found = None if _GROUPED.search(text) else _COMMA.fullmatch(text)
    return f"{found[1]}.{found[2]}" if found else text


def _decimal(_: Item, text: str, __: Mapping[str, str]) -> Value:
    return {"valueDecimal": _number(text.strip())}


def _quantity(item: Item, text: str, parts: Mapping[str, str]) -> Value:
    found = _COMPARED.fullmatch(text.strip())
    comparator, number = found.groups() if found else (None, text)
    quantity: dict[str, Any] = {"value": _number(number.strip())}
    if comparator:
        quantity["comparator"] = comparator
    return {"valueQuantity": quantity | _unit(item, parts.get("unit", ""))}


def _unit(item: Item, text: str) -> dict[str, Any]:
    if text.isdecimal() and int(text) < len(item.units):
        return coded(item.units[int(text)])
    if item.unit:
        return coded(item.unit)
    return {"unit": text.strip()} if text.strip() and not item.units else {}


def coded(unit: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a Quantity that says its unit."""
    code = {key: unit[key] for key in ("system", "code") if unit.get(key)}
    return {"unit": unit_text(unit)} | code


def _date(_: Item, text: str, __: Mapping[str, str]) -> Value:
    return {"valueDate": _day(text.strip())}


def _day(text: str) -> str:
    if not _DAY.fullmatch(text):
        raise ValueError
    date.fromisoformat((text + "-01-01")[:10])
    return text


def _moment(text: str, zone: tzinfo) -> str:
    found = _MOMENT.fullmatch(text)
    if not found:
        return _day(text)
    day, time, seconds, offset = found.groups()
    moment = datetime.fromisoformat(f"{day}T{time}{(seconds or ':00')[:3]}")
    there = moment.replace(tzinfo=zone).isoformat(timespec="seconds")[19:25]
    return f"{day}T{time}{seconds or ':00'}{offset or there}"


def _time(_: Item, text: str, __: Mapping[str, str]) -> Value:
    found = _TIME.fullmatch(text.strip())
    if not found:
        raise ValueError
    return {"valueTime": found[0] if found[2] else f"{found[0]}:00"}


def _reference(_: Item, text: str, parts: Mapping[str, str]) -> Value:
    written, type_ = text.strip(), parts.get("type", "")
    if type_ and _ID.fullmatch(written):
        written = f"{type_}/{written}"
    if not _RELATIVE.fullmatch(written) and ":" not in written:
        raise ValueError
    return {"valueReference": {"reference": written}}


def _url(_: Item, text: str, __: Mapping[str, str]) -> Value:
    return {"valueUri": text.strip()}


def _string(_: Item, text: str, __: Mapping[str, str]) -> Value:
    return {"valueString": text}


_READ: dict[ItemType, Callable[[Item, str, Mapping[str, str]], Value]] = {
    ItemType.BOOLEAN: _boolean,
    ItemType.INTEGER: _integer,
    ItemType.DECIMAL: _decimal,
    ItemType.QUANTITY: _quantity,
    ItemType.DATE: _date,
    ItemType.TIME: _time,
    ItemType.REFERENCE: _reference,
    ItemType.URL: _url,
}
_PARTED = {ItemType.QUANTITY: "valueQuantity", ItemType.REFERENCE: "valueReference"}
_SHOWN_PARTS: dict[str, Callable[[Item, Mapping[str, Any]], Parts]] = {
    "valueQuantity": _quantity_shown,
    "valueReference": _reference_shown,
}
