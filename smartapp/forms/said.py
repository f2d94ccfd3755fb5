"""A sentence in plain English that knows how it was put together, so that it can be translated.

``said("Write at least {few} characters.", few=3)`` is the text "Write at least 3 characters.":
rules read as English and compare as English. ``words.Words.of`` looks its template up.
"""

from collections.abc import Iterable, Mapping
from functools import reduce


class Said(str):
    """A sentence; ``values`` are what stands for the names in its ``template``'s braces."""

    template: str
    values: Mapping[str, object]


class Moment(str):
    """A day, a time or both as FHIR writes them; in a translated sentence as people do."""


def said(template: str, /, **values: object) -> Said:
    """Return the sentence in English; a value that is ``Said`` itself is translated with it."""
    made = Said(template.format_map(values) if values else template)
    made.template, made.values = template, values
    return made


def quoted(words: str) -> Said:
    """Return words as a sentence quotes them."""
    return said("“{words}”", words=words)


def either(options: Iterable[str]) -> str:
    """Return the options, at least one, with "or" between them."""
    return reduce(lambda one, other: said("{one} or {other}", one=one, other=other), options)
