"""The state of a form: what is enabled, what is calculated, what would be saved.

Calculations and conditions can wait for each other, so both are gone through until nothing changes
any more. In a form that does not come to rest in ``ROUNDS`` rounds, or in ``Context.steps`` steps
of all its expressions, no calculated item has a value, for no number is better than one that
depends on when we stopped, and no expression hides anything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from smartapp.errors import PathFailed
from smartapp.fhirpath import Allowance, Path
from smartapp.fhirpath.moment import minutes_of
from smartapp.forms.enablement import Enabling
from smartapp.forms.questionnaire import Item, Questionnaire, Value
from smartapp.forms.state_begin import begin
from smartapp.forms.state_place import Entry, ItemPath, Place, places
from smartapp.forms.state_scope import Context, Scope
from smartapp.forms.state_submitted import submitted
from smartapp.forms.state_values import as_values
from smartapp.forms.state_write import copied, put, values_of

__all__ = ["Context", "ItemPath", "Settled", "begin", "settle"]
ROUNDS = 20
STEPS_OF_A_PLACE = 3
Items = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Settled:
    """A form at rest.

    ``items`` are the answers with calculated values put in; what was disabled is still there.
    ``calculated`` is what each calculation gives, also where somebody wrote something else.
    ``failed`` are the places of expressions that could not be evaluated, or did not come to rest:
    there a calculated item has no value, an item is enabled, and an option is offered.
    """

    items: list[Entry]
    closed: frozenset[ItemPath]
    toggled_off: Mapping[ItemPath, frozenset[str]]
    calculated: Mapping[ItemPath, tuple[Value, ...]]
    failed: frozenset[ItemPath]
    _saved: list[Entry] = field(repr=False)
    _scope: Scope = field(repr=False, compare=False)
    _places: Mapping[ItemPath, Place] = field(repr=False, compare=False)

    def enabled(self, path: ItemPath) -> bool:
        """Tell whether an item is enabled; below a disabled one nothing is."""
        return not self.closed or not any(
            self._known(path[:length]) in self.closed for length in range(1, len(path) + 1)
        )

    def _known(self, path: ItemPath) -> ItemPath:
        """Return the path, or that of the first instance: one to be added is like it."""
        return path if path in self._places else (*path[:-1], (path[-1][0], 0))

    def submitted(self) -> list[Entry]:
        """Return the items to save: nothing disabled, nothing empty, in order, with their text."""
        saved: list[Entry] = copied(self._saved)
        return saved

    def evaluate(self, expression: Path, path: ItemPath = ()) -> list[Any]:
        """Return what an expression gives at an item, or at the form; raise PathFailed."""
        place = self._places.get(self._known(path)) if path else None
        if path and place is None:
            raise PathFailed("there is no such item")
        return self._scope.evaluate(expression, place)


def settle(
    questionnaire: Questionnaire, items: Items, context: Context, before: Items | None = None
) -> Settled:
    """Return the form at rest with these answers; the same answers always give the same.

    A calculated item that can be edited keeps what stands in it, unless that is what was
    calculated ``before``, with the answers of that time: then nobody has edited it.
    """
    earlier = None
    if before is not None and any(_is_editable(item) for item in questionnaire.calculations):
        earlier = settle(questionnaire, before, context).calculated
    return _Settling(questionnaire, items, context, earlier or {}).settled()


def _is_editable(item: Item) -> bool:
    return not (item.read_only or item.hidden)


class _Settling:
    """One form on its way to rest."""

    def __init__(
        self,
        questionnaire: Questionnaire,
        items: Items,
        context: Context,
        earlier: Mapping[ItemPath, tuple[Value, ...]],
    ) -> None:
        self._questionnaire = questionnaire
        self._context = context
        self._earlier = earlier
        self._items: list[Entry] = copied(list(items))
        self._places = places(questionnaire, self._items)
        self._failed: set[ItemPath] = set()
        self._has_given_up = False
        self._calculated: dict[ItemPath, tuple[Value, ...]] = {}
        self._allowance = Allowance(context.steps)
        zone = minutes_of(context.now)
        self._enabling = Enabling(questionnaire, self._places, zone, self._rule)
        self._calculations = self._in_order()
        self._look()

    def settled(self) -> Settled:
        if self._enabling.apply():
            self._look()
        if self._questionnaire.has_expressions:
            self._come_to_rest()
        off = {place.path: off for place in self._places if (off := self._off(place))}
        self._scope.allowance = Allowance(self._context.steps)
        return Settled(
            items=self._items,
            closed=frozenset(p for place in self._places if not place.is_open for p in _all(place)),
            toggled_off=off,
            calculated=self._calculated,
            failed=frozenset(self._failed),
            _saved=self._saved,
            _scope=self._scope,
            _places={place.path: place for place in self._places},
        )

    def _in_order(self) -> list[Place]:
        by_link_id = self._enabling.by_link_id
        return [
            self._places[number]
            for item in self._questionnaire.calculations
            for number in by_link_id.get(item.link_id, ())
        ]

    def _come_to_rest(self) -> None:
        for _ in range(ROUNDS):
            is_changed = self._round()
            if self._allowance.is_used_up:
                break
            if not is_changed:
                return
        self._give_up()

    def _give_up(self) -> None:
        self._has_given_up = True
        for place in self._calculations:
            self._calculated[place.path] = ()
            self._failed.add(place.path)
            self._put(place, ())
        self._enabling.apply()
        self._look()

    def _round(self) -> bool:
        """Go through everything once; tell whether anything changed."""
        self._failed.clear()
        changed = False
        for place in self._calculations:
            if self._allowance.is_used_up:
                return True
            if place.is_open and self._put(place, self._values(place)):
                changed = True
                self._look()
        if self._enabling.apply():
            changed = True
            self._look()
        return changed

    def _look(self) -> None:
        """Put together what expressions see; it costs some steps for every place."""
        self._allowance.left -= STEPS_OF_A_PLACE * len(self._places)
        roots = [place for place in self._places if place.parent is None]
        known, language = self._questionnaire.items, self._context.language
        self._saved = submitted(roots, self._items, known, language)
        self._scope = Scope(self._questionnaire, self._context, self._saved, self._allowance)

    def _rule(self, place: Place) -> bool:
        path = place.item.enable_path
        if path is None:
            return True
        if self._has_given_up:
            self._failed.add(place.path)
            return True
        return self._is_true(path, place)

    def _is_true(self, path: Path, place: Place) -> bool:
        """Evaluate a condition; one that fails hides nothing."""
        try:
            return self._scope.is_true(path, place)
        except PathFailed:
            self._failed.add(place.path)
            return True

    def _values(self, place: Place) -> tuple[Value, ...]:
        path = place.item.calculated
        try:
            results = self._scope.evaluate(path, place) if path is not None else []
        except PathFailed:
            self._failed.add(place.path)
            results = []
        values = as_values(place.item, results)
        self._calculated[place.path] = values
        return values

    def _put(self, place: Place, values: tuple[Value, ...]) -> bool:
        """Put calculated values in; tell whether the answers changed."""
        given = values_of(place)
        if given == values or (given and self._is_edited(place, given)):
            return False
        return put(self._questionnaire, self._items, place, values)

    def _is_edited(self, place: Place, given: tuple[Value, ...]) -> bool:
        return _is_editable(place.item) and self._earlier.get(place.path) != given

    def _off(self, place: Place) -> frozenset[str]:
        """Return the options that are not offered; one toggle that is true is enough to offer."""
        if not place.item.toggles or not place.is_open:
            return frozenset()
        named: dict[bool, set[str]] = {True: set(), False: set()}
        for toggle in place.item.toggles:
            named[self._is_true(toggle.path, place)].update(toggle.options)
        return frozenset(named[False] - named[True])


def _all(place: Place) -> list[ItemPath]:
    """Return the paths of a place, also those of a question as the parent of its children."""
    link_id = place.item.link_id
    count = 1 if place.is_group else max(len(place.answers), 1)
    if count == 1:
        return [place.path]
    return [(*place.path[:-1], (link_id, index)) for index in range(count)]
