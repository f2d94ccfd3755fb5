"""Whether the conditions of a form can be worked out, and can ever be true.

Source: FHIR R4 Questionnaire.item.enableWhen, que-7; SDC 3.0 enableWhenExpression.
"""

from collections.abc import Iterator, Mapping

from smartapp.forms.expressions import same_value
from smartapp.forms.lint_items import CHOICES, found
from smartapp.forms.questionnaire import Condition, Item, ItemType, Questionnaire
from smartapp.forms.questionnaire_order import circle
from smartapp.forms.reading_element import Finding

_NUMBERS = ("Integer", "Decimal")
_DAYS = ("Date", "DateTime")
COMPARABLE: Mapping[ItemType, tuple[str, ...]] = {
    ItemType.BOOLEAN: ("Boolean",),
    ItemType.DECIMAL: _NUMBERS,
    ItemType.INTEGER: _NUMBERS,
    ItemType.DATE: _DAYS,
    ItemType.DATETIME: _DAYS,
    ItemType.TIME: ("Time",),
    ItemType.STRING: ("String",),
    ItemType.TEXT: ("String",),
    ItemType.URL: ("String",),
    ItemType.REFERENCE: ("Reference",),
    ItemType.QUANTITY: ("Quantity",),
    ItemType.ATTACHMENT: (),
}
"""What the answers of an item can be compared with; those of a choice with its options."""
ORDERED = (*_NUMBERS, *_DAYS, "Time", "Quantity")


def lint_conditions(questionnaire: Questionnaire) -> Iterator[Finding]:
    """Give what is wrong about the conditions of a form."""
    places = {link_id: number for number, link_id in enumerate(questionnaire.chains)}
    for item in questionnaire.walk():
        if item.enable_when and item.enable_path is not None:
            yield found(item, "enableWhen", "is there with enableWhenExpression; one must go")
        for number, condition in enumerate(item.enable_when):
            name = f"enableWhen[{number}]"
            target = questionnaire.item(condition.question)
            yield from _target(questionnaire, item, name, condition, target)
            if target is not None and places[target.link_id] > places[item.link_id]:
                reason = f"{target.link_id} is asked after this item"
                yield found(item, f"{name}.question", reason, "warning")


def lint_circles(questionnaire: Questionnaire) -> Iterator[Finding]:
    """Give the items that wait for each other."""
    round_trip = circle(questionnaire)
    if round_trip:
        item = questionnaire.by_link_id[round_trip[0]]
        yield found(item, "linkId", f"waits for itself: {', '.join(round_trip)}")


def _target(
    questionnaire: Questionnaire, item: Item, name: str, condition: Condition, target: Item | None
) -> Iterator[Finding]:
    if target is None:
        yield found(item, f"{name}.question", f"there is no item {condition.question}")
    elif target.link_id == item.link_id:
        yield found(item, f"{name}.question", "is the item itself")
    elif item.link_id in questionnaire.chains[target.link_id]:
        yield found(item, f"{name}.question", "is below the item itself")
    elif not target.is_question:
        yield found(
            item, f"{name}.question", f"{target.link_id} is a {target.type}, not a question"
        )
    elif target.options or not target.value_set:  # else it is said there that they are missing
        yield from _answer(item, name, condition, target)


def _answer(item: Item, name: str, condition: Condition, target: Item) -> Iterator[Finding]:
    answer = next(iter(condition.answer))
    kind = answer.removeprefix("answer")
    where = f"{name}.{answer}"
    if condition.operator == "exists":
        if kind != "Boolean":
            yield found(item, where, "exists needs answerBoolean (que-7)")
    elif kind not in _comparable(target):
        yield found(item, where, f"{target.link_id} is a {target.type} and is never a {kind}")
    elif condition.operator not in {"=", "!="} and kind not in ORDERED:
        yield found(item, f"{name}.operator", f"a {kind} has no order")
    elif target.type in CHOICES and not _is_offered(condition, target):
        yield found(item, where, f"is none of the options of {target.link_id}", "warning")


def _comparable(target: Item) -> tuple[str, ...]:
    if target.type not in CHOICES:
        return COMPARABLE[target.type]
    offered = {next(iter(option.value)).removeprefix("value") for option in target.options}
    return (*offered, "String") if target.type is ItemType.OPEN_CHOICE else tuple(offered)


def _is_offered(condition: Condition, target: Item) -> bool:
    name, content = next(iter(condition.answer.items()))
    if name == "answerString" or condition.operator not in {"=", "!="}:
        return True
    wanted = same_value(name, content)
    return any(same_value(*next(iter(o.value.items()))) == wanted for o in target.options)
