"""What a browser sent, asked by place in the form; and what has to be given back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo

from smartapp.errors import Problem
from smartapp.forms.entry_names import SHOWN, Path, field_name, part_name
from smartapp.forms.entry_values import clean
from smartapp.forms.questionnaire import Item

PARTS = ("", "unit", "type")
DROP = "drop"
"""The part that is ticked to take a kept file or reference away."""


@dataclass(frozen=True)
class Upload:
    """One file as it was sent; ``title`` is its name on the person's device."""

    title: str
    content_type: str
    data: bytes


@dataclass
class Sent:
    """One form as sent; ``unread`` and ``problems`` fill while it is read."""

    entry: Mapping[str, Sequence[str]]
    files: Mapping[str, Upload]
    prefix: str
    zone: tzinfo
    unread: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.offered = frozenset(self.entry.get(SHOWN, ()))

    def name(self, path: Path) -> str:
        """Return the name of the field at ``path``."""
        return field_name(path, self.prefix)

    def pressed(self, button: str, path: Path) -> bool:
        """Tell whether the button of that kind and place was pressed."""
        return button + self.name(path) in self.entry

    def texts(self, name: str) -> list[str]:
        """Return all that was sent under a name."""
        return [clean(text) for text in self.entry.get(name, ())]

    def was_offered(self, name: str) -> bool:
        """Tell whether the page had this field, so that its absence means "no answer"."""
        return name in self.offered or name in self.entry or name in self.files

    def count(self, path: Path, item: Item, kept: int) -> int:
        """Return how many instances or answers there are: those kept, and those offered."""
        while self.was_offered(self.name((*path, (item.link_id, kept)))):
            kept += 1
        return kept

    def parts(self, name: str) -> dict[str, str]:
        """Return the texts of one answer by part; nothing when the page had no such field."""
        names = {part: part_name(name, part) for part in PARTS}
        found = {part: self.texts(n)[0] for part, n in names.items() if self.entry.get(n)}
        return found or ({"": ""} if name in self.offered else {})

    def give_back(self, path: Path, parts: Mapping[str, str], sentence: str) -> None:
        """Keep what could not be read, to be shown again with the sentence."""
        name = self.name(path)
        self.unread |= {part_name(name, part): text for part, text in parts.items()}
        self.problems.append(Problem(name, sentence))
