"""How answers become a scale's value, exactly, and the sentence that says so."""

from collections.abc import Iterator, Mapping
from fractions import Fraction

from smartapp.program.instrument import Instrument, Item, Scale


def worth(scale: Scale, item: Item, number: int) -> Fraction:
    """Return what an answer counts for: recoded by its table, or from the other end, or itself."""
    for recode in scale.recodes:
        if recode.item == item.link_id:
            return recode.counts[number]
    if item.link_id in scale.reverse:
        return Fraction(item.minimum + item.maximum - number)
    return Fraction(number)


def raw(scale: Scale, counted: Mapping[str, Fraction]) -> Fraction:
    """Return the sum or mean of what counts, before any table.

    In a sum the mean of what is there stands for what is missing, never zero.
    """
    mean = sum(counted.values(), Fraction(0)) / len(counted)
    reached = mean if scale.method == "mean" else mean * len(scale.items)
    made = reached * scale.factor + scale.offset
    return made if scale.ceiling is None else min(made, scale.ceiling)


def value(scale: Scale, counted: Mapping[str, Fraction]) -> Fraction:
    """Return the scale's value; ``counted`` holds at least the answers it needs."""
    made = raw(scale, counted)
    return scale.conversion.points[made] if scale.conversion else made


def how(instrument: Instrument, scale: Scale, counted: Mapping[str, Fraction]) -> str:
    """Return a sentence on which answers were taken, what was done to them, what was missing."""
    given, asked = len(counted), len(scale.items)
    steps = "".join(_steps(scale, counted))
    taken, total = _taken(instrument, scale, counted), plain(sum(counted.values(), Fraction(0)))
    if asked == 1:
        return f"The answer{taken} is {total}{steps}."
    return f"{given} answers{taken} add up to {total}{steps}; " + (
        f"all {asked} answered."
        if given == asked
        else f"{given} of {asked} answered, without {_named(instrument, scale, counted)}."
    )


def _taken(instrument: Instrument, scale: Scale, counted: Mapping[str, Fraction]) -> str:
    """Name the questions when they are not the whole instrument, and what became of them."""
    names = [instrument.number(i) for i in instrument.items if i.link_id in scale.items]
    noun = "question" if len(names) == 1 else "questions"
    told = [f"{noun} {', '.join(names)}"] if len(names) < len(instrument.items) else []
    recoded = {recode.item for recode in scale.recodes} & counted.keys()
    turned = set(scale.reverse) & counted.keys()
    told += [f"{len(recoded)} recoded"] if recoded else []
    told += [f"{len(turned)} reversed"] if turned else []
    return f" ({'; '.join(told)})" if told else ""


def _steps(scale: Scale, counted: Mapping[str, Fraction]) -> Iterator[str]:
    """Say what was done to the sum, in the order it was done."""
    if (scale.method == "mean" and len(scale.items) > 1) or len(counted) < len(scale.items):
        yield f", divided by {len(counted)}"
    if scale.method == "sum" and len(counted) < len(scale.items):
        yield f" and multiplied by {len(scale.items)}"
    yield f", times {plain(scale.factor)}" if scale.factor != 1 else ""
    yield f", added to {plain(scale.offset)}" if scale.offset else ""
    yield f", counted as at most {plain(scale.ceiling)}" if scale.ceiling is not None else ""
    yield _converted(scale, counted) if scale.conversion else ""


def _converted(scale: Scale, counted: Mapping[str, Fraction]) -> str:
    source = scale.conversion.source if scale.conversion else ""
    return f", which the table turns into {plain(value(scale, counted))} ({source})"


def _named(instrument: Instrument, scale: Scale, counted: Mapping[str, Fraction]) -> str:
    missing = [i for i in instrument.items if i.link_id in scale.items and i.link_id not in counted]
    return ", ".join(f"question {instrument.number(item)}" for item in missing)


def plain(number: Fraction) -> str:
    """Write a number whole where it is, as a decimal where it ends, else as a fraction."""
    if number.denominator == 1:
        return str(number.numerator)
    for places in range(1, 5):
        scaled = number * 10**places
        if scaled.denominator == 1:
            digits = str(abs(scaled.numerator)).rjust(places + 1, "0")
            return ("-" if number < 0 else "") + f"{digits[:-places]}.{digits[-places:]}"
    return str(number)
