"""What is taken from a resource into the index, and what is left out."""

import pytest

from smartapp.store.index import rows


@pytest.mark.parametrize(
    ("elements", "found"),
    [
        ({"code": {"text": "only words"}}, set()),
        ({"code": {"coding": [{"display": "no code"}]}}, set()),
        ({"code": {"coding": [{"code": "a"}, {"system": "s", "code": "b"}]}}, {"a", "b"}),
        ({"effectivePeriod": {}}, set()),
        ({"subject": {"identifier": {"value": "7"}}}, set()),
        ({"subject": {"reference": "urn:uuid:7"}}, {"urn:uuid:7"}),
        ({"unheard": {"of": 1}}, set()),
        ({"status": 7}, set()),
    ],
)
def test_only_values_that_can_be_searched_are_taken(elements, found):
    taken = rows({"resourceType": "Observation", **elements})
    assert {row[1] for _, row in taken} == found


@pytest.mark.parametrize("name", [[{}], [{"use": "official"}], []])
def test_a_name_without_parts_has_nothing_to_find(name):
    assert list(rows({"resourceType": "Patient", "name": name})) == []


def test_a_canonical_that_is_no_text_is_left_out():
    assert list(rows({"resourceType": "QuestionnaireResponse", "questionnaire": 7})) == []
