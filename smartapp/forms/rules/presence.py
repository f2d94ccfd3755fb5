"""What must be answered, how often, and what must not be (rules 20 to 25).

minOccurs speaks of what is given: an optional question may be left out altogether (the extension
is allowed on required items only, HL7 Extensions Pack 5.2). Items below a question that has no
answer have no place to stand, and are not missing.
"""

from collections.abc import Iterator

from smartapp.forms.issue import Issue
from smartapp.forms.questionnaire import Item, ItemType
from smartapp.forms.rules.case import Case, Level
from smartapp.forms.rules.found import Found, Place, named
from smartapp.forms.said import said

ASKS = {
    ItemType.BOOLEAN: "Choose an answer to {name}.",
    ItemType.CHOICE: "Choose an answer to {name}.",
    ItemType.OPEN_CHOICE: "Choose an answer to {name}, or write your own.",
    ItemType.DATE: "Enter a date for {name}.",
    ItemType.DATETIME: "Enter a date for {name}.",
    ItemType.TIME: "Enter a time for {name}.",
    ItemType.ATTACHMENT: "Attach a file to {name}.",
}
"""What to do about a question without an answer; the other types are told to answer."""


def problems(case: Case) -> Iterator[Issue]:
    """Return the issues of presence."""
    for level in case.levels():
        yield from _level(case, level)


def _level(case: Case, level: Level) -> Iterator[Issue]:
    for item in level.items:
        if item.type is ItemType.DISPLAY:
            continue
        given = level.of(item)
        for found in given:
            if not case.settled.enabled(found.path):
                yield from _closed(case, found)
        still = [found for found in given if case.settled.enabled(found.path)]
        missing = level.missing(item)
        if still or case.settled.enabled(missing.path):
            check = _question if item.is_question else _group
            yield from check(case, item, still, missing)


def _closed(case: Case, top: Found) -> Iterator[Issue]:
    name = named(top.item, case.context.language)
    why = "There is an answer to {name}, which does not apply after the other answers."
    for found in top.walk():
        if found.has_answer:
            own = 21 if found.item.enable_path else 20
            yield found.issue(own if found is top else 22, said(why, name=name))


def _question(case: Case, item: Item, given: list[Found], missing: Place) -> Iterator[Issue]:
    name = named(item, case.context.language)
    if not any(found.has_answer for found in given):
        if item.required:
            place = given[0] if given else missing
            yield place.issue(23, said(ASKS.get(item.type, "Answer {name}."), name=name))
        return
    (found, *_) = given
    count = sum(1 for answer in found.answers if answer.value is not None)
    few, many = _bounds(item)
    if not found.spoiled and count < few:
        yield found.issue(25, said("Give at least {few} answers to {name}.", few=few, name=name))
    if count > many:
        one, more = "Give at most one answer to {name}.", "Give at most {many} answers to {name}."
        yield found.issue(25, said(one if many == 1 else more, many=many, name=name))


def _group(case: Case, item: Item, given: list[Found], missing: Place) -> Iterator[Issue]:
    name = named(item, case.context.language)
    if item.required and not any(found.is_answered for found in given):
        place = given[0] if given else missing
        yield place.issue(24, said("Answer at least one question of {name}.", name=name))
    if not given:
        if item.required:
            yield from _level(case, Level(item.children, (), missing.path, missing.expression))
        return
    few, many = _bounds(item)
    if len(given) < few:
        yield given[0].issue(25, said("Fill in {name} at least {few} times.", name=name, few=few))
    if len(given) > many:
        yield given[-1].issue(
            25, said("Fill in {name} at most {many} times.", name=name, many=many)
        )


def _bounds(item: Item) -> tuple[int, float]:
    most = item.limits.max_occurs
    many = float("inf") if most is None else most
    return item.limits.min_occurs or 0, many if item.repeats else 1
