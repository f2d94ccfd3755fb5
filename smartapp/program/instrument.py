"""Instruments: published questionnaires that can be scored, as plain data."""

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
class Item:
    """One question answered by a whole number from ``minimum`` to ``maximum``.

    The labels say what the two ends mean; ``code`` is None where no code system names the item.
    """

    link_id: str
    text: str
    code: Code | None
    minimum: int
    maximum: int
    lower_label: str
    upper_label: str


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
    30%). ``label`` carries its article ("a meaningful change"); ``source`` cites the study.
    """

    kind: Literal["absolute", "percent"]
    amount: Fraction
    label: str
    source: str


@dataclass(frozen=True)
class Scale:
    """A number an instrument yields, and everything needed to reach and to read it.

    ``items`` are link ids. ``least`` and ``most`` bound the value in points. A value is given only
    with at least ``answers_needed`` answers; ``missing_rule`` says so in a sentence. ``decimals``
    is for display alone: values stay exact. With ``components`` the record keeps the answers
    inside the score's Observation.
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


@dataclass(frozen=True)
class Instrument:
    """A questionnaire at one ``url|version``; ``slug`` names its file and its form fields.

    ``preamble`` is the instruction shown above the items, ``notice`` the copyright notice that
    must stay with them, ``source`` where wording and scoring come from.
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

    def field(self, item: Item) -> str:
        """Return the form field's name for one of the items: ``<slug>.<link_id>``."""
        return f"{self.slug}.{item.link_id}"
