"""The limits of texts, numbers, dates and amounts (rules 39 to 46, 52 and 53)."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from smartapp.errors import ContentError, PathFailed
from smartapp.forms.issue import Issue
from smartapp.forms.pattern import keeps
from smartapp.forms.questionnaire import ItemType, Limits
from smartapp.forms.rules.case import Case
from smartapp.forms.rules.expressions import OUT_OF_ORDER, worked_out
from smartapp.forms.rules.found import Answer, Found
from smartapp.forms.rules.span import exact, is_above, span
from smartapp.forms.said import Moment, said

TEXTS = {"valueString", "valueUri"}
RANGES = {
    ItemType.INTEGER: 42,
    ItemType.DECIMAL: 43,
    ItemType.DATE: 44,
    ItemType.DATETIME: 44,
    ItemType.TIME: 44,
    ItemType.QUANTITY: 45,
}
"""The rule about least and most, for each type that has an order."""
NONE = Limits()
FEW, MANY = "Write at least {few} characters.", "Write at most {many} characters."
DIGITS = {0: "Write no digits after the point.", 1: "Write {places} digit after the point."}
BEYOND = {
    (True, True): "This must be {limit} or more.",
    (True, False): "This must be {limit} or less.",
    (False, True): "This must be {limit} or later.",
    (False, False): "This must be {limit} or earlier.",
}
"""By whether it is an amount (or a day or time), and whether it is a least (or a most)."""
MOST_MATCHED = 50_000
"""Characters: RE2 takes up to 15 microseconds for one, when a pattern is made to be slow."""


class Bound(NamedTuple):
    """A least or most; ``rule`` is the type's own or, when it was calculated, 53."""

    rule: int
    is_least: bool
    kind: str
    value: Any


def problems(case: Case) -> Iterator[Issue]:
    """Return the issues of all limits."""
    matching = Matching()
    for found in case.every():
        if found.answers and found.item.limits != NONE:
            yield from _found(case, found, matching)


class Matching:
    """The patterns of one response; they look at ``MOST_MATCHED`` characters and no more."""

    def __init__(self) -> None:
        self._left = MOST_MATCHED

    def keeps(self, pattern: str, text: str) -> bool:
        """Tell whether the text keeps to the pattern; raise ContentError if that is none."""
        self._left -= len(text)
        return self._left >= 0 and keeps(pattern, text)


def _found(case: Case, found: Found, matching: Matching) -> Iterator[Issue]:
    bounds = list(_fixed(found)) if found.item.type in RANGES else []
    try:
        bounds += _calculated(case, found)
    except PathFailed:
        yield found.issue(53, OUT_OF_ORDER)
    for answer in found.answers:
        if not answer.kind:
            continue
        yield from _length(found, answer)
        yield from _pattern(found, answer, matching)
        yield from _digits(found, answer)
        yield from _step(found, answer)
        for bound in bounds:
            yield from _range(case, found, answer, bound)


def _length(found: Found, answer: Answer) -> Iterator[Issue]:
    if answer.kind not in TEXTS:
        return
    limits, length = found.item.limits, len(answer.value)
    if limits.min_length is not None and length < limits.min_length:
        yield _issue(found, answer, 39, said(FEW, few=limits.min_length))
    if limits.max_length is not None and length > limits.max_length:
        yield _issue(found, answer, 40, said(MANY, many=limits.max_length))


def _pattern(found: Found, answer: Answer, matching: Matching) -> Iterator[Issue]:
    limits = found.item.limits
    if not limits.pattern or isinstance(answer.value, dict | bool):
        return
    try:
        if matching.keeps(limits.pattern, str(answer.value)):
            return
    except ContentError:
        yield _issue(found, answer, 41, OUT_OF_ORDER)
        return
    wanted = limits.entry_format
    if wanted:
        yield _issue(found, answer, 41, said("Write this as {format}.", format=wanted))
    else:
        yield _issue(found, answer, 41, "This is not written as the form asks for it.")


def _digits(found: Found, answer: Answer) -> Iterator[Issue]:
    places, number = found.item.limits.decimal_places, _number(answer)
    if places is None or number is None:
        return
    exponent = Decimal(str(number)).as_tuple().exponent
    if isinstance(exponent, int) and -exponent > places:
        sentence = DIGITS.get(places, "Write {places} digits after the point.")
        yield _issue(found, answer, 46, said(sentence, places=places))


def _step(found: Found, answer: Answer) -> Iterator[Issue]:
    limits, number = found.item.limits, _number(answer)
    if not limits.step or number is None or found.item.control != "slider":
        return
    start = next((exact(value) for kind, value in _least(limits) if kind in NUMBERS), 0)
    if (exact(number) - start) % limits.step:
        yield _issue(
            found, answer, 52, said("Choose a number in steps of {step}.", step=limits.step)
        )


NUMBERS = {"valueInteger", "valueDecimal"}


def _least(limits: Limits) -> Iterator[tuple[str, Any]]:
    yield from (limits.least or {}).items()


def _number(answer: Answer) -> Any:
    """Return the number of an answer, None of one that has none."""
    if answer.kind == "valueQuantity":
        return answer.value.get("value")
    return answer.value if answer.kind in NUMBERS else None


def _fixed(found: Found) -> Iterator[Bound]:
    limits, rule = found.item.limits, RANGES[found.item.type]
    for is_least, value, path in (
        (True, limits.least, limits.least_path),
        (False, limits.most, limits.most_path),
    ):
        if value and path is None:
            for kind, content in value.items():
                yield Bound(rule, is_least, kind, content)


def _calculated(case: Case, found: Found) -> Iterator[Bound]:
    """Return the bounds that the form calculates; they stand for what is written beside them."""
    limits = found.item.limits
    for is_least, path in ((True, limits.least_path), (False, limits.most_path)):
        if path is not None and found.item.type in RANGES:
            for kind, content in worked_out(case, found, path):
                yield Bound(53, is_least, kind, content)


def _range(case: Case, found: Found, answer: Answer, bound: Bound) -> Iterator[Issue]:
    own = span(answer.kind, answer.value, case.context.now)
    limit = span(bound.kind, bound.value, case.context.now)
    if own is None or limit is None:
        return
    if "number" in {own.measure, limit.measure}:
        own, limit = own._replace(measure=""), limit._replace(measure="")
    if own.measure != limit.measure or own.measure.startswith("no formal unit"):
        wanted = "Give this in {unit}, or a unit that can be converted to it."
        yield _issue(found, answer, 45, said(wanted, unit=_unit(bound)))
    elif is_above(limit, own) if bound.is_least else is_above(own, limit):
        yield _issue(found, answer, bound.rule, _beyond(bound))


def _beyond(bound: Bound) -> str:
    is_amount = bound.kind in {*NUMBERS, "valueQuantity"}
    return said(BEYOND[is_amount, bound.is_least], limit=_shown(bound))


def _shown(bound: Bound) -> object:
    if isinstance(bound.value, Mapping):
        return said("{number} {unit}", number=bound.value.get("value"), unit=_unit(bound))
    return Moment(bound.value) if isinstance(bound.value, str) else bound.value


def _unit(bound: Bound) -> str:
    """Return the unit of a bound as people read it."""
    quantity = bound.value if isinstance(bound.value, Mapping) else {}
    return str(quantity.get("unit") or quantity.get("code") or said("a formal unit"))


def _issue(found: Found, answer: Answer, rule: int, sentence: str) -> Issue:
    return found.issue(rule, sentence, f"{answer.at}.value")
