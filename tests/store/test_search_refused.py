"""Whatever a search does not understand is refused: an ignored filter shows other people's rows."""

import pytest

from smartapp.store.outcome import Refused


@pytest.mark.parametrize(
    "query",
    [
        "patent=1",
        "=1",
        "_foo=1",
        "_has:Observation:patient:code=1",
        "patient.name=ada",
        "lifecycle-status:above=active",
        "lifecycle-status:=active",
        "identifier=a|b|c",
        "identifier=|",
        r"identifier=a\b",
        "identifier=a\\",
        "subject:missing=perhaps",
        "_sort=text",
        "_count=many",
        "_count=-1",
        "_include=Goal:nothing",
        "_include=Goal:lifecycle-status",
        "_include=Observation:patient",
        "_include:iterate=Goal:patient",
        "_revinclude=CarePlan:status",
        "_summary=text",
        "_total=some",
        "_id=",
    ],
)
def test_a_goal_search_refuses(ask, query):
    answer, outcome = ask("GET", f"Goal?{query}")
    assert (answer.status, outcome["issue"][0]["code"]) == (400, "invalid")


@pytest.mark.parametrize("query", ["url=a|b|c", "url=|1", "url=a b"])
def test_a_canonical_that_cannot_be_one_is_400(ask, query):
    assert ask("GET", f"Questionnaire?{query}")[0].status == 400


def test_a_type_not_kept_is_404(ask):
    assert ask("GET", "Robot?name=x")[0].status == 404


def test_a_method_the_address_does_not_take_is_405(ask, ada):
    answer, _ = ask("PATCH", f"Patient/{ada}", {})
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, PUT, DELETE")
    assert ask("GET", "")[0].status == 405


def test_an_address_nobody_answers_is_404(ask):
    assert ask("GET", "Patient/1/$everything")[0].status == 404


def test_so_does_the_store_without_http(store):
    with pytest.raises(Refused) as refused:
        store.search("Robot")
    assert refused.value.status == 404
