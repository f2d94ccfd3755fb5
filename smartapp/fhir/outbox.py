"""The seam through which a chart hands on what it is about to write, before it writes it.

What follows from an entry (who made it, its link from the enrollment) is an *errand*: a saving of
its own, kept before the entry counts as saved, and sent behind it (``errand.py``).
"""

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from smartapp.errors import GshError
from smartapp.fhir.kept import Resource
from smartapp.fhir.place import Place, home, place_of

if TYPE_CHECKING:
    from smartapp.fhir.chart import Chart

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Saving:
    """What a form wants written: ``resources`` created together, or, when there is a ``before``,
    the one of them put over its ``version``.

    ``into`` is the CarePlan a new goal is to be named in (``CarePlan/7``, or ``errand.ACTIVE``).
    With an ``errand`` it is what follows from an entry, and ``resources`` are what that is about.
    """

    form_id: UUID
    resources: tuple[Resource, ...]
    before: Resource | None = None
    version: str = ""
    into: str = ""
    errand: str = ""


class Outbox(Protocol):
    """What keeps savings until they are in the record."""

    def kept(self, chart: "Chart", saving: Saving) -> AbstractContextManager[None]:
        """Keep it, let it be sent within, and take down how that ended.

        Raises ``EhrWaiting`` instead of letting it be sent before an earlier one of the patient.
        """

    def follow(self, chart: "Chart", errand: Saving) -> None:
        """Keep an errand, and run it when what is being sent is settled; what stops it is told to
        nobody here, because the entry is saved."""

    def later(self, chart: "Chart", saving: Saving) -> None:
        """Keep it to be sent later; nothing is tried now."""


class Unkept:
    """No outbox: what cannot be sent is not kept."""

    @contextmanager
    def kept(self, chart: "Chart", saving: Saving) -> Iterator[None]:  # noqa: ARG002 - the seam's
        """Let it be sent."""
        yield

    def follow(self, chart: "Chart", errand: Saving) -> None:
        """Run it now, or give it up."""
        try:
            chart.run(errand)
        except GshError as error:
            log.warning("an errand was given up (%s): %s", errand.errand, error.code)

    def later(self, chart: "Chart", saving: Saving) -> None:
        """Nothing is kept."""


def bound_for(chart: "Chart", saving: Saving) -> Place:
    """The program's store when all of it belongs there by now, else the EHR; a note always."""
    if chart.places.store is None or saving.resources[0]["resourceType"] == "DocumentReference":
        return Place.EHR
    if saving.into and saving.errand:
        return place_of(saving.into.partition("/")[2])
    if saving.before is not None:
        return home(saving.before)
    if "id" in saving.resources[0]:
        return home(saving.resources[0])
    plan = chart.plan()
    kept = {plan[resource["resourceType"]].place for resource in saving.resources}
    return Place.STORE if kept == {Place.STORE} else Place.EHR
