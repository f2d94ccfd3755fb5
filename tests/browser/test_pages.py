"""Every page by WCAG 2.2 AA, wide and narrow, light and dark; with screenshots when asked for."""

import re

import pytest

pytestmark = pytest.mark.browser

LOOKS = {
    "wide": {"viewport": {"width": 1280, "height": 900}},
    "narrow": {"viewport": {"width": 360, "height": 740}},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
}
PAGES = {
    "program": "",
    "enroll": "enrollment/new",
    "goal": "goals/new",
    "assessment": "assessments/new",
    "outcomes": "outcomes",
}


@pytest.fixture(params=LOOKS)
def look(request):
    return request.param


@pytest.fixture
def home(new_context, in_tab, look):
    """The program page of a patient about whom nothing is recorded yet."""
    return in_tab(new_context(**LOOKS[look])).page


def test_the_empty_pages_are_accessible(home, judge, shoot, look):
    start = home.url
    for name, place in PAGES.items():
        home.goto(start + place)
        judge(home)
        shoot(home, f"{name}-{look}")


def test_nothing_is_wider_than_the_window(home):
    start = home.url
    for place in PAGES.values():
        home.goto(start + place)
        widths = home.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert widths[0] <= widths[1], place


def test_a_refused_form_is_accessible_and_keeps_what_was_typed(home, judge, shoot, look):
    home.goto(home.url + "goals/new")
    home.get_by_label("Goal, in the patient's own words").fill("Walk 🚶")
    home.get_by_role("button", name="Save the goal").click()
    judge(home)
    shoot(home, f"refused-{look}")
    assert home.get_by_label("Goal, in the patient's own words").input_value() == "Walk 🚶"


def test_the_launch_error_page_is_accessible(page, clinic, judge, shoot):
    page.goto(f"{clinic.app_url}/launch?iss=https://ehr.example.org/fhir&launch=x")
    judge(page)
    shoot(page, "refused-launch")


def test_the_chart_pages_are_accessible(chart, new_context, judge, shoot, look):
    page = chart(new_context(**LOOKS[look]))
    for name in ("chart", "patients", "reset"):
        judge(page)
        shoot(page, f"ehr-{name}-{look}")
        following = {"chart": "Patients", "patients": "Reset data"}.get(name)
        if following:
            page.get_by_role("link", name=following).first.click()


@pytest.fixture
def at_work(new_context, in_tab, look):
    """The program page of a patient who is enrolled, with a goal and two assessments."""
    work = in_tab(new_context(**LOOKS[look]))
    work.enroll()
    work.add_goal("Walk to the shops and back twice a week")
    work.assess(7, 2)
    work.assess(5, 4)
    return work.page


FILLED = {
    "program-filled": None,
    "outcomes-filled": "Details and print",
    "goal-versions": "Versions",
    "progress": "Mark progress",
    "assessment-shown": "Baseline",
    "completion": "Complete",
    "withdrawal": "Withdraw",
}


def test_the_pages_with_a_record_are_accessible(at_work, judge, shoot, look):
    home = at_work.url
    for name, link in FILLED.items():
        at_work.goto(home)
        if link:
            at_work.get_by_role("link", name=re.compile(f"^{link}")).first.click()
        judge(at_work)
        shoot(at_work, f"{name}-{look}")


def test_a_conflict_is_accessible_and_shows_both_versions(at_work, judge, shoot, look):
    at_work.get_by_role("link", name=re.compile("^Edit")).first.click()
    other = at_work.context.new_page()
    other.goto(at_work.url)
    for page, text in ((other, "Swim on Mondays"), (at_work, "Dance on Fridays")):
        page.get_by_label("Goal, in the patient's own words").fill(text)
        page.get_by_role("button", name="Save the goal").click()
    at_work.get_by_text("Swim on Mondays").wait_for()
    at_work.get_by_text("Dance on Fridays").first.wait_for()
    judge(at_work)
    shoot(at_work, f"conflict-{look}")


def test_a_red_flag_stops_the_enrollment_with_an_accessible_page(home, judge, shoot, look):
    home.goto(home.url + "enrollment/new")
    home.get_by_label("Progressive weakness").check()
    home.get_by_role("button", name="Enroll the patient").click()
    home.get_by_text("Enrollment stopped").first.wait_for()
    judge(home)
    shoot(home, f"stopped-{look}")
