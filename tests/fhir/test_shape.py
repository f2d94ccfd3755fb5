"""What an EHR sends that is not as FHIR says is left out, told, and never ends a page."""

import json
import re
from decimal import Decimal

import pytest
from fhir.resources.R4B import get_fhir_model_class

from smartapp.errors import EhrNonsense
from smartapp.fhir import shape

GOAL = {
    "resourceType": "Goal",
    "id": "g1",
    "meta": {"versionId": "3"},
    "lifecycleStatus": "active",
    "category": [{"coding": [{"code": "dietary"}]}],
    "description": {"text": "Walk"},
    "target": [{"detailQuantity": {"value": Decimal("2.5")}, "dueDate": "2027-01-04"}],
}
RESPONSE = {
    "resourceType": "QuestionnaireResponse",
    "item": [{"linkId": "1", "answer": [{"valueInteger": 3, "item": [{"linkId": "2"}]}]}],
}


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"note": None},
        {"unknown": [7]},
        {"_startDate": {"extension": "x"}},
        {"identifier": {"value": "one, as in another release"}},
        {"identifier": [{"value": "several"}]},
        {"target": [{"detailQuantity": {"value": "2.5"}}]},
        {"contained": [RESPONSE, {"resourceType": "Unheard", "item": 7}]},
    ],
)
def test_what_is_as_fhir_says_or_does_no_harm_can_be_read(changed):
    assert shape.is_sound(GOAL | changed)


@pytest.mark.parametrize(
    "changed",
    [
        {"id": 7},
        {"meta": [{}]},
        {"description": "Walk"},
        {"category": {"coding": []}},
        {"category": ["dietary"]},
        {"category": [None]},
        {"category": [{"coding": [{"code": ["dietary"]}]}]},
        {"identifier": "g1"},
        {"identifier": [7]},
        {"target": [{"detailQuantity": {"value": True}}]},
        {"target": [{"detailQuantity": {"value": {}}}]},
        {"extension": [{"url": "x", "valueBoolean": {}}]},
        {"contained": ["x"]},
        {"contained": [RESPONSE | {"item": [{"linkId": "1", "answer": [7]}]}]},
    ],
)
def test_what_a_reader_would_trip_over_cannot(changed):
    assert not shape.is_sound(GOAL | changed)


def test_parts_within_parts_without_end_cannot():
    item = {"linkId": "1"}
    for _ in range(200):
        item = {"linkId": "1", "item": [item]}
    assert shape.is_sound(RESPONSE)
    assert not shape.is_sound(RESPONSE | {"item": [item]})
    assert not shape.is_sound([GOAL])


def test_what_is_left_out_is_told_by_type():
    unsound = set()
    assert shape.sound([GOAL, GOAL | {"note": 7}, RESPONSE], unsound) == [GOAL, RESPONSE]
    assert unsound == {"Goal"}


class TestTheTable:
    """``shapes.json`` says what the models of FHIR R4B that we check our own writing by say."""

    @pytest.mark.parametrize("name", sorted(shape.shapes()))
    def test_names_every_element_and_whether_it_comes_several_times(self, name):
        fields = get_fhir_model_class(name).model_fields
        own = {
            (field.alias or key): "[" in str(field.annotation) and "List[" in str(field.annotation)
            for key, field in fields.items()
            if not key.endswith("__ext") and key not in ("fhir_comments", "resource_type")
        }
        told = {element: kind.startswith("*") for element, kind in shape.shapes()[name].items()}
        assert told == own

    def test_names_no_part_that_it_does_not_have(self):
        kinds = set(
            re.findall(r':"\*?([A-Z][A-Za-z]+)"', json.dumps(shape.shapes()).replace(" ", ""))
        )
        assert kinds - set(shape.shapes()) == {"Resource"}


ODD = {"category": ["dietary"], "identifier": [{"system": "urn:x", "value": "1"}]}


def test_a_search_leaves_it_out_and_the_page_says_what_is_not_shown(ehr, chart, goal):
    kept = ehr.put(goal())
    ehr.put(goal(**ODD))
    record = chart.open()
    assert [one.id for one in record.goals] == [kept["id"]]
    assert record.unread == ("Goal",)


def test_read_by_itself_or_found_again_it_is_nonsense_and_nothing_is_doubled(ehr, client, goal):
    kept = ehr.put(goal(**ODD))
    with pytest.raises(EhrNonsense):
        client.read("Goal", kept["id"])
    with pytest.raises(EhrNonsense):
        client.create(goal(identifier=ODD["identifier"]))
    assert len(ehr.all("Goal")) == 1


def test_so_is_a_version_of_it(ehr, client, goal):
    kept = ehr.put(goal(**ODD))
    assert client.history("Goal", kept["id"]) == []
    assert client.unsound == {"Goal"}
