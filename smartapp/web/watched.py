"""The options of a questionnaire's page that need action, for its script to know without us.

A patient alone sees where help is the moment such an option is chosen, connected or not; that it
raises an alert is still decided where the answer is kept (web/safety.py).
"""

from collections.abc import Iterable
from typing import Any

from smartapp.fhir.alert import in_response
from smartapp.forms.entry_names import field_name
from smartapp.forms.questionnaire import Item, Option
from smartapp.web.opened import opened
from smartapp.web.sheet import PREFIX, Filled


def watched(shown: Filled) -> dict[str, list[str]]:
    """By field, the keys of the options that would raise an alert; only fields that have any."""
    asked = [place for place in shown.questions() if place.item.options]
    every = [_row(place.item, place.item.options) for place in asked]
    links = _alerting(shown, every)
    return {
        field_name(place.path, PREFIX): [
            option.key
            for option in place.item.options
            if _alerting(shown, [_row(place.item, [option])])
        ]
        for place in asked
        if place.item.link_id in links
    }


def _row(item: Item, options: Iterable[Option]) -> dict[str, Any]:
    given = [dict(option.value) for option in options]
    return {"linkId": item.link_id, "text": item.text.plain, "answer": given}


def _alerting(shown: Filled, rows: list[dict[str, Any]]) -> set[str]:
    form = shown.questionnaire
    response = {"questionnaire": form.canonical, "status": "in-progress", "item": rows}
    found = in_response(response, form.raw, opened().content.instruments.values())
    return {one.link_id for one in found}
