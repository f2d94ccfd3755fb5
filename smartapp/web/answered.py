"""The answers of a QuestionnaireResponse as rows of a table: every question with its answers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from smartapp.forms.entry_choice import value_words


@dataclass(frozen=True)
class Row:
    """One question or group; ``depth`` is how far it is nested. A group has no ``answers``."""

    depth: int
    text: str
    answers: tuple[str, ...]
    is_group: bool = False


def rows(response: Mapping[str, Any], numbers: Mapping[str, str] | None = None) -> list[Row]:
    """Every item that was answered, in order, what is nested in an answer below it.

    ``numbers`` are those that the form prints before its questions, by link id.
    """
    return list(_rows(response, 0, numbers or {}))


def _rows(holder: Mapping[str, Any], depth: int, numbers: Mapping[str, str]) -> Iterator[Row]:
    for item in holder.get("item") or ():
        answers = item.get("answer") or ()
        said = tuple(_words(answer) for answer in answers)
        text = f"{numbers.get(item.get('linkId', ''), '')} {item.get('text') or item.get('linkId')}"
        yield Row(depth, text.strip(), said, bool(item.get("item")))
        yield from _rows(item, depth + 1, numbers)
        for answer in answers:
            yield from _rows(answer, depth + 1, numbers)


def _words(answer: Mapping[str, Any]) -> str:
    quantity = answer.get("valueQuantity")
    if not quantity:
        return value_words(answer)
    number = f"{quantity.get('comparator', '')}{quantity.get('value', '')}"
    return f"{number} {quantity.get('unit') or quantity.get('code') or ''}".strip()
