"""Every error of the tree has its page: status, sentence, code, and nothing of its inside."""

import logging
from html import unescape

import pytest

from smartapp import errors
from smartapp.web.errors import STATUS, status

APP = "https://app.example"


def below(error):
    return [error, *(deeper for child in error.__subclasses__() for deeper in below(child))]


TREE = below(errors.GshError)


@pytest.fixture
def raised(clinic):
    """The page of an error raised in a view."""

    def get(error):
        return clinic.browser().get(f"/raising/{error.__name__}", base_url=APP)

    return get


@pytest.mark.parametrize("error", TREE)
class TestPage:
    def test_has_the_status_of_its_error(self, raised, error):
        assert raised(error).status_code == STATUS[error] == status(error())

    def test_shows_the_sentence_and_the_code(self, raised, error):
        page = unescape(raised(error).text)
        assert error.sentence in page
        assert f"For your administrator: {error.code}" in page

    def test_shows_no_traceback(self, raised, error):
        page = raised(error).text
        assert "Traceback" not in page
        assert error.__name__ not in page


def test_every_status_is_an_errors_status():
    assert set(STATUS) == set(TREE)
    assert all(400 <= number < 600 for number in STATUS.values())


class TestUnexpected:
    """A fault of our own: its message may carry anything, so nothing of it is told."""

    @pytest.fixture
    def answer(self, coach, caplog):
        form = coach.open("goals/new")
        form.action = f"{coach.home}broken"
        with caplog.at_level(logging.DEBUG):
            return coach.send(form, text="Walk to the shop")

    def test_has_the_page_of_the_whole_tree(self, answer):
        assert answer.status_code == 500
        assert errors.GshError.sentence in answer.text
        assert "RuntimeError" not in answer.text

    def test_shows_what_was_typed(self, answer):
        assert "Walk to the shop" in answer.text

    def test_logs_its_class_and_nothing_typed(self, answer, caplog):
        logged = [record.getMessage() for record in caplog.get_records("setup")]
        assert logged == ["unexpected RuntimeError"]
        assert not [record for record in caplog.get_records("setup") if record.exc_info]


def test_a_page_outside_every_launch_has_no_banner(clinic):
    page = clinic.browser().get("/nowhere", base_url=APP)
    assert page.status_code == 404
    assert "Signed in as" not in page.text
    assert "There is no such page" in page.text


def test_an_http_error_without_words_of_its_own_gets_the_roots(coach):
    """Werkzeug knows many more statuses than we have sentences for."""
    answer = coach.http.open(f"{coach.home}goals", method="TRACE", base_url=APP)
    assert answer.status_code == 405
    assert "For your administrator: http-405" in answer.text
