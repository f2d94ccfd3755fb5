"""Goals as FHIR Goals, the patient's words in ``description.text``.

Our extensions on Goal: ``goal-importance`` and ``goal-confidence`` (valueInteger, 0 to 10). Whoever
marked progress, when, and with which note is the last Annotation together with ``statusDate``.
Goals of others are read as far as they say something, and only what was changed here is changed
in them.
"""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from smartapp.errors import EhrConflict, EhrUnsure, StoreUnsure
from smartapp.fhir import names
from smartapp.fhir.kept import (
    Kept,
    Resource,
    codes,
    coding,
    concept,
    day,
    extend,
    extension,
    identifier,
    keep,
    label,
    once,
)
from smartapp.fhir.saving import update
from smartapp.program.enrollment import Enrollment, EnrollmentStatus
from smartapp.program.goal import Achievement, Goal

if TYPE_CHECKING:
    from smartapp.fhir.chart import Chart

ACTIVE = "CarePlan/"
"""In place of a CarePlan: that of whichever enrollment is active when the goal is named in it."""
_ENDED = frozenset({"completed", "cancelled", "rejected"})
_LINK_TRIES = 3
_NEVER = datetime.min.replace(tzinfo=UTC)


def add(
    chart: "Chart",
    goal: Goal,
    enrollment: Kept[Enrollment] | None,
    form_id: UUID,
    *,
    unread: bool = False,
) -> Kept[Goal]:
    """Save a new goal, and name it in the enrollment's CarePlan.

    ``unread``: whether there is an enrollment could not be asked, so that it is looked for when
    the goal is saved. A goal that could not be linked is kept all the same: the record shows it as
    the patient's.
    """
    made = _new(chart, goal, enrollment, form_id)
    into = enrollment.reference if enrollment else ACTIVE if unread else ""
    (kept,) = chart.save_together([made], form_id, into)
    return read_goal(kept)


def link(chart: "Chart", kept: Mapping[str, Any], into: str, form_id: UUID) -> None:
    """Name a goal in a CarePlan (``into``) unless it is; ``ACTIVE`` may find none to name it in."""
    reference, doubtful = f"Goal/{kept['id']}", False
    for _ in range(_LINK_TRIES):
        plan = _plan(chart, into)
        goals = plan.get("goal") or [] if plan else []
        if plan is None or any(chart.names(g, reference) for g in goals):
            if plan and doubtful:
                chart.attest([plan], "UPDATE", form_id)
            return
        linked = {**deepcopy(plan), "goal": [*deepcopy(goals), {"reference": reference}]}
        try:
            made = update(chart.places, plan, linked, keep(None, plan).version)
        except EhrConflict:
            continue
        except (EhrUnsure, StoreUnsure):
            doubtful = True
            continue
        chart.attest([made], "UPDATE", form_id)
        return
    raise EhrUnsure if doubtful else EhrConflict


def save_change(chart: "Chart", kept: Kept[Goal], goal: Goal, form_id: UUID) -> Kept[Goal]:
    """Save ``goal`` over ``kept.version``; raises ``EhrConflict`` when it is no longer current.

    What the record already says is not written again.
    """
    if goal == kept.thing:
        return keep(kept.thing, kept.resource)
    changed = _changed(chart, kept, goal)
    return read_goal(chart.save(kept.resource, changed, kept.version, form_id))


def keep_change(chart: "Chart", kept: Kept[Goal], goal: Goal, form_id: UUID) -> None:
    """Keep ``goal`` to be saved over ``kept.version`` later, while the record cannot be asked."""
    if goal != kept.thing:
        changed = _changed(chart, kept, goal)
        chart.save_later(kept.resource, changed, kept.version, form_id)


def read(chart: "Chart", id_: str) -> Kept[Goal]:
    """The goal as it is now."""
    return read_goal(chart.read("Goal", id_))


def versions(chart: "Chart", id_: str) -> tuple[Kept[Goal], ...]:
    """Every version the record keeps of the goal, newest first."""
    found = [read_goal(row) for row in chart.history("Goal", id_)]
    # Some servers turn the order round at every asking; what is simultaneous keeps its order.
    found.sort(key=lambda kept: kept.updated or _NEVER, reverse=True)
    return tuple(found)


def read_goals(rows: Iterable[Resource]) -> tuple[Kept[Goal], ...]:
    """All goals that count, those worked on first, then by the day they were set."""
    counting = [row for row in once(rows) if row.get("lifecycleStatus") != "entered-in-error"]
    found = [read_goal(row) for row in counting]
    found.sort(key=lambda kept: (kept.thing.closed, kept.thing.started or date.min))
    return tuple(found)


