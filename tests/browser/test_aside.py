"""A question answered on two pages, one questionnaire from paper: every page of it, in Chromium."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

LOOKS = {"phone": {"width": 390, "height": 844}, "desk": {"width": 1200, "height": 900}}


def check(page, name, value):
    page.locator(f"[name='q/{name}'][value='{value}']").check()
    expect(page.locator("[data-draft-state]")).to_contain_text("Saved")


def press(page, name):
    page.get_by_role("button", name=name, exact=True).first.click()


def heading(page, text):
    expect(page.get_by_role("heading", level=1)).to_contain_text(text)


@pytest.mark.parametrize("look", LOOKS)
def test_what_was_set_aside_is_shown_before_and_after_it_is_submitted(
    new_context, in_tab, judge, shoot, look
):
    work = in_tab(new_context(viewport=LOOKS[look]))
    work.start("peg", "pgic")
    page = work.page

    def look_at(name):
        judge(page)
        shoot(page, f"twice-{name}-{look}")

    other = page.context.new_page()
    other.goto(page.url)
    check(page, "pain", 3)
    check(other, "pain", 7)
    other.close()
    page.reload()
    for name in ("enjoyment", "activity"):
        check(page, name, 6)
    expect(page.get_by_text("set aside: “3”")).to_be_visible()
    look_at("form")
    page.get_by_role("link", name="From paper", exact=True).click()
    page.get_by_label("Day the paper form was filled in").fill("2026-01-05")
    press(page, "It is from paper")
    press(page, "Next")
    check(page, "change", 2)
    press(page, "Next")
    heading(page, "Review and submit")
    expect(page.get_by_text("set aside: “3”")).to_be_visible()
    look_at("review")
    press(page, "Submit")
    expect(page.get_by_text("set aside “3”")).to_be_visible()
    expect(page.get_by_text("From paper, filled in on 5 January 2026")).to_be_visible()
    look_at("submitted")
    there = page.url
    page.get_by_role("link", name="Correct an answer").first.click()
    expect(page.get_by_text("set aside “3”")).to_be_visible()
    look_at("correction")
    page.goto(there.split("assessments/")[0])
    look_at("program")
    page.goto(there.split("assessments/")[0] + "outcomes")
    look_at("outcomes")
