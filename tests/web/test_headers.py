"""The security headers of every answer, and who may put which page into a frame."""

import re

import pytest

APP = "https://app.example"
PLACES = ["/standalone", "/nowhere", "/callback", "/static/app.css", "/.well-known/jwks.json", "/"]


@pytest.fixture
def get(clinic):
    return lambda place: clinic.browser().get(place, base_url=APP)


def framers(answer):
    return re.search("frame-ancestors (.*)", answer.headers["Content-Security-Policy"])[1]


@pytest.mark.parametrize("place", PLACES)
class TestEveryAnswer:
    def test_allows_scripts_and_styles_from_itself_only(self, get, place):
        policy = get(place).headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'; script-src 'self'; ")
        assert "unsafe" not in policy

    def test_is_not_sniffed_and_tells_no_other_origin_where_it_came_from(self, get, place):
        headers = get(place).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"

    def test_leaves_framing_to_the_policy(self, get, place):
        """X-Frame-Options knows no list of origins, so it would forbid what the policy allows."""
        assert "X-Frame-Options" not in get(place).headers


class TestFraming:
    def test_a_page_of_a_launch_is_for_its_own_ehr(self, coach):
        assert framers(coach.get()) == "https://ehr.example"

    def test_also_when_it_is_an_error(self, coach):
        assert framers(coach.get("nowhere")) in (
            "https://ehr.example",
            "https://ehr.example https://second.example",
        )
        assert framers(coach.get("goals/gone/edit")) == "https://ehr.example"

    def test_before_a_launch_is_known_every_site_may(self, get):
        assert framers(get("/standalone")) == "https://ehr.example https://second.example"

    def test_a_site_taken_out_of_the_file_may_no_longer(self, new_coach, patient):
        assert framers(new_coach(patient, site="Gone").get()) == "'none'"


class TestCaches:
    @pytest.mark.parametrize("place", ["", "goals/new", "style.css", "goals/gone/edit"])
    def test_keep_nothing_of_a_launch(self, coach, place):
        assert coach.get(place).headers["Cache-Control"] == "no-store"

    def test_keep_nothing_of_a_refused_form(self, coach):
        assert coach.fill("goals/new").headers["Cache-Control"] == "no-store"

    def test_keep_the_style_sheet_of_all(self, get):
        assert "max-age" in get("/static/app.css").headers["Cache-Control"]


def test_no_page_carries_a_script_or_style_of_its_own(coach):
    """The policy would stop them, and the page would be broken."""
    coach.enroll()
    coach.add_goal()
    coach.assess(peg=6, pseq=3)
    for place in ("", "goals/new", "assessments/new", "outcomes"):
        page = coach.see(place)
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?! src=)", page)
