"""What a person would miss: whether the record says the same as what was sent.

A form sent again finds what its first sending saved. If the words or answers were changed in
between, that must be noticed; that a server adds, drops or reorders elements must not matter.
"""

from collections.abc import Mapping
from typing import Any

_Resource = Mapping[str, Any]


def says_otherwise(kept: _Resource, sent: _Resource) -> bool:
    """True when ``kept`` has other words or answers than ``sent``."""
    return bool(_said(kept) != _said(sent))


def _said(resource: _Resource) -> Any:
    type_ = resource["resourceType"]
    if type_ == "Goal":
        return (resource.get("description") or {}).get("text"), _due(resource)
    if type_ == "QuestionnaireResponse":
        return {i.get("linkId"): _answer(i) for i in resource.get("item") or ()}
    if type_ == "CarePlan":
        return (resource.get("period") or {}).get("start")
    return None


def _due(goal: _Resource) -> list[Any]:
    return [t.get("dueDate") for t in goal.get("target") or ()]


def _answer(item: _Resource) -> Any:
    values = [v for name, v in (item.get("answer") or [{}])[0].items() if name.startswith("value")]
    return values[0] if values else None
