"""A first look over a whole file, before anything of it is read: hostile or not understood at all.

It walks without recursion, so that no nesting can exhaust the stack.
"""

import math
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from smartapp.forms.reading_element import Finding

DEEPEST = 80
"""Levels of JSON: 12 levels of items need 24, an answer option's extension another 8."""
MOST_NODES = 100_000
LONGEST_TEXT = 1_000_000
MEANING_CHANGED = ("modifierExtension", "implicitRules")


Place = tuple[Any, str | int]
"""A place in a file: the place around it (None for the root), and the name or number in it."""


def scan(raw: Any, name: str) -> Iterator[Finding]:
    """Give what makes the file unfit to be read: depth, size, numbers, changed meaning."""
    nodes: list[tuple[Any, Place, int]] = [(raw, (None, name), 0)]
    count = 0
    while nodes:
        node, place, depth = nodes.pop()
        count += 1
        if depth > DEEPEST or count + len(nodes) > MOST_NODES:
            yield Finding("error", name, "is nested too deeply" if depth > DEEPEST else "is huge")
            return
        reason = _reason(node)
        if reason:
            yield Finding("error", _words(place), reason)
        nodes.extend((child, (place, key), depth + 1) for key, child in _below(node))


def _below(node: Any) -> list[tuple[str | int, Any]]:
    """Return the parts, the last one first: the next to be taken off the stack is the first."""
    if isinstance(node, dict):
        return list(reversed(node.items()))
    return list(reversed(list(enumerate(node)))) if isinstance(node, list) else []


def _words(place: Place) -> str:
    around, key = place
    if around is None:
        return str(key)
    return f"{_words(around)}[{key}]" if isinstance(key, int) else f"{_words(around)}.{key}"


def _reason(node: Any) -> str:
    if isinstance(node, Mapping):
        changed = [name for name in MEANING_CHANGED if name in node]
        return f"{changed[0]} may change its meaning in a way not known here" if changed else ""
    if isinstance(node, str):
        return "is longer than a million characters" if len(node) > LONGEST_TEXT else ""
    if isinstance(node, Decimal | float):
        return "" if _is_sane(node) else "is not a number that can be worked with"
    if isinstance(node, int):
        return "is not a number that can be worked with" if node.bit_length() > 128 else ""
    return "" if node is None or isinstance(node, list) else "is not JSON"


def _is_sane(number: Decimal | float) -> bool:
    if isinstance(number, float):
        return math.isfinite(number)
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and abs(exponent) <= 40 and len(number.as_tuple().digits) <= 40
