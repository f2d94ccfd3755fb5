"""The answers of a QuestionnaireResponse as rows of a table: every question with its answers."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from smartapp.forms.entry_choice import value_words

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


def rows(response: Mapping[str, Any], numbers: Mapping[str, str] | None = None) -> list[Row]:
    """Every item that was answered, in order, what is nested in an answer below it.

    ``numbers`` are those that the form prints before its questions, by link id.
    """
    return list(_rows(response, (), numbers or {}))


def _rows(holder: Mapping[str, Any], above: Path, numbers: Mapping[str, str]) -> Iterator[Row]:
    met: Counter[str] = Counter()
    depth = sum(1 for name, _ in above if name)
    for item in holder.get("item") or ():
        link_id = str(item.get("linkId"))
        path = (*above, (link_id, met[link_id]))
        met[link_id] += 1
        answers = item.get("answer") or ()
        said = tuple(words(answer) for answer in answers)
        text = f"{numbers.get(item.get('linkId', ''), '')} {item.get('text') or item.get('linkId')}"
        yield Row(depth, text.strip(), said, bool(item.get("item")), path)
        yield from _rows(item, path, numbers)
        for number, answer in enumerate(answers):
            yield from _rows(answer, (*path, ("", number)), numbers)


def words(answer: Mapping[str, Any]) -> str:
    """One answer as it is read: its value, with the unit if it has one."""
    quantity = answer.get("valueQuantity")
    if not quantity:
        return value_words(answer)
    number = f"{quantity.get('comparator', '')}{quantity.get('value', '')}"
    return f"{number} {quantity.get('unit') or quantity.get('code') or ''}".strip()
