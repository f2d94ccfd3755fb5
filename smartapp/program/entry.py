"""Reading what was typed: every field is read before anything is refused, so all problems show."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from smartapp.errors import EntryRefused, Problem

T = TypeVar("T")
YES = "yes"
_CONTROL = "There is an invisible character in this text. Type the words again where it stands."


@dataclass(frozen=True)
class Rule(Generic[T]):
    """What a value must not be, and the sentence for whoever typed it."""

    broken_by: Callable[[T], bool]
    sentence: str


class Field(Generic[T]):
    """One field as read: ``value`` exists only if the field was right."""

    def __init__(self, *found: T) -> None:
        self._found = found

    @property
    def value(self) -> T:
        """Return the value; only after ``Entry.settle``, which refuses if there is none."""
        return self._found[0]

    @property
    def is_read(self) -> bool:
        """Tell whether the field was right."""
        return bool(self._found)


class Entry:
    """One typed form; each method reads one field and notes what is wrong with it.

    The sentences never repeat what was typed. ``settle`` raises EntryRefused with every problem.
    """

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self._problems: list[Problem] = []

    def text(self, name: str) -> str:
        """Return the field without surrounding white space; empty when it is not there."""
        return self._values.get(name, "").strip()

    def says_yes(self, name: str) -> bool:
        """Tell whether a box was ticked."""
        return self.text(name) == YES

    def require(self, holds: bool, name: str, sentence: str) -> None:
        """Note a problem with the field unless the condition holds."""
        if not holds:
            self._problems.append(Problem(name, sentence))

    def choice(self, name: str, choices: Mapping[str, T], sentence: str) -> Field[T]:
        """Read one of the choices by its key."""
        key = self.text(name)
        self.require(key in choices, name, sentence)
        return Field(*(choices[key] for _ in range(key in choices)))

    def whole(self, name: str, least: int, most: int, sentence: str) -> Field[int]:
        """Read a whole number from least to most, written in plain digits."""
        return self.choice(name, {str(n): n for n in range(least, most + 1)}, sentence)

    def day(self, name: str, sentence: str, *rules: Rule[date], default: str = "") -> Field[date]:
        """Read an ISO date; the first rule it breaks is noted."""
        read = _iso(self.text(name) or default)
        if read is None:
            return self._wrong(name, sentence)
        broken = next((rule for rule in rules if rule.broken_by(read)), None)
        return self._wrong(name, broken.sentence) if broken else Field(read)

    def words(self, name: str, most: int, sentence: str) -> str:
        """Read free text of at most ``most`` code points; longer is refused, never cut."""
        words = self.text(name)
        self.require(len(words) <= most, name, sentence)
        self.require(not any(map(_is_control, words)), name, _CONTROL)
        return words

    def settle(self) -> None:
        """Raise EntryRefused with every problem noted so far, or return if there is none."""
        if self._problems:
            raise EntryRefused(*self._problems)

    def _wrong(self, name: str, sentence: str) -> Field[date]:
        self.require(False, name, sentence)
        return Field()


def _is_control(character: str) -> bool:
    """Tell whether FHIR R4 forbids the character in a string: below U+0020, but not white space."""
    return character < " " and character not in "\t\r\n"


def _iso(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == len("2026-01-31") else None
    except ValueError:
        return None
