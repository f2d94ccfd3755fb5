"""The clinician's whole journey in real Chromium, inside the EHR's chart page and in a tab."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

DUE = (datetime.now(UTC).date() + timedelta(days=60)).isoformat()


def enroll(work):
    work.follow("Enroll this patient")
    work.type(re.compile("Find (the|another) supervisor"), "Thornfield")
    work.press("Find supervisor")
    work.choose("Supervisor", "Adaeze Thornfield")
    work.program.get_by_label("I have asked about every one of these").check()
    work.program.get_by_label("The patient consents to take part").check()
    work.press("Enroll the patient")
    work.see("The patient is enrolled")


def add_goal(work, text):
    work.follow("Add a goal")
    work.type("Goal, in the patient's own words", text)
    work.type("To be reached by", DUE)
    work.choose("How important is it to the patient?", "8")
    work.choose("How confident is the patient to reach it?", "5")
    work.press("Save the goal")
    work.see(text)


def assess(work, peg, pseq):
    work.follow("Record an assessment")
    for prefix, value in (("peg", peg), ("pseq", pseq)):
        cells = work.program.locator(f"input[type=radio][name^='{prefix}.'][value='{value}']")
        for number in range(cells.count()):
            cells.nth(number).check()
    work.press("Save and score")
    work.see("The assessment is in the record.")
    work.follow("Program page")


def complete(work):
    work.follow("Complete")
    work.program.get_by_role("radio").first.check()
    work.press("Complete the enrollment")
    work.see("The enrollment is completed")


STEPS = (
    lambda work, _: enroll(work),
    add_goal,
    lambda work, _: assess(work, 7, 2),
    lambda work, _: assess(work, 4, 4),
    lambda work, _: work.see("Meaningfully better"),
    lambda work, _: complete(work),
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
    add_goal(in_tab(new_context()), "Knit a scarf")
    in_tab(new_context()).see("Knit a scarf")
