"""The chosen options of a question as form tokens, and back.

A token is an option's key; ``=2`` is the third answer that was there and is not among the options;
``other`` stands for the typed answers of an open choice, which have a field of their own.
"""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from smartapp.forms.entry_values import clean, value_of
from smartapp.forms.questionnaire import Item, ItemType, Option

Answer = dict[str, Any]
Placed = tuple[Answer, int | None]
OTHER = "other"
"""The token, and the part of the field's name, of an answer in the person's own words."""
WORDLESS = "An answer without words"
_TYPED_PLACES = 8
_READABLE = Decimal("1e20")


def option_of(item: Item, answer: Mapping[str, Any]) -> Option | None:
    """Return the option an answer is: the same code of the same system, or the same value."""
    mine = identity(answer)
    return next((option for option in item.options if identity(option.value) == mine), None)


def identity(value: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what makes a value the same as another: of a Coding its system and code."""
    key, content = value_of(value)
    if isinstance(content, Mapping):
        named = content.get("code") or content.get("reference") or content.get("display")
        return key, content.get("system"), named
    return key, content


def tokens(item: Item, answers: Sequence[Answer]) -> list[str]:
    """Return the token of every answer that has a value, in the order of the answers."""
    valued = [(place, answer) for place, answer in enumerate(answers) if value_of(answer)[0]]
    return [_token(item, answer, place) for place, answer in valued]


def _token(item: Item, answer: Answer, place: int) -> str:
    option = option_of(item, answer)
    if option:
        return option.key
    return OTHER if is_own_words(item, answer) else f"={place}"


def is_own_words(item: Item, answer: Mapping[str, Any]) -> bool:
    """Tell whether it is a typed answer of an open choice."""
    is_open = item.type is ItemType.OPEN_CHOICE
    return is_open and "valueString" in answer and option_of(item, answer) is None


def own_words(item: Item, answers: Sequence[Answer]) -> list[str]:
    """Return the typed answers as their fields show them."""
    return [clean(str(a["valueString"])) for a in answers if is_own_words(item, a)]


def picked(
    item: Item, sent: Sequence[str], typed: Sequence[str], before: Sequence[Answer]
) -> list[str] | None:
    """Return the tokens that were meant: words count as an answer though "other" is not marked.

    Not so when another option was chosen instead of the words that were there. None when an
    option and new words were given where one answer is wanted.
    """
    words = [text for text in typed if text.strip()]
    if not words or OTHER in sent:
        return list(sent)
    if item.repeats or not sent:
        return [*sent, OTHER]
    if words != own_words(item, before):
        return None
    return list(sent)


def chosen(
    item: Item, sent: Sequence[str], typed: Sequence[str], before: Sequence[Answer]
) -> list[Placed]:
    """Return the answers, each with its place among those ``before``, None for a new one.

    Those that were there are kept as they were, whatever else they carry. ``typed`` is ignored
    unless ``other`` is among the tokens ``sent``.
    """
    words = [text for text in typed if text.strip()] if OTHER in sent else []
    if set(sent) == set(tokens(item, before)) and words == own_words(item, before):
        return [(answer, place) for place, answer in enumerate(before)]
    kept = dict(zip(tokens(item, before), _valued(before), strict=True))
    worded = {value_words(before[place]): place for place in _valued(before)}
    found = [_known(item, token, kept, before) for token in dict.fromkeys(sent)]
    found += [_own(item, text, worded, kept, before) for text in dict.fromkeys(words)]
    return [answer for answer in found if answer]


def value_words(answer: Mapping[str, Any]) -> str:
    """Return a value of any type in words; the endless digits of a quotient to two places."""
    content = value_of(answer)[1]
    if isinstance(content, Mapping):
        named = (content.get(key) for key in ("display", "code", "reference", "title", "url"))
        return clean(str(next(filter(None, named), WORDLESS)))
    if isinstance(content, Decimal):
        return _digits(content)
    return "Yes" if content is True else "No" if content is False else clean(str(content))


def _digits(number: Decimal) -> str:
    """Nobody types more than eight decimal places, and nobody can read what a division leaves."""
    places = -int(number.as_tuple().exponent) if number.is_finite() else 0
    if places <= _TYPED_PLACES or abs(number) >= _READABLE:
        return str(number)
    return str(number.quantize(Decimal("0.01"), ROUND_HALF_UP))


def _valued(before: Sequence[Answer]) -> list[int]:
    return [place for place, answer in enumerate(before) if value_of(answer)[0]]


def _known(
    item: Item, token: str, kept: Mapping[str, int], before: Sequence[Answer]
) -> Placed | None:
    if token == OTHER:
        return None
    if token in kept:
        return before[kept[token]], kept[token]
    option = next((option for option in item.options if option.key == token), None)
    return (dict(option.value), None) if option else None


def _own(
    item: Item,
    text: str,
    worded: Mapping[str, int],
    kept: Mapping[str, int],
    before: Sequence[Answer],
) -> Placed | None:
    """Take typed words; words that are an option's are that option."""
    if text in worded:
        return before[worded[text]], worded[text]
    option = next((option for option in item.options if text.strip() in _names(option)), None)
    if option:
        return _known(item, option.key, kept, before)
    return {"valueString": text}, None


def _names(option: Option) -> set[str]:
    return {option.text.plain, *option.text.translations.values()}
