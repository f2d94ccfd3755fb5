"""Evaluating a form's expressions: what each may see, and what comes of it.

The focus and ``%context`` are the item's entry in the response, ``%resource`` the response as it
would be submitted now, ``%questionnaire`` and ``%qitem`` the form and the item. Variables come from
the root down, each seeing those above it.
Source: SDC 3.0 "Expressions", environment variables.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from smartapp.errors import PathFailed
from smartapp.fhirpath import Allowance, Path
from smartapp.forms.looked_up import LAUNCH
from smartapp.forms.questionnaire import Questionnaire, Variable
from smartapp.forms.state_place import Entry, Place

Known = Mapping[str, Any]
MOST_STEPS = 1_000_000
"""Steps that all expressions of a form may take together, each mostly below a microsecond.

A hundred calculations that each look through three hundred items take about half of them.
"""


@dataclass(frozen=True)
class Context:
    """What a form is filled in with: the time (aware), the language, what the launch gives.

    ``resources`` has the launch's ``user`` and ``encounter``; what is not given is empty. ``steps``
    are those of all expressions together.
    """

    now: datetime
    language: str = ""
    patient: Mapping[str, Any] | None = None
    resources: Mapping[str, Any] = field(default_factory=dict)
    steps: int = MOST_STEPS


class Scope:
    """The variables of one state of the answers; nothing is evaluated twice.

    All that is evaluated takes its steps from the ``allowance``.
    """

    def __init__(
        self,
        questionnaire: Questionnaire,
        context: Context,
        items: list[Entry],
        allowance: Allowance,
    ) -> None:
        self._context = context
        self.allowance = allowance
        self.response = _response(questionnaire, items)
        given = {**context.resources, "patient": context.patient}
        self._root: dict[str, Any] = {name: given.get(name) or [] for name in LAUNCH}
        self._root |= {name: self.response for name in ("resource", "rootResource")}
        self._root["questionnaire"] = questionnaire.raw
        self._known: dict[int, Known] = {}
        self._root = self._with(self._root, questionnaire.variables, self.response)

    def evaluate(self, path: Path, place: Place | None = None) -> list[Any]:
        """Return what an expression gives at a place, or at the root; raise PathFailed."""
        if place is None:
            return self._run(path, self.response, {**self._root, "context": self.response})
        focus = place.shown or {"linkId": place.item.link_id}
        own = {"context": focus, "qitem": place.item.raw}
        return self._run(path, focus, {**self._names(place), **own})

    def is_true(self, path: Path, place: Place | None = None) -> bool:
        """Tell whether an expression gives true; nothing and false are not."""
        found = self.evaluate(path, place)
        if len(found) > 1:
            raise PathFailed("several values where true or false is expected")
        return bool(found) and found[0] is not False

    def _names(self, place: Place) -> Known:
        known = self._known.get(id(place))
        if known is None:
            above = self._names(place.parent) if place.parent else self._root
            focus = place.shown or {"linkId": place.item.link_id}
            known = self._with(above, place.item.variables, focus)
            self._known[id(place)] = known
        return known

    def _with(self, above: Known, variables: Iterable[Variable], focus: Entry) -> dict[str, Any]:
        """Return the names with those of variables; one that cannot be evaluated is empty."""
        known = dict(above)
        for variable in variables:
            try:
                known[variable.name] = self._run(variable.path, focus, {**known, "context": focus})
            except PathFailed:
                known[variable.name] = []
        return known

    def _run(self, path: Path, focus: Entry, known: Known) -> list[Any]:
        return path.evaluate(focus, known, now=self._context.now, allowance=self.allowance)


def _response(questionnaire: Questionnaire, items: list[Entry]) -> Entry:
    return {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": questionnaire.canonical,
        "status": "in-progress",
        "item": items,
    }
