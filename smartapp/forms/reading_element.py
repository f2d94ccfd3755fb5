"""One element of a Questionnaire as it is read: its parts by kind, and a note of what is wrong.

Reading never stops at a fault. It notes it as a finding and goes on with what is left, so that
one check of a file says everything; whoever needs a sound Questionnaire asks for the errors.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, TypeVar

T = TypeVar("T")
Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Finding:
    """What is wrong with a Questionnaire: ``element`` is its place in it, in FHIRPath."""

    severity: Severity
    element: str
    reason: str

    def __str__(self) -> str:
        return f"{self.element}: {self.reason}"


@dataclass(frozen=True)
class Element:
    """An element, where it stands (``Questionnaire.item[2]``), and the findings to add to."""

    raw: Mapping[str, Any]
    at: str
    findings: list[Finding]

    def error(self, name: str, reason: str) -> None:
        """Note that the part ``name`` (or the element, if empty) is wrong."""
        self.findings.append(Finding("error", self.place(name), reason))

    def warn(self, name: str, reason: str) -> None:
        """Note that the part ``name`` is doubtful."""
        self.findings.append(Finding("warning", self.place(name), reason))

    def place(self, name: str) -> str:
        """Return where the part ``name`` stands."""
        return f"{self.at}.{name}" if name else self.at

    def text(self, name: str) -> str:
        """Return a string, or "" when it is absent or is no string."""
        return str(self._one(name, str, "", "text"))

    def flag(self, name: str) -> bool:
        """Return a boolean; absent is False."""
        return bool(self._one(name, bool, False, "true or false"))

    def whole(self, name: str) -> int | None:
        """Return a whole number."""
        number: int | None = self._one(name, int, None, "a whole number")
        return number

    def inside(self, name: str) -> "Element | None":
        """Return the object of that name."""
        raw: Mapping[str, Any] | None = self._one(name, dict, None, "an object")
        return None if raw is None else Element(raw, self.place(name), self.findings)

    def each(self, name: str) -> Iterator["Element"]:
        """Return the objects of a list, in order."""
        for index, raw in enumerate(self._one(name, list, [], "a list")):
            if isinstance(raw, dict):
                yield Element(raw, f"{self.place(name)}[{index}]", self.findings)
            else:
                self.error(f"{name}[{index}]", "is not an object")

    def words(self, name: str) -> tuple[str, ...]:
        """Return a list of strings."""
        words = self._one(name, list, [], "a list")
        if not all(isinstance(word, str) for word in words):
            self.error(name, "is not a list of texts")
        return tuple(word for word in words if isinstance(word, str))

    def extensions(self, *urls: str) -> list["Element"]:
        """Return the extensions that have one of the urls."""
        if "extension" not in self.raw:
            return []
        return [e for e in self.each("extension") if e.raw.get("url") in urls]

    def extension(self, *urls: str) -> "Element | None":
        """Return the one extension that has one of the urls; note it when there are more."""
        found = self.extensions(*urls)
        if len(found) > 1:
            is_same = all(one.raw == found[0].raw for one in found)
            note = self.warn if is_same else self.error
            note("extension", f"{urls[0].rpartition('/')[2]} is given more than once")
        return found[0] if found else None

    def value(self, *kinds: str) -> Any:
        """Return the value of an extension when it is of one of the kinds ("Coding")."""
        name, content = one_value(self.raw, "value")
        if name.removeprefix("value") in kinds:
            return checked(self, name, content)
        self.error("", f"its value is not a {' or '.join(kinds)}")
        return None

    def setting(self, url: str, *kinds: str) -> Any:
        """Return the value of the one extension with that url, or None."""
        found = self.extension(url)
        return found.value(*kinds) if found else None

    def _one(self, name: str, kind: type, absent: Any, words: str) -> Any:
        content = self.raw.get(name)
        if type(content) is kind:
            return content
        if content is not None:
            self.error(name, f"is not {words}")
        return absent


def one_value(raw: Mapping[str, Any], stem: str) -> tuple[str, Any]:
    """Return name and content of the one ``stem[x]``, or ("", None) if there is not just one."""
    found = [(name, raw[name]) for name in raw if name.startswith(stem) and name[len(stem) :]]
    return found[0] if len(found) == 1 else ("", None)


KINDS: Mapping[str, tuple[type, ...]] = {
    "Boolean": (bool,),
    "Integer": (int,),
    "Decimal": (int, Decimal, float),
    "Coding": (dict,),
    "CodeableConcept": (dict,),
    "Quantity": (dict,),
    "Reference": (dict,),
    "Attachment": (dict,),
    "Expression": (dict,),
}
"""What a value[x] is in JSON; every kind not named is text."""


def checked(element: Element, name: str, content: Any) -> Any:
    """Return the content of ``value[x]`` if its JSON type is right, else note it; None then."""
    kind = name.lstrip("abcdefghijklmnopqrstuvwxyz")
    if type(content) not in KINDS.get(kind, (str,)):
        element.error(name, f"is not a {kind} in JSON")
        return None
    return Decimal(repr(content)) if type(content) is float else content
