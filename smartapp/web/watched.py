"""The answers on a questionnaire's page that need action, for its script to know without us.

A patient alone sees where help is the moment such an answer is given, a clinician the red bar,
connected or not; that it raises an alert is still decided where the answer is kept (web/safety.py).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from smartapp.fhir.alert import in_response
from smartapp.forms.entry import is_closed
from smartapp.forms.entry_names import field_name, part_name
from smartapp.forms.questionnaire import Item, ItemType
from smartapp.forms.state_place import Place, places
from smartapp.web.opened import opened
from smartapp.web.sheet import PREFIX, Filled

NUMBERS = range(11)
"""Numbers tried where a number is typed; what nobody expects needs action anyway."""
Answers = Sequence[Mapping[str, Any]]
YES: Answers = [{"valueBoolean": True}]
ANY: Answers = [{"valueString": "?"}]


def watched(shown: Filled) -> dict[str, list[str | None]]:
    """By field, the keys of the options that would raise an alert; only fields that have any.

    Of a field that is typed into: None, and then what is typed there that does not.
    """
    asked = [p for p in places(shown.questionnaire, shown.settled.items) if _is_asked(p)]
    links = _alerting(shown, [_row(p.item, given) for p in asked for given in _every(p.item)])
    found: dict[str, list[str | None]] = {}
    for place in asked:
        if place.item.link_id in links:
            found |= _fields(shown, place)
    return {name: keys for name, keys in found.items() if keys}


def _is_asked(place: Place) -> bool:
    return place.item.is_question and not is_closed(place.item)


def _every(item: Item) -> Iterable[Answers]:
    """Answers of which one alerts if any does."""
    return [[dict(option.value)] for option in item.options] or [YES, ANY]


def _fields(shown: Filled, place: Place) -> dict[str, list[str | None]]:
    item, name = place.item, field_name(place.path, PREFIX)
    if item.type is ItemType.BOOLEAN:
        return {name: ["true"] if _alerts(shown, item, YES) else []}
    if not item.options:
        return {name: _quiet(shown, item)}
    keys = [o.key for o in item.options if _alerts(shown, item, [dict(o.value)])]
    is_open = item.type is ItemType.OPEN_CHOICE
    return {name: [*keys], **({part_name(name, "other"): _quiet(shown, item)} if is_open else {})}


def _quiet(shown: Filled, item: Item) -> list[str | None]:
    if not _alerts(shown, item, ANY):
        return []
    quiet = [n for n in NUMBERS if not _alerts(shown, item, [{"valueString": str(n)}])]
    return [None, *map(str, quiet)]


def _alerts(shown: Filled, item: Item, given: Answers) -> bool:
    return bool(_alerting(shown, [_row(item, given)]))


def _row(item: Item, given: Answers) -> dict[str, Any]:
    return {"linkId": item.link_id, "text": item.text.plain, "answer": given}


def _alerting(shown: Filled, rows: list[dict[str, Any]]) -> set[str]:
    form = shown.questionnaire
    response = {"questionnaire": form.canonical, "status": "in-progress", "item": rows}
    found = in_response(response, form.raw, opened().content.instruments.values())
    return {one.link_id for one in found}
