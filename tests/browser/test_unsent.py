"""Answers that were not sent when their page was left are told of on the next, in real Chromium."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

SENDER = "**/answer.js"
ANY_KEPT = "Object.keys(localStorage).some(name => name.startsWith('draft/'))"
TOLD = "[data-unsent]"
LOOKS = {"phone": {"width": 390, "height": 844}, "desk": {"width": 1200, "height": 900}}
MISSED = ("ERR_FAILED", "status of 404")


@pytest.fixture
def tolerant(watch):
    """A script that does not come, and a draft that is not there, are no fault of these pages."""
    yield
    watch.complaints[:] = [c for c in watch.complaints if not any(word in c for word in MISSED)]


@pytest.fixture
def left(new_context, in_tab, tolerant):
    """The page after that of a PEG which was left by a link before answer.js was there."""

    def left(look="desk"):
        work = in_tab(new_context(service_workers="block", viewport=LOOKS[look]))
        work.start("peg")
        page = work.page
        page.wait_for_load_state()
        page.context.route(SENDER, lambda route: route.abort())
        page.locator("[name='q/pain'][value='7']").check()
        page.wait_for_function(ANY_KEPT)
        page.get_by_role("link", name="Hand the device to the patient").click()
        expect(page.get_by_role("heading", level=1)).not_to_contain_text("PEG")
        return page

    return left


@pytest.fixture
def beside(left):
    """A page of the launch on which nothing is told, with a record put beside it; a function."""
    page = left()
    expect(page.locator(TOLD)).to_have_count(1)
    page.evaluate("localStorage.clear()")

    def beside(handle, key="00000000-0000-4000-8000-000000000001"):
        record = f"JSON.stringify({{ handle: '{handle}', at: Date.now() }})"
        page.evaluate(f"localStorage.setItem('draft/{key}/x', {record})")
        page.reload(wait_until="networkidle")
        return page

    return beside


@pytest.mark.parametrize("look", LOOKS)
def test_the_next_page_tells_of_it_and_leads_back_to_where_it_is_sent(left, judge, shoot, look):
    page = left(look)
    expect(page.locator(TOLD)).to_contain_text("may not have been sent")
    judge(page)
    shoot(page, f"unsent-{look}")
    there = page.url
    page.context.unroute(SENDER)
    page.get_by_role("link", name="Go on with it to send them").click()
    expect(page.locator("[name='q/pain'][value='7']")).to_be_checked()
    expect(page.locator("[data-draft-state]")).to_contain_text("Saved")
    page.wait_for_function(f"!{ANY_KEPT}")
    page.goto(there, wait_until="networkidle")
    expect(page.locator(TOLD)).to_have_count(0)


def test_a_page_that_lists_the_assessment_says_it_there_alone(left):
    page = left()
    page.goto(page.url.split("assessments/")[0])
    expect(page.locator("[data-draft-unsent]")).to_be_visible()
    expect(page.locator(TOLD)).to_have_count(0)


def test_what_another_tab_sends_meanwhile_is_not_told_of_any_more(left):
    page = left()
    expect(page.locator(TOLD)).to_have_count(1)
    other = page.context.new_page()
    other.goto(page.url)
    other.evaluate("localStorage.clear()")
    expect(page.locator(TOLD)).to_have_count(0)


def test_of_another_launch_or_of_nothing_that_is_open_it_tells_nothing(beside):
    handle = beside("another").url.split("/launches/")[1].split("/")[0]
    assert beside("another").locator(TOLD).count() == 0
    assert beside(handle).locator(TOLD).count() == 0
