"""The text of a number, a day or a time as a language writes it, and as the program keeps it.

What is kept is the same whoever types it: decimals after a point, days as year-month-day, times to
the second. So a draft that went through several hands and languages means one thing. What cannot be
read is kept as well, and shown as it was typed. In a language with a decimal comma, comma and point
change places: "1.234", which may be meant as either there, is kept as "1,234", which is no number
to anybody.
"""

import re
from collections.abc import Mapping, Sequence

from smartapp.forms import dates
from smartapp.forms.entry_names import segment
from smartapp.forms.entry_values import pointed
from smartapp.forms.questionnaire import ItemType, Questionnaire
from smartapp.forms.words import Words

NUMBERS = {ItemType.INTEGER, ItemType.DECIMAL, ItemType.QUANTITY}
WRITTEN = NUMBERS | {ItemType.DATE, ItemType.DATETIME, ItemType.TIME}
"""The types of answers that a language has its own way to write."""
_FIGURES = re.compile(r"[-+<>=0-9.,eE\s]*")
_CHANGED = str.maketrans(".,", ",.")
LONGEST = 100
"""Characters of a text that may be a number or a day."""
_TIME = re.compile(r"([0-9]{1,2}:[0-9]{2})(:00)?")
Fields = Mapping[str, Sequence[str]]


def as_written(words: Words, type_: ItemType, text: str) -> str:
    """Return a field's text as the language writes it."""
    if type_ in NUMBERS and len(text) <= LONGEST:
        return _changed(words, text)
    if type_ in {ItemType.DATE, ItemType.DATETIME}:
        return dates.moment_written(text, words.texts)
    found = _TIME.fullmatch(text) if type_ is ItemType.TIME else None
    return found[1] if found else text


def as_kept(words: Words, type_: ItemType, text: str) -> str:
    """Return the text of a field on a page in that language as it is kept."""
    if len(text) > LONGEST:
        return text
    if type_ in NUMBERS:
        return pointed(_changed(words, text.strip()))
    if type_ is ItemType.TIME:
        found = _TIME.fullmatch(text.strip())
        return f"{found[1].zfill(5)}:00" if found else text
    read = {ItemType.DATE: dates.kept, ItemType.DATETIME: dates.moment_kept}.get(type_)
    try:
        return read(text, words.texts) if read else text
    except ValueError:
        return text


def kept_fields(questionnaire: Questionnaire, fields: Fields, words: Words) -> Fields:
    """Return what a page in that language sent as it is kept; fields of no form stay."""
    types = {segment(i.link_id): i.type for i in questionnaire.walk() if i.type in WRITTEN}

    def of(name: str) -> ItemType | None:
        step = name.rpartition("/")[2]
        return types.get(step.partition("*")[0]) if ":" not in step else None

    found = {name: of(name) for name in fields}
    said = {
        name: [as_kept(words, type_, text) for text in fields[name]]
        for name, type_ in found.items()
        if type_
    }
    return {**fields, **said}


def _changed(words: Words, text: str) -> str:
    is_comma = words.texts["decimal-mark"] == ","
    return text.translate(_CHANGED) if is_comma and _FIGURES.fullmatch(text) else text
