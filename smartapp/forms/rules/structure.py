"""The items of a response against the items of its questionnaire (rules 9 to 19, 26 to 29, 32).

Reading goes only where the questionnaire goes, so nesting without end stays unread, and it stops
after ``MOST_ENTRIES`` items and answers. What is sound comes back for the other rules.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from smartapp.forms.issue import Issue
from smartapp.forms.questionnaire import Item, ItemType, Questionnaire
from smartapp.forms.rules.found import ROOT, Answer, Found, Place, issue
from smartapp.forms.rules.primitive import text
from smartapp.forms.rules.value import fault
from smartapp.forms.state_place import ItemPath

MOST_ENTRIES = 5_000
DEEPEST = 60
"""Levels of items; the reference server allows fewer."""
ITEM_PARTS = {"linkId", "definition", "text", "answer", "item", "id", "extension"}
ANSWER_PARTS = {"item", "id", "extension"}
ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"

_UNREADABLE = "This answer cannot be read. Enter it again."
_FOREIGN = "The response has a part that does not belong here. Fill in the form anew."


class Reading:
    """One walk over a response; ``issues`` gathers what is wrong with its structure."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        self.issues: list[Issue] = []
        self._known = questionnaire.by_link_id
        self._left = MOST_ENTRIES

    def items(
        self, raw: Any, expected: tuple[Item, ...], path: ItemPath, expression: str
    ) -> tuple[Found, ...]:
        """Return the items of one parent that are sound, in the questionnaire's order."""
        if not self._is_list(raw, path, expression):
            return ()
        order = {item.link_id: number for number, item in enumerate(expected)}
        found: list[Found] = []
        counts: dict[str, int] = {}
        for index, entry in enumerate(raw):
            at = f"{expression}[{index}]"
            if not self._has_room(path, at):
                break
            link_id = self._link_id(entry, order, path, at)
            if link_id is None:
                continue
            place = Place(expected[order[link_id]], (*path, (link_id, counts.get(link_id, 0))), at)
            if not self._is_again(place, counts):
                found.append(self._item(place, entry))
        self._in_order(found, order)
        return tuple(sorted(found, key=lambda one: order[one.item.link_id]))

    def _in_order(self, found: list[Found], order: Mapping[str, int]) -> None:
        last = 0
        for one in found:
            number = order[one.item.link_id]
            if number < last:
                self._add(one, 12, "The answers are not in the order of the questions.")
            last = max(last, number)

    @property
    def is_whole(self) -> bool:
        """Tell whether everything was read."""
        return self._left >= 0

    def _add(self, place: Place, rule: int, sentence: str, at: str = "") -> None:
        self.issues.append(place.issue(rule, sentence, at))

    def _note(self, rule: int, path: ItemPath, expression: str, sentence: str) -> None:
        self.issues.append(issue(rule, path, expression, sentence))

    def _is_list(self, raw: Any, path: ItemPath, expression: str) -> bool:
        if isinstance(raw, list) and raw:
            return True
        self._note(17, path, expression, "A list of answers is empty or is no list.")
        return False

    def _has_room(self, path: ItemPath, expression: str) -> bool:
        self._left -= 1
        if self._left == -1:
            self._note(17, path, expression, f"There are more than {MOST_ENTRIES} answers.")
        return self.is_whole

    def _link_id(self, entry: Any, order: Mapping[str, int], path: ItemPath, at: str) -> str | None:
        if not isinstance(entry, dict):
            self._note(17, path, at, _UNREADABLE)
            return None
        link_id = entry.get("linkId")
        if not isinstance(link_id, str) or not link_id.strip():
            self._note(9, path, at, "An answer does not say which question it answers.")
            return None
        if link_id in order:
            return link_id
        if link_id in self._known:
            place = Place(self._known[link_id], (*path, (link_id, 0)), at)
            self._add(place, 11, "This answer stands below another question than its own.")
        else:
            self._note(10, path, at, "An answer belongs to no question of this form.")
        return None

    def _is_again(self, place: Place, counts: dict[str, int]) -> bool:
        """Count the item; tell whether it is one too many of what may be there once."""
        item = place.item
        counts[item.link_id] = counts.get(item.link_id, 0) + 1
        if counts[item.link_id] == 1 or (item.type is ItemType.GROUP and item.repeats):
            return False
        self._add(place, 13, "This question was answered in two places. Keep one answer.")
        return True

    def _item(self, place: Place, entry: dict[str, Any]) -> Found:
        self._parts(place, entry)
        item, path, at = place.item, place.path, place.expression
        if not item.is_question:
            return Found(item, path, at, items=self._inside(place, entry))
        if "item" in entry:
            self._add(place, 16, "What belongs to an answer does not stand with it.", ".item")
        if "answer" not in entry:
            return Found(item, path, at)
        given: Any = entry["answer"]
        if not self._is_list(given, path, f"{at}.answer"):
            return Found(item, path, at, spoiled=True)
        answers, spoiled = self._answers(place, given)
        return Found(item, path, at, answers, (), spoiled)

    def _parts(self, place: Place, entry: dict[str, Any]) -> None:
        """Check the item's own parts: their names, text and definition."""
        foreign = _foreign(entry, ITEM_PARTS)
        if foreign:
            self._add(place, 17, _FOREIGN)
        if "text" in entry:
            self._text(place, entry["text"])
        if "definition" in entry and entry["definition"] != place.item.definition:
            self._add(place, 19, "This answer is of another definition.", ".definition")

    def _text(self, place: Place, given: Any) -> None:
        wrong = text(given)
        if wrong:
            self._add(place, wrong.rule, wrong.sentence, ".text")
        elif given not in _texts(place.item):
            self._add(place, 18, "The words of this question differ from the form's.", ".text")

    def _inside(self, place: Place, entry: dict[str, Any]) -> tuple[Found, ...]:
        """Return what stands below a group; a display has nothing below it."""
        is_group = place.item.type is ItemType.GROUP
        if "answer" in entry:
            said = "A heading or a note cannot be answered."
            self._add(place, 14 if is_group else 15, said, ".answer")
        if "answer" in entry and "item" in entry:
            self._add(place, 16, "An item has answers or items, never both.")
        if "item" not in entry:
            return ()
        if not is_group:
            self._add(place, 15, "A note has nothing below it.", ".item")
            return ()
        return self._deeper(entry["item"], place, place.path, f"{place.expression}.item")

    def _deeper(self, raw: Any, place: Place, path: ItemPath, expression: str) -> tuple[Found, ...]:
        if len(path) >= DEEPEST:
            self._note(17, path, expression, f"The answers go more than {DEEPEST} levels deep.")
            return ()
        return self.items(raw, place.item.children, path, expression)

    def _answers(self, place: Place, given: list[Any]) -> tuple[tuple[Answer, ...], bool]:
        """Return the sound answers of a question, and whether there are others."""
        answers = []
        for index, entry in enumerate(given):
            at = f".answer[{index}]"
            if not self._has_room(place.path, place.expression + at):
                break
            answer = self._answer(place, entry, at, index)
            if answer:
                answers.append(answer)
        return tuple(answers), len(answers) < len(given)

    def _answer(self, place: Place, entry: Any, at: str, index: int) -> Answer | None:
        if not isinstance(entry, dict):
            self._add(place, 17, _UNREADABLE, at)
            return None
        values = [name for name in entry if name.startswith("value")]
        if any(not name.startswith("value") for name in _foreign(entry, ANSWER_PARTS)):
            self._add(place, 17, _FOREIGN, at)
        items: tuple[Found, ...] = ()
        if "item" in entry:
            below = (*place.path[:-1], (place.item.link_id, index))
            items = self._deeper(entry["item"], place, below, f"{place.expression}{at}.item")
        if len(values) != 1:
            return self._without_value(place, entry, values, Answer("", None, at, items))
        wrong = fault(place.item, values[0], entry[values[0]])
        if wrong:
            self._add(place, wrong.rule, wrong.sentence, f"{at}.value")
            return None
        return Answer(values[0], entry[values[0]], at, items)

    def _without_value(
        self, place: Place, entry: dict[str, Any], values: list[str], answer: Answer
    ) -> Answer | None:
        """Return an answer that says why it has none, or has only items below; else none."""
        if not values and _says_why(entry):
            return Answer("", "absent", answer.at, answer.items)
        if not values and entry.get("item"):
            return answer
        self._add(place, 17, "An answer has one value, neither none nor several.", answer.at)
        return None


