"""SMART scopes, version 1 and 2: parse them, intersect them, and decide what they permit.

Rules: SMART App Launch 2.2, "Scopes and Launch Context". A version 1 scope reads as its version 2
equal (``read`` = rs, ``write`` = cud, ``*`` = cruds) and is granted in the syntax it was asked in.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self
from urllib.parse import parse_qsl

LETTERS = "cruds"
_OLD = {"read": "rs", "write": "cud", "*": "cruds"}
_FORM = re.compile(
    r"(?P<context>patient|user|system)/(?P<type>\*|[A-Z][A-Za-z]+)"
    r"\.(?P<actions>read|write|\*|c?r?u?d?s?)(?:\?(?P<filter>.+))?"
)


@dataclass(frozen=True)
class Scope:
    """One resource scope: ``context`` patient/user/system, ``actions`` letters out of cruds.

    ``filter`` is the granular part after ``?`` (empty: every resource of the type).
    """

    context: str
    type: str
    actions: frozenset[str]
    filter: str = ""
    old: bool = False

    @classmethod
    def read(cls, text: str) -> Self | None:
        """The scope written in ``text``, or None when it is no resource scope."""
        found = _FORM.fullmatch(text)
        if found is None or not found["actions"]:
            return None
        letters = _OLD.get(found["actions"], found["actions"])
        old = found["actions"] in _OLD
        return cls(found["context"], found["type"], frozenset(letters), found["filter"] or "", old)

    def __str__(self) -> str:
        words = {frozenset(letters): word for word, letters in _OLD.items()}
        letters = "".join(letter for letter in LETTERS if letter in self.actions)
        actions = words.get(self.actions, letters) if self.old else letters
        return f"{self.context}/{self.type}.{actions}" + (f"?{self.filter}" if self.filter else "")

    def __and__(self, other: "Scope") -> "Scope | None":
        """What both allow, in the syntax of the left one; None when they share nothing."""
        kinds = {self.type, other.type} - {"*"}
        filters = {self.filter, other.filter} - {""}
        actions = self.actions & other.actions
        if self.context != other.context or not actions or len(kinds) > 1 or len(filters) > 1:
            return None
        return replace(
            self, type=next(iter(kinds), "*"), actions=actions, filter=next(iter(filters), "")
        )

    def covers(self, resource_type: str, action: str) -> bool:
        """Whether this scope names the type and the interaction letter."""
        return action in self.actions and self.type in {"*", resource_type}

    def fits(self, resource: Mapping[str, Any]) -> bool:
        """Whether the resource meets the granular part; any parameter but category never does."""
        wanted = parse_qsl(self.filter)
        return all(name == "category" and value in _categories(resource) for name, value in wanted)


def _categories(resource: Mapping[str, Any]) -> set[str]:
    found = resource.get("category", [])
    concepts = found if isinstance(found, list) else [found]
    codings = [coding for concept in concepts for coding in concept.get("coding", [])]
    return {f"{c.get('system', '')}|{c.get('code', '')}" for c in codings} | {
        c.get("code", "") for c in codings
    }


def resource_scopes(text: str) -> tuple[Scope, ...]:
    """Every resource scope of a space-separated list."""
    return tuple(scope for word in text.split() if (scope := Scope.read(word)) is not None)


def permitting(scopes: Iterable[Scope], resource_type: str, action: str) -> tuple[Scope, ...]:
    """The scopes that allow one interaction letter on one type; empty means forbidden."""
    return tuple(scope for scope in scopes if scope.covers(resource_type, action))


def granted(asked: str, allowed: str) -> str:
    """Asked ∩ allowed, in the order and syntax asked; both space-separated lists."""
    limits = resource_scopes(allowed)
    plain = set(allowed.split())
    kept: dict[str, None] = {}
    for word in asked.split():
        scope = Scope.read(word)
        if scope is None and word in plain:
            kept[word] = None
        elif scope is not None:
            shared = [both for limit in limits if (both := scope & limit) is not None]
            kept.update((str(both), None) for both in shared)
    return " ".join(kept)
