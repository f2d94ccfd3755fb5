"""Enrollment in the record: a CarePlan, its CareTeam, and the red-flag checklist beside it.

How each is written is in ``careplan.py``, ``careteam.py`` and ``redflags.py``; here they are saved,
found, read and changed together.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from typing import TYPE_CHECKING, Any
from uuid import UUID

from smartapp.errors import EhrNonsense, EhrNotFound, EhrUnreachable
from smartapp.fhir import careplan, careteam, identity, kept, redflags
from smartapp.fhir.kept import Kept, Resource, identifier, keep
from smartapp.fhir.place import Place
from smartapp.fhir.saving import update
from smartapp.program.enrollment import Enrollment

if TYPE_CHECKING:
    from smartapp.fhir.chart import Chart

log = logging.getLogger(__name__)

ROLE = "enrollment"
"""The part of an enrollment form that is the CarePlan, for its identifier."""


def enroll(
    chart: "Chart",
    enrollment: Enrollment,
    red_flags: Mapping[str, bool],
    form_id: UUID,
    cleared: str = "",
) -> Kept[Enrollment]:
    """Save a new enrollment with its team and checklist, all together where the EHR can.

    ``cleared`` says who cleared the red flags that are present, and when.
    """
    answers = redflags.checklist(chart, red_flags, form_id, cleared)
    team = careteam.new_team(chart, enrollment, form_id)
    plan = careplan.write(chart, enrollment)
    plan["identifier"] = [identifier(form_id, ROLE)]
    plan["careTeam"] = [{"reference": identity.urn(team)}]
    plan["supportingInfo"] = [{"reference": identity.urn(answers)}]
    _, team, plan = chart.save_together([answers, team, plan], form_id)
    return keep(careplan.read(plan, [team]), plan)


def record_red_flags(chart: "Chart", red_flags: Mapping[str, bool], form_id: UUID) -> Resource:
    """Save the checklist alone: a flag was present, and nobody was enrolled."""
    (answers,) = chart.save_together([redflags.checklist(chart, red_flags, form_id)], form_id)
    return answers


def save_change(
    chart: "Chart", kept_: Kept[Enrollment], enrollment: Enrollment, form_id: UUID
) -> Kept[Enrollment]:
    """Save ``enrollment`` over ``kept_.version``; ``EhrConflict`` when it is no longer current.

    When it has ended, its CareTeam is ended too, as an errand of the saving.
    """
    if enrollment == kept_.thing:
        return keep(kept_.thing, kept_.resource)
    changed = careplan.change(chart, kept_.resource, kept_.thing, enrollment)
    plan = chart.save(kept_.resource, changed, kept_.version, form_id)
    return keep(enrollment, plan)


def keep_change(
    chart: "Chart", kept_: Kept[Enrollment], enrollment: Enrollment, form_id: UUID
) -> None:
    """Keep ``enrollment`` to be saved over ``kept_.version`` later, as ``goal.keep_change``."""
    if enrollment != kept_.thing:
        changed = careplan.change(chart, kept_.resource, kept_.thing, enrollment)
        chart.save_later(kept_.resource, changed, kept_.version, form_id)


def understood(chart: "Chart", rows: Sequence[Resource]) -> Kept[Enrollment] | None:
    """The enrollment in a CarePlan of ours and, behind it, its teams."""
    found, _ = read_enrollments(chart, rows[:1], rows[1:])
    return next(iter(found), None)


def disband(chart: "Chart", plan: Resource, form_id: UUID) -> None:
    """End the teams of an enrollment that has ended, on its last day, unless they are."""
    for team in _teams(chart, plan):
        if team.get("status") != "active":
            continue
        ended = deepcopy(team)
        ended["status"] = "inactive"
        ended.setdefault("period", {})["end"] = plan["period"]["end"]
        made = update(chart.places, team, ended, keep(None, team).version)
        chart.attest([made], "UPDATE", form_id)


def read(chart: "Chart", id_: str) -> Kept[Enrollment]:
    """The enrollment as it is now; ``EhrNonsense`` when the CarePlan is not one of ours."""
    return read_with_teams(chart, id_)[0]


def read_with_teams(chart: "Chart", id_: str) -> tuple[Kept[Enrollment], list[Resource]]:
    """The same, and the CareTeams it was understood with."""
    plan = chart.read("CarePlan", id_)
    teams = _teams(chart, plan)
    found = understood(chart, [plan, *teams])
    if found is None:
        raise EhrNonsense
    return found, teams


def made_by(enrollments: Iterable[Kept[Enrollment]], form_id: UUID) -> Kept[Enrollment] | None:
    """The enrollment this form has already made, if it has."""
    return next((e for e in enrollments if kept.made_by(e.resource, form_id, ROLE)), None)


def taken(chart: "Chart", resources: Iterable[Resource]) -> bool:
    """Whether ``resources`` enroll a patient whom somebody else has enrolled by now."""
    made = [r for r in resources if r["resourceType"] == "CarePlan" and careplan.is_enrollment(r)]
    if not made:
        return False
    ours = set(identity.keys(made[0]))
    active = (plan for plan in _plans(chart) if not careplan.has_ended(plan))
    return any(ours.isdisjoint(identity.keys(other)) for other in active)


def _plans(chart: "Chart") -> list[Resource]:
    """Every enrollment's CarePlan; the store's, where enrollments go there and no EHR is asked."""
    try:
        return [kept_.resource for kept_ in chart.open().enrollments]
    except EhrUnreachable:
        if chart.plan()["CarePlan"].place is not Place.STORE:
            raise
    try:
        with chart.places.opened() as shelf:
            whose = ("patient", f"Patient/{shelf.client.patient}")
            return [row for row in shelf.search("CarePlan", [whose]) if careplan.is_enrollment(row)]
    except EhrNotFound:
        return []


def read_enrollments(
    chart: "Chart", plans: Iterable[Resource], teams: Sequence[Mapping[str, Any]]
) -> tuple[tuple[Kept[Enrollment], ...], bool]:
    """All enrollments among the CarePlans, newest first, and whether all could be understood."""
    ours = [plan for plan in kept.once(plans) if careplan.is_enrollment(plan)]
    found: list[Kept[Enrollment]] = []
    for plan in ours:
        try:
            found.append(keep(careplan.read(plan, _of(chart, plan, teams)), plan))
        except ValueError as error:
            log.warning("an enrollment cannot be understood: %s", error)
    found.sort(key=lambda e: (e.thing.started, e.resource.get("created") or ""), reverse=True)
    return tuple(found), len(found) == len(ours)


def _of(
    chart: "Chart", plan: Resource, teams: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    mine = _team_ids(chart, plan)
    return [team for team in teams if team.get("id") in mine]


def _team_ids(chart: "Chart", plan: Resource) -> list[str]:
    named = [chart.named(team) for team in plan.get("careTeam") or ()]
    return [team.id for team in named if team]


def _teams(chart: "Chart", plan: Resource) -> list[Resource]:
    ids = _team_ids(chart, plan)
    return chart.client.together(*(lambda i=i: chart.read("CareTeam", i) for i in ids))
