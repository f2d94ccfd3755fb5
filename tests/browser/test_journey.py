"""The clinician's whole journey in real Chromium, inside the EHR's chart page and in a tab."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

STEPS = (
    lambda work, _: work.enroll(),
    lambda work, goal: work.add_goal(goal),
    lambda work, _: work.assess(7, 2),
    lambda work, _: work.assess(4, 4),
    lambda work, _: work.see("Meaningfully better"),
    lambda work, _: work.complete(),
)


def journey(work, goal):
    for step in STEPS:
        step(work, goal)


def test_the_journey_inside_the_chart_page(new_context, embedded):
    """In a frame of another site: the launch's cookie has to be partitioned to come back."""
    journey(embedded(new_context()), "Walk to the shop and back")


def test_the_journey_without_scripts(new_context, in_tab):
    journey(in_tab(new_context(java_script_enabled=False)), "Sleep through the night")


def test_two_patients_side_by_side_in_one_browser(new_context, embedded):
    """Every step is taken for both in turn, and every write lands on its own patient."""
    context = new_context()
    both = (embedded(context, 0), "Swim", "Garden"), (embedded(context, 1), "Garden", "Swim")
    for step in STEPS:
        for work, own, _ in both:
            step(work, own)
    for work, own, other in both:
        expect(work.program.get_by_text(own, exact=True).first).to_be_visible()
        expect(work.program.get_by_text(other, exact=True)).to_have_count(0)


def test_another_browser_sees_the_same_record(new_context, in_tab):
    in_tab(new_context()).add_goal("Knit a scarf")
    in_tab(new_context()).see("Knit a scarf")
