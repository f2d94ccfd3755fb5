"""The questions of any form that can be counted, as the items of an instrument.

Counted is a whole number between two ends, or a choice of one whose answers each have a whole
number: by ordinalValue or itemWeight, by being a number, or by LOINC's codes of 0 to 10. No number
is ever guessed from the order of the answers.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from smartapp.errors import ContentError
from smartapp.fhir.names import LOINC, NUMBER_ANSWERS
from smartapp.forms.questionnaire import Item as Question
from smartapp.forms.questionnaire import ItemType, Questionnaire
from smartapp.forms.questionnaire import Option as Answer
from smartapp.program.instrument import Code, Item, Option
from smartapp.program.soundness import MOST_VALUES


def asked(form: Questionnaire) -> list[Question]:
    """Return the questions that a person answers by a number or a choice, in the form's order."""
    return [item for item in form.walk() if _is_asked(item)]


def counted(form: Questionnaire) -> Iterator[Item]:
    """Give every question that can be counted."""
    for question in asked(form):
        try:
            yield item(form, question)
        except ContentError:
            continue


def item(form: Questionnaire, question: Question) -> Item:
    """Return a question as an item; raise ContentError ``<element>: <reason>`` where it cannot."""
    if not _is_asked(question):
        raise _wrong(question, "is not a question answered by a whole number or a choice")
    chain = [form.by_link_id[link_id] for link_id in form.chains[question.link_id]]
    if any(one.repeats for one in chain):
        raise _wrong(question, "takes several answers, so that none of them can be counted")
    numbers, options = _answers(question)
    if max(numbers) - min(numbers) > MOST_VALUES:
        raise _wrong(question, "its range is too wide")
    return Item(
        link_id=question.link_id,
        text=question.text.plain.strip() or question.link_id,
        code=_code(question),
        minimum=min(numbers),
        maximum=max(numbers),
        lower_label="",
        upper_label="",
        options=options,
        prefix=question.prefix,
        groups=tuple(above.link_id for above in chain if above.type == ItemType.GROUP),
    )


def _is_asked(question: Question) -> bool:
    is_set = question.read_only or question.hidden or question.calculated is not None
    return question.type in (ItemType.INTEGER, ItemType.CHOICE) and not is_set


def _answers(question: Question) -> tuple[list[int], tuple[Option, ...]]:
    """Return the numbers that can be answered, and the options that stand for them, if any."""
    if not question.options:
        return _ends(question), ()
    numbers = [_number(question, answer) for answer in question.options]
    if all("valueInteger" in answer.value for answer in question.options):
        if not len(set(numbers)) == len(numbers) == max(numbers) - min(numbers) + 1:
            raise _wrong(question, "offers numbers that do not follow each other, each once")
        return numbers, ()
    pairs = zip(numbers, question.options, strict=True)
    return numbers, tuple(_option(number, answer) for number, answer in pairs)


def _ends(question: Question) -> list[int]:
    ends = [
        (end or {}).get("valueInteger") for end in (question.limits.least, question.limits.most)
    ]
    if question.type is not ItemType.INTEGER or None in ends:
        raise _wrong(question, "has no minValue and maxValue, so that it cannot be counted")
    return [int(end) for end in ends if end is not None]


def _number(question: Question, answer: Answer) -> int:
    coding = answer.value.get("valueCoding") or {}
    told: Any = answer.ordinal
    if told is None:
        told = answer.value.get("valueInteger", NUMBER_ANSWERS.get(str(coding.get("code"))))
    if told is None or Decimal(told) != int(told):
        reason = "has no ordinalValue" if told is None else "has an ordinalValue that is not whole"
        raise _wrong(question, f"its answer {int(answer.key) + 1} {reason}")
    return int(told)


def _option(number: int, answer: Answer) -> Option:
    coding = answer.value.get("valueCoding") or {}
    words = answer.text.plain
    code = Code(str(coding.get("system") or ""), str(coding.get("code") or words), words)
    return Option(number, code, words)


def _code(question: Question) -> Code | None:
    """Return its LOINC code where it has one: the questions on self-harm are known by it."""
    ordered = sorted(question.codes, key=lambda coding: coding.get("system") != LOINC)
    for coding in ordered:
        parts = [str(coding.get(name) or "") for name in ("system", "code", "display")]
        if parts[1]:
            return Code(parts[0], parts[1], parts[2] or question.text.plain)
    return None


def _wrong(question: Question, reason: str) -> ContentError:
    return ContentError(f"{question.at}: {reason}")
