"""Instruments: published questionnaires that can be scored, as plain data."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal


@dataclass(frozen=True)
class Code:
    """One code of one code system, with its display."""

    system: str
    code: str
    display: str


@dataclass(frozen=True)
class Option:
    """One answer offered in words; ``value`` is the whole number it counts as.

    ``aliases`` are codes that mean the same answer in other copies of the questionnaire.
    """

    value: int
    code: Code
    text: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Item:
    """One question answered by a whole number from ``minimum`` to ``maximum``.

    The labels say what the two ends mean; ``code`` is None where no code system names the item.
    With ``options`` it is answered by one of them, each standing for its number. ``prefix`` is the
    number printed before it. ``groups`` are the link ids of the groups around it, outermost first.
    ``aliases`` are link ids that other copies of the questionnaire give it.
    """

    link_id: str
    text: str
    code: Code | None
    minimum: int
    maximum: int
    lower_label: str
    upper_label: str
    options: tuple[Option, ...] = ()
    prefix: str = ""
    groups: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()

    @property
    def numbers(self) -> tuple[int, ...]:
        """Return every number it can be answered with."""
        if self.options:
            return tuple(option.value for option in self.options)
        return tuple(range(self.minimum, self.maximum + 1))

    def option(self, number: int) -> Option | None:
        """Return the option that counts as this number; None where it is a plain number."""
        return next((option for option in self.options if option.value == number), None)


@dataclass(frozen=True)
class Band:
    """A named part of a scale, from ``low`` to ``high`` in points, both included."""

    code: str
    label: str
    low: Fraction
    high: Fraction


@dataclass(frozen=True)
class Threshold:
    """How large a change must be ("at least ``amount``") to be what ``label`` says.

    ``amount`` is in points when absolute, and a share of the first score when percent (3/10 is
    30%). ``label`` carries its article ("a meaningful change"); ``source`` cites the study. With
    ``band_change`` the score must also have moved to another band (ePPOC's rules).
    """

    kind: Literal["absolute", "percent"]
    amount: Fraction
    label: str
    source: str
    band_change: bool = False


@dataclass(frozen=True)
class Recode:
    """Numbers of one item that count as others: ``counts`` maps each number to its worth."""

    item: str
    counts: Mapping[int, Fraction]


@dataclass(frozen=True)
class Conversion:
    """A published table from the raw number, which it must list, to the scale's own points."""

    points: Mapping[Fraction, Fraction]
    source: str


@dataclass(frozen=True)
class Reliability:
    """How much of a change may be chance, as published: exactly one of three.

    ``sd`` with ``coefficient`` (test-retest or internal, 0 to 1), or ``sem`` (the standard error
    of measurement), or ``mdc95`` (the smallest change detectable with 95% confidence), in points.
    """

    source: str
    sd: Fraction | None = None
    coefficient: Fraction | None = None
    sem: Fraction | None = None
    mdc95: Fraction | None = None


@dataclass(frozen=True)
class Norm:
    """What a described group of people scored: their ``mean``, and ``sd`` where it is known.

    ``normal`` says that the scale is built to be normally distributed in them (a T-score), so that
    a percentile may be given.
    """

    label: str
    mean: Fraction
    source: str
    sd: Fraction | None = None
    normal: bool = False


@dataclass(frozen=True)
class Cutoff:
    """Where the clinical range begins, from ``amount`` itself towards the worse end."""

    amount: Fraction
    source: str


@dataclass(frozen=True)
class Prompt:
    """What to think of when a score is ``below`` or ``at-least`` the amount; not a risk level."""

    kind: Literal["below", "at-least"]
    amount: Fraction
    text: str
    source: str


@dataclass(frozen=True)
class Watch:
    """A question whose answer ``at_least`` this number needs the safety workflow, and why."""

    link_id: str
    at_least: int
    reason: str


@dataclass(frozen=True)
class Scale:
    """A number an instrument yields, and everything needed to reach and to read it.

    ``items`` are link ids. ``least`` and ``most`` bound the value in points. A value is given only
    with at least ``answers_needed`` answers; ``missing_rule`` says so in a sentence. The
    record and the pages have the value rounded to ``decimals``; what is compared is exact. With
    ``components`` the record keeps the answers inside the score's Observation. ``is_answer`` marks
    the answer to one question: written and read as a score, shown among the answers. ``is_change``
    marks a score that is a change already, such as a global impression of it.

    How the answers become the value, in this order: those in ``recodes`` count as their table
    says, those in ``reverse`` count from the other end; their sum (prorated) or mean; times
    ``factor``; plus ``offset``; no more than ``ceiling``; through ``conversion``.
    """

    code: Code
    title: str
    method: Literal["sum", "mean"]
    items: tuple[str, ...]
    least: Fraction
    most: Fraction
    better: Literal["lower", "higher"]
    answers_needed: int
    missing_rule: str
    decimals: int
    bands: tuple[Band, ...]
    bands_source: str
    thresholds: tuple[Threshold, ...]
    components: bool
    is_answer: bool = False
    is_change: bool = False
    reverse: tuple[str, ...] = ()
    recodes: tuple[Recode, ...] = ()
    factor: Fraction = Fraction(1)
    offset: Fraction = Fraction(0)
    ceiling: Fraction | None = None
    conversion: Conversion | None = None
    reliability: Reliability | None = None
    norms: tuple[Norm, ...] = ()
    cutoff: Cutoff | None = None
    prompts: tuple[Prompt, ...] = ()


@dataclass(frozen=True)
class Instrument:
    """A questionnaire at one ``url|version``; ``slug`` names its file and its form fields.

    ``preamble`` is the instruction shown above the items, ``notice`` the copyright notice that
    must stay with them, ``source`` where wording and scoring come from. ``code`` names the whole
    questionnaire, where a code system does. ``watches`` are the questions with a safety workflow.
    """

    slug: str
    url: str
    version: str
    title: str
    preamble: str
    items: tuple[Item, ...]
    scales: tuple[Scale, ...]
    notice: str
    source: str
    code: Code | None = None
    watches: tuple[Watch, ...] = ()

    @property
    def main(self) -> tuple[Scale, ...]:
        """The scales that say it in short: those that are no part of another one.

        Of two over the same questions that is the one with a published table, else the first.
        """
        scores = [scale for scale in self.scales if not scale.is_answer]
        ranked = sorted(scores, key=lambda s: (-len(s.items), s.conversion is None))
        kept: list[Scale] = []
        for scale in ranked:
            if not any(set(scale.items) <= set(one.items) for one in kept):
                kept.append(scale)
        return tuple(scale for scale in scores if scale in kept) or self.scales[:1]

    def field(self, item: Item) -> str:
        """Return the form field's name for one of the items: ``<slug>.<link_id>``."""
        return f"{self.slug}.{item.link_id}"

    def number(self, item: Item) -> str:
        """Return what the item is called: its printed number, else its place from 1."""
        return item.prefix.rstrip(".)") or str(self.items.index(item) + 1)
