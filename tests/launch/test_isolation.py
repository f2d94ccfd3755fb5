"""Per-launch isolation: handle in the path AND that launch's cookie, both needed.

The wrong patient's chart is the known safety defect of this class of app.
"""

import threading
from dataclasses import replace
from functools import partial

import pytest

from smartapp.launch.context import Tokens
from smartapp.launch.isolation import COOKIE, KEPT, handle_in

HANDLE = "x" * 22


def give(browser, home, secret):
    name = COOKIE + home.split("/")[2]
    browser.http.set_cookie(name, secret, domain="app.example", secure=True)


class TestCookie:
    @pytest.fixture
    def set_cookie(self, browser):
        arrived = browser.answer(code="c", state=browser.begin()["state"])
        found = arrived.headers.getlist("Set-Cookie")
        return next(c for c in found if c.startswith("__Host-launch-")).split("; ")

    @pytest.mark.parametrize(
        "attribute", ["Secure", "HttpOnly", "SameSite=None", "Partitioned", "Path=/"]
    )
    def test_is_secure_httponly_samesite_none_partitioned(self, set_cookie, attribute):
        assert attribute in set_cookie

    def test_has_no_domain(self, set_cookie):
        assert not [part for part in set_cookie if part.startswith("Domain")]

    def test_is_named_after_the_launch(self, browser):
        home = browser.launch()
        assert f"__Host-launch-{home.split('/')[2]}" in browser.cookies()

    def test_lives_as_long_as_the_launch_may(self, set_cookie):
        assert "Max-Age=43200" in set_cookie

    def test_has_at_least_128_bits_that_are_not_in_the_path(self, browser):
        home = browser.launch()
        assert len(browser.secret(home)) >= 22
        assert browser.secret(home) not in home


class TestTwoPatientsInOneBrowser:
    def test_each_page_shows_its_own_patient_in_turn(self, browser):
        ann, bob = browser.launch("ann"), browser.launch("bob")
        seen = [browser.get(home).json["patient"] for home in (ann, bob, ann, bob)]
        assert seen == ["ann", "bob", "ann", "bob"]

    def test_each_launch_has_its_own_form_session(self, browser):
        ann, bob = browser.launch("ann"), browser.launch("bob")
        browser.get(bob)
        assert [browser.get(home).json["seen"] for home in (ann, bob)] == ["ann", "bob"]

    def test_a_form_of_one_is_refused_under_the_other(self, browser):
        """The CSRF token is the launch's."""
        ann, bob = browser.launch("ann"), browser.launch("bob")
        token = browser.get(ann).json["csrf"]
        browser.get(bob)
        assert browser.post(bob, csrf_token=token).status_code == 400
        assert browser.post(ann, csrf_token=token).json["patient"] == "ann"

    def test_the_same_patient_twice_is_two_launches(self, browser):
        assert browser.launch("ann") != browser.launch("ann")


class TestMismatchedPair:
    def test_another_launchs_cookie_is_refused(self, browser):
        ann, bob = browser.launch("ann"), browser.launch("bob")
        give(browser, bob, browser.secret(ann))
        assert browser.get(bob).text == "launch-unknown"

    def test_the_own_launch_is_not_harmed_by_it(self, browser):
        ann, bob = browser.launch("ann"), browser.launch("bob")
        give(browser, bob, browser.secret(ann))
        browser.get(bob)
        assert browser.get(ann).json["patient"] == "ann"

    def test_a_forged_cookie_is_refused(self, browser, another_browser):
        home = browser.launch()
        give(another_browser, home, "guess")
        assert another_browser.get(home).text == "launch-unknown"

    def test_a_launch_that_never_was_is_refused(self, browser):
        assert browser.get(f"/launches/{HANDLE}/").text == "launch-unknown"

    def test_a_form_posted_with_it_is_refused(self, browser, another_browser):
        home = browser.launch()
        token = browser.get(home).json["csrf"]
        give(another_browser, home, "guess")
        assert another_browser.post(home, csrf_token=token).status_code == 400


