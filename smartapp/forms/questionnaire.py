"""A Questionnaire as the form engine knows it: plain data, read once and never changed.

``reading.py`` makes it from the resource and refuses what cannot be shown whole. Values keep their
FHIR shape, a mapping with exactly one ``value[x]`` (``{"valueCoding": {...}}``), so that what is
saved is what was offered. Source: FHIR R4 Questionnaire; SDC 3.0 for the extensions.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from itertools import takewhile
from typing import Any, Literal

from smartapp.fhirpath import Path
from smartapp.forms.questionnaire_order import calculation_order, chains, enabling_order

Value = Mapping[str, Any]
"""One value as FHIR has it: ``{"valueInteger": 3}``, ``{"valueCoding": {...}}``."""
Operator = Literal["exists", "=", "!=", ">", "<", ">=", "<="]


class ItemType(StrEnum):
    """The item types of R4."""

    GROUP = "group"
    DISPLAY = "display"
    BOOLEAN = "boolean"
    DECIMAL = "decimal"
    INTEGER = "integer"
    DATE = "date"
    DATETIME = "dateTime"
    TIME = "time"
    STRING = "string"
    TEXT = "text"
    URL = "url"
    CHOICE = "choice"
    OPEN_CHOICE = "open-choice"
    ATTACHMENT = "attachment"
    REFERENCE = "reference"
    QUANTITY = "quantity"


@dataclass(frozen=True)
class Text:
    """Words, their translations by language tag, and their rich forms as given (not yet safe)."""

    plain: str
    translations: Mapping[str, str] = field(default_factory=dict)
    xhtml: str = ""
    markdown: str = ""

    def in_language(self, language: str) -> str:
        """Return the words in ``language``, else in its main language, else as written."""
        main = language.partition("-")[0]
        return self.translations.get(language) or self.translations.get(main) or self.plain


@dataclass(frozen=True)
class Option:
    """One answer offered; ``key`` is its place in the list ("0", "1"), its token in a form.

    ``ordinal`` is its number where the Questionnaire gives one (``ordinalValue``, itemWeight).
    """

    key: str
    value: Value
    text: Text
    prefix: str = ""
    ordinal: Decimal | None = None
    exclusive: bool = False
    initial: bool = False


@dataclass(frozen=True)
class Condition:
    """One ``enableWhen``; ``answer`` is a mapping with one ``answer[x]``."""

    question: str
    operator: Operator
    answer: Mapping[str, Any]


@dataclass(frozen=True)
class Variable:
    """A named value for the expressions below it (SDC ``variable``)."""

    name: str
    path: Path


@dataclass(frozen=True)
class Constraint:
    """A rule that must be true of the answers (``questionnaire-constraint``, targetConstraint)."""

    key: str
    severity: Literal["error", "warning"]
    human: str
    path: Path


@dataclass(frozen=True)
class Toggle:
    """Options, by their keys, that are offered only while ``path`` is true."""

    options: tuple[str, ...]
    path: Path


@dataclass(frozen=True)
class Limits:
    """What an answer must keep to; None or empty where the Questionnaire sets no limit.

    ``least`` and ``most`` are values (date, dateTime, time, integer, decimal, or a Quantity), or
    expressions that give one (``least_path``, ``most_path``). ``max_size`` is in bytes;
    ``pattern`` is anchored at both ends. ``reference_profiles`` are canonicals.
    """

    min_length: int | None = None
    max_length: int | None = None
    pattern: str = ""
    entry_format: str = ""
    least: Value | None = None
    most: Value | None = None
    least_path: Path | None = None
    most_path: Path | None = None
    decimal_places: int | None = None
    min_occurs: int | None = None
    max_occurs: int | None = None
    mime_types: tuple[str, ...] = ()
    max_size: Decimal | None = None
    step: int | None = None
    reference_types: tuple[str, ...] = ()
    reference_profiles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Item:
    """One item; ``control`` is its itemControl code, ``at`` where it stands in the Questionnaire.

    ``unit`` is the fixed unit's coding, ``units`` those offered. ``options`` already contains a
    contained or expanded answerValueSet, its canonical being ``value_set``. ``enable_all``: every
    condition must hold, not any. ``prefix_text`` is the prefix with its translations. ``called``
    stands in for a missing text, ``open_label`` says what is typed in an open choice,
    ``usual_unit`` is the unit to begin with, a Quantity without a number. ``raw`` is the item as
    given, for ``%qitem``.
    """

    link_id: str
    type: ItemType
    text: Text
    at: str
    prefix: str = ""
    codes: tuple[Mapping[str, Any], ...] = ()
    definition: str = ""
    required: bool = False
    repeats: bool = False
    read_only: bool = False
    hidden: bool = False
    control: str = ""
    orientation: str = ""
    unit: Mapping[str, Any] | None = None
    units: tuple[Mapping[str, Any], ...] = ()
    options: tuple[Option, ...] = ()
    toggles: tuple[Toggle, ...] = ()
    enable_when: tuple[Condition, ...] = ()
    enable_all: bool = False
    enable_path: Path | None = None
    calculated: Path | None = None
    initial_path: Path | None = None
    initial: tuple[Value, ...] = ()
    variables: tuple[Variable, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    limits: Limits = field(default_factory=Limits)
    children: tuple["Item", ...] = ()
    value_set: str = ""
    prefix_text: Text = Text("")
    called: Text = Text("")
    open_label: Text = Text("")
    usual_unit: Mapping[str, Any] | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)

    @property
    def words(self) -> Text:
        """What is shown for it: its text, or what it is called without one."""
        return self.text if self.text.plain.strip() else self.called

    @property
    def is_question(self) -> bool:
        """Tell whether it can be answered."""
        return self.type not in {ItemType.GROUP, ItemType.DISPLAY}

    def walk(self) -> Iterator["Item"]:
        """Return the item and all below it, in the order of the form."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True)
