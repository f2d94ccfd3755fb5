"""Answers chosen from a list (rules 30, 31 and 33 to 38); 32 is with the types in ``value``."""

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

from smartapp.forms.coding import identity
from smartapp.forms.issue import Issue
from smartapp.forms.questionnaire import Item, ItemType, Option
from smartapp.forms.rules.case import Case
from smartapp.forms.rules.found import Answer, Found, named
from smartapp.forms.said import quoted, said

CHOICES = (ItemType.CHOICE, ItemType.OPEN_CHOICE)


def problems(case: Case) -> Iterator[Issue]:
    """Return the issues of everything chosen."""
    for found in case.every():
        if found.item.type in CHOICES and found.answers:
            yield from _chosen(case, found)


def same(kind: str, value: Any) -> Hashable:
    """Return what makes a choice the same: the coding's identity, the reference, or the value."""
    if kind == "valueCoding":
        return kind, *identity(value)
    if kind == "valueReference":
        return kind, value.get("reference")
    return kind, value


def _chosen(case: Case, found: Found) -> Iterator[Issue]:
    offered = {
        same(kind, value): option
        for option in found.item.options
        for kind, value in option.value.items()
    }
    seen: set[Hashable] = set()
    name = named(found.item, case.context.language)
    for answer in found.answers:
        if not answer.kind:
            continue
        key = same(answer.kind, answer.value)
        if key in seen:
            again = said("The same answer is given twice to {name}. Take one out.", name=name)
            yield found.issue(36, again, f"{answer.at}.value")
        seen.add(key)
        yield from _systemless(found, answer, key in offered)
        if offered:
            option = offered.get(key)
            yield from _offered(case, found, answer, option) if option else _other(found, answer)


def _systemless(found: Found, answer: Answer, is_offered: bool) -> Iterator[Issue]:
    """Warn of a Coding without system, unless the form itself offers it so."""
    if answer.kind == "valueCoding" and not answer.value.get("system") and not is_offered:
        yield found.issue(38, "This answer does not say its code system.", f"{answer.at}.value")


def _offered(case: Case, found: Found, answer: Answer, option: Option) -> Iterator[Issue]:
    name = named(found.item, case.context.language)
    at = f"{answer.at}.value"
    if option.exclusive and len(found.answers) > 1:
        words = quoted(option.text.in_language(case.context.language))
        alone = said("{answer} cannot be chosen together with other answers.", answer=words)
        yield found.issue(35, alone, at)
    if option.key in case.settled.toggled_off.get(found.path, ()):
        another = said("Choose another answer to {name}: this one does not apply.", name=name)
        yield found.issue(37, another, at)
    if answer.kind == "valueCoding" and _is_called_otherwise(answer.value, option):
        rule = 33 if found.item.value_set else 30
        differs = "The words of this answer differ from the form's."
        yield found.issue(rule, differs, at, severity="warning")


def _is_called_otherwise(coding: Mapping[str, Any], option: Option) -> bool:
    display = coding.get("display")
    own = option.value["valueCoding"].get("display")
    return display not in {None, own, option.text.plain, *option.text.translations.values()}


def _other(found: Found, answer: Answer) -> Iterator[Issue]:
    """Return the issue of an answer that is not in the list."""
    item, at = found.item, f"{answer.at}.value"
    if item.type is ItemType.OPEN_CHOICE and answer.kind == "valueString":
        if answer.value.strip().casefold() in _words(item):
            same_words = "These words are those of an answer in the list. Choose it there."
            yield found.issue(34, same_words, at)
        return
    rule = 33 if item.value_set else 30
    unlisted = "This answer is not in the list. Choose one of those offered."
    yield found.issue(rule if answer.kind == "valueCoding" else 31, unlisted, at)


def _words(item: Item) -> set[str]:
    return {
        words.strip().casefold()
        for option in item.options
        for words in (option.text.plain, *option.text.translations.values())
    }
