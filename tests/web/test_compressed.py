"""What is compressed on its way to the browser, and what never is."""

import gzip
import re

import pytest

from smartapp.web.compressed import MOST_HIDDEN, hidden_length

APP = "https://app.example"
FILES = ("app.css", "form.css", "app.js", "page.js", "answer.js", "draft.js", "icon.svg")
ASKING = {"Accept-Encoding": "gzip, br"}


@pytest.fixture
def ask(coach):
    """Ask for a page as a browser does that can read gzip."""

    def ask(path, method="get", headers=ASKING, **more):
        return getattr(coach.http, method)(path, base_url=APP, headers=headers, **more)

    return ask


@pytest.fixture
def form(coach):
    """The page of the first questionnaire, and its address."""
    page = coach.follow(coach.start("peg"))
    return page.request.path, page


def encoding(answer):
    return answer.headers.get("Content-Encoding")


@pytest.mark.parametrize("file", FILES)
def test_what_every_launch_shares_is_compressed_and_unchanged(ask, file):
    packed, plain = ask(f"/static/{file}"), ask(f"/static/{file}", headers={})
    assert (encoding(packed), encoding(plain)) == ("gzip", None)
    assert gzip.decompress(packed.data) == plain.data
    assert "Accept-Encoding" in packed.vary
    assert "Accept-Encoding" in plain.vary


def test_a_file_that_did_not_change_is_not_sent_again(ask):
    tag = ask("/static/app.css").headers["ETag"]
    assert tag.startswith("W/"), "one tag for two encodings is weak: RFC 9110, 8.8.3.3"
    again = ask("/static/app.css", headers=ASKING | {"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")


def test_a_browser_that_refuses_gzip_gets_none(ask):
    assert encoding(ask("/static/app.css", headers={"Accept-Encoding": "gzip;q=0, br"})) is None


def test_a_part_of_a_file_is_sent_as_it_is(ask):
    part = ask("/static/app.css", headers=ASKING | {"Range": "bytes=0-9"})
    assert (part.status_code, encoding(part), len(part.data)) == (206, None, 10)


def test_the_page_of_a_questionnaire_is_compressed(ask, form):
    packed, plain = ask(form[0]), ask(form[0], headers={})
    assert encoding(packed) == "gzip"
    assert len(packed.data) < len(plain.data) / 2
    assert gzip.decompress(packed.data).count(b"<input") == plain.data.count(b"<input")
    assert packed.headers["Cache-Control"] == "no-store"


def test_that_page_shows_nothing_of_what_asked_for_it(ask, form):
    """Otherwise its length would tell its secrets: BREACH."""
    address = f"{form[0]}?check=chosen&chosen=chosen&q%2Fpain=chosen"
    asking = {"Referer": f"{APP}/chosen", "User-Agent": "chosen", "Accept-Language": "chosen"}
    assert b"chosen" not in gzip.decompress(ask(address, headers=ASKING | asking).data)


def test_a_page_that_answers_a_post_is_not_compressed(ask, coach, form):
    """It may show what was sent."""
    typed = coach.form(form[1]).values | {"q/pain": "chosen", "go": "next"}
    asking = ASKING | {"Referer": APP + coach.home}
    answer = ask(form[0], "post", headers=asking, data=typed)
    assert (answer.status_code, encoding(answer)) == (422, None)


@pytest.mark.parametrize("place", ["", "assessments/new", "goals/new"])
def test_no_other_page_is_compressed(ask, coach, place):
    assert encoding(ask(coach.home + place)) is None


@pytest.mark.parametrize("place", ["worker.js", "offline"])
def test_what_has_no_secret_may_be_compressed(ask, place):
    packed, plain = ask(f"/launches/{place}"), ask(f"/launches/{place}", headers={})
    assert encoding(packed) == "gzip"
    assert gzip.decompress(packed.data) == plain.data


def test_so_may_the_style_sheet_that_is_made_of_an_ehrs_file_alone(ask, coach):
    assert encoding(ask(f"{coach.home}style.css")) == "gzip"


def test_neither_is_one_without_a_body(ask, form):
    assert encoding(ask(form[0], "head")) is None


def test_the_length_of_a_page_differs_and_its_words_do_not():
    made = [hidden_length(b"the same page" * 9) for _ in range(200)]
    assert {gzip.decompress(one) for one in made} == {b"the same page" * 9}
    assert MOST_HIDDEN // 4 < len({len(one) for one in made}) <= MOST_HIDDEN


def test_what_that_page_needs_is_fetched_while_the_questionnaires_are_chosen(coach, form):
    """So that the first form of a launch costs no more than the next."""
    needed = set(re.findall(r'"(/static/[^"]+)"', form[1].text))
    fetched = set(re.findall(r'"(/static/[^"]+)"', coach.see("assessments/new")))
    assert needed | {"/static/staff/answer.js", "/static/answer.css"} <= fetched
