"""One response under examination: everything the rules look at, put together once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from smartapp.fhirpath import Path
from smartapp.forms.questionnaire import Item, Questionnaire
from smartapp.forms.rules.found import ROOT, Found, Place
from smartapp.forms.state import Context, Settled
from smartapp.forms.state_place import ItemPath

AUTHORS = ("Device", "Practitioner", "PractitionerRole", "Patient", "RelatedPerson", "Organization")
SOURCES = ("Patient", "Practitioner", "PractitionerRole", "RelatedPerson")


@dataclass(frozen=True)
class Expected:
    """What the launch says of the header: the patient, and the types that may answer and write.

    ``subject`` is a reference, "Patient/1"; empty when any will do. The types are those of R4
    unless narrowed.
    """

    subject: str = ""
    author_types: tuple[str, ...] = AUTHORS
    source_types: tuple[str, ...] = SOURCES


@dataclass(frozen=True)
class Case:
    """A response, its sound items, and what they come to once calculated."""

    questionnaire: Questionnaire
    response: Mapping[str, Any]
    found: tuple[Found, ...]
    context: Context
    settled: Settled

    def every(self) -> Iterator[Found]:
        """Return every sound item of the response that is enabled."""
        for root in self.found:
            yield from self._open(root)

    def _open(self, found: Found) -> Iterator[Found]:
        if self.settled.enabled(found.path):
            yield found
            for below in found.below:
                yield from self._open(below)

    def evaluate(self, path: Path, found: Found | None = None) -> list[Any]:
        """Return what an expression gives at an item, or of the whole; raise PathFailed."""
        return self.settled.evaluate(path, found.path if found else ())

    def levels(self) -> Iterator["Level"]:
        """Return every parent that is there and enabled: the root, groups, answers."""
        yield Level(self.questionnaire.items, self.found, (), ROOT)
        for found in self.every():
            if found.item.is_question:
                for index, answer in enumerate(found.answers):
                    path = (*found.path[:-1], (found.item.link_id, index))
                    at = found.expression + answer.at
                    yield Level(found.item.children, answer.items, path, at)
            else:
                yield Level(found.item.children, found.items, found.path, found.expression)


class Level(NamedTuple):
    """The items that one parent may have, and those that it has."""

    items: tuple[Item, ...]
    found: tuple[Found, ...]
    path: ItemPath
    expression: str

    def of(self, item: Item) -> list[Found]:
        """Return what there is of one item."""
        return [one for one in self.found if one.item is item]

    def missing(self, item: Item) -> Place:
        """Return where the item would be: its own path, and its parent's place."""
        return Place(item, (*self.path, (item.link_id, 0)), self.expression)
