"""Token search: code, system|code, |code, system|, :not, and nothing approximate."""

import pytest


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("code=91147-9", True),
        ("code=http://loinc.org|91147-9", True),
        ("code=http://loinc.org|", True),
        ("code=|91147-9", False),
        ("code=http://snomed.info/sct|91147-9", False),
        ("code=91147", False),
        ("code=other,91147-9", True),
        ("code=91147-9&status=final", True),
        ("code=91147-9&status=amended", False),
        ("code:not=91147-9", False),
        ("code:not=8867-4", True),
        ("code:not=8867-4,91147-9", False),
        ("focus:missing=true", True),
        ("code:missing=true", False),
        ("code:missing=false", True),
    ],
)
def test_a_token_finds_what_it_names(score, find, query, found):
    kept = score()
    assert find("Observation", query) == ([kept] if found else [])


def test_a_code_without_system_is_found_by_an_empty_system(store, find, ada):
    assert find("Patient", "identifier=|MRN7") == [ada]
    assert find("Patient", "gender=female") == [ada]


def test_a_boolean_is_a_token(store, find):
    kept, _ = store.create({"resourceType": "Practitioner", "active": True})
    assert find("Practitioner", "active=true") == [kept.id]
    assert find("Practitioner", "active=false") == []


def test_separators_inside_a_value_are_escaped(store, find, ada, make_goal):
    kept, _ = store.create(make_goal(ada, identifier=[{"system": "urn:s", "value": r"a,b|c\d"}]))
    assert find("Goal", r"identifier=urn:s|a\,b\|c\\d") == [kept.id]
    assert find("Goal", r"identifier=urn:s|a,b") == []
