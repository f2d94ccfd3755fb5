"""Functions of forms: extension(), and SDC's answers(), ordinal() and weight().

Sources: FHIR R4 "FHIRPath", SDC 4.0 "Using Expressions" (Supplements), and the extensions
ordinalValue and itemWeight.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from smartapp.errors import PathFailed
from smartapp.fhirpath.element import child
from smartapp.fhirpath.function import Function
from smartapp.fhirpath.run import Run
from smartapp.fhirpath.value import Items, Node, plain, text

SCORES = (
    "http://hl7.org/fhir/StructureDefinition/itemWeight",
    "http://hl7.org/fhir/StructureDefinition/ordinalValue",
    "http://hl7.org/fhir/StructureDefinition/questionnaire-ordinalValue",
)
_extensions, _items, _answers, _values = map(child, ("extension", "item", "answer", "value"))


def _extension(run: Run, items: Items, url: Items) -> Items:
    wanted = text(url)
    held = [Node(item.extra, "", item) for item in items if _has_extra(item)]
    found = _extensions(run, items + held)
    return [
        node for node in found if isinstance(node.value, dict) and node.value.get("url") == wanted
    ]


def _has_extra(item: Any) -> bool:
    return type(item) is Node and isinstance(item.extra, dict)


def _all_answers(run: Run, items: Items) -> Items:
    """Return every answer at or below the items (SDC ``answers()``)."""
    found: Items = []
    waiting = items
    while waiting:
        answers = _answers(run, waiting)
        found += answers
        waiting = _items(run, waiting) + _items(run, answers)
    return _values(run, found)


def _ordinal(run: Run, items: Items) -> Items:
    """Return the score of each coding that has one; those without are left out, never zero."""
    found = [_score(run, item) for item in items if type(item) is Node]
    return [score for score in found if score is not None]


def _score(run: Run, node: Node) -> Decimal | None:
    if isinstance(node.value, dict) and "value" not in node.value:
        node = next(iter(_values(run, [node])), node)
    own = _written(node.value if isinstance(node.value, dict) else node.extra)
    link = _link_id(node)
    return own if own is not None or link is None else _from_questionnaire(run, node, link)


def _written(element: Any) -> Decimal | None:
    """Return the score that an element carries as an extension."""
    extensions = element.get("extension") if isinstance(element, dict) else None
    for extension in extensions if isinstance(extensions, list) else []:
        if isinstance(extension, dict) and extension.get("url") in SCORES:
            value = extension.get("valueDecimal", extension.get("valueInteger"))
            return None if value is None else Decimal(str(value))
    return None


def _link_id(node: Node) -> Any:
    answer = node.parent
    return answer.parent.value.get("linkId") if answer and answer.parent else None


def _from_questionnaire(run: Run, node: Node, link: Any) -> Decimal | None:
    form = run.variables.get("questionnaire")
    if not form:
        raise PathFailed("ordinal() needs %questionnaire, or a score on the answer")
    whole = plain(form[0])
    asked = next((item for item in _asked(run, whole) if item.get("linkId") == link), None)
    if asked is None:
        raise PathFailed("ordinal() found no question for an answer")
    offered = [*_listed(asked, "answerOption"), *_contained(whole, asked)]
    fitting = (option for option in offered if _is_chosen(option, node.value))
    return next((_option_score(option) for option in fitting), None)


def _asked(run: Run, form: Any) -> Iterator[Any]:
    waiting = _listed(form, "item")
    while waiting:
        run.spend(1)
        item = waiting.pop()
        yield item
        waiting += _listed(item, "item")


def _listed(element: Any, name: str) -> list[Any]:
    """Return the elements of a name, none where the JSON is not as FHIR has it."""
    held = element.get(name) if isinstance(element, dict) else None
    return [part for part in held if isinstance(part, dict)] if isinstance(held, list) else []


def _contained(form: Any, asked: Any) -> Iterator[Any]:
    """Yield the concepts of the item's contained ValueSet, as answer options."""
    name = str(asked.get("answerValueSet", "")).removeprefix("#")
    for resource in _listed(form, "contained"):
        if resource.get("id") == name and resource.get("resourceType") == "ValueSet":
            yield from map(_as_option, _listed(resource.get("expansion"), "contains"))
            for part in _listed(resource.get("compose"), "include"):
                for concept in _listed(part, "concept"):
                    yield _as_option({"system": part.get("system")} | concept)


def _as_option(concept: Any) -> dict[str, Any]:
    return {"valueCoding": concept}


def _option_score(option: Any) -> Decimal | None:
    score = _written(option)
    held = next((option[name] for name in option if name.startswith(("value", "_value"))), None)
    return _written(held) if score is None else score


def _is_chosen(option: Any, value: Any) -> bool:
    coding = option.get("valueCoding")
    if isinstance(coding, dict) and isinstance(value, dict):
        return all(coding.get(part) == value.get(part) for part in ("system", "code"))
    return any(option[name] == value for name in option if name.startswith("value"))


FORMS = {
    "extension": Function(_extension, 1, 1),
    "answers": Function(_all_answers),
    "ordinal": Function(_ordinal),
    "weight": Function(_ordinal),
}