def _foreign(entry: Mapping[str, Any], known: Iterable[str]) -> set[str]:
    """Return the names of parts that FHIR does not have there; rule 8 has its own list."""
    names = {name.removeprefix("_") for name in entry}
    return names - {*known, "modifierExtension"}


def _texts(item: Item) -> set[str]:
    return {item.text.plain, *item.text.translations.values()}


def _says_why(entry: Mapping[str, Any]) -> bool:
    """Tell whether an answer, or its missing value, gives data-absent-reason."""
    holders = [entry, *(part for name, part in entry.items() if name.startswith("_value"))]
    lists = [holder.get("extension") for holder in holders if isinstance(holder, dict)]
    return any(
        isinstance(one, dict) and one.get("url") == ABSENT
        for extensions in lists
        if isinstance(extensions, list)
        for one in extensions
    )


class Structure(NamedTuple):
    """The sound items, what is wrong with the others, and whether everything was read."""

    found: tuple[Found, ...]
    issues: list[Issue]
    is_whole: bool


def read(questionnaire: Questionnaire, response: Mapping[str, Any]) -> Structure:
    """Read the items of a response."""
    reading = Reading(questionnaire)
    if "item" not in response:
        return Structure((), [], True)
    found = reading.items(response["item"], questionnaire.items, (), f"{ROOT}.item")
    return Structure(found, reading.issues, reading.is_whole)
