"""Strict reading of content resources: what is missing or odd is named by its element path."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeVar

from smartapp.errors import ContentError

T = TypeVar("T")


class Element:
    """One element of a resource, knowing its path, so that a fault can say where it is.

    Every method that reads raises ContentError ``<path>: <reason>`` when it cannot.
    """

    def __init__(self, path: str, fields: Mapping[str, Any]) -> None:
        self.path = path
        self.fields = fields

    def wrong(self, name: str, reason: str) -> ContentError:
        """Make the error that says what is wrong with one of the element's children."""
        return ContentError(f"{self.path}.{name}: {reason}")

    def text(self, name: str) -> str:
        """Read a string that must be there and not be blank."""
        value = self.fields.get(name)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(name, "is missing")
        return value

    def children(self, name: str) -> list["Element"]:
        """Read a repeating element; none is an empty list."""
        found = self.fields.get(name, [])
        if not isinstance(found, list) or not all(isinstance(child, dict) for child in found):
            raise self.wrong(name, "is not a list of elements")
        return [Element(f"{self.path}.{name}[{n}]", child) for n, child in enumerate(found)]

    def extensions(self, url: str) -> list["Element"]:
        """Read every extension of one kind; its path names it by the end of its url."""
        name = url.rsplit("/", 1)[-1]
        found = [e.fields for e in self.children("extension") if e.fields.get("url") == url]
        return [Element(f"{self.path}.{name}", fields) for fields in found]

    def extension(self, url: str) -> "Element":
        """Read the one extension of a kind that must be there once."""
        found = self.extensions(url)
        if len(found) != 1:
            raise self.wrong(url.rsplit("/", 1)[-1], f"is there {len(found)} times, not once")
        return found[0]

    def value(self, kind: type[T]) -> T:
        """Read the extension's value, which must be exactly of this type."""
        values = [v for name, v in self.fields.items() if name.startswith("value")]
        if len(values) != 1 or type(values[0]) is not kind:
            raise self.wrong("value", f"is not one {kind.__name__}")
        return values[0]

    def part(self, url: str, kind: type[T]) -> T:
        """Read the value of a nested extension that must be there once."""
        return self.extension(url).value(kind)

    def phrase(self, url: str) -> str:
        """Read a nested extension's text, which must not be blank."""
        phrase = self.part(url, str)
        if not phrase.strip():
            raise self.wrong(url, "is blank")
        return phrase

    def one_of(self, url: str, *choices: T) -> T:
        """Read a nested extension's code, which must be one of the choices."""
        code = self.part(url, str)
        for choice in choices:
            if choice == code:
                return choice
        raise self.wrong(url, f"is not one of {', '.join(map(str, choices))}")

    def number(self, url: str) -> Fraction:
        """Read a nested extension's number, exactly."""
        found = self.extension(url)
        whole = any(type(value) is int for value in found.fields.values())
        return Fraction(found.value(int) if whole else found.value(Decimal))
