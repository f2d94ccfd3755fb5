"""The seam through which a chart hands on what it is about to write, before it writes it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from smartapp.fhir.kept import Resource
from smartapp.fhir.place import Place, home

if TYPE_CHECKING:
    from smartapp.fhir.chart import Chart


@dataclass(frozen=True)
class Saving:
    """What a form wants written: ``resources`` created together, or, when there is a ``before``,
    the one of them put over its ``version``."""

    form_id: UUID
    resources: tuple[Resource, ...]
    before: Resource | None = None
    version: str = ""


class Outbox(Protocol):
    """What keeps savings until they are in the record."""

    def kept(self, chart: "Chart", saving: Saving) -> AbstractContextManager[None]:
        """Keep it, let it be sent within, and take down how that ended.

        Raises ``EhrWaiting`` instead of letting it be sent before an earlier one of the patient.
        """


class Unkept:
    """No outbox: what cannot be sent is not kept."""

    @contextmanager
    def kept(self, chart: "Chart", saving: Saving) -> Iterator[None]:  # noqa: ARG002 - the seam's
        """Let it be sent."""
        yield


def bound_for(chart: "Chart", saving: Saving) -> Place:
    """The program's store when all of it belongs there by now, else the EHR."""
    if chart.places.store is None:
        return Place.EHR
    if saving.before is not None:
        return home(saving.before)
    plan = chart.plan()
    kept = {plan[resource["resourceType"]].place for resource in saving.resources}
    return Place.STORE if kept == {Place.STORE} else Place.EHR
