"""The note's page in real Chromium: readable, accessible, and copied with or without scripts."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

DUE = (datetime.now(UTC).date() + timedelta(days=60)).isoformat()
SIZES = {"wide": (1280, 900, "light"), "narrow": (360, 740, "light"), "dark": (1280, 900, "dark")}
LONG = "Walk to the shop and back twice a week, carry the bags home, and sit with friends after 🐕"


def prepared(work):
    """Enroll the patient, set a goal, and record two assessments; then open the note."""
    work.follow("Enroll this patient")
    work.type(re.compile("Find (the|another) supervisor"), "Thornfield")
    work.press("Find supervisor")
    work.choose("Supervisor", "Adaeze Thornfield")
    work.program.get_by_label("I have asked about every one of these").check()
    work.program.get_by_label("The patient consents to take part").check()
    work.press("Enroll the patient")
    work.follow("Add a goal")
    work.type("Goal, in the patient's own words", LONG)
    work.type("To be reached by", DUE)
    work.choose("How important is it to the patient?", "8")
    work.choose("How confident is the patient to reach it?", "5")
    work.press("Save the goal")
    for value in (7, 4):
        work.assess(value)
    work.follow("Note for the chart")
    return work


def test_the_page_is_accessible_and_fits_at_every_size(new_context, in_tab, judge, shoot):
    work = prepared(in_tab(new_context()))
    for name, (width, height, scheme) in SIZES.items():
        work.page.set_viewport_size({"width": width, "height": height})
        work.page.emulate_media(color_scheme=scheme)
        work.page.reload()
        judge(work.page)
        shoot(work.page, f"note-{name}")
        widths = work.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert widths[0] <= widths[1], name
    work.page.get_by_text("Show it formatted").click()
    judge(work.page)
    shoot(work.page, "note-formatted")


def test_copying_inside_the_chart_page(new_context, embedded):
    """In a frame of another site, where the clipboard's newer way is refused."""
    work = prepared(embedded(new_context()))
    work.press("Copy the note")
    work.see("The note is copied.")
    work.page.evaluate("document.body.innerHTML = '<textarea id=chart></textarea>'")
    work.page.locator("#chart").press("Control+V")
    assert LONG.split(",")[0] in work.page.locator("#chart").input_value()


def test_it_goes_into_the_chart_without_scripts(new_context, in_tab, judge, shoot):
    work = prepared(in_tab(new_context(java_script_enabled=False)))
    expect(work.program.get_by_role("button", name="Copy the note")).to_be_hidden()
    work.see("To copy: click into the note")
    work.press("Put into the chart")
    work.see("The note is in the chart.")
    work.follow("Note for the chart")
    work.see("In the chart")
    expect(work.program.get_by_role("button", name="Put into the chart")).to_have_count(0)
    shoot(work.page, "note-unchanged")
