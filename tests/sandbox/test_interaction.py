"""Which FHIR interaction an HTTP request is (FHIR R4 "RESTful API")."""

import pytest

from smartapp.sandbox.access import Refused
from smartapp.sandbox.interaction import Interaction, interaction
from smartapp.sandbox.upstream import Question


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "Goal", Interaction("search", "s", "Goal")),
        ("GET", "Goal/1", Interaction("read", "r", "Goal", "1")),
        ("GET", "Goal/1/_history", Interaction("history", "r", "Goal", "1")),
        ("GET", "Goal/1/_history/2", Interaction("vread", "r", "Goal", "1")),
        ("POST", "Goal", Interaction("create", "c", "Goal")),
        ("PUT", "Goal/1", Interaction("update", "u", "Goal", "1")),
        ("PUT", "Goal", Interaction("update", "u", "Goal")),
        ("DELETE", "Goal/1", Interaction("delete", "d", "Goal", "1")),
        ("POST", "", Interaction("bundle", "")),
    ],
)
def test_each_interaction_and_the_letter_it_needs(method, path, expected):
    assert interaction(Question(method, path)) == expected


def test_a_page_link_of_the_base_is_a_search():
    question = Question("GET", "", (("_getpages", "x"),))
    assert interaction(question) == Interaction("page", "s")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "", 405),
        ("DELETE", "Goal", 405),
        ("POST", "Goal/1", 405),
        ("PATCH", "Goal/1", 405),
        ("GET", "Goal/1/$everything", 405),
        ("GET", "goal/1", 404),
        ("GET", "Goal/../Patient", 405),
        ("GET", "Goal/a b", 404),
        ("GET", "Goal/_history", 404),
        ("GET", f"Goal/{'x' * 65}", 404),
    ],
)
def test_anything_else_is_refused(method, path, status):
    with pytest.raises(Refused) as refused:
        interaction(Question(method, path))
    assert refused.value.status == status
