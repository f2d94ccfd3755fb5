"""What a response answers, each item with the question it belongs to and the place it stands."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from smartapp.forms.issue import Issue, Severity
from smartapp.forms.questionnaire import Item
from smartapp.forms.rules import RULES
from smartapp.forms.said import Said, quoted, said
from smartapp.forms.state_place import ItemPath

LONGEST_LABEL = 80
ROOT = "QuestionnaireResponse"


def issue(
    rule: int, path: ItemPath, expression: str, sentence: str, severity: Severity | None = None
) -> Issue:
    """Return an issue with the code, and unless given the severity, of its rule."""
    usual, code = RULES[rule]
    link_id = path[-1][0] if path else ""
    return Issue(severity or usual, code, expression, link_id, path, sentence, rule)


@dataclass(frozen=True)
class Place:
    """Where an item stands or, when it is missing, where it would; below it, its response."""

    item: Item
    path: ItemPath
    expression: str

    def issue(
        self, rule: int, sentence: str, at: str = "", severity: Severity | None = None
    ) -> Issue:
        """Return an issue of this item; ``at`` is the place below it (``.answer[0].value``)."""
        return issue(rule, self.path, self.expression + at, sentence, severity)


@dataclass(frozen=True)
class Answer:
    """One answer as the structure allows it: ``kind`` "valueCoding", "" when the reason is given.

    ``at`` is its place below its item: ``.answer[0]``.
    """

    kind: str
    value: Any
    at: str
    items: tuple["Found", ...] = ()


@dataclass(frozen=True)
class Found(Place):
    """One item of a response; ``spoiled`` tells that it had an answer that cannot be used."""

    answers: tuple[Answer, ...] = ()
    items: tuple["Found", ...] = ()
    spoiled: bool = False

    @property
    def below(self) -> Iterator["Found"]:
        """Return the items of a group, or of a question's answers."""
        yield from self.items
        for answer in self.answers:
            yield from answer.items

    @property
    def has_answer(self) -> bool:
        """Tell whether it was answered, however badly; a stated reason for none counts."""
        return self.spoiled or any(answer.value is not None for answer in self.answers)

    @property
    def is_answered(self) -> bool:
        """Tell whether it or anything below it was answered."""
        return self.has_answer or any(found.is_answered for found in self.below)

    def walk(self) -> Iterator["Found"]:
        """Return the item and all below it."""
        yield self
        for found in self.below:
            yield from found.walk()

    def sound(self) -> dict[str, Any]:
        """Return the item as JSON, without what the structure does not allow."""
        item: dict[str, Any] = {"linkId": self.item.link_id}
        if self.answers:
            item["answer"] = [_sound_answer(answer) for answer in self.answers]
        if self.items:
            item["item"] = [found.sound() for found in self.items]
        return item


def _sound_answer(answer: Answer) -> dict[str, Any]:
    sound: dict[str, Any] = {answer.kind: answer.value} if answer.kind else {}
    if answer.items:
        sound["item"] = [found.sound() for found in answer.items]
    return sound


def named(item: Item, language: str) -> Said:
    """Return how a sentence calls the item: ``question 3``, or its words in quotation marks."""
    number = item.prefix.strip(" .:)(")
    if number:
        is_section = item.children and not item.is_question
        return said("section {number}" if is_section else "question {number}", number=number)
    words = " ".join(item.words.in_language(language).split())
    if len(words) > LONGEST_LABEL:
        words = words[: LONGEST_LABEL - 1].rstrip() + "…"
    return quoted(words) if words else said("this question")
