"""A draft's answers in the EHR while they are in progress, where it takes them (fhir/progress.py).

Kept at every step away from a page, never with a keystroke. The draft on our server is the truth:
an EHR that does not answer, or will not have them, holds up nobody and is told to nobody, and it
is left alone for a minute.
"""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from flask import current_app

from smartapp.drafts.draft import Draft
from smartapp.errors import EhrConflict, GshError
from smartapp.fhir import assessment as records
from smartapp.fhir import progress
from smartapp.fhir.kept import Resource, identifier
from smartapp.forms.state_place import ItemPath
from smartapp.forms.validate import validate
from smartapp.program.assessment import Occasion
from smartapp.web.hands import manner
from smartapp.web.opened import opened
from smartapp.web.review import answered
from smartapp.web.sheet import Filled, all_filled

log = logging.getLogger(__name__)

EXTENSION = "smartapp.progress"
RESTING = timedelta(minutes=1)
"""For how long an EHR is left alone that did not take unfinished answers."""
Items = list[dict[str, Any]]


def keep(draft: Draft, shown: Filled) -> None:
    """Put the answers of one questionnaire into the EHR, as far as they can be read."""
    _try(lambda: progress.keep(opened().chart, _written(draft, shown)))


def withdraw(draft: Draft, but: Collection[str] = ()) -> None:
    """Void what of a draft is in progress in the EHR, but for the forms ``but`` (canonical)."""
    _try(lambda: progress.withdraw(opened().chart, list(_named(draft, but))))


def _try(write: Callable[[], None]) -> None:
    base, now = opened().chart.client.base, opened().chart.moment()
    resting = cast(dict[str, datetime], current_app.extensions.setdefault(EXTENSION, {}))
    if base in resting and now < resting[base]:
        return
    try:
        write()
    except EhrConflict:
        log.warning("unfinished answers in the EHR were just changed there")
    except GshError as error:
        resting[base] = now + RESTING
        log.warning("unfinished answers are not in the EHR: %s", error.code)


def _written(draft: Draft, shown: Filled) -> Resource:
    """The response as it will be submitted, with the answers that keep the rules of their type."""
    assert draft.start is not None, "only a draft that can be read is filled in"
    start, one = draft.start, answered(shown, manner(draft.sheet(shown.number)))
    said = (Occasion(start.occasion), start.session_number)
    every = (opened().chart, *said, [one], start.enrollment, draft.key)
    made = records.written(*every)[one.slug]
    items = list(_sound(made.pop("item", ()), _wrong(shown, {**made, "item": list(one.items)})))
    return {**made, "item": items} if items else made


def _wrong(shown: Filled, made: Resource) -> set[ItemPath]:
    told = {**made, "status": progress.IN_PROGRESS}
    issues = validate(shown.questionnaire, told, shown.context)
    return {issue.path for issue in issues if issue.severity == "error" and issue.path}


def _sound(
    items: Collection[Mapping[str, Any]], wrong: Collection[ItemPath], above: ItemPath = ()
) -> Iterator[dict[str, Any]]:
    """The items without the questions in or below which something is wrong."""
    counts: dict[str, int] = {}
    for item in items:
        link = str(item["linkId"])
        path = (*above, (link, counts.get(link, 0)))
        counts[link] = path[-1][1] + 1
        if "item" in item:
            inside = list(_sound(item["item"], wrong, path))
            yield from [{**item, "item": inside}] if inside else []
        elif not any(p[:-1] == above and p[-1][0] == link for p in _cut(wrong, len(path))):
            yield dict(item)


def _cut(paths: Collection[ItemPath], length: int) -> Iterator[ItemPath]:
    return (path[:length] for path in paths if len(path) >= length)


def _named(draft: Draft, but: Collection[str]) -> Iterator[Resource]:
    """What names the response of each questionnaire of a draft."""
    for shown in all_filled(draft):
        one = answered(shown)
        if one.canonical not in but:
            named = identifier(draft.key, f"response/{one.slug}")
            yield {"resourceType": progress.TYPE, "identifier": named}