class TestPathWithoutCookie:
    def test_is_refused_and_says_that_the_cookie_is_missing(self, browser, another_browser):
        assert another_browser.get(browser.launch()).text == "cookie-missing"

    def test_the_address_alone_never_opens_a_chart(self, browser, another_browser):
        home = browser.launch()
        assert another_browser.get(f"{home}?session={browser.secret(home)}").status_code == 400

    @pytest.mark.parametrize("secret", ["", " "])
    def test_an_empty_cookie_is_none(self, browser, another_browser, secret):
        home = browser.launch()
        give(another_browser, home, secret)
        assert another_browser.get(home).status_code == 400


def test_cookies_without_path_open_nothing(browser):
    browser.launch()
    assert browser.get("/launches/").status_code == 404


def test_the_patient_cannot_be_named_by_the_browser(browser):
    home = browser.launch("ann")
    assert browser.get(f"{home}?patient=bob&patient_id=bob").json["patient"] == "ann"


class TestFormSession:
    def test_is_kept_across_requests(self, browser):
        home = browser.launch()
        assert browser.get(home).json["csrf"]
        token = browser.get(home).json["csrf"]
        assert browser.post(home, csrf_token=token).status_code == 200

    def test_is_not_in_any_cookie(self, browser):
        home = browser.launch()
        browser.get(home)
        assert set(browser.cookies()) == {COOKIE + home.split("/")[2]}

    def test_of_a_page_without_launch_is_thrown_away(self, browser):
        browser.get("/standalone")
        assert browser.cookies() == {}

    def test_is_not_written_when_nothing_changed(self, browser, launches):
        home = browser.launch()
        browser.get(home)
        before = launches.store.read(home.split("/")[2])
        browser.get(home)
        assert launches.store.read(home.split("/")[2]) == before

    def test_does_not_bring_back_a_launch_ended_meanwhile(self, browser, launches, meanwhile):
        home = browser.launch()
        meanwhile.append(lambda: launches.store.end(home.split("/")[2]))
        assert browser.get(home).json["patient"] == "patient-1"
        assert browser.get(home).text == "launch-ended"

    def test_does_not_undo_a_refresh_that_happened_meanwhile(self, browser, launches, meanwhile):
        home = browser.launch()
        handle = home.split("/")[2]
        renewed = Tokens("newer")
        edit = partial(replace, tokens=renewed)
        meanwhile.append(lambda: launches.store.change(handle, edit))
        browser.get(home)
        kept = launches.store.read(handle)
        assert (kept.tokens.access, kept.http["seen"]) == ("newer", "patient-1")


class TestNumberOfCookies:
    """More would overflow a header, so the oldest go."""

    def test_twenty_are_kept(self, browser):
        homes = [browser.launch(str(n)) for n in range(KEPT + 2)]
        kept = [home for home in homes if COOKIE + home.split("/")[2] in browser.cookies()]
        assert kept == homes[2:]

    def test_all_that_are_kept_still_open(self, browser):
        homes = [browser.launch(str(n)) for n in range(KEPT + 1)]
        seen = [browser.get(home).json["patient"] for home in homes[1:]]
        assert seen == [str(n) for n in range(1, KEPT + 1)]


@pytest.mark.parametrize(
    ("path", "handle"),
    [("/launches/a/", "a"), ("/launches/a/goals/1", "a"), ("/launches/a", None),
     ("/launches//x", None), ("/launches/", None), ("/launch", None), ("/a/launches/b/", None)],
)  # fmt: skip
def test_the_handle_is_read_from_the_path(path, handle):
    assert handle_in(path) == handle


def test_two_patients_worked_on_at_once_stay_apart(browser):
    """Many requests of both in parallel threads."""
    homes = {name: browser.launch(name) for name in ("ann", "bob")}
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies().items())
    wrong, application = [], browser.http.application

    def look(name):
        client = application.test_client(use_cookies=False)
        for _ in range(10):
            page = client.get(
                homes[name], base_url="https://app.example", headers={"Cookie": cookies}
            )
            wrong.extend([] if page.json["patient"] == page.json["seen"] == name else [name])

    threads = [threading.Thread(target=look, args=(name,)) for name in ("ann", "bob") * 3]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert wrong == []
