"""Errands: what follows from an entry that is saved, each kept and sent like an entry itself.

They may be run again however often: what is there already is left as it is. None holds up what a
person entered, and none is a reason to say that an entry was not saved.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from smartapp.fhir import amendment, authored, careplan, enrollment, filing, goal, safety, saving
from smartapp.fhir.kept import Resource
from smartapp.fhir.outbox import Saving
from smartapp.fhir.place import Place
from smartapp.fhir.provenance import Activity, provenance

if TYPE_CHECKING:
    from smartapp.fhir.chart import Chart

ACTIVE = goal.ACTIVE


class Errand(StrEnum):
    """What can follow: say who made it, name a goal in its CarePlan, end the team of an exit, mark
    the notes that a note replaces, mark what a response to a safety alert has dealt with,
    bring scores after corrected answers."""

    ATTEST = "attest"
    LINK = "link"
    DISBAND = "disband"
    SUPERSEDE = filing.SUPERSEDE
    RESOLVE = safety.RESOLVE
    RESCORE = amendment.RESCORE


def after(chart: "Chart", done: Saving, kept: Sequence[Resource]) -> Iterator[Saving]:
    """The errands of an entry that is in the record as ``kept``."""
    yield from attested(chart, kept, "UPDATE" if done.before else "CREATE", done.form_id)
    if done.into:
        yield Saving(done.form_id, (kept[0],), into=done.into, errand=Errand.LINK)
    if done.before and _ends(done.before, kept[0]):
        yield Saving(done.form_id, (kept[0],), errand=Errand.DISBAND)
    if done.before and amendment.amends(done.before, kept[0]):
        yield Saving(done.form_id, (kept[0],), errand=Errand.RESCORE)
    if safety.ends(kept[0]):
        yield Saving(done.form_id, (kept[0],), errand=Errand.RESOLVE)


def attested(
    chart: "Chart", kept: Sequence[Resource], activity: Activity, form_id: UUID
) -> Iterator[Saving]:
    """The errand of saying who made these versions; none where nobody would keep it."""
    if chart.places.store is None and chart.plan()["Provenance"].place is not Place.EHR:
        return
    agent = chart.authorship("who") or {"who": {"display": chart.author_name or "unknown"}}
    if chart.organization:
        agent["onBehalfOf"] = {"reference": chart.organization}
    reason = amendment.reason_of(kept[0]) if activity == "UPDATE" else ""
    made = provenance(kept, activity, agent, chart.moment(), form_id, reason)
    yield Saving(form_id, (made,), errand=Errand.ATTEST)


def run(chart: "Chart", errand: Saving) -> None:
    """Do it unless it is done; raises what writing raises."""
    _DOING[Errand(errand.errand)](chart, errand)


def _attest(chart: "Chart", errand: Saving) -> None:
    (made,) = errand.resources
    authored.check(made)
    saving.create(chart.places, made)


def _link(chart: "Chart", errand: Saving) -> None:
    goal.link(chart, errand.resources[0], errand.into, errand.form_id)


def _rescore(chart: "Chart", errand: Saving) -> None:
    amendment.rescore(chart, errand.resources[0], errand.form_id)


def _disband(chart: "Chart", errand: Saving) -> None:
    enrollment.disband(chart, errand.resources[0], errand.form_id)


def _supersede(chart: "Chart", errand: Saving) -> None:
    filing.supersede(chart, errand.resources[0], errand.form_id)


def _resolve(chart: "Chart", errand: Saving) -> None:
    safety.resolve(chart, errand.resources[0], errand.form_id)


def _ends(before: Mapping[str, Any], kept: Mapping[str, Any]) -> bool:
    """Whether a change ended an enrollment."""
    if kept["resourceType"] != "CarePlan" or not careplan.is_enrollment(kept):
        return False
    return careplan.has_ended(kept) and not careplan.has_ended(before)


_DOING: dict[Errand, Callable[["Chart", Saving], None]] = {
    Errand.RESCORE: _rescore,
    Errand.ATTEST: _attest,
    Errand.LINK: _link,
    Errand.DISBAND: _disband,
    Errand.SUPERSEDE: _supersede,
    Errand.RESOLVE: _resolve,
}
