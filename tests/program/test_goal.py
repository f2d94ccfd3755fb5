"""Goals: the patient's words are kept whole, and progress is marked honestly."""

from dataclasses import replace
from datetime import date

import pytest

from smartapp.program.goal import Achievement, mark_progress, revise, set_goal

WORDS = "Tanzen auf Lenas Hochzeit 💃🏽"


@pytest.fixture
def entry():
    return {"text": WORDS, "due": "2026-06-01", "importance": "9", "confidence": "0"}


@pytest.fixture
def goal(entry, today):
    return set_goal(entry, today)


def test_a_goal_keeps_the_patients_words(goal, today):
    assert (goal.text, goal.started, goal.due) == (WORDS, today, date(2026, 6, 1))
    assert (goal.importance, goal.confidence) == (9, 0)
    assert (goal.achievement, goal.achieved_on, goal.closed) == ("in-progress", None, False)


def test_2000_emoji_are_2000_characters(entry, today, problems):
    assert len(set_goal(entry | {"text": "💃" * 2000}, today).text) == 2000
    assert "text" in problems(set_goal, entry | {"text": "💃" * 2001}, today)


def test_10000_characters_are_refused_and_nothing_is_cut(entry, today, problems):
    refused = problems(set_goal, entry | {"text": "a😀" * 5000}, today)
    assert refused == {
        "text": "Shorten the goal to 2000 characters. Nothing of it was cut off.",
    }


def test_an_empty_form_names_every_problem_at_once(today, problems):
    assert set(problems(set_goal, {}, today)) == {"text", "due", "importance", "confidence"}


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("text", " \n "),
        ("due", "2026-03-09"),
        ("due", "June"),
        ("importance", "11"),
        ("importance", "-1"),
        ("confidence", "7.5"),
        ("confidence", "٣"),
    ],
)
def test_what_is_refused(entry, today, problems, field, typed):
    assert list(problems(set_goal, entry | {field: typed}, today)) == [field]


def test_a_goal_may_be_due_today(entry, today):
    assert set_goal(entry | {"due": today.isoformat()}, today).due == today


def test_revising_changes_what_was_typed_and_nothing_else(goal, entry, today):
    marked = mark_progress(goal, {"achievement": "improving", "note": "Danced twice"}, today)
    revised = revise(marked, entry | {"text": "Dance", "confidence": "5"}, today)
    assert revised == replace(marked, text="Dance", confidence=5)


def test_a_revised_day_may_be_past_but_not_before_the_goal_was_set(goal, entry, today, problems):
    later = date(2026, 5, 1)
    assert revise(goal, entry | {"due": today.isoformat()}, later).due == today
    refused = problems(revise, goal, entry | {"due": "2026-03-09"}, later)
    assert "on or after the day the goal was set" in refused["due"]


def test_a_goal_of_another_author_may_lack_its_start(goal, entry, today, problems):
    foreign = replace(goal, started=None)
    assert revise(foreign, entry, today).due == date(2026, 6, 1)
    assert "due" in problems(revise, foreign, entry | {"due": "2026-03-09"}, today)


@pytest.mark.parametrize("achievement", list(Achievement))
def test_progress_is_marked_as_of_today(goal, today, achievement):
    marked = mark_progress(goal, {"achievement": achievement.value, "note": "so"}, today)
    assert (marked.achievement, marked.achieved_on, marked.note) == (achievement, today, "so")
    assert marked.closed is (achievement in {"achieved", "not-attainable"})


def test_a_closed_goal_can_be_opened_again(goal, today):
    closed = mark_progress(goal, {"achievement": "achieved"}, today)
    assert mark_progress(closed, {"achievement": "sustaining"}, today).closed is False


def test_progress_needs_a_known_achievement_and_a_note_that_fits(goal, today, problems):
    typed = {"achievement": "great", "note": "n" * 2001}
    assert set(problems(mark_progress, goal, typed, today)) == {"achievement", "note"}
