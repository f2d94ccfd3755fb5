"""Whether an instrument's scoring holds together; asked once, when the content is loaded."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from math import gcd, lcm
from typing import NamedTuple

from smartapp.program.instrument import Instrument, Item, Reliability, Scale
from smartapp.program.scoring import raw, worth

MOST_VALUES = 10_000
"""A scale has at most this many different raw values; a table or an item beyond is a mistake."""


class Fault(NamedTuple):
    """What is unsound: the ``element`` at fault and the ``reason``."""

    element: str
    reason: str


def faults(instrument: Instrument) -> Iterator[Fault]:
    """Give everything unsound about the instrument, scale by scale; nothing when it is sound."""
    items = {item.link_id: item for item in instrument.items}
    for item in instrument.items:
        yield from _item(item)
    for watch in instrument.watches:
        if watch.link_id not in items:
            yield Fault(f"item {watch.link_id}", "is watched but is no question with numbers")
    codes = [scale.code for scale in instrument.scales]
    if len(set(codes)) != len(codes):
        yield Fault("scoring", "two scales have the same code")
    for scale in instrument.scales:
        yield from _scale(scale, items)


def _item(item: Item) -> Iterator[Fault]:
    where = f"item {item.link_id}"
    if item.minimum >= item.maximum:
        yield Fault(where, "its minimum is not below its maximum")
    if item.maximum - item.minimum > MOST_VALUES:
        yield Fault(where, "its range is too wide")
        return
    codes = [code for o in item.options for code in (o.code.code, *o.aliases)]
    if len(set(item.numbers)) != len(item.numbers) or len(set(codes)) != len(codes):
        yield Fault(where, "two of its options have the same number or code")


def _scale(scale: Scale, items: Mapping[str, Item]) -> Iterator[Fault]:
    where = f"scoring {scale.code.code}"
    unknown = [link_id for link_id in scale.items if link_id not in items]
    if unknown or len(set(scale.items)) != len(scale.items) or not scale.items:
        yield Fault(f"{where}.item", "is not a list of different items of this questionnaire")
        return
    asked = [items[link_id] for link_id in scale.items]
    wrong = list(_arithmetic(scale, asked, where))
    yield from wrong
    if not wrong:
        yield from _reach(scale, _Reach(scale, asked), where)
    if not 1 <= scale.answers_needed <= len(scale.items):
        yield Fault(f"{where}.answersNeeded", "is not between 1 and the number of items")
    if scale.decimals not in range(5):
        yield Fault(f"{where}.decimals", "is not between 0 and 4")
    yield from _kind(scale, where)
    yield from _thresholds(scale, where)
    yield from _readings(scale, where)


def _arithmetic(scale: Scale, asked: Sequence[Item], where: str) -> Iterator[Fault]:
    """Every answer must count for something, once."""
    numbers = {item.link_id: set(item.numbers) for item in asked}
    turned = [*scale.reverse, *(recode.item for recode in scale.recodes)]
    if not set(turned) <= numbers.keys() or len(set(turned)) != len(turned):
        yield Fault(f"{where}.reverse", "items reversed or recoded are not different items of it")
        return
    for recode in scale.recodes:
        if set(recode.counts) != numbers[recode.item]:
            yield Fault(f"{where}.recode", f"does not list every answer of item {recode.item}")
    if scale.factor <= 0:
        yield Fault(f"{where}.factor", "is not above 0")
    if scale.conversion and scale.answers_needed < len(scale.items):
        yield Fault(f"{where}.conversion", "a table needs all answers")


class _Reach:
    """What complete answers can yield: the ends, and the step between two values."""

    def __init__(self, scale: Scale, asked: Iterable[Item]) -> None:
        worths = {i.link_id: sorted({worth(scale, i, n) for n in i.numbers}) for i in asked}
        self.least = raw(scale, {link_id: found[0] for link_id, found in worths.items()})
        self.most = raw(scale, {link_id: found[-1] for link_id, found in worths.items()})
        share = Fraction(1, len(worths) if scale.method == "mean" else 1)
        self.step = _common(b - a for w in worths.values() for a, b in pairwise(w))
        self.step *= scale.factor * share

    def values(self) -> Iterator[Fraction]:
        """Give every value from the least to the most, step by step."""
        steps = min(int((self.most - self.least) / self.step), MOST_VALUES)
        yield from (self.least + n * self.step for n in range(steps + 1))


def _common(gaps: Iterable[Fraction]) -> Fraction:
    """Return the largest step that every gap is a multiple of; 1 when there is no gap."""
    found = list(gaps) or [Fraction(1)]
    bottom = lcm(*(gap.denominator for gap in found))
    return Fraction(gcd(*(int(gap * bottom) for gap in found)), bottom)


def _reach(scale: Scale, reach: _Reach, where: str) -> Iterator[Fault]:
    made = list(reach.values())
    if scale.conversion:
        if set(made) != set(scale.conversion.points):
            yield Fault(f"{where}.conversion", "does not list every raw number, and no other")
            return
        made = sorted(scale.conversion.points.values())
    ends = (made[0], made[-1]) if scale.conversion else (reach.least, reach.most)
    if (scale.least, scale.most) != ends:
        yield Fault(f"{where}.least", "least and most are not what the items can yield")
    yield from _bands(scale, made, where)


def _bands(scale: Scale, values: Sequence[Fraction], where: str) -> Iterator[Fault]:
    """Every value of complete answers must lie in exactly one band, and the bands in order."""
    if not scale.bands:
        return
    if not scale.bands_source:
        yield Fault(f"{where}.bandsSource", "bands are given without a source")
    overlap = any(b.low <= a.high for a, b in pairwise(scale.bands))
    outside = any(not any(b.low <= v <= b.high for b in scale.bands) for v in values)
    if overlap or outside:
        yield Fault(f"{where}.band", "bands overlap, leave a gap, or are out of order")
    if any(band.low > band.high for band in scale.bands):
        yield Fault(f"{where}.band", "a band ends before it starts")


def _kind(scale: Scale, where: str) -> Iterator[Fault]:
    if scale.is_answer and len(scale.items) > 1:
        yield Fault(f"{where}.answer", "is said of a score over several questions")
    if scale.is_change and (scale.thresholds or scale.reliability):
        yield Fault(f"{where}.change", "a change is not judged by how much it changes")


def _thresholds(scale: Scale, where: str) -> Iterator[Fault]:
    if any(threshold.amount <= 0 for threshold in scale.thresholds):
        yield Fault(f"{where}.threshold", "an amount is not above 0")
    if any(threshold.band_change for threshold in scale.thresholds) and not scale.bands:
        yield Fault(f"{where}.threshold", "a change of band is asked of a scale without bands")


def _readings(scale: Scale, where: str) -> Iterator[Fault]:
    """What a score is held against must lie on the scale."""
    if scale.reliability and not _is_known(scale.reliability):
        yield Fault(f"{where}.reliability", "is not one of: sd with coefficient, sem, mdc95")
    if any(norm.sd is not None and norm.sd <= 0 for norm in scale.norms):
        yield Fault(f"{where}.norm", "a standard deviation is not above 0")
    if any(norm.normal and norm.sd is None for norm in scale.norms):
        yield Fault(f"{where}.norm", "a normal distribution needs its standard deviation")
    marks = [norm.mean for norm in scale.norms] + [prompt.amount for prompt in scale.prompts]
    marks += [scale.cutoff.amount] if scale.cutoff else []
    if any(not scale.least <= mark <= scale.most for mark in marks):
        yield Fault(f"{where}.norm", "a norm, cut-off or prompt lies outside the scale")


def _is_known(known: Reliability) -> bool:
    if known.sd is not None and known.coefficient is not None:
        alone = known.sem is None and known.mdc95 is None
        return alone and known.sd > 0 and 0 <= known.coefficient < 1
    given = [x for x in (known.sd, known.coefficient, known.sem, known.mdc95) if x is not None]
    return len(given) == 1 and given[0] > 0 and given[0] in (known.sem, known.mdc95)
