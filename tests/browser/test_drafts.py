"""Drafts in real Chromium: connection lost, page reloaded, two devices, no script, time over."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

STATE = "[data-draft-state]"
LOOKS = {
    "wide": {"viewport": {"width": 1280, "height": 900}},
    "narrow": {"viewport": {"width": 360, "height": 740}},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
}
OFFLINE = (
    "ERR_INTERNET_DISCONNECTED",
    "ERR_FAILED",
    "net::",
    "status of 400",
    "fetching the script",
)


@pytest.fixture
def tolerant(watch):
    """A page without a connection or a launch complains of it; that is no fault."""
    yield
    watch.complaints[:] = [c for c in watch.complaints if not any(word in c for word in OFFLINE)]


@pytest.fixture
def begun(new_context, in_tab):
    """Start an assessment in a browser context; the page of its first questionnaire, the PEG."""

    def begun(context=None, **options):
        work = in_tab(context or new_context(**options))
        work.start("peg", "pseq")
        expect(work.page.get_by_role("heading", level=1)).to_contain_text("PEG")
        if context is None:
            work.page.wait_for_load_state()
        return work.page

    return begun


def check(page, name, value):
    page.locator(f"[name='q/{name}'][value='{value}']").check()


def is_checked(page, name, value):
    expect(page.locator(f"[name='q/{name}'][value='{value}']")).to_be_checked()


def kept_here(page):
    """Everything localStorage holds, as text."""
    return page.evaluate("JSON.stringify(Object.entries(localStorage))")


def until_kept(page, is_kept=True):
    """Wait until a draft is, or is not, in localStorage; it is encrypted on the way there."""
    any_draft = "Object.keys(localStorage).some(name => name.includes('draft/'))"
    page.wait_for_function(f"is_kept => {any_draft} === is_kept", arg=is_kept)


def worker_ready(page):
    page.evaluate("navigator.serviceWorker.ready.then(() => caches.keys())")
    page.wait_for_function("navigator.serviceWorker.controller !== null")


def test_an_answer_is_saved_as_it_is_given(begun):
    page = begun()
    check(page, "pain", 7)
    expect(page.locator(STATE)).to_contain_text("Saved")
    page.reload()
    is_checked(page, "pain", 7)


def test_what_was_answered_before_the_script_ran_is_saved(begun, new_context):
    """On a slow line the questions are there long before the script is."""
    context, held = new_context(), []

    def hold(route):
        is_form = route.request.headers.get("referer", "").endswith("/1")
        held.append(route) if is_form else route.continue_()

    context.route("**/page.js", hold)
    page = begun(context)
    check(page, "pain", 7)
    while not held:
        page.wait_for_timeout(50)
    held[0].continue_()
    expect(page.locator(STATE)).to_contain_text("Saved")
    context.unroute("**/page.js")
    page.reload()
    is_checked(page, "pain", 7)


@pytest.mark.usefixtures("tolerant")
def test_an_answer_is_kept_also_if_that_cannot_be_fetched(begun, new_context):
    context = new_context(service_workers="block")
    page = begun(context)
    context.route("**/answer.js", lambda route: route.abort())
    page.reload()
    check(page, "pain", 7)
    expect(page.locator(STATE)).to_contain_text("kept on this device")
    page.wait_for_function("JSON.stringify(Object.keys(localStorage)).includes('draft/')")
    assert "pain" not in kept_here(page)
    context.unroute("**/answer.js")
    page.reload()
    is_checked(page, "pain", 7)
    expect(page.locator(STATE)).to_contain_text("Saved")
    assert "draft/" not in kept_here(page)


@pytest.mark.usefixtures("tolerant")
def test_answers_given_offline_are_kept_encrypted_and_sent_when_connected(begun):
    page = begun()
    check(page, "pain", 7)
    expect(page.locator(STATE)).to_contain_text("Saved")
    page.context.set_offline(True)
    check(page, "enjoyment", 3)
    expect(page.locator(STATE)).to_contain_text("kept on this device")
    until_kept(page)
    assert "enjoyment" not in kept_here(page)
    page.context.set_offline(False)
    expect(page.locator(STATE)).to_contain_text("Saved")
    until_kept(page, False)
    page.reload()
    is_checked(page, "enjoyment", 3)


@pytest.mark.usefixtures("tolerant")
def test_not_connected_is_seen_wherever_one_is_in_the_form(begun, judge):
    page = begun(viewport={"width": 360, "height": 400})
    check(page, "pain", 7)
    expect(page.locator(STATE)).to_contain_text("Saved")
    page.context.set_offline(True)
    check(page, "enjoyment", 3)
    expect(page.locator(STATE)).to_contain_text("Not connected")
    for place in ("document.querySelector('form')", "document.querySelector('[name^=go]')"):
        page.evaluate(f"{place}.scrollIntoView()")
        expect(page.locator(STATE)).to_be_in_viewport(ratio=1)
    judge(page)


@pytest.mark.usefixtures("tolerant")
def test_an_answer_that_waited_for_the_connection_does_not_replace_a_later_one(
    begun, new_context, in_tab
):
    """By when it was given: the page that was offline answered first."""
    page = begun()
    check(page, "activity", 1)
    expect(page.locator(STATE)).to_contain_text("Saved")
    work = in_tab(new_context())
    work.follow("Continue")
    other = work.page
    is_checked(other, "activity", 1)
    page.route("**/answers", lambda route: route.abort())
    check(page, "pain", 2)
    expect(page.locator(STATE)).to_contain_text("Not connected")
    with other.expect_response("**/answers"):
        check(other, "pain", 8)
    page.unroute("**/answers")
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator(STATE)).to_contain_text("another page or device", timeout=30_000)
    page.reload()
    is_checked(page, "pain", 8)
    expect(page.get_by_text("Answered twice")).to_be_visible()


@pytest.mark.usefixtures("tolerant")
def test_a_reload_while_offline_loses_nothing(begun, judge, shoot):
    page = begun()
    worker_ready(page)
    page.context.set_offline(True)
    for name, value in (("pain", 7), ("enjoyment", 3), ("activity", 0)):
        check(page, name, value)
    expect(page.locator(STATE)).to_contain_text("kept on this device")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Not connected")
    expect(page.get_by_text("Nothing typed is lost")).to_be_visible()
    judge(page)
    shoot(page, "draft-offline")
    page.context.set_offline(False)
    for name, value in (("pain", 7), ("enjoyment", 3), ("activity", 0)):
        is_checked(page, name, value)
    expect(page.locator(STATE)).to_contain_text("Saved")


def test_enter_leaves_neither_the_field_nor_the_page(new_context, in_tab):
    """It presses no button: the page would come anew, at its top, with nothing in focus."""
    work = in_tab(new_context())
    work.start("hrqol-4")
    page, field = work.page, work.page.locator("[name='q/physical']")
    field.fill("12")
    expect(page.locator(STATE)).to_contain_text("Saved")
    page.evaluate("addEventListener('submit', () => { sessionStorage.pressed = 1 }, true)")
    field.press("Enter")
    assert page.evaluate("sessionStorage.pressed") is None
    expect(field).to_be_focused()


def test_back_to_a_refused_submission_leads_into_the_draft_and_speaks_of_no_lost_connection(begun):
    """No browser may keep the answer to a form, so that there is none to go back to."""
    page = begun()
    worker_ready(page)
    check(page, "pain", 7)
    for heading in ("Self-Efficacy", "Review and submit"):
        page.get_by_role("button", name="Next").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(heading)
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("alert").first).to_contain_text("The score needs it")
    page.get_by_role("link", name="Program page").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Guided self-help program")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_contain_text("PEG")
    is_checked(page, "pain", 7)


@pytest.mark.usefixtures("tolerant")
def test_nothing_is_submitted_while_offline_and_once_when_connected(begun):
    page = begun()
    for name in ("pain", "enjoyment", "activity"):
        check(page, name, 6)
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Self-Efficacy")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Review and submit")
    page.context.set_offline(True)
    page.get_by_role("button", name="Submit").click(force=True)
    expect(page.locator(STATE)).to_contain_text("We will send when connected")
    expect(page.locator(STATE)).to_contain_text("Nothing is submitted yet")
    page.context.set_offline(False)
    expect(page.get_by_text("The assessment is in the record.")).to_be_visible()


@pytest.mark.usefixtures("tolerant")
def test_a_submission_that_found_no_server_is_not_called_submitted(begun, clinic):
    """Without the script's question first: the browser's own sending is answered by the worker."""
    page = begun()
    worker_ready(page)
    for name in ("pain", "enjoyment", "activity"):
        check(page, name, 6)
    expect(page.locator(STATE)).to_contain_text("Saved")
    page.goto(page.url.rsplit("/", 1)[0] + "/review")
    page.context.set_offline(True)
    page.evaluate("HTMLFormElement.prototype.submit.call(document.querySelector('[data-draft]'))")
    expect(page.get_by_role("heading", level=1)).to_have_text("Not connected")
    expect(page.get_by_text("Nothing has been submitted meanwhile")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_role("heading", level=1)).to_have_text("Review and submit")


@pytest.mark.usefixtures("tolerant")
def test_next_waits_for_the_connection_and_takes_the_answers_along(begun):
    page = begun()
    page.context.set_offline(True)
    check(page, "pain", 7)
    page.get_by_role("button", name="Next").click()
    expect(page.locator(STATE)).to_contain_text("Not connected")
    page.context.set_offline(False)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Self-Efficacy")
    page.get_by_role("button", name="Back").click()
    is_checked(page, "pain", 7)


@pytest.mark.usefixtures("tolerant")
def test_after_the_launch_ended_a_later_one_sends_what_waited(begun, new_context, in_tab, shoot):
    page = begun()
    page.context.set_offline(True)
    check(page, "pain", 7)
    expect(page.locator(STATE)).to_contain_text("kept on this device")
    page.context.clear_cookies(name=re.compile("launch"))
    page.context.set_offline(False)
    expect(page.locator(STATE)).to_contain_text("Your time in this chart has ended")
    shoot(page, "draft-ended")
    check(page, "enjoyment", 2)
    expect(page.locator(STATE)).to_contain_text("not sent yet")
    later = in_tab(page.context)
    expect(later.page.get_by_text("This device has answers that were not sent yet")).to_be_visible()
    later.follow("Continue")
    is_checked(later.page, "pain", 7)
    is_checked(later.page, "enjoyment", 2)
    expect(later.page.locator(STATE)).to_contain_text("Saved")


@pytest.mark.usefixtures("tolerant")
def test_logging_out_says_what_is_not_sent_and_wipes_it(begun):
    page = begun()
    page.context.set_offline(True)
    check(page, "pain", 7)
    expect(page.locator(STATE)).to_contain_text("kept on this device")
    page.get_by_role("button", name="Close the program").click()
    expect(page.get_by_text("again to close it without them")).to_be_visible()
    page.context.set_offline(False)
    page.get_by_role("button", name="Close the program").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are signed out")
    until_kept(page, False)


def test_two_devices_see_each_others_answers(begun, new_context, in_tab):
    tablet = begun()
    desk = in_tab(new_context())
    check(tablet, "pain", 7)
    expect(tablet.locator(STATE)).to_contain_text("Saved")
    desk.follow("Continue")
    is_checked(desk.page, "pain", 7)
    # The page says from the beginning when it was saved last.
    with desk.page.expect_response("**/answers"):
        check(desk.page, "enjoyment", 2)
    check(tablet, "activity", 1)
    expect(tablet.locator(STATE)).to_contain_text("changed on another page or device")
    tablet.reload()
    is_checked(tablet, "enjoyment", 2)


def test_without_scripts_it_is_kept_with_every_step(begun):
    page = begun(java_script_enabled=False)
    check(page, "pain", 7)
    page.get_by_role("button", name="Save and leave").click()
    page.get_by_role("link", name="Continue: Baseline").click()
    is_checked(page, "pain", 7)


def test_a_page_that_is_not_used_closes_itself(begun, clinic):
    page = begun()
    check(page, "pain", 7)
    expect(page.locator(STATE)).to_contain_text("Saved")
    page.evaluate("document.querySelector('[data-draft]').dataset.idle = '0.1'")
    page.keyboard.press("Tab")
    expect(page.get_by_role("heading", level=1)).to_have_text("Closed")
    expect(page.locator("[name='q/pain']")).to_have_count(0)


@pytest.mark.parametrize("look", LOOKS)
def test_every_page_is_accessible(begun, judge, shoot, look):
    page = begun(**LOOKS[look])
    judge(page)
    shoot(page, f"draft-start-{look}")
    check(page, "pain", 7)
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Self-Efficacy")
    judge(page)
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Review and submit")
    judge(page)
    shoot(page, f"draft-review-{look}")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("alert")).to_be_visible()
    judge(page)
    shoot(page, f"draft-refused-{look}")
    page.get_by_role("link", name="Discard").click()
    judge(page)
    shoot(page, f"draft-discard-{look}")
    page.get_by_role("link", name="Keep it").click()
    page.get_by_role("button", name="Save and leave").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Guided self-help program")
    judge(page)
    shoot(page, f"draft-program-{look}")
