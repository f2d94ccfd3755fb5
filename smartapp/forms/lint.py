"""What is wrong with a Questionnaire although every element of it can be read.

An error is what a form cannot be filled in with, or what would say something wrong; a warning is
what its author should look at.
"""

from collections.abc import Iterator

from smartapp.forms.lint_choices import lint_choices
from smartapp.forms.lint_conditions import lint_circles, lint_conditions
from smartapp.forms.lint_items import found, lint_item
from smartapp.forms.lint_limits import lint_limits
from smartapp.forms.questionnaire import Item, Questionnaire
from smartapp.forms.reading_element import Finding

MOST_ITEMS = 2_000
MOST_EXPRESSIONS = 500


def lint_questionnaire(questionnaire: Questionnaire) -> Iterator[Finding]:
    """Give every error and warning."""
    items = list(questionnaire.walk())
    for item in items:
        yield from lint_item(item)
        yield from lint_choices(item)
        yield from lint_limits(item)
    if not questionnaire.url:
        reason = "is missing, so no answer can say what it answers"
        yield Finding("warning", "Questionnaire.url", reason)
    twice = list(_twice(items))
    yield from twice
    if not twice:
        yield from lint_conditions(questionnaire)
        yield from lint_circles(questionnaire)
    yield from _size(questionnaire, items)


def _twice(items: list[Item]) -> Iterator[Finding]:
    seen: set[str] = set()
    for item in items:
        if item.link_id in seen:
            yield found(item, "linkId", f"{item.link_id} is there more than once (que-2)")
        seen.add(item.link_id)


def _size(questionnaire: Questionnaire, items: list[Item]) -> Iterator[Finding]:
    if not items:
        yield Finding("error", "Questionnaire.item", "is missing, so there is nothing to show")
    if len(items) > MOST_ITEMS:
        yield Finding("error", "Questionnaire.item", f"are more than {MOST_ITEMS}")
    expressions = sum(map(_expressions, items), len(questionnaire.variables))
    if expressions > MOST_EXPRESSIONS:
        yield Finding(
            "error", "Questionnaire.item", f"have more than {MOST_EXPRESSIONS} expressions"
        )


def _expressions(item: Item) -> int:
    single = (item.calculated, item.enable_path, item.initial_path)
    several = (item.variables, item.toggles, item.constraints)
    return sum(path is not None for path in single) + sum(map(len, several))
