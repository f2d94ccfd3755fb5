"""When two items are the same: ``=``, ``~``, and the sameness that sets are built on.

FHIRPath 2.0.0, sections "Equality" and "Equivalence". A comparison that precision leaves open is
None here and empty there.
"""

import re
from collections.abc import Hashable
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from smartapp.fhirpath.moment import DateTime, Moment, Time, compare, in_utc
from smartapp.fhirpath.quantity import Quantity, calendar_word, equivalent
from smartapp.fhirpath.run import Run
from smartapp.fhirpath.value import Items, amount, is_number, plain, worked_with

_WIDE = Context(prec=200)
"""Room for all digits of two numbers, however far from each other."""
_SPACE = re.compile(r"\s")


def key(run: Run, item: Any) -> Hashable:
    """Return what is equal for items that are the same: sets need no pairwise comparison."""
    return _key(run, plain(item), False)


def _key(run: Run, value: Any, is_loose: bool) -> Hashable:
    run.look(value)
    if isinstance(value, dict):
        return frozenset((name, _key(run, part, is_loose)) for name, part in value.items())
    if isinstance(value, list):
        parts = [_key(run, part, is_loose) for part in value]
        return ("list", frozenset(parts)) if is_loose else tuple(parts)
    if isinstance(value, Moment):
        return isinstance(value, Time), in_utc(value, run.zone)
    return _of_scalar(value, is_loose)


def _of_scalar(value: Any, is_loose: bool) -> Hashable:
    if isinstance(value, Quantity):
        return value.size
    if isinstance(value, str):
        return loose(value) if is_loose else value
    number = Decimal(str(value)) if isinstance(value, float) else value
    return type(value) is bool, worked_with(number)


def loose(text: str) -> str:
    """Return a text without its case, all white space alike."""
    return _SPACE.sub(" ", text).casefold()


def equal(run: Run, left: Items, right: Items) -> bool | None:
    """Return the answer of ``=`` for two collections that are not empty."""
    if len(left) != len(right):
        return False
    verdicts = [same(run, *pair) for pair in zip(left, right, strict=True)]
    if False in verdicts:
        return False
    return None if None in verdicts else True


def same(run: Run, left: Any, right: Any) -> bool | None:
    """Tell whether two items are equal."""
    left, right = plain(left), plain(right)
    pair = moments(left, right)
    if pair is not None:
        return _same_moment(run, *pair)
    if isinstance(left, Quantity) or isinstance(right, Quantity):
        return _same_amount(left, right)
    return _key(run, left, False) == _key(run, right, False)


def moments(left: Any, right: Any) -> tuple[Moment, Moment] | None:
    """Return two moments to compare, reading a text beside a moment as one; None if not so."""
    if isinstance(left, Moment) and isinstance(right, str):
        right = _like(left, right)
    elif isinstance(right, Moment) and isinstance(left, str):
        left = _like(right, left)
    if isinstance(left, Moment) and isinstance(right, Moment):
        return left, right
    return None


def _like(moment: Moment, text: str) -> Moment | None:
    return (Time if isinstance(moment, Time) else DateTime).read(text)


def _same_moment(run: Run, left: Moment, right: Moment) -> bool | None:
    if isinstance(left, Time) != isinstance(right, Time):
        return False
    order = compare(left, right, run.zone)
    return None if order is None else order == 0


def _same_amount(left: Any, right: Any) -> bool | None:
    ours, theirs = amount(left), amount(right)
    if ours is None or theirs is None:
        return False
    if ours.size == theirs.size:
        return True
    is_mixed = bool(calendar_word(ours.unit)) != bool(calendar_word(theirs.unit))
    return None if is_mixed and equivalent(ours, theirs) else False


def alike(run: Run, left: Items, right: Items) -> bool:
    """Return the answer of ``~`` for two collections: in any order, each with a partner."""
    if len(left) != len(right):
        return False
    rest = list(right)
    for item in left:
        run.spend(len(rest))
        found = next((n for n, other in enumerate(rest) if _alike(run, item, other)), None)
        if found is None:
            return False
        del rest[found]
    return True


def _alike(run: Run, left: Any, right: Any) -> bool:
    left, right = plain(left), plain(right)
    if is_number(left) and is_number(right):
        return _near(Decimal(left), Decimal(right))
    if moments(left, right) is not None:
        return bool(same(run, left, right))
    ours, theirs = amount(left), amount(right)
    if ours is not None and theirs is not None:
        return equivalent(ours, theirs)
    return _key(run, left, True) == _key(run, right, True)


def _near(left: Decimal, right: Decimal) -> bool:
    """Compare at the precision of the less precise, trailing zeros not counted."""
    step = Decimal(1).scaleb(max(_exponent(left), _exponent(right)))
    ours, theirs = (number.quantize(step, ROUND_HALF_UP, _WIDE) for number in (left, right))
    return ours == theirs


def _exponent(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return min(exponent, 0) if isinstance(exponent, int) else 0
