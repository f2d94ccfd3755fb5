"""Whether an instrument's scoring holds together; asked once, when the content is loaded."""

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from smartapp.program.instrument import Instrument, Item, Scale


class Fault(NamedTuple):
    """What is unsound: the ``element`` at fault and the ``reason``."""

    element: str
    reason: str


def faults(instrument: Instrument) -> Iterator[Fault]:
    """Give everything unsound about the instrument, scale by scale; nothing when it is sound."""
    items = {item.link_id: item for item in instrument.items}
    for item in instrument.items:
        if item.minimum >= item.maximum:
            yield Fault(f"item {item.link_id}", "its minimum is not below its maximum")
    for scale in instrument.scales:
        yield from _scale(scale, items)


def _scale(scale: Scale, items: dict[str, Item]) -> Iterator[Fault]:
    where = f"scoring {scale.code.code}"
    unknown = [link_id for link_id in scale.items if link_id not in items]
    if unknown or len(set(scale.items)) != len(scale.items) or not scale.items:
        yield Fault(f"{where}.item", "is not a list of different items of this questionnaire")
        return
    if (scale.least, scale.most) != _range(scale, [items[i] for i in scale.items]):
        yield Fault(f"{where}.least", "least and most are not what the items can yield")
    if not 1 <= scale.answers_needed <= len(scale.items):
        yield Fault(f"{where}.answersNeeded", "is not between 1 and the number of items")
    if scale.decimals not in range(5):
        yield Fault(f"{where}.decimals", "is not between 0 and 4")
    yield from _bands(scale, where)
    yield from _thresholds(scale, where)


def _range(scale: Scale, items: list[Item]) -> tuple[Fraction, Fraction]:
    share = Fraction(1, len(items) if scale.method == "mean" else 1)
    return share * sum(i.minimum for i in items), share * sum(i.maximum for i in items)


def _bands(scale: Scale, where: str) -> Iterator[Fault]:
    """Bands must cover the scale from end to end; between two there is no room for a value.

    Complete answers move a sum in steps of 1 and a mean in steps of 1 by the number of items.
    """
    if not scale.bands:
        return
    if not scale.bands_source:
        yield Fault(f"{where}.bandsSource", "bands are given without a source")
    step = Fraction(1, len(scale.items) if scale.method == "mean" else 1)
    ends = [scale.least - step, *(band.high for band in scale.bands)]
    starts = [*(band.low for band in scale.bands), scale.most + step]
    if any(start - end != step for end, start in zip(ends, starts, strict=True)):
        yield Fault(f"{where}.band", "bands overlap, leave a gap, or are out of order")
    if any(band.low > band.high for band in scale.bands):
        yield Fault(f"{where}.band", "a band ends before it starts")


def _thresholds(scale: Scale, where: str) -> Iterator[Fault]:
    if any(threshold.amount <= 0 for threshold in scale.thresholds):
        yield Fault(f"{where}.threshold", "an amount is not above 0")
