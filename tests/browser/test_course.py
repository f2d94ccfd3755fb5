"""Schedule and change of a patient with a long history, in a real browser and on paper."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

LOOKS = {
    "wide": {"viewport": {"width": 1280, "height": 900}},
    "narrow": {"viewport": {"width": 360, "height": 740}},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
}
MIDWAY = 3
"""Assessments up to session 4."""


@pytest.fixture
def launched(new_context, clinic, chart):
    """Open the program page of the patient whose past was recorded."""

    def launched(**look):
        context = new_context(**look)
        chart(context)
        page = context.new_page()
        page.goto(clinic.launch_url("p01"))
        expect(page.get_by_role("heading", level=1)).to_have_text("Guided self-help program")
        return page

    return launched


def unfolded(page):
    """Open everything that is folded."""
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    return page


def fits(page):
    widths = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    return widths[0] <= widths[1]


@pytest.mark.parametrize("look", LOOKS)
def test_a_long_history_is_accessible_and_fits(past, launched, judge, shoot, look):
    past()
    page = launched(**LOOKS[look])
    home = page.url
    for name, place in {"course": "", "change": "outcomes"}.items():
        page.goto(home + place)
        shoot(page, f"{name}-{look}")
        judge(unfolded(page))
        assert fits(page), name


def test_on_paper_every_number_is_there(past, launched, shoot):
    past()
    page = launched()
    page.goto(page.url + "outcomes")
    page.emulate_media(media="print")
    shoot(page, "change-print")
    expect(page.get_by_role("table", name="PEG score over time")).to_be_visible()
    assert page.locator("svg.trend").count() == 11


def test_the_pictures_of_all_scales_share_their_days(past, launched):
    past()
    page = launched()
    written = page.locator("svg.trend").evaluate_all(
        "all => all.map(one => [...one.querySelectorAll('.session')].map(s => s.getAttribute('d')))"
    )
    assert len(written) == 11
    assert all(marks == written[0] for marks in written)


def test_the_next_assessment_is_one_click_away_and_gone_on_with(past, launched, judge, shoot):
    past(MIDWAY)
    page = launched()
    shoot(page, "schedule-midway")
    page.get_by_role("button", name=re.compile("^Start ?: Session 6")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("PEG pain scale")
    expect(page.get_by_text("Session 6").first).to_be_visible()
    page.goto(page.url.partition("assessments/")[0])
    judge(page)
    page.get_by_role("link", name=re.compile("^Continue ?: Session 6")).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("PEG pain scale")


def test_an_assessment_says_how_each_score_was_reached(past, launched, judge, shoot):
    past()
    page = launched()
    page.locator("#assessments .entries a").first.click()
    expect(page.get_by_text("all 3 answered").first).to_be_visible()
    expect(page.get_by_text(re.compile("Since baseline")).first).to_be_visible()
    judge(page)
    shoot(page, "assessment-scores")
