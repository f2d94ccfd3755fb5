"""Which items of a form are enabled.

A condition looks at the nearest question of its linkId: within the closest ancestor that both
share, and there at the last one before the item, else the first one after it. The answers of
a disabled question count as absent, and what is below a disabled item is disabled.
Source: FHIR R4 Questionnaire.item.enableWhen, enableBehavior and its notes.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from smartapp.forms.enablement_compare import holds
from smartapp.forms.questionnaire import Condition, Questionnaire
from smartapp.forms.state_place import Place, has_value


@dataclass(slots=True)
class Enabling:
    """The places of one form, to be opened and closed; ``rule`` evaluates enableWhenExpression."""

    questionnaire: Questionnaire
    places: Sequence[Place]
    zone: int
    rule: Callable[[Place], bool]
    by_link_id: dict[str, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for number, place in enumerate(self.places):
            self.by_link_id.setdefault(place.item.link_id, []).append(number)

    def apply(self) -> bool:
        """Open and close every place; tell whether any changed."""
        changed = False
        for link_id in self.questionnaire.order:
            for number in self.by_link_id.get(link_id, ()):
                place = self.places[number]
                before, place.is_open = place.is_open, self._is_open(number)
                changed |= before is not place.is_open
        return changed

    def _is_open(self, number: int) -> bool:
        place = self.places[number]
        if place.parent is not None and not place.parent.is_open:
            return False
        conditions = place.item.enable_when
        if conditions:
            combined = all if place.item.enable_all else any
            if not combined(self._holds(condition, number) for condition in conditions):
                return False
        return place.item.enable_path is None or self.rule(place)

    def _holds(self, condition: Condition, number: int) -> bool:
        target = self._nearest(condition.question, number)
        answers = target.answers if target is not None and target.is_open else []
        return holds(condition, [a for a in answers if has_value(a)], self.zone)

    def _nearest(self, link_id: str, number: int) -> Place | None:
        """Return the question that is meant; places of one linkId in one ancestor lie together."""
        found = self.by_link_id.get(link_id, [])
        after = bisect_left(found, number)
        path = self.places[number].path
        shared = self.questionnaire.shared(path[-1][0], link_id)
        for candidate in (*found[max(after - 1, 0) : after], *found[after : after + 1]):
            if self.places[candidate].path[:shared] == path[:shared]:
                return self.places[candidate]
        return None
