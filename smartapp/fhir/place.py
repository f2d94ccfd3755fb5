"""Where a resource lives: in the EHR or in the program's own store.

Within one chart every id says its place. An id of the store carries a mark that no FHIR id can
have, so ``Goal/9`` is always the EHR's and ``Goal/store~9`` always the store's; what is sent to
either has the ids and references of that place (``translation.py``).
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

MARK = "store~"


class Place(StrEnum):
    """One of the two places of a chart."""

    EHR = "ehr"
    STORE = "store"


def place_of(id_: str) -> Place:
    """Where the resource with this id of the chart lives."""
    return Place.STORE if id_.startswith(MARK) else Place.EHR


def home(resource: Mapping[str, Any]) -> Place:
    """Where a resource of the chart lives."""
    return place_of(str(resource["id"]))


def marked(id_: str) -> str:
    """The id in the chart of what the store calls ``id_``."""
    return MARK + id_


def unmarked(id_: str) -> str:
    """What the place itself calls it."""
    return id_.removeprefix(MARK)
