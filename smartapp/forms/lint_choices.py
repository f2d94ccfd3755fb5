"""Whether a list of options is sound: each answer once, a number for all or for none.

Source: FHIR R4 Questionnaire.item.answerOption, ordinalValue; FORMS decision on Likert tables.
"""

from collections import Counter
from collections.abc import Iterator

from smartapp.forms.expressions import same_value
from smartapp.forms.lint_items import CHOICES, found
from smartapp.forms.questionnaire import Item, ItemType, Option
from smartapp.forms.reading_element import Finding

_TABLES = ("table", "gtable", "atable", "htable")


def lint_choices(item: Item) -> Iterator[Finding]:
    """Give what is wrong about an item's options, or about a group's table."""
    if item.control in _TABLES and item.type is ItemType.GROUP and not _is_matrix(item):
        reason = "its items do not share one list of options: shown one below the other"
        yield found(item, "extension", reason, "warning")
    if item.type not in CHOICES:
        return
    name = "answerOption" if "answerOption" in item.raw else "answerValueSet"
    for identity, count in Counter(map(identity_of, item.options)).items():
        if count > 1:
            yield found(item, name, f"the option {_shown(identity)} is there {count} times")
    numbered = sum(option.ordinal is not None for option in item.options)
    if 0 < numbered < len(item.options):
        yield found(item, name, "some options have a number (ordinalValue) and some have none")
    yield from _doubtful(item, name)


def _doubtful(item: Item, name: str) -> Iterator[Finding]:
    texts = Counter(f"{option.prefix} {option.text.plain}".strip() for option in item.options)
    if any(count > 1 for count in texts.values()):
        yield found(item, name, "two options read the same", "warning")
    if any(option.exclusive for option in item.options) and not item.repeats:
        yield found(item, name, "optionExclusive says nothing without repeats", "warning")
    if any(_has_no_system(option) for option in item.options):
        yield found(item, name, "an option's Coding has no system", "warning")


def identity_of(option: Option) -> tuple[str, object]:
    """Return what makes an option the same as another."""
    return same_value(*next(iter(option.value.items())))


def _shown(identity: tuple[str, object]) -> str:
    content = identity[1]
    return str(content[-1] if isinstance(content, tuple) else content)


def _has_no_system(option: Option) -> bool:
    coding = option.value.get("valueCoding")
    return coding is not None and not coding.get("system")


def _is_matrix(group: Item) -> bool:
    """Tell whether all questions of a group offer the same options (or it is a table of rows)."""
    questions = [child for child in group.children if child.is_question]
    lists = {tuple(map(identity_of, child.options)) for child in questions}
    return group.repeats or len(lists) == 1
