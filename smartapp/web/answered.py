"""The answers of a QuestionnaireResponse as rows of a table: every question with its answers."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from smartapp.forms.entry_choice import value_words
from smartapp.forms.questionnaire import Questionnaire

Path = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Row:
    """One question or group; ``depth`` is how far it is nested. A group has no ``answers``.

    ``path`` tells it from every other of the response, whatever their words: the link ids down to
    it, each with its number among those of the same name (and of the answer it is nested in).
    """

    depth: int
    text: str
    answers: tuple[str, ...]
    is_group: bool = False
    path: Path = ()


def rows(
    response: Mapping[str, Any], asked: Mapping[str, tuple[str, str]] | None = None
) -> list[Row]:
    """Every item that was answered, in order, what is nested in an answer below it.

    ``asked`` has by link id the number that the form prints before an item, and the form's words:
    a response need not repeat them.
    """
    return list(_rows(response, (), asked or {}))


def printed(form: Questionnaire) -> dict[str, tuple[str, str]]:
    """The number and the words that a form shows for each of its items, by link id."""
    return {link: (item.prefix, item.words.plain) for link, item in form.by_link_id.items()}


def _rows(
    holder: Mapping[str, Any], above: Path, asked: Mapping[str, tuple[str, str]]
) -> Iterator[Row]:
    met: Counter[str] = Counter()
    depth = sum(1 for name, _ in above if name)
    for item in holder.get("item") or ():
        link_id = str(item.get("linkId"))
        path = (*above, (link_id, met[link_id]))
        met[link_id] += 1
        answers = item.get("answer") or ()
        said = tuple(words(answer) for answer in answers)
        printed, own = asked.get(link_id, ("", ""))
        text = f"{printed} {item.get('text') or own or link_id}"
        yield Row(depth, text.strip(), said, bool(item.get("item")), path)
        yield from _rows(item, path, asked)
        for number, answer in enumerate(answers):
            yield from _rows(answer, (*path, ("", number)), asked)


def words(answer: Mapping[str, Any]) -> str:
    """One answer as it is read: its value, with the unit if it has one."""
    quantity = answer.get("valueQuantity")
    if not quantity:
        return value_words(answer)
    number = f"{quantity.get('comparator', '')}{quantity.get('value', '')}"
    return f"{number} {quantity.get('unit') or quantity.get('code') or ''}".strip()
