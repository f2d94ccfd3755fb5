"""What depends on what in a form, and in which order it is therefore worked out.

An expression depends on the items that it names by linkId, itself or through a variable. One that
reaches items in another way is not seen here; the bound of ``state.py`` holds for it.
"""

import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from smartapp.fhirpath import Path

if TYPE_CHECKING:
    from smartapp.forms.questionnaire import Item, Questionnaire, Variable

_TEXT = r"'(?:[^'\\]|\\.)*'"
_TEXTS = re.compile(_TEXT)
_NAMED = re.compile(rf"linkId\s*(?:=|~|in)\s*\(?\s*({_TEXT}(?:\s*\|\s*{_TEXT})*)")
_OF_THE_FORM = re.compile(rf"%questionnaire(?:\.\w+(?:\((?:{_TEXT}|[^()'])*\))?)*")
"""A path into the Questionnaire, which is the same whatever is answered."""


def chains(
    items: "tuple[Item, ...]", above: tuple[str, ...] = ()
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield every linkId with the linkIds from the root down to it."""
    for item in items:
        chain = (*above, item.link_id)
        yield item.link_id, chain
        yield from chains(item.children, chain)


def enabling_order(questionnaire: "Questionnaire") -> tuple[str, ...]:
    """Return every linkId after its parent and the questions of its enableWhen."""
    needs = {item.link_id: _decided_by(questionnaire, item) for item in questionnaire.walk()}
    return tuple(TopologicalSorter(needs).static_order())


def calculation_order(questionnaire: "Questionnaire") -> "tuple[Item, ...]":
    """Return the items with a calculation, each after those it is worked out from."""
    own = {item.link_id: item for item in questionnaire.walk() if item.calculated is not None}
    needs = {
        name: link_ids_used(questionnaire, item, item.calculated) & own.keys()
        for name, item in own.items()
    }
    return tuple(own[name] for name in TopologicalSorter(needs).static_order())


def circle(questionnaire: "Questionnaire") -> tuple[str, ...]:
    """Return the linkIds of items that wait for each other, if there are any."""
    needs = {item.link_id: _all_needed(questionnaire, item) for item in questionnaire.walk()}
    try:
        tuple(TopologicalSorter(needs).static_order())
    except CycleError as error:
        return tuple(error.args[1])
    return ()


def link_ids_used(questionnaire: "Questionnaire", item: "Item", path: Path | None) -> set[str]:
    """Return the linkIds that an expression of an item names, itself or through variables."""
    if path is None:
        return set()
    in_scope = _variables(questionnaire, item)
    found, waiting, seen = set[str](), [path], set[str]()
    while waiting:
        current = waiting.pop()
        found |= _named(current)
        new = (current.names & in_scope.keys()) - seen
        seen |= new
        waiting += [in_scope[name].path for name in new]
    return found & questionnaire.by_link_id.keys()


def _named(path: Path) -> set[str]:
    lists = _NAMED.findall(_OF_THE_FORM.sub("", path.expression))
    return {text[1:-1] for texts in lists for text in _TEXTS.findall(texts)}


def _variables(questionnaire: "Questionnaire", item: "Item") -> "dict[str, Variable]":
    chain = questionnaire.chains[item.link_id]
    holders = [questionnaire.by_link_id[link_id] for link_id in chain]
    below = [variable for holder in holders for variable in holder.variables]
    return {variable.name: variable for variable in (*questionnaire.variables, *below)}


def _decided_by(questionnaire: "Questionnaire", item: "Item") -> set[str]:
    parent = questionnaire.chains[item.link_id][-2:-1]
    return {*parent, *(condition.question for condition in item.enable_when)}


def _all_needed(questionnaire: "Questionnaire", item: "Item") -> set[str]:
    used = (link_ids_used(questionnaire, item, p) for p in (item.enable_path, item.calculated))
    return _decided_by(questionnaire, item).union(*used)