def read_goal(resource: Resource) -> Kept[Goal]:
    """The goal in a Goal resource."""
    marked = day(resource.get("statusDate"))
    goal = Goal(
        text=label(resource.get("description") or {}),
        started=day(resource.get("startDate")),
        due=_due(resource),
        importance=_number(resource, names.IMPORTANCE),
        confidence=_number(resource, names.CONFIDENCE),
        achievement=_achievement(resource),
        achieved_on=marked,
        note=_note(resource, marked),
        closed=resource.get("lifecycleStatus") in _ENDED,
    )
    return keep(goal, resource)


def _new(
    chart: "Chart", goal: Goal, enrollment: Kept[Enrollment] | None, form_id: UUID
) -> Resource:
    made: Resource = {
        "resourceType": "Goal",
        "meta": {"source": names.SOURCE},
        "identifier": [identifier(form_id, "goal")],
        "category": [concept(coding(names.GOAL_CATEGORY, "behavioral", "Behavioral"))],
        "subject": chart.subject,
        "expressedBy": chart.subject,
    }
    if goal.started:
        made["startDate"] = goal.started.isoformat()
    if enrollment is not None and enrollment.thing.condition.reference:
        about = enrollment.thing.condition
        made["addresses"] = [{"reference": about.reference, "display": about.name}]
    _put_words(made, goal)
    _put_achievement(made, goal)
    _put_lifecycle(made, goal)
    return made


def _changed(chart: "Chart", kept: Kept[Goal], goal: Goal) -> Resource:
    changed, before = deepcopy(kept.resource), kept.thing
    _put_words(changed, goal, before)
    if goal.achievement != before.achievement:
        _put_achievement(changed, goal)
    if goal.closed != before.closed or (goal.closed and goal.achievement != before.achievement):
        _put_lifecycle(changed, goal)
    if goal.achieved_on and goal.achieved_on != before.achieved_on:
        changed["statusDate"] = goal.achieved_on.isoformat()
    if goal.note and (goal.note, goal.achieved_on) != (before.note, before.achieved_on):
        changed.setdefault("note", []).append(chart.annotation(goal.note))
    return changed


def _put_words(resource: Resource, goal: Goal, before: Goal | None = None) -> None:
    """Write words, day and numbers, each only where ``before`` says something else."""
    if before is None or goal.text != before.text:
        resource.setdefault("description", {})["text"] = goal.text
    if goal.due and (before is None or goal.due != before.due):
        _put_due(resource, goal.due)
    for url, number, was in (
        (names.IMPORTANCE, goal.importance, before and before.importance),
        (names.CONFIDENCE, goal.confidence, before and before.confidence),
    ):
        if number is not None and number != was:
            extend(resource, {"url": url, "valueInteger": number})


def _put_due(resource: Resource, due: date) -> None:
    """Into the target that has a due date, else into a new one: other targets are not ours."""
    targets = resource.setdefault("target", [])
    dated = next((t for t in targets if "dueDate" in t), None)
    if dated is None:
        dated = {}
        targets.append(dated)
    dated["dueDate"] = due.isoformat()


def _put_achievement(resource: Resource, goal: Goal) -> None:
    code = goal.achievement.value
    display = code.replace("-", " ").capitalize()
    resource["achievementStatus"] = concept(coding(names.GOAL_ACHIEVEMENT, code, display))


def _put_lifecycle(resource: Resource, goal: Goal) -> None:
    ended = "cancelled" if goal.achievement is Achievement.NOT_ATTAINABLE else "completed"
    resource["lifecycleStatus"] = ended if goal.closed else "active"


def _due(resource: Mapping[str, Any]) -> date | None:
    due = (t["dueDate"] for t in resource.get("target") or () if "dueDate" in t)
    return day(next(due, None))


def _number(resource: Mapping[str, Any], url: str) -> int | None:
    value = extension(resource, url).get("valueInteger")
    return value if isinstance(value, int) else None


def _achievement(resource: Mapping[str, Any]) -> Achievement:
    known = {a.value for a in Achievement}
    found = codes(resource.get("achievementStatus"), names.GOAL_ACHIEVEMENT)
    return Achievement(next((c for c in found if c in known), Achievement.IN_PROGRESS))


def _note(resource: Mapping[str, Any], marked: date | None) -> str:
    """The note of the last marking; an older one is history, not what is said of this marking.

    A server may have turned the note's time into UTC, so a day's difference is none.
    """
    last = (resource.get("note") or [{}])[-1]
    written = day(last.get("time"))
    if marked and written and written < marked - timedelta(days=1):
        return ""
    return str(last.get("text") or "")


def _plan(chart: "Chart", into: str) -> Resource | None:
    """The CarePlan by its reference, or that of the newest enrollment that is active."""
    if into != ACTIVE:
        return chart.read("CarePlan", into.partition("/")[2])
    active = (e for e in chart.open().enrollments if e.thing.status is EnrollmentStatus.ACTIVE)
    return next((e.resource for e in active), None)
