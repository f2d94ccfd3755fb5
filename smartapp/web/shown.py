"""What a form was shown of the record: remembered, so that its change can be kept while it is down.

It lives encrypted in the launch record and ends with it. Only what was shown at the very version a
form carries is of use: the change is compared with the record before it is sent.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import session

from smartapp.fhir import wire
from smartapp.fhir.kept import Kept, Resource, keep

MOST = 6
"""Things remembered at a time; a person has hardly more forms open."""
LARGEST = 100_000
"""Bytes of one thing; what is larger is not remembered, and its change must be typed again."""
_NAME = "shown"


def remember(kept: Kept[Any], beside: Sequence[Resource] = ()) -> None:
    """Remember a resource as it is shown now, and what it cannot be understood without."""
    body = wire.encode({"rows": [kept.resource, *beside]}).decode()
    others = {name: text for name, text in _all().items() if name != kept.reference}
    newest = {kept.reference: body} if len(body) <= LARGEST else {}
    session[_NAME] = dict([*others.items(), *newest.items()][-MOST:])


def recall(reference: str, version: str) -> list[Resource]:
    """What was shown of it at this version, itself first; nothing when it is not remembered."""
    text = _all().get(reference)
    rows: list[Resource] = wire.decode(text.encode())["rows"] if text else []
    return rows if rows and version and keep(None, rows[0]).version == version else []


def _all() -> Mapping[str, str]:
    return session.get(_NAME) or {}
