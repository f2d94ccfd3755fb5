"""One browser, two charts: a form lands on its own patient or nowhere, and is shown either way."""

from html import unescape

import pytest

from smartapp import errors
from smartapp.launch.isolation import COOKIE
from smartapp.web.errors import FORM_EXPIRED

GOAL = {"text": "Walk to the shop", "due": "2027-01-04", "importance": "8", "confidence": "6"}


@pytest.fixture
def eve(coach, new_coach, new_patient):
    """Another patient's chart, open in the same browser."""
    return new_coach(new_patient("Eve"), coach.http)


@pytest.fixture
def refused(ehr):
    """Assert that a form was refused, with everything typed still to be read."""

    def check(answer, coach):
        assert answer.status_code == 400
        assert FORM_EXPIRED in unescape(answer.text)
        assert "Walk to the shop" in answer.text
        assert "2027-01-04" in answer.text
        assert not ehr.kept("Goal", coach.patient)

    return check


class TestForgery:
    def test_without_a_token_is_refused(self, coach, refused):
        refused(coach.fill("goals/new", **GOAL, csrf_token=None), coach)

    def test_with_an_invented_token_is_refused(self, coach, refused):
        refused(coach.fill("goals/new", **GOAL, csrf_token="invented"), coach)

    def test_with_another_launchs_token_is_refused(self, coach, new_coach, patient, refused):
        theirs = new_coach(patient).open("goals/new").values["csrf_token"]
        refused(coach.fill("goals/new", **GOAL, csrf_token=theirs), coach)

    def test_from_another_origin_is_refused(self, coach, refused):
        form = coach.open("goals/new")
        values = form.values | GOAL
        headers = {"Referer": "https://evil.example/"}
        url = "https://app.example"
        refused(coach.http.post(form.action, base_url=url, data=values, headers=headers), coach)

    def test_the_page_shows_no_hidden_field(self, coach):
        answer = coach.fill("goals/new", **GOAL, csrf_token="invented")
        assert "invented" not in answer.text
        assert "Form id" not in answer.text

    def test_what_was_typed_is_text_there_too(self, coach):
        answer = coach.fill("goals/new", text="<script>alert(1)</script>", csrf_token=None)
        assert "<script>alert" not in answer.text


class TestTwoCharts:
    def test_in_turn_each_save_lands_on_its_own_patient(self, coach, eve, ehr):
        ours, theirs = coach.open("goals/new"), eve.open("goals/new")
        assert eve.send(theirs, **GOAL | {"text": "Eve's"}).status_code == 303
        assert coach.send(ours, **GOAL | {"text": "Ada's"}).status_code == 303
        for at, words in ((coach, "Ada's"), (eve, "Eve's")):
            (goal,) = ehr.kept("Goal", at.patient)
            assert goal["description"]["text"] == words

    def test_a_form_of_one_under_the_others_handle_is_refused(self, coach, eve, ehr, refused):
        form = coach.open("goals/new")
        form.action = form.action.replace(coach.handle, eve.handle)
        answer = coach.send(form, **GOAL)
        refused(answer, coach)
        refused(answer, eve)

    def test_each_page_shows_its_own_banner(self, coach, eve):
        assert "Eve Quillfeather" in eve.see()
        assert "Ada Quillfeather" in coach.see()
        assert "Eve" not in coach.see("goals/new")

    def test_a_message_for_one_is_not_shown_in_the_other(self, coach, eve):
        coach.add_goal()
        assert "The goal is in the record" not in eve.see()
        assert "The goal is in the record" in coach.see()

    def test_signing_out_of_one_leaves_the_other_open(self, coach, eve):
        token = coach.open("").values["csrf_token"]
        out = coach.post(f"{coach.home}logout", csrf_token=token)
        assert "You are signed out" in out.text
        assert coach.get().status_code in (400, 401)
        assert eve.get().status_code == 200


class TestCookie:
    def test_of_another_launch_does_not_open_this_one(self, coach):
        coach.http.set_cookie(COOKIE + coach.handle, "guessed", domain="app.example")
        answer = coach.get()
        assert answer.status_code == 403
        assert errors.LaunchUnknown.sentence in unescape(answer.text)

    def test_that_did_not_come_back_says_what_to_do(self, coach, clinic):
        answer = clinic.browser().get(coach.home, base_url="https://app.example")
        assert answer.status_code == 400
        assert errors.CookieMissing.sentence in unescape(answer.text)

    def test_that_is_gone_when_a_form_is_sent_keeps_what_was_typed(self, coach, refused):
        form = coach.open("goals/new")
        coach.http.delete_cookie(COOKIE + coach.handle, domain="app.example")
        refused(coach.send(form, **GOAL), coach)

    def test_a_made_up_handle_opens_nothing(self, coach):
        answer = coach.http.get("/launches/made-up/", base_url="https://app.example")
        assert answer.status_code == 403
        assert "Ada" not in answer.text


class TestEnded:
    """The launch ended while the person was typing."""

    @pytest.fixture(params=["signed out", "idle", "twelve hours"])
    def form(self, request, coach, clinic):
        form = coach.open("goals/new")
        if request.param == "signed out":
            clinic.store.end(coach.handle)
        else:
            clinic.clock.forward(**{"minutes": 31} if request.param == "idle" else {"hours": 13})
        return form

    def test_shows_what_was_typed(self, coach, form, refused):
        refused(coach.send(form, **GOAL), coach)

    def test_every_page_says_that_it_ended(self, coach, form):
        answer = coach.get()
        assert answer.status_code == 401
        assert errors.LaunchEnded.sentence in unescape(answer.text)
        assert "Quillfeather" not in answer.text


def test_a_form_larger_than_a_megabyte_has_its_page(coach, ehr, patient):
    answer = coach.add_goal("x" * 1_100_000)
    assert answer.status_code == 413
    assert "larger than the program accepts" in answer.text


def test_an_address_used_the_wrong_way_has_its_page(coach):
    answer = coach.get("goals")
    assert answer.status_code == 405
    assert "cannot be used this way" in answer.text
