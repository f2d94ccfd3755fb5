"""System scopes for reading, SMART version 1 (``.read``) and 2 (``.rs``).

Rules: SMART App Launch 2.2, "Scopes and Launch Context". Nothing but reading is ever granted here,
so a scope that asks for more (``.cruds``, ``.*``) is granted as far as it reads. A granular scope
(``?category=...``) is never granted: granting it as the whole type would be more than was asked.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

_OLD = {"read": "rs", "*": "rs"}
_FORM = re.compile(r"system/(\*|[A-Z][A-Za-z]+)\.(read|\*|c?r?u?d?s?)")


@dataclass(frozen=True)
class Scope:
    """One system scope: a resource type or ``*``, and the letters out of ``rs`` it allows.

    ``old`` keeps the syntax it was asked in; ``.read`` means both letters.
    """

    type: str
    letters: frozenset[str]
    old: bool = False

    @classmethod
    def read(cls, text: str) -> Self | None:
        """The reading part of the scope in ``text``; None when it has none."""
        found = _FORM.fullmatch(text)
        if found is None:
            return None
        letters = frozenset(_OLD.get(found[2], found[2])) & {"r", "s"}
        return cls(found[1], letters, found[2] in _OLD) if letters else None

    def __and__(self, other: "Scope") -> "Scope | None":
        """What both allow, in the syntax of the left one; None when they share nothing."""
        types = {self.type, other.type} - {"*"}
        letters = self.letters & other.letters
        if len(types) > 1 or not letters:
            return None
        return Scope(next(iter(types), "*"), letters, self.old and len(letters) == len("rs"))

    def __str__(self) -> str:
        letters = "".join(letter for letter in "rs" if letter in self.letters)
        return f"system/{self.type}.{'read' if self.old else letters}"

    def covers(self, kind: str, letter: str) -> bool:
        """Whether it allows one letter on one resource type."""
        return letter in self.letters and self.type in ("*", kind)


def granted(asked: str, registered: Iterable[Scope]) -> tuple[Scope, ...]:
    """Asked (separated by spaces) ∩ registered, each once, in the order asked."""
    limits = tuple(registered)
    scopes = [scope for word in asked.split() if (scope := Scope.read(word)) is not None]
    shared = [both for scope in scopes for limit in limits if (both := scope & limit) is not None]
    return tuple(dict.fromkeys(shared))


def text(scopes: Iterable[Scope]) -> str:
    """The scopes as a token response lists them."""
    return " ".join(str(scope) for scope in scopes)


def allow(scopes: Iterable[Scope], kind: str, letters: str) -> bool:
    """Whether the scopes together allow every one of ``letters`` on a resource type."""
    listed = tuple(scopes)
    return all(any(scope.covers(kind, letter) for scope in listed) for letter in letters)
