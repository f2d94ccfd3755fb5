"""The error tree: every error the clinician can meet has its own code, a sentence and a page."""

import importlib.util
import re

import pytest

from smartapp import errors

CODE = re.compile(r"[a-z]+(-[a-z]+)*")
START_UP_ONLY = {errors.ConfigError, errors.ContentError}
"""Nobody meets these in a page: the program does not start."""


def below(error):
    return [error, *(deeper for child in error.__subclasses__() for deeper in below(child))]


TREE = [
    error for error in below(errors.GshError) if error.__module__.startswith("smartapp.errors.")
]
SHOWN = [error for error in TREE if error not in START_UP_ONLY]


@pytest.fixture(scope="module")
def status():
    if importlib.util.find_spec("smartapp.web.errors") is None:
        pytest.skip("there are no pages yet")
    from smartapp.web.errors import STATUS

    return STATUS


@pytest.mark.parametrize("error", TREE)
def test_every_error_has_a_code_of_its_own(error):
    assert CODE.fullmatch(vars(error).get("code", "")), f"{error.__name__} has no code of its own"
    assert [other for other in TREE if other.code == error.code] == [error]


@pytest.mark.parametrize("error", SHOWN)
def test_every_error_has_a_sentence_of_its_own(error):
    sentence = vars(error).get("sentence", "")
    assert sentence[:1].isupper()
    assert sentence.endswith(".")


@pytest.mark.parametrize("error", SHOWN)
def test_no_sentence_has_a_place_for_a_value(error):
    """A sentence without interpolation cannot carry a patient's data into a page or a log."""
    assert not re.search(r"[{}%]|\$\w", error.sentence)


@pytest.mark.parametrize("error", SHOWN)
def test_every_sentence_fits_a_page(error):
    assert len(error.sentence) <= 240


@pytest.mark.parametrize("error", SHOWN)
def test_every_error_says_it_all_by_its_class(error):
    """Without arguments it can be raised, so no message is needed to understand it."""
    assert error().sentence == error.sentence


@pytest.mark.parametrize("error", SHOWN)
def test_every_error_has_a_page(error, status):
    assert 400 <= status[error] <= 599


def test_no_page_is_for_an_error_outside_the_tree(status):
    assert set(status) <= set(TREE)


@pytest.mark.parametrize("error", TREE)
def test_the_drawing_of_the_tree_names_every_error(error):
    assert re.search(rf"\b{error.__name__}\b", errors.__doc__)


def test_every_error_is_declared_in_the_tree(code):
    """An exception class anywhere else would have no page; the FHIR servers here have none."""
    pattern = re.compile(r"^\s*class (\w+)\((?:\w+\.)*(\w*(?:Error|Exception))\):", re.MULTILINE)
    servers = ("smartapp/errors/", "smartapp/sandbox/", "smartapp/store/", "smartapp/systems/")
    elsewhere = [module for module in code if not module.path.startswith(servers)]
    found = [f"{m.path} {match[1]}" for m in elsewhere for match in pattern.finditer(m.text)]
    assert not found, "\n" + "\n".join(found)
