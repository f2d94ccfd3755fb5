"""Functions on collections (FHIRPath 2.0.0, sections 5.1 to 5.4, 5.8 and "Aggregates")."""

from collections.abc import Callable

from smartapp.errors import PathFailed
from smartapp.fhirpath.element import children
from smartapp.fhirpath.equality import key
from smartapp.fhirpath.function import Function, of_all
from smartapp.fhirpath.kind import has_kind
from smartapp.fhirpath.operator import distinct
from smartapp.fhirpath.run import Run, Step
from smartapp.fhirpath.value import Items, plain, truth, whole


def _where(run: Run, items: Items, criterion: Step) -> Items:
    return [item for item, found in run.each(criterion, items) if truth(found)]


def _select(run: Run, items: Items, projection: Step) -> Items:
    found = [each for _, answer in run.each(projection, items) for each in answer]
    run.spend(len(found))
    return found


def _exists(run: Run, items: Items, *criteria: Step) -> Items:
    for criterion in criteria:
        items = _where(run, items, criterion)
    return [bool(items)]


def _all(run: Run, items: Items, criterion: Step) -> Items:
    return [all(truth(found) for _, found in run.each(criterion, items))]


def _repeat(run: Run, items: Items, projection: Step) -> Items:
    """Follow the projection until nothing new comes; what was seen is not followed again."""
    found: dict[object, object] = {}
    waiting = list(items)
    while waiting:
        new = []
        for item in _select(run, waiting, projection):
            mark = (
                id(item.value)
                if hasattr(item, "value") and isinstance(item.value, dict)
                else key(run, item)
            )
            if mark not in found:
                found[mark] = item
                new.append(item)
        waiting = new
    return list(found.values())


def _descendants(run: Run, items: Items) -> Items:
    found: Items = []
    waiting = children(run, items)
    while waiting:
        found += waiting
        waiting = children(run, waiting)
    return found


def _of_type(run: Run, items: Items, name: str) -> Items:
    return [item for item in items if has_kind(item, name)]


def _as_type(run: Run, items: Items, name: str) -> Items:
    if len(items) > 1:
        raise PathFailed("as needs one value")
    return _of_type(run, items, name)


def _is_type(run: Run, items: Items, name: str) -> Items:
    if len(items) > 1:
        raise PathFailed("is needs one value")
    return [has_kind(item, name) for item in items]


def _single(run: Run, items: Items) -> Items:
    if len(items) > 1:
        raise PathFailed("single() found several")
    return items


def _skip(run: Run, items: Items, count: Items) -> Items:
    return items[max(whole(count) or 0, 0) :]


def _take(run: Run, items: Items, count: Items) -> Items:
    return items[: max(whole(count) or 0, 0)]


def _keys(run: Run, items: Items) -> set[object]:
    return {key(run, item) for item in items}


def _intersect(run: Run, items: Items, others: Items) -> Items:
    among = _keys(run, others)
    return [item for item in distinct(run, items) if key(run, item) in among]


def _exclude(run: Run, items: Items, others: Items) -> Items:
    among = _keys(run, others)
    return [item for item in items if key(run, item) not in among]


def _combine(run: Run, items: Items, others: Items) -> Items:
    run.spend(len(items) + len(others))
    return items + others


def _aggregate(run: Run, items: Items, step: Step, *start: Step) -> Items:
    outer = run.total
    run.total = start[0](run, run.this) if start else []
    this, index = run.this, run.index
    for number, item in enumerate(items):
        run.spend(1 + len(run.total))
        run.this, run.index = [item], [number]
        run.total = step(run, run.this)
    run.this, run.index = this, index
    total, run.total = run.total, outer
    return total


def _if(run: Run, items: Items, criterion: Step, yes: Step, *no: Step) -> Items:
    """``iif``: only the branch that is needed is evaluated (FHIRPath 2.0.0, 5.5.1)."""
    focus = items
    chosen = [yes] if truth(criterion(run, focus)) else [*no]
    return chosen[0](run, focus) if chosen else []


def _every(wanted: bool) -> Callable[[Items], bool]:
    return lambda values: all(_boolean(value) is wanted for value in values)


def _any(wanted: bool) -> Callable[[Items], bool]:
    return lambda values: any(_boolean(value) is wanted for value in values)


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise PathFailed("allTrue() and the like need booleans")
    return value


def _not(run: Run, items: Items) -> Items:
    value = truth(items)
    return [] if value is None else [not value]


def _has_value(run: Run, items: Items) -> Items:
    return [len(items) == 1 and _is_primitive(items[0])]


def _value(run: Run, items: Items) -> Items:
    return [plain(items[0])] if len(items) == 1 and _is_primitive(items[0]) else []


def _is_primitive(item: object) -> bool:
    value = plain(item)
    return value is not None and not isinstance(value, dict)


COLLECTION: dict[str, Function] = {
    "empty": Function(lambda run, items: [not items]),
    "exists": Function(_exists, 0, 1, "steps"),
    "all": Function(_all, 1, 1, "steps"),
    "allTrue": of_all(_every(True)),
    "allFalse": of_all(_every(False)),
    "anyTrue": of_all(_any(True)),
    "anyFalse": of_all(_any(False)),
    "subsetOf": Function(lambda run, a, b: [_keys(run, a) <= _keys(run, b)], 1, 1),
    "supersetOf": Function(lambda run, a, b: [_keys(run, a) >= _keys(run, b)], 1, 1),
    "count": Function(lambda run, items: [len(items)]),
    "distinct": Function(distinct),
    "isDistinct": Function(lambda run, items: [len(distinct(run, items)) == len(items)]),
    "where": Function(_where, 1, 1, "steps"),
    "select": Function(_select, 1, 1, "steps"),
    "repeat": Function(_repeat, 1, 1, "steps"),
    "ofType": Function(_of_type, 1, 1, "type"),
    "as": Function(_as_type, 1, 1, "type"),
    "is": Function(_is_type, 1, 1, "type"),
    "single": Function(_single),
    "first": Function(lambda run, items: items[:1]),
    "last": Function(lambda run, items: items[-1:]),
    "tail": Function(lambda run, items: items[1:]),
    "skip": Function(_skip, 1, 1),
    "take": Function(_take, 1, 1),
    "intersect": Function(_intersect, 1, 1),
    "exclude": Function(_exclude, 1, 1),
    "union": Function(lambda run, a, b: distinct(run, a + b), 1, 1),
    "combine": Function(_combine, 1, 1),
    "iif": Function(_if, 2, 3, "steps"),
    "aggregate": Function(_aggregate, 1, 2, "steps"),
    "children": Function(children),
    "descendants": Function(_descendants),
    "not": Function(_not),
    "hasValue": Function(_has_value),
    "getValue": Function(_value),
    "trace": Function(lambda run, items, name, *shown: items, 1, 2, "steps"),
}