class Questionnaire:
    """A whole form; ``raw`` is the resource it was read from, for ``%questionnaire``.

    ``launch`` names what it asks of the launch: any of patient, user and encounter.
    """

    url: str
    version: str
    title: Text
    status: str
    language: str
    items: tuple[Item, ...]
    variables: tuple[Variable, ...]
    constraints: tuple[Constraint, ...]
    raw: Mapping[str, Any]
    launch: tuple[str, ...] = ()

    @property
    def canonical(self) -> str:
        """Return ``url|version``, or the url alone where there is no version."""
        return f"{self.url}|{self.version}" if self.version else self.url

    def walk(self) -> Iterator[Item]:
        """Return every item, in the order of the form."""
        for item in self.items:
            yield from item.walk()

    def item(self, link_id: str) -> Item | None:
        """Return the item of that linkId."""
        return self.by_link_id.get(link_id)

    @cached_property
    def by_link_id(self) -> Mapping[str, Item]:
        """Every item by its linkId."""
        return {item.link_id: item for item in self.walk()}

    @cached_property
    def chains(self) -> Mapping[str, tuple[str, ...]]:
        """The linkIds from the root down to every item, itself included, by its linkId."""
        return dict(chains(self.items))

    def shared(self, link_id: str, other: str) -> int:
        """Return how many ancestors two items share; the other item itself is none of its own."""
        pairs = zip(self.chains[link_id], self.chains[other][:-1], strict=False)
        return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Every linkId after those that decide by enableWhen whether it is enabled."""
        return enabling_order(self)

    @cached_property
    def calculations(self) -> tuple[Item, ...]:
        """The items with a calculation, each after those it is worked out from."""
        return calculation_order(self)

    @cached_property
    def has_expressions(self) -> bool:
        """Tell whether its state takes more than comparing answers."""
        return any(item.calculated or item.enable_path for item in self.walk())
