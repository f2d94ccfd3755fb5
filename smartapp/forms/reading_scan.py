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
MOST_NODES = 200_000
LONGEST_TEXT = 1_000_000
MEANING_CHANGED = ("modifierExtension", "implicitRules")


def scan(raw: Any, name: str) -> Iterator[Finding]:
    """Give what makes the file unfit to be read: depth, size, numbers, changed meaning."""
    nodes, count = [(raw, name, 0)], 0
    while nodes:
        node, at, depth = nodes.pop()
        count += 1
        if depth > DEEPEST or count > MOST_NODES:
            yield Finding("error", name, "is nested too deeply" if depth > DEEPEST else "is huge")
            return
        reason = _reason(node)
        if reason:
            yield Finding("error", at, reason)
        nodes.extend((child, where, depth + 1) for child, where in _below(node, at))


def _below(node: Any, at: str) -> list[tuple[Any, str]]:
    """Return the parts, the last one first: the next to be taken off the stack is the first."""
    if isinstance(node, dict):
        return [(part, f"{at}.{name}") for name, part in reversed(node.items())]
    if isinstance(node, list):
        return [(part, f"{at}[{n}]") for n, part in reversed(list(enumerate(node)))]
    return []


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
