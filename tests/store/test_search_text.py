"""String, uri and canonical search."""

import pytest


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("name=ziz", True),
        ("name=ŽIŽKOVÁ", True),
        ("name=be", True),
        ("name=ada be zizk", True),
        ("name=kova", False),
        ("family=ada", False),
        ("given=ada", True),
        ("family:exact=Žižková", True),
        ("family:exact=Zizkova", False),
        ("family:contains=ZKO", True),
        ("family:contains=xx", False),
        ("name=novak,ada", True),
        ("name=ada&name=novak", False),
    ],
)
def test_names_are_found_by_their_beginning_whatever_case_or_accent(ada, find, query, found):
    assert find("Patient", query) == ([ada] if found else [])


@pytest.mark.parametrize("query", ["name=", "name=%20", "name:contains=%20", "name=a,,b"])
def test_an_empty_value_is_400(ask, query):
    assert ask("GET", f"Patient?{query}")[0].status == 400


@pytest.fixture
def peg(store):
    """A Questionnaire with url and version."""
    sent = {"resourceType": "Questionnaire", "status": "active", "title": "PEG"}
    return store.create(sent | {"url": "https://x.example/Questionnaire/peg", "version": "1"})[0].id


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("url=https://x.example/Questionnaire/peg", True),
        ("url=https://x.example/Questionnaire/peg|1", True),
        ("url=https://x.example/Questionnaire/peg|2", False),
        ("url=https://x.example/Questionnaire", False),
        ("url=https://x.example/Questionnaire/peg&version=1", True),
        ("title=peg", True),
    ],
)
def test_a_published_resource_is_found_by_its_whole_url(peg, find, query, found):
    assert find("Questionnaire", query) == ([peg] if found else [])


@pytest.mark.parametrize(
    ("version", "query", "found"),
    [
        ("|1", "https://x.example/q", True),
        ("|1", "https://x.example/q|1", True),
        ("|1", "https://x.example/q|2", False),
        ("", "https://x.example/q", True),
        ("", "https://x.example/q|1", False),
    ],
)
def test_a_canonical_is_found_with_and_without_version(store, find, version, query, found):
    sent = {"resourceType": "QuestionnaireResponse", "status": "completed"}
    kept, _ = store.create(sent | {"questionnaire": f"https://x.example/q{version}"})
    expected = [kept.id] if found else []
    assert find("QuestionnaireResponse", f"questionnaire={query}") == expected
