"""The program's own words in the language of who reads them; English is what all others translate.

A text is found by its key, or, of a sentence that a rule made in English, by its template. What a
language lacks is said in English.
"""

import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from smartapp.forms import dates
from smartapp.forms.said import Moment, Said

SOURCE = "en"
RIGHT_TO_LEFT = {"ar", "arc", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"}


@dataclass(frozen=True)
class Words:
    """The words of one ``language`` (BCP 47); ``name`` is what it calls itself.

    ``texts`` are templates by key, with English for each of ``lacking``. ``keys`` are the keys by
    the English sentences in the program.
    """

    language: str
    name: str
    texts: Mapping[str, str]
    keys: Mapping[str, str] = field(repr=False)
    lacking: frozenset[str] = frozenset()

    @property
    def direction(self) -> str:
        """How its writing runs, as HTML's ``dir`` says it."""
        return direction(self.language)

    def say(self, key: str, /, **values: object) -> str:
        """Return the text of that key; raise KeyError where there is no such key."""
        return self.texts[key].format_map({name: self._said(one) for name, one in values.items()})

    def of(self, sentence: str) -> str:
        """Return a sentence of the program's in this language; words of others stay as they are."""
        values = sentence.values if isinstance(sentence, Said) else {}
        template = sentence.template if isinstance(sentence, Said) else sentence
        key = self.keys.get(template)
        return self.say(key, **values) if key else sentence

    def spoken(self, key: str) -> str:
        """Return the language that the text of that key is in."""
        return SOURCE if key in self.lacking else self.language

    def number(self, number: object) -> str:
        """Return a number with this language's decimal mark."""
        return str(number).replace(".", self.texts["decimal-mark"])

    def day(self, day: date) -> str:
        """Return a date as people write it: 23 November 2026."""
        return dates.written(day.isoformat(), self.texts)

    def moment(self, moment: str) -> str:
        """Return a date, dateTime or time of FHIR as people write it."""
        clock = moment.removesuffix(":00") if moment.count(":") == 2 else moment
        return clock if "-" not in moment else dates.moment_written(moment, self.texts)

    def _said(self, value: object) -> object:
        if isinstance(value, Decimal | float):
            return self.number(value)
        if isinstance(value, Moment):
            return self.moment(value)
        return self.of(value) if isinstance(value, str) else value


def direction(language: str) -> str:
    """Return how the writing of a language runs, as HTML's ``dir`` says it."""
    return "rtl" if language.partition("-")[0].lower() in RIGHT_TO_LEFT else "ltr"


@dataclass(frozen=True)
class Vocabulary:
    """The words by language; English is among them."""

    languages: Mapping[str, Words]

    def of(self, language: str) -> Words:
        """Return the words of a language, else of its main language, else the English ones."""
        for tag in (language, language.partition("-")[0]):
            if tag in self.languages:
                return self.languages[tag]
        return self.languages[SOURCE]


def names(template: str) -> frozenset[str]:
    """Return the names in a template's braces; raise ValueError where it is none of ours.

    Only plain names stand in braces: no attribute, index, conversion or format.
    """
    found = set()
    for _, name, form, conversion in string.Formatter().parse(template):
        if name is not None:
            found.add(name)
            if not name.isidentifier() or form or conversion:
                raise ValueError
    return frozenset(found)
