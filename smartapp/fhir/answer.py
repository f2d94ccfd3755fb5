"""The number that one answer stands for, in whatever way it was written down.

An answer is a mapping with a ``value[x]``: of a QuestionnaireResponse, or of an Observation that
records a single question. Choices are known by their code, by codes that mean the same elsewhere,
by ordinalValue, or by their words; numbers as integer, whole decimal, quantity, text, or LOINC's
coded 0 to 10. What an item does not offer is no answer of it, and nothing is guessed.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from smartapp.fhir import names
from smartapp.fhir.kept import Resource, coding, extension
from smartapp.program.instrument import Item


def number(answer: Mapping[str, Any], item: Item) -> int | None:
    """The number an answer stands for among those the item offers, else None."""
    found = next(_optional(answer, item), None) if item.options else None
    if found is None:
        found = _whole(next(_said(answer), None))
    return found if found in item.numbers else None


def agreed(answers: list[Mapping[str, Any]], item: Item) -> int | None:
    """The number that all answers given to one question stand for; None when they differ."""
    found = {number(answer, item) for answer in answers}
    return found.pop() if len(found) == 1 else None


def written(item: Item, given: int) -> Resource:
    """The answer as we write it: the option's coding, or the whole number."""
    option = item.option(given)
    if option is None:
        return {"valueInteger": given}
    return {"valueCoding": coding(option.code.system, option.code.code, option.text)}


def words(answer: Mapping[str, Any]) -> str:
    """What an answer says to a reader, "" when it holds no value at all."""
    told = [answer.get(name) for name in ("valueString", "valueInteger", "valueDecimal")]
    told.append((answer.get("valueQuantity") or {}).get("value"))
    for one in _codings(answer):
        told += [one.get("display"), one.get("code")]
    told.append((answer.get("valueCodeableConcept") or {}).get("text"))
    return next((str(one) for one in told if one is not None), "")


def _codings(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    concept = answer.get("valueCodeableConcept") or {}
    return [c for c in (answer.get("valueCoding"), *(concept.get("coding") or ())) if c]


def _optional(answer: Mapping[str, Any], item: Item) -> Iterator[int]:
    """The options an answer means: by code first, then by ordinalValue, and only then by words."""
    codings = _codings(answer)
    codes = {one.get("code") for one in codings}
    yield from (o.value for o in item.options if codes & {o.code.code, *o.aliases})
    ordinals = (_whole(extension(c, names.ORDINAL).get("valueDecimal")) for c in codings)
    yield from (number for number in ordinals if number is not None)
    concept = answer.get("valueCodeableConcept") or {}
    texts = [answer.get("valueString"), concept.get("text"), *(c.get("display") for c in codings)]
    said = {plain(text) for text in texts if text}
    yield from (o.value for o in item.options if plain(o.text) in said)


def plain(text: Any) -> str:
    """Words without what copies differ in: case, white space, marks at the end."""
    return " ".join(str(text).split()).rstrip("?.:").casefold()


def _said(answer: Mapping[str, Any]) -> Iterator[Any]:
    """Everything in an answer that may be a number, the surest first."""
    quantity = answer.get("valueQuantity") or {}
    told = [answer.get(name) for name in ("valueInteger", "valueDecimal")]
    told += [quantity.get("value"), answer.get("valueString")]
    for one in _codings(answer):
        told.append(names.NUMBER_ANSWERS.get(one.get("code", "")))
        told += [extension(one, names.ORDINAL).get("valueDecimal"), one.get("display")]
    yield from (one for one in told if one is not None)


def _whole(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return None
    try:
        read = Decimal(value)
    except InvalidOperation:
        return None
    return int(read) if read.is_finite() and read == read.to_integral_value() else None
