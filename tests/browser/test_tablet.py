"""The device in the patient's hands, paper and corrections, in real Chromium."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

LOOKS = {
    "tablet": {"viewport": {"width": 820, "height": 1180}, "has_touch": True},
    "narrow": {"viewport": {"width": 360, "height": 740}},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "plain": {"viewport": {"width": 820, "height": 1180}, "java_script_enabled": False},
}
PIN = "2580"


@pytest.fixture
def begun(new_context, in_tab):
    """Start a PEG in a browser context; the clinician at work there."""

    def begun(paper=False, **options):
        work = in_tab(new_context(**options))
        work.follow("Start an assessment")
        boxes = work.page.locator("input[name^='ask.']")
        for box in boxes.all():
            box.set_checked(box.get_attribute("name") == "ask.peg")
        if paper:
            work.page.get_by_label("From a paper form").check()
            work.page.get_by_label("Day the paper form was filled in").fill("2026-01-05")
        work.press("Start the assessment")
        heading(work.page, "PEG")
        work.page.wait_for_load_state()
        return work

    return begun


@pytest.fixture
def handed(begun):
    """A PEG that was handed to the patient; the page the patient sees."""

    def handed(**options):
        work = begun(**options)
        work.follow("Hand the device to the patient")
        type_pin(work.page)
        work.press("Hand it over")
        expect(work.page.get_by_role("banner")).to_contain_text("Questions about you")
        work.page.wait_for_load_state()
        return work.page

    return handed


def heading(page, text):
    expect(page.get_by_role("heading", level=1)).to_contain_text(text)


def type_pin(page):
    page.get_by_label(re.compile("^PIN")).fill(PIN)
    page.get_by_label("The same PIN again").fill(PIN)


def check(page, name, value):
    page.locator(f"[name='q/{name}'][value='{value}']").check()


def answer_all(page, value=6):
    for name in ("pain", "enjoyment", "activity"):
        check(page, name, value)


def press(page, name):
    page.get_by_role("button", name=name, exact=True).first.click()


@pytest.mark.parametrize("look", LOOKS)
def test_from_hand_to_hand_every_page_is_accessible(begun, judge, shoot, look):
    options, can_judge = LOOKS[look], look != "plain"
    work = begun(**options)
    page, seen = work.page, []

    def look_at(name):
        seen.append(name)
        shoot(page, f"tablet-{name}-{look}")
        if can_judge:
            judge(page)

    work.follow("Hand the device to the patient")
    look_at("hand-over")
    type_pin(page)
    press(page, "Hand it over")
    heading(page, "PEG")
    look_at("questions")
    check(page, "pain", 6)
    press(page, "Next")
    heading(page, "Thank you")
    look_at("finished")
    page.get_by_role("link", name="Back to the questions").click()
    answer_all(page)
    press(page, "Next")
    heading(page, "Thank you")
    press(page, "Hand back")
    heading(page, "This device is locked")
    look_at("locked")
    page.get_by_label("PIN").fill("0000")
    press(page, "Unlock")
    expect(page.get_by_text("That is not the PIN")).to_be_visible()
    look_at("wrong")
    page.get_by_label("PIN").fill(PIN)
    press(page, "Unlock")
    heading(page, "Review and submit")
    press(page, "Submit")
    expect(page.get_by_text("Answered by the patient alone")).to_be_visible()
    assert len(seen) == 5


def test_back_forward_and_typed_addresses_lead_to_the_lock_screen(handed, clinic):
    page = handed()
    chart = page.url.split("assessments/")[0]
    page.go_back()
    page.go_back()
    expect(page.locator("body")).not_to_contain_text("Signed in as")
    for address in (chart, f"{chart}goals/new", f"{chart}outcomes", f"{clinic.app_url}/standalone"):
        page.goto(address)
        heading(page, "This device is locked")
        expect(page.locator("body")).not_to_contain_text("MRN")
    page.get_by_role("link", name="Back to the questions").click()
    heading(page, "PEG")


def test_a_launch_that_ended_leaves_the_browser_locked_until_the_pin(handed, clinic, judge):
    """The EHR behind it still knows the clinician: without the lock this would open the chart."""
    page = handed()
    page.context.clear_cookies(name=re.compile("__Host-launch-"))
    for address in (f"{clinic.app_url}/standalone", page.url):
        page.goto(address)
        heading(page, "This device is locked")
    judge(page)
    page.get_by_role("link", name="Unlock with the PIN").click()
    page.get_by_label("PIN").fill(PIN)
    press(page, "Unlock")
    heading(page, "The device is unlocked")
    judge(page)
    page.goto(f"{clinic.app_url}/standalone")
    heading(page, "Where do you work")


def test_after_five_wrong_pins_a_desk_frees_the_device_by_its_code(handed, begun, judge, shoot):
    page = handed()
    page.goto(f"{page.url.split('assessments/')[0]}lock")
    for _ in range(5):
        page.get_by_label("PIN").fill("0000")
        press(page, "Unlock")
    expect(page.get_by_text("looked at again in 1 minute")).to_be_visible()
    judge(page)
    shoot(page, "tablet-closed")
    code = page.locator("strong", has_text="-").inner_text()
    desk = begun()
    desk.page.goto(desk.page.url.split("assessments/")[0])
    desk.follow("Unlock a device")
    desk.page.get_by_label("Code on the locked device").fill(code)
    judge(desk.page)
    desk.press("Unlock it")
    expect(desk.page.get_by_text("The other device is unlocked")).to_be_visible()
    page.reload()
    expect(page.locator("body")).not_to_contain_text("This device is locked")


def test_a_chart_page_open_in_another_tab_leaves_the_screen(begun):
    work = begun()
    second = work.page.context.new_page()
    second.goto(work.page.url.split("assessments/")[0])
    expect(second.get_by_text("Signed in as")).to_be_visible()
    work.page.bring_to_front()
    work.follow("Hand the device to the patient")
    type_pin(work.page)
    press(work.page, "Hand it over")
    heading(second, "This device is locked")


@pytest.fixture
def offline(watch):
    """What a browser says without a connection is no complaint."""
    yield
    watch.complaints[:] = [c for c in watch.complaints if "net::ERR_" not in c]


@pytest.mark.parametrize("is_sending", [False, True], ids=["at once", "after others"])
def test_what_the_patient_answered_offline_is_theirs_though_staff_send_it(
    handed, offline, is_sending
):
    """Before the script that sends could be fetched, or after an answer that was sent."""
    page = handed()
    if is_sending:
        check(page, "enjoyment", 4)
        expect(page.locator("[data-draft-state]")).to_contain_text("Saved")
    else:
        page.route("**/answer.js", lambda route: route.abort())
        page.reload()
    page.context.set_offline(True)
    check(page, "pain", 7)
    page.wait_for_function("Object.keys(localStorage).some((name) => name.startsWith('draft/'))")
    lock = f"{page.url.split('assessments/')[0]}lock"
    staff = page.context.new_page()
    page.close()
    staff.context.set_offline(False)
    staff.goto(lock)
    staff.get_by_label("PIN").fill(PIN)
    press(staff, "Unlock")
    expect(staff.get_by_text(f"{1 + is_sending} of 3 questions answered")).to_be_visible()
    expect(staff.get_by_text("Answered by the patient alone, on a device.")).to_be_visible()


@pytest.mark.parametrize("look", ["narrow", "dark"])
def test_one_questionnaire_is_said_to_be_from_paper_and_that_is_taken_back(
    begun, judge, shoot, look
):
    work = begun(**LOOKS[look])
    page = work.page
    page.get_by_role("link", name="From paper", exact=True).click()
    heading(page, "From a paper form?")
    judge(page)
    shoot(page, f"paper-one-{look}")
    page.get_by_label("Day the paper form was filled in").fill("2026-01-05")
    press(page, "It is from paper")
    expect(page.get_by_text("From paper, filled in on 5 January 2026").first).to_be_visible()
    judge(page)
    shoot(page, f"paper-marked-{look}")
    page.get_by_role("link", name="Change this").click()
    press(page, "It is not from paper")
    expect(page.get_by_role("link", name="From paper", exact=True)).to_be_visible()


def test_targets_are_large_enough_for_a_finger(handed):
    page = handed(**LOOKS["narrow"])
    cells = page.locator("label.cell, label.option, button.button:visible")
    heights = [box["height"] for one in cells.all() if (box := one.bounding_box())]
    assert heights
    assert min(heights) >= 44
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_inside_the_ehrs_page_it_is_refused(new_context, embedded, judge):
    work = embedded(new_context())
    work.follow("Start an assessment")
    work.press("Start the assessment")
    work.follow("Hand the device to the patient")
    work.see("Not possible here")
    expect(work.program.get_by_label(re.compile("^PIN"))).to_have_count(0)
    own = work.program.get_by_role("link", name="Open it in its own tab")
    expect(own).to_have_attribute("target", "_blank")
    judge(work.frame())


def test_paper_is_typed_in_with_one_key_a_question(begun, judge, shoot):
    work = begun(paper=True)
    page = work.page
    expect(page.get_by_text("the number on the form answers it")).to_be_visible()
    page.keyboard.press("7")
    page.keyboard.press("t")
    page.keyboard.press("0")
    for name, value in (("pain", 7), ("enjoyment", 10), ("activity", 0)):
        expect(page.locator(f"[name='q/{name}'][value='{value}']")).to_be_checked()
    expect(page.get_by_role("button", name="Next")).to_be_focused()
    judge(page)
    shoot(page, "paper-typed")
    page.keyboard.press("Enter")
    heading(page, "Review and submit")
    press(page, "Submit")
    heading(page, "from paper")
    expect(page.get_by_text("From paper, filled in on 5 January 2026")).to_be_visible()
    judge(page)


@pytest.mark.parametrize("look", LOOKS)
def test_an_answer_is_corrected_and_both_versions_are_readable(begun, judge, shoot, look):
    work = begun(**LOOKS[look])
    page = work.page
    answer_all(page)
    press(page, "Next")
    press(page, "Submit")
    page.get_by_role("link", name="Correct an answer").click()
    check(page, "pain", 2)
    press(page, "Save the correction")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator("[name='q/pain'][value='2']")).to_be_checked()
    shoot(page, f"amendment-refused-{look}")
    if look != "plain":
        judge(page)
    page.get_by_label("Why the answers are corrected").fill("Misread")
    press(page, "Save the correction")
    expect(page.get_by_text("The correction is in the record")).to_be_visible()
    shoot(page, f"amendment-shown-{look}")
    page.get_by_role("link", name="Every version of these answers").click()
    expect(page.get_by_text("Misread")).to_be_visible()
    expect(page.get_by_role("heading", level=2)).to_have_count(2)
    shoot(page, f"amendment-versions-{look}")
    if look != "plain":
        judge(page)
