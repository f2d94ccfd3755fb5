"""Logging out: tokens revoked (RFC 7009), launch forgotten, cookie taken back."""

from dataclasses import replace
from urllib.parse import parse_qsl

import pytest
import requests

from smartapp.errors import LaunchEnded
from smartapp.launch.isolation import COOKIE

REVOKE = "https://auth.example/revoke"


@pytest.fixture
def logout(browser):
    """Launch, and log out of it."""

    def out(home=None):
        home = home or browser.launch()
        token = browser.get(home).json["csrf"]
        return browser.post(f"{home}logout", csrf_token=token)

    return out


@pytest.fixture
def revoked(wire):
    return lambda: [dict(parse_qsl(c.request.body)) for c in wire.calls if c.request.url == REVOKE]


def test_revokes_the_refresh_and_the_access_token(logout, revoked):
    logout()
    assert [(sent["token"], sent["token_type_hint"]) for sent in revoked()] == [
        ("refresh-1", "refresh_token"),
        ("access-1", "access_token"),
    ]


def test_authenticates_as_at_the_token_endpoint(logout, revoked):
    logout()
    assert all(sent["client_assertion"] for sent in revoked())


def test_revokes_the_tokens_as_they_are_now(browser, logout, launches, revoked):
    home = browser.launch()
    newer = replace(launches.store.read(home.split("/")[2]).tokens, access="newer")
    launches.store.change(home.split("/")[2], lambda kept: replace(kept, tokens=newer))
    logout(home)
    assert revoked()[1]["token"] == "newer"


def test_without_refresh_token_only_the_access_token_is_revoked(ehr, logout, revoked):
    ehr.answer["refresh_token"] = None
    logout()
    assert [sent["token_type_hint"] for sent in revoked()] == ["access_token"]


def test_shows_a_page_that_says_so(logout):
    assert "You are signed out" in logout().text


def test_the_launch_is_over(browser, logout, launches):
    home = browser.launch()
    logout(home)
    with pytest.raises(LaunchEnded):
        launches.store.read(home.split("/")[2])
    assert browser.get(home).text == "launch-ended"


def test_takes_the_cookie_back_with_the_attributes_it_was_set_with(browser, logout):
    home = browser.launch()
    cookie = logout(home).headers["Set-Cookie"].split("; ")
    assert cookie[0] == f"{COOKIE}{home.split('/')[2]}="
    assert {"Max-Age=0", "Partitioned", "Secure", "Path=/"} <= set(cookie)


def test_leaves_the_other_launches_of_the_browser_alone(browser, logout):
    ann, bob = browser.launch("ann"), browser.launch("bob")
    logout(ann)
    assert browser.get(bob).json["patient"] == "bob"


class TestEhrThatDoesNotRevoke:
    """The launch is over here all the same, and the page does not claim more."""

    CLAIM = "taken back"

    def test_the_page_claims_it_when_it_did(self, logout):
        assert self.CLAIM in logout().text

    def test_without_an_endpoint(self, ehr, logout, revoked):
        del ehr.smart["revocation_endpoint"]
        assert self.CLAIM not in logout().text
        assert revoked() == []

    @pytest.mark.parametrize("status", [302, 400, 503])
    def test_with_an_error(self, logout, wire, status):
        wire.replace("POST", REVOKE, status=status)
        page = logout().text
        assert "You are signed out" in page
        assert self.CLAIM not in page

    def test_without_an_answer(self, logout, wire):
        wire.replace("POST", REVOKE, body=requests.ConnectTimeout())
        assert self.CLAIM not in logout().text

    def test_a_site_taken_out_of_the_file_is_not_asked(self, browser, launches, opened):
        gone = replace(launches, config=replace(launches.config, sites=()))
        assert gone.end(opened) is False


def test_needs_the_form_token(browser):
    home = browser.launch()
    assert browser.post(f"{home}logout").status_code == 400
    assert browser.get(home).status_code == 200


def test_is_never_a_link(browser):
    assert browser.get(f"{browser.launch()}logout").status_code == 405


def test_of_another_browser_is_refused(browser, another_browser):
    home = browser.launch()
    another_browser.post(f"{home}logout", csrf_token=browser.get(home).json["csrf"])
    assert browser.get(home).status_code == 200
