"""Whether a QuestionnaireResponse keeps all that its Questionnaire asks for: rules 1 to 58.

Pure, and never raises for whatever JSON the response is: what cannot be read is an issue, and the
other rules look at the rest. ``rules`` lists the rules; each of its modules is a family.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import chain, islice
from typing import Any

from smartapp.forms.issue import Issue
from smartapp.forms.questionnaire import Questionnaire
from smartapp.forms.rules import (
    attachment,
    choices,
    expressions,
    fixed,
    header,
    limits,
    presence,
    reference,
    structure,
    unit,
)
from smartapp.forms.rules.case import Case, Expected
from smartapp.forms.rules.found import Found
from smartapp.forms.state import Context, settle

__all__ = ["Expected", "validate"]

MOST_ISSUES = 500
"""Beyond these nobody reads on."""
ANYBODY = Expected()
FAMILIES: tuple[Callable[[Case], Iterator[Issue]], ...] = (
    presence.problems,
    choices.problems,
    limits.problems,
    unit.problems,
    attachment.problems,
    reference.problems,
    expressions.problems,
    fixed.problems,
)
"""The rules that hold once a response is handed in."""


def validate(
    questionnaire: Questionnaire,
    response: Mapping[str, Any],
    context: Context,
    *,
    expected: Expected = ANYBODY,
) -> tuple[Issue, ...]:
    """Return what is wrong, the header first, then in the order of the form.

    ``completed`` and ``amended`` keep all rules, any other status only those of ``rules.ALWAYS``.
    ``context`` is that of the answers: its ``now`` is when they were given, for calculations. More
    than ``structure.MOST_ENTRIES`` items and answers are refused without a look at the rest.
    """
    read = structure.read(questionnaire, response)
    held = [header.problems(questionnaire, response, expected), iter(read.issues)]
    if response.get("status") in list(header.FINISHED) and read.is_whole:
        held += _finished(questionnaire, response, context, read.found)
    issues = list(islice(chain.from_iterable(held), MOST_ISSUES))
    order = {item.link_id: place for place, item in enumerate(questionnaire.walk())}
    return tuple(sorted(issues, key=lambda issue: _rank(issue, order)))


def _finished(
    questionnaire: Questionnaire,
    response: Mapping[str, Any],
    context: Context,
    found: tuple[Found, ...],
) -> list[Iterator[Issue]]:
    sound = [one.sound() for one in found]
    case = Case(questionnaire, response, found, context, settle(questionnaire, sound, context))
    families = [family(case) for family in FAMILIES]
    return [header.aged(questionnaire, response, context.now), *families]


def _rank(issue: Issue, order: Mapping[str, int]) -> tuple[Any, ...]:
    return tuple((order.get(link_id, -1), index) for link_id, index in issue.path), issue.rule
