"""What the browser may decide by itself: enableWhen as a table of question, operator and answer.

A condition the browser cannot judge exactly (dates, quantities, answers it does not see) is left
out; the server decides then, when the form is sent, updated or evaluated.
"""

import json
from dataclasses import replace
from typing import Any

from smartapp.forms.enablement_compare import holds
from smartapp.forms.entry import is_closed
from smartapp.forms.entry_names import Path
from smartapp.forms.questionnaire import Condition, Item, ItemType, Questionnaire
from smartapp.web.questionnaire_page import Page

Rule = list[Any]
NUMBERS = {ItemType.INTEGER, ItemType.DECIMAL}
CHOICES = {ItemType.CHOICE, ItemType.OPEN_CHOICE}
TEXTS = {ItemType.STRING, ItemType.TEXT, ItemType.URL}


def is_conditional(item: Item) -> bool:
    """Tell whether an item is enabled by a rule of its own."""
    return bool(item.enable_when) or item.enable_path is not None


def table(page: Page, item: Item, path: Path) -> str:
    """Return the rules of one item as JSON for form.js; "" when the server has to decide."""
    if item.enable_path is not None or not item.enable_when:
        return ""
    rules = [_rule(page, item, path, condition) for condition in item.enable_when]
    if not all(rules):
        return ""
    return json.dumps({"all": item.enable_all, "of": rules}, separators=(",", ":"))


def needs_server(questionnaire: Questionnaire, live: bool) -> bool:
    """Tell whether the form has rules that only the server can judge while it is filled in."""
    return any(
        item.enable_path is not None
        or item.toggles
        or (live and item.calculated is not None)
        or any(compiled(questionnaire, condition) is None for condition in item.enable_when)
        for item in questionnaire.walk()
    )


def _rule(page: Page, item: Item, path: Path, condition: Condition) -> Rule | None:
    found = compiled(page.questionnaire, condition)
    where = _where(page.questionnaire, item, path, condition.question)
    return [page.name(where), *found] if found and where else None


def _where(questionnaire: Questionnaire, item: Item, path: Path, question: str) -> Path | None:
    """Return the place of the question in the same instance; None when there may be several."""
    chain = questionnaire.chains[question]
    shared = questionnaire.shared(item.link_id, question)
    between = [questionnaire.by_link_id[link_id] for link_id in chain[shared:-1]]
    if any(ancestor.repeats for ancestor in between):
        return None
    return (*path[:shared], *((link_id, 0) for link_id in chain[shared:]))


def compiled(questionnaire: Questionnaire, condition: Condition) -> Rule | None:
    """Return operator and answer as form.js compares them; None when it cannot."""
    target = questionnaire.by_link_id[condition.question]
    kind, answer = next(iter(condition.answer.items()))
    if any(is_closed(questionnaire.by_link_id[i]) for i in questionnaire.chains[target.link_id]):
        return None
    if condition.operator == "exists":
        return ["exists", answer]
    if target.type in CHOICES:
        return _keys(target, condition)
    if target.type in NUMBERS and kind in {"answerInteger", "answerDecimal"}:
        return [condition.operator, float(answer)]
    return _same(target, condition.operator, answer)


def _same(target: Item, operator: str, answer: Any) -> Rule | None:
    if operator not in {"=", "!="}:
        return None
    words = {"=": "in", "!=": "out"}[operator]
    if target.type is ItemType.BOOLEAN:
        return [words, ["true" if answer else "false"]]
    return [words, [answer]] if target.type in TEXTS and isinstance(answer, str) else None


def _keys(target: Item, condition: Condition) -> Rule | None:
    is_not = condition.operator == "!="
    test = replace(condition, operator="=") if is_not else condition
    keys = [option.key for option in target.options if holds(test, [option.value])]
    is_open = target.type is ItemType.OPEN_CHOICE and "answerCoding" not in condition.answer
    if not keys or is_open:
        return None
    return ["out" if is_not else "in", keys]
