"""An answer that needs action, in real Chromium: seen at once, by keyboard and without a script."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

BAR = "Answer to question 9 of the PHQ-9 needs action now"
LOOKS = {
    "wide": {"viewport": {"width": 1280, "height": 900}},
    "narrow": {"viewport": {"width": 360, "height": 740}},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
}


@pytest.fixture
def begun(new_context, in_tab):
    """The page of a PHQ-9 that was just started."""

    def begun(**options):
        work = in_tab(new_context(**options))
        work.start("phq-9")
        expect(work.page.get_by_role("heading", level=1)).to_contain_text("PHQ-9")
        work.page.wait_for_load_state()
        return work.page

    return begun


def answer_nine(page):
    """Answer question 9 with "Several days", by keyboard."""
    page.locator("[name*='44260']").nth(1).focus()
    page.keyboard.press("Space")


def bar(page):
    return page.locator("[data-alert-bar]").get_by_role("link", name=BAR)


@pytest.mark.parametrize("look", LOOKS)
def test_bar_step_and_what_was_done_are_accessible(begun, judge, shoot, look):
    page = begun(**LOOKS[look])
    answer_nine(page)
    expect(bar(page)).to_be_visible()
    judge(page)
    shoot(page, f"safety-bar-{look}")
    bar(page).click()
    judge(page)
    shoot(page, f"safety-step-{look}")
    page.get_by_role("button", name="Save what was done").click()
    expect(page.get_by_role("alert").first).to_contain_text("things need")
    judge(page)
    shoot(page, f"safety-refused-{look}")


def test_by_keyboard_alone_what_was_done_is_saved_and_leads_back(begun, judge, shoot):
    page = begun()
    answer_nine(page)
    expect(bar(page)).to_be_visible()
    bar(page).focus()
    page.keyboard.press("Enter")
    page.get_by_label(re.compile("Who was told|Somebody else")).first.focus()
    page.keyboard.type("Sam, on duty")
    page.get_by_label("The supervisor was called").focus()
    page.keyboard.press("Space")
    page.get_by_label("What came of it").focus()
    page.keyboard.type("Safe at home.")
    page.get_by_role("button", name="Save what was done").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("PHQ-9")
    expect(bar(page)).to_have_count(0)
    page.goto(re.sub(r"assessments/.*", "", page.url))
    judge(page)
    page.locator("#safety").get_by_role("link").first.click()
    expect(page.get_by_text("Safe at home.")).to_be_visible()
    judge(page)
    shoot(page, "safety-done")


def test_without_a_script_the_button_leads_to_the_step(begun):
    page = begun(java_script_enabled=False)
    answer_nine(page)
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("needs action now")
    expect(page.get_by_text("988").first).to_be_visible()


def hand_over(page):
    page.goto(re.sub(r"/1$", "/hand-over", page.url.partition("?")[0]))
    page.get_by_label("PIN", exact=False).first.fill("2468")
    page.get_by_label("The same PIN again", exact=False).fill("2468")
    page.get_by_role("button", name=re.compile("Hand")).first.click()
    expect(page.get_by_role("banner")).to_contain_text("Questions about you")
    page.wait_for_load_state()


def test_a_clinician_sees_the_bar_though_the_server_does_not_answer(begun, judge):
    """The step is there when it does; until then the bar leads to the question."""
    page, held = begun(), []
    page.route("**/answers", lambda route: held.append(route))
    answer_nine(page)
    told = page.locator("[data-alert-bar]").get_by_role("link", name="needs action now")
    expect(told).to_have_attribute("href", re.compile("^#field-q/"))
    judge(page)
    for route in held:
        route.continue_()
    page.unroute("**/answers")
    expect(bar(page)).to_be_visible(timeout=20_000)
    expect(page.locator("[data-alert-bar] a[href^='#']")).to_have_count(0)


def test_a_patient_alone_sees_where_help_is_though_the_server_does_not_answer(begun):
    page = begun()
    hand_over(page)
    expect(page.locator("[data-crisis]")).to_be_hidden()
    page.route("**/answers", lambda route: None)
    answer_nine(page)
    expect(page.locator("[data-crisis]")).to_contain_text("988")


def test_a_patient_alone_sees_at_once_where_help_is(begun, judge, shoot):
    page = begun()
    hand_over(page)
    expect(page.locator("[data-crisis]")).to_be_hidden()
    answer_nine(page)
    expect(page.locator("[data-crisis]")).to_contain_text("988")
    expect(page.locator("[data-crisis]")).to_contain_text("Nobody watches these answers")
    expect(bar(page)).to_have_count(0)
    judge(page)
    shoot(page, "safety-crisis")
