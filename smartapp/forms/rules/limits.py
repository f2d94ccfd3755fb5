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
        yield _issue(found, answer, 39, f"Write at least {limits.min_length} characters.")
    if limits.max_length is not None and length > limits.max_length:
        yield _issue(found, answer, 40, f"Write at most {limits.max_length} characters.")


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
    said = f"Write this as {wanted}." if wanted else "This is not written as the form asks for it."
    yield _issue(found, answer, 41, said)


def _digits(found: Found, answer: Answer) -> Iterator[Issue]:
    places, number = found.item.limits.decimal_places, _number(answer)
    if places is None or number is None:
        return
    exponent = Decimal(str(number)).as_tuple().exponent
    if isinstance(exponent, int) and -exponent > places:
        digits = f"{places} digit{'' if places == 1 else 's'}" if places else "no digits"
        yield _issue(found, answer, 46, f"Write {digits} after the point.")


def _step(found: Found, answer: Answer) -> Iterator[Issue]:
    limits, number = found.item.limits, _number(answer)
    if not limits.step or number is None or found.item.control != "slider":
        return
    start = next((exact(value) for kind, value in _least(limits) if kind in NUMBERS), 0)
    if (exact(number) - start) % limits.step:
        yield _issue(found, answer, 52, f"Choose a number in steps of {limits.step}.")


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
        said = f"Give this in {_unit(bound)}, or a unit that can be converted to it."
        yield _issue(found, answer, 45, said)
    elif is_above(limit, own) if bound.is_least else is_above(own, limit):
        yield _issue(found, answer, bound.rule, _beyond(bound))


def _beyond(bound: Bound) -> str:
    words = ("or more", "or less")
    if bound.kind not in {*NUMBERS, "valueQuantity"}:
        words = ("or later", "or earlier")
    return f"This must be {_shown(bound)} {words[0 if bound.is_least else 1]}."


def _shown(bound: Bound) -> str:
    if isinstance(bound.value, Mapping):
        return f"{bound.value.get('value')} {_unit(bound)}"
    return str(bound.value)


def _unit(bound: Bound) -> str:
    """Return the unit of a bound as people read it."""
    quantity = bound.value if isinstance(bound.value, Mapping) else {}
    return str(quantity.get("unit") or quantity.get("code") or "a formal unit")


def _issue(found: Found, answer: Answer, rule: int, sentence: str) -> Issue:
    return found.issue(rule, sentence, f"{answer.at}.value")
