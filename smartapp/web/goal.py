"""Goals in the patient's own words: add, change, mark progress, see every version."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

from flask import url_for
from flask.typing import ResponseReturnValue

from smartapp.errors import EhrConflict, EhrUnreachable, GshError, LaunchEnded
from smartapp.fhir import goal as records
from smartapp.fhir.chart import Kept
from smartapp.program.goal import Achievement, Goal, mark_progress, revise, set_goal
from smartapp.web.form import Form, blank, compared, day_said, typed
from smartapp.web.opened import opened
from smartapp.web.pages import again, page, pages, saved
from smartapp.web.program import enrolled_or_unread
from smartapp.web.shown import recall, remember

CHOICES = [
    (Achievement.IN_PROGRESS.value, "In progress", "Being worked on; too early to say more."),
    (Achievement.IMPROVING.value, "Improving", "Closer than before."),
    (Achievement.NO_CHANGE.value, "No change", "Worked on, but as far away as before."),
    (Achievement.WORSENING.value, "Worsening", "Further away than before."),
    (Achievement.ACHIEVED.value, "Achieved", "Reached; the goal is closed."),
    (Achievement.SUSTAINING.value, "Sustaining", "Reached before, and kept up since."),
    (Achievement.NOT_ACHIEVED.value, "Not achieved", "The date has passed without reaching it."),
    (Achievement.NOT_ATTAINABLE.value, "Not attainable", "Given up; the goal is closed."),
]
"""What can be marked, as offered: code, name, and when to choose it. "No progress" is read, not
offered: it says what "no change" says."""
LABELS = {
    "text": "Goal",
    "due": "To be reached by",
    "importance": "Importance",
    "confidence": "Confidence",
    "achievement": "Progress",
    "note": "Note",
}
Change = Callable[[Goal, Mapping[str, str], date], Goal]


@pages.get("/goals/new")
def new_goal() -> str:
    """Show an empty goal form."""
    return page("goal/form.html", form=blank(), action=url_for("pages.create_goal"), kept=None)


@pages.post("/goals")
def create_goal() -> ResponseReturnValue:
    """Save a new goal to the record, once however often the form is sent."""
    form, launch = typed(), opened()
    try:
        goal = set_goal(form.values, launch.today)
        enrolled, unread = enrolled_or_unread()
        records.add(launch.chart, goal, enrolled, form.form_id, unread=unread)
    except GshError as error:
        action = url_for("pages.create_goal")
        return again("goal/form.html", form, error, action=action, kept=None)
    return saved("The goal is in the record.", "pages.index")


@pages.get("/goals/<goal_id>/edit")
def edit_goal(goal_id: str) -> str:
    """Show the goal to be changed, at the version the record has now."""
    kept = records.read(opened().chart, goal_id)
    return _change_page("goal/form.html", kept, _shown(kept), "pages.update_goal")


@pages.post("/goals/<goal_id>")
def update_goal(goal_id: str) -> ResponseReturnValue:
    """Save changed words, date, importance or confidence as a new version."""
    return _save(goal_id, revise, "goal/form.html", "pages.update_goal")


@pages.get("/goals/<goal_id>/progress")
def edit_progress(goal_id: str) -> str:
    """Show the form that marks how far the goal has come."""
    kept = records.read(opened().chart, goal_id)
    form = blank(kept.version, achievement=kept.thing.achievement.value)
    return _change_page("goal/progress.html", kept, form, "pages.update_progress")


@pages.post("/goals/<goal_id>/progress")
def update_progress(goal_id: str) -> ResponseReturnValue:
    """Save progress as a new version of the goal."""
    return _save(goal_id, mark_progress, "goal/progress.html", "pages.update_progress")


@pages.get("/goals/<goal_id>/versions")
def goal_versions(goal_id: str) -> str:
    """Show every version of the goal that the record keeps, newest first."""
    return page("goal/versions.html", versions=records.versions(opened().chart, goal_id))


def _shown(kept: Kept[Goal]) -> Form:
    goal = kept.thing
    return blank(
        kept.version,
        text=goal.text,
        due=goal.due.isoformat() if goal.due else "",
        importance="" if goal.importance is None else str(goal.importance),
        confidence="" if goal.confidence is None else str(goal.confidence),
        achievement=goal.achievement.value,
        note=goal.note,
    )


def _change_page(template: str, kept: Kept[Goal], form: Form, endpoint: str) -> str:
    action = url_for(endpoint, goal_id=kept.id)
    remember(kept)
    return page(template, form=form, kept=kept, action=action, choices=CHOICES)


def _save(goal_id: str, change: Change, template: str, endpoint: str) -> ResponseReturnValue:
    form, launch = typed(), opened()
    action = url_for(endpoint, goal_id=goal_id)
    shown: dict[str, object] = {"action": action, "kept": None, "choices": CHOICES}
    try:
        kept = _current(goal_id, form, change)
        shown["kept"] = kept
        goal = change(kept.thing, form.values, launch.today)
        records.save_change(launch.chart, replace(kept, version=form.version), goal, form.form_id)
    except EhrConflict as error:
        return _conflict(goal_id, form, error, action)
    except GshError as error:
        return again(template, form, error, **shown)
    return saved("The change is in the record.", "pages.index")


def _current(goal_id: str, form: Form, change: Change) -> Kept[Goal]:
    """Read the goal; where it cannot be read now, keep the change of what the form was shown."""
    launch = opened()
    try:
        return records.read(launch.chart, goal_id)
    except (EhrUnreachable, LaunchEnded):
        for row in recall(f"Goal/{goal_id}", form.version)[:1]:
            kept = records.read_goal(row)
            goal = change(kept.thing, form.values, launch.today)
            records.keep_change(launch.chart, kept, goal, form.form_id)
        raise


def _conflict(goal_id: str, form: Form, error: GshError, action: str) -> ResponseReturnValue:
    theirs = records.read(opened().chart, goal_id)
    remember(theirs)
    rows = compared(form, _shown(theirs), LABELS, {"due": day_said, "achievement": _called})
    newer = replace(form, version=theirs.version)
    return again("conflict.html", newer, error, rows=rows, action=action)


def _called(achievement: str) -> str:
    return next((name for code, name, _ in CHOICES if code == achievement), achievement)
