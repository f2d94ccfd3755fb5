"""A questionnaire's page before the script that sends its answers is there, in real Chromium."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

STATE = "[data-draft-state]"
SENDER = "**/answer.js"
ANY_KEPT = "Object.keys(localStorage).some(name => name.startsWith('draft/'))"
FULL = '() => { Storage.prototype.setItem = () => { throw new Error("full"); }; }'
GONE = ("status of 500", "ERR_FAILED", "Unexpected token", "ERR_INTERNET_DISCONNECTED")


@pytest.fixture
def tolerant(watch):
    """What a script that fails to come leaves in the console is no fault of the page."""
    yield
    watch.complaints[:] = [c for c in watch.complaints if not any(word in c for word in GONE)]


@pytest.fixture
def begun(new_context, in_tab):
    """Start an assessment; the page of its first questionnaire, not yet touched.

    ``sender`` decides what becomes of each request for answer.js. No service worker is between.
    """

    def begun(*slugs, sender=lambda route: route.continue_()):
        work = in_tab(new_context(service_workers="block"))
        work.start(*slugs or ("peg", "pseq"))
        expect(work.page.locator("form[data-draft]")).to_be_visible()
        work.page.wait_for_load_state()
        work.page.context.route(SENDER, sender)
        return work.page

    return begun


def first_into(held):
    """Hold the first request back."""
    return lambda route: route.continue_() if held else held.append(route)


def check(page, name, value):
    page.locator(f"[name='q/{name}'][value='{value}']").check()


def is_checked(page, name, value):
    expect(page.locator(f"[name='q/{name}'][value='{value}']")).to_be_checked()


def press(page, name):
    page.get_by_role("button", name=name, exact=True).first.click()


def heading(page, text):
    expect(page.get_by_role("heading", level=1)).to_contain_text(text)


def test_nothing_more_is_fetched_before_the_page_is_touched(begun):
    page = begun()
    expect(page.locator("script[src*=page]")).to_have_count(1)
    expect(page.locator("script[src*=answer]")).to_have_count(0)
    page.keyboard.press("Tab")
    expect(page.locator("script[src*=answer]")).to_have_count(1)


def test_what_is_answered_and_pressed_meanwhile_waits_and_is_done_once(begun):
    held, posts = [], []
    page = begun(sender=first_into(held))
    page.on("request", lambda r: posts.append(r.url) if r.method == "POST" else None)
    check(page, "pain", 7)
    check(page, "enjoyment", 3)
    for _ in range(3):
        press(page, "Next")
    page.wait_for_function(ANY_KEPT)
    assert "enjoyment" not in page.evaluate("JSON.stringify(Object.entries(localStorage))")
    held[0].continue_()
    heading(page, "Self-Efficacy")
    # What a slow machine asks of the scores meanwhile sends no form.
    assert len([url for url in posts if not url.endswith("/evaluate")]) == 1
    press(page, "Back")
    is_checked(page, "pain", 7)
    is_checked(page, "enjoyment", 3)


@pytest.mark.usefixtures("tolerant")
def test_after_it_failed_once_it_is_fetched_again(begun):
    tries = []

    def once(route):
        tries.append(route)
        route.fulfill(status=500) if len(tries) == 1 else route.continue_()

    page = begun(sender=once)
    check(page, "pain", 7)
    expect(page.locator(STATE)).to_contain_text("Saved")


@pytest.mark.usefixtures("tolerant")
@pytest.mark.parametrize("answer", [{"status": 500}, {"body": "<html>Sign in to this network"}])
def test_without_it_the_buttons_keep_the_answers(begun, answer):
    page = begun(sender=lambda route: route.fulfill(**answer))
    check(page, "pain", 7)
    press(page, "Next")
    heading(page, "Self-Efficacy")
    page.context.unroute(SENDER)
    press(page, "Back")
    is_checked(page, "pain", 7)


def nine(page):
    """Answer question 9 of the PHQ-9 with "Several days"."""
    page.locator("[name*='44260']").nth(1).check()


def test_a_clinician_sees_the_bar_before_it_is_there(begun):
    held = []
    page = begun("phq-9", sender=first_into(held))
    nine(page)
    bar = page.locator("[data-alert-bar]").get_by_role("link", name="needs action now")
    expect(bar).to_be_visible()
    held[0].continue_()
    expect(bar).to_have_attribute("href", re.compile("/alerts/"), timeout=30_000)


def test_a_patient_sees_where_help_is_before_it_is_there(begun):
    page = begun("phq-9")
    page.goto(re.sub(r"/1$", "/hand-over", page.url.partition("?")[0]))
    page.get_by_label(re.compile("^PIN")).fill("2468")
    page.get_by_label("The same PIN again").fill("2468")
    press(page, "Hand it over")
    expect(page.get_by_role("banner")).to_contain_text("Questions about you")
    held = []
    page.context.route(SENDER, first_into(held))
    nine(page)
    expect(page.locator("[data-crisis]")).to_be_visible()
    held[0].continue_()
    expect(page.locator(STATE)).to_contain_text("Saved")


@pytest.mark.usefixtures("tolerant")
@pytest.mark.parametrize("is_there", [True, False], ids=["answer.js", "page.js"])
def test_a_browser_that_keeps_nothing_says_so(begun, is_there):
    """Who reads that the answers are kept would close the page."""
    page = begun()
    page.evaluate(FULL)
    if is_there:
        check(page, "pain", 7)
        expect(page.locator(STATE)).to_contain_text("Saved")
    page.context.set_offline(True)
    check(page, "enjoyment", 3)
    expect(page.locator(STATE)).to_contain_text("cannot keep answers")
    page.context.set_offline(False)
    expect(page.locator(STATE)).to_contain_text("Saved")


@pytest.mark.usefixtures("tolerant")
def test_what_another_tab_keeps_meanwhile_is_not_wiped_with_what_was_taken_over(begun):
    page, every = begun(), "JSON.stringify(Object.entries(localStorage))"
    page.context.route("**/answers", lambda route: route.abort())
    check(page, "pain", 7)
    expect(page.locator(STATE)).to_contain_text("kept on this device")
    other = page.context.new_page()
    other.goto(page.url)
    is_checked(other, "pain", 7)
    expect(other.locator(STATE)).to_contain_text("Not connected")
    before = page.evaluate(every)
    check(page, "enjoyment", 3)
    page.wait_for_function(f"before => {every} !== before", arg=before)
    page.close()
    other.context.unroute("**/answers")
    other.evaluate("dispatchEvent(new Event('online'))")
    expect(other.locator(STATE)).to_contain_text("Saved")
    other.reload()
    is_checked(other, "enjoyment", 3)


SHEETS = "[...document.styleSheets].map(sheet => sheet.href).join()"
PLACES = """() => JSON.stringify([...document.querySelectorAll("body *")]
  .map(one => one.getBoundingClientRect()))"""
MOVED = """() => {
  window.moved = [];
  const watch = new PerformanceObserver(list => moved.push(...list.getEntries()));
  watch.observe({ type: "layout-shift" });
}"""


def style(place, name):
    return place.evaluate("(place, name) => getComputedStyle(place)[name]", name)


def test_an_alert_looks_like_one_before_anything_else_is_there(begun):
    page = begun("phq-9", sender=lambda route: None)
    nine(page)
    bar = page.locator("[data-alert-bar]")
    expect(bar).to_be_visible()
    assert "answer.css" not in page.evaluate(SHEETS)
    assert style(bar, "position") == "fixed"
    assert style(bar, "backgroundColor") == "rgb(161, 18, 18)"
    assert style(bar.get_by_role("link"), "color") == "rgb(255, 255, 255)"


@pytest.mark.usefixtures("tolerant")
def test_a_page_that_lost_the_connection_untouched_says_so_where_it_is_seen(begun):
    page = begun()
    page.context.set_offline(True)
    check(page, "pain", 7)
    expect(page.locator(STATE)).to_contain_text("kept on this device")
    assert "answer.css" not in page.evaluate(SHEETS)
    assert style(page.locator(STATE), "position") == "fixed"
    expect(page.locator(STATE)).to_be_in_viewport()


@pytest.mark.parametrize("slug", ["phq-9", "peg"])
@pytest.mark.parametrize("width", [1280, 810, 360])
def test_the_style_sheet_of_the_first_touch_moves_nothing(begun, slug, width):
    page = begun(slug)
    page.set_viewport_size({"width": width, "height": 1080})
    page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    before = page.evaluate(PLACES)
    page.evaluate(MOVED)
    page.keyboard.press("Shift")
    page.wait_for_function(f"() => {SHEETS}.includes('answer.css')")
    assert page.evaluate(PLACES) == before
    assert page.evaluate("moved.length") == 0


@pytest.mark.usefixtures("tolerant")
def test_whose_questionnaire_it_is_can_be_read_offline_and_is_on_paper_before_any_touch(begun):
    page = begun("phq-9")
    page.context.set_offline(True)
    told = page.get_by_text("No permission required to reproduce")
    page.emulate_media(media="print")
    expect(told).to_be_visible()
    assert "answer.css" not in page.evaluate(SHEETS)
    page.emulate_media(media="screen")
    expect(told).to_be_hidden()
    page.evaluate("document.querySelector('details.more').open = true")
    expect(told).to_be_visible()
