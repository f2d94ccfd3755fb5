"""``state``: forged, replayed, expired, another browser's (RFC 6749, 10.12)."""

import pytest


@pytest.mark.parametrize("state", [None, "", "forged", "x" * 5000])
def test_a_forged_state_is_refused(browser, state):
    browser.begin()
    assert browser.answer(code="c", state=state).text == "state-invalid"


def test_a_state_is_good_once(browser):
    state = browser.begin()["state"]
    assert browser.answer(code="c", state=state).status_code == 303
    assert browser.answer(code="c", state=state).text == "state-invalid"


def test_a_state_is_spent_even_when_the_code_is_refused(browser, ehr):
    ehr.refusal = ({"error": "invalid_grant"}, 400)
    state = browser.begin()["state"]
    assert browser.answer(code="c", state=state).text == "token-refused"
    assert browser.answer(code="c", state=state).text == "state-invalid"


def test_of_two_callbacks_at_once_only_one_gets_the_state(browser, launches):
    state = browser.begin()["state"]
    assert launches.store.take(state)
    assert launches.store.take(state) is None


def test_a_state_taken_between_look_and_grab_is_refused(browser, launches, app):
    """The other callback wins between our two questions to the store."""
    from smartapp.errors import StateInvalid
    from smartapp.launch.authorize import check_callback

    class Lost:
        waiting = launches.store.waiting

        def take(self, state):
            return None

    state = browser.begin()["state"]
    answer = {"state": state, "code": "c"}
    with pytest.raises(StateInvalid):
        check_callback(Lost(), answer, browser.cookies(), launches.now())


def test_a_state_is_good_for_ten_minutes(browser, clock):
    state = browser.begin()["state"]
    clock.forward(minutes=10)
    assert browser.answer(code="c", state=state).status_code == 303


def test_a_state_older_than_ten_minutes_has_expired(browser, clock):
    state = browser.begin()["state"]
    clock.forward(minutes=10, seconds=1)
    assert browser.answer(code="c", state=state).text == "state-expired"


def test_a_state_is_forgotten_after_an_hour(browser, clock, launches):
    state = browser.begin()["state"]
    clock.forward(hours=1)
    browser.begin()
    assert launches.store.waiting(state) is None


def test_a_state_is_bound_to_its_browser_by_a_cookie(browser, another_browser, site):
    """An attacker's answer in the victim's browser: login CSRF."""
    state = browser.begin()["state"]
    name = next(n for n in browser.cookies() if n.startswith("__Host-pending-"))
    another_browser.http.set_cookie(name, "another secret", domain="app.example", secure=True)
    assert another_browser.answer(code="c", state=state).text == "state-invalid"
    assert browser.answer(code="c", state=state).status_code == 303, "not spent by the other"


def test_two_launches_begun_in_one_browser_do_not_disturb_each_other(browser):
    first, second = browser.begin()["state"], browser.begin()["state"]
    assert browser.answer(code="c", state=second).status_code == 303
    browser.ehr.claims["nonce"] = None
    assert browser.answer(code="c", state=first).status_code == 303


def test_the_pending_cookie_works_in_a_cross_site_iframe(browser, site):
    sent = browser.get(f"/launch?iss={site.issuer}&launch=x")
    name, *attributes = sent.headers["Set-Cookie"].split("; ")
    assert name.startswith("__Host-pending-")
    assert {"Secure", "HttpOnly", "SameSite=None", "Partitioned", "Path=/"} <= set(attributes)


def test_the_pending_cookie_is_taken_back_at_the_callback(browser):
    browser.launch()
    assert not [name for name in browser.cookies() if name.startswith("__Host-pending-")]


class TestNoCookieComesBack:
    """The browser did not keep our cookie: say what to do, spend nothing, show no secret."""

    def test_offers_the_ehr_launch_in_its_own_window(self, browser, another_browser, site):
        page = another_browser.answer(code="secret-code", state=browser.begin()["state"]).text
        assert "launch=opaque-1" in page
        assert 'target="_blank"' in page

    def test_offers_the_standalone_launch_in_its_own_window(self, browser, another_browser):
        state = browser.begin("/standalone?site=Clinic")["state"]
        assert "/standalone?site=Clinic" in another_browser.answer(code="c", state=state).text

    def test_spends_neither_state_nor_code(self, browser, another_browser, ehr):
        state = browser.begin()["state"]
        another_browser.answer(code="c", state=state)
        assert not ehr.token_requests
        assert browser.answer(code="c", state=state).status_code == 303

    def test_shows_neither_state_nor_code(self, browser, another_browser):
        state = browser.begin()["state"]
        page = another_browser.answer(code="secret-code", state=state).text
        assert state not in page
        assert "secret-code" not in page

    def test_a_launch_gone_meanwhile_has_no_way_out(self, launches):
        from smartapp.errors import StateInvalid

        with pytest.raises(StateInvalid):
            launches.way_out("gone")
