"""The load run finds a page that shows somebody else, and a goal that is not where it should be."""

from types import SimpleNamespace

import pytest

from benchmarks.load import Tally, bleeds, misplaced, table
from benchmarks.ward import Inpatient
from smartapp.store.storage import FhirStore

IDA, EVA = Inpatient("1", "Ida Ferro", "71001"), Inpatient("2", "Eva Ferro", "71002")


@pytest.fixture
def ward(tmp_path):
    """The EHR's file with one goal of Ida's."""
    ward = SimpleNamespace(record=tmp_path / "record.sqlite3", ehr_url="http://ehr.example")
    store = FhirStore(ward.record, base="http://ehr.example/fhir", client_ids=True)
    store.update({"resourceType": "Patient", "id": "1"})
    text = {"description": {"text": f"Goal 5 of {IDA.mrn}."}}
    state = {"lifecycleStatus": "active", "subject": {"reference": "Patient/1"}}
    store.create({"resourceType": "Goal", **state, **text})
    store.close()
    return ward


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ("Ida Ferro, MRN 71001. Goal 5 of 71001.", 0),
        ("Ida Ferro, MRN 71001. Eva Ferro", 1),
        ("Ida Ferro, MRN 71002", 1),
        ("Ida Ferro, MRN 71001. Goal 9 of 99.", 1),
        ("Ida Ferro, MRN 71001. Goal 9 of 71002.", 2),
    ],
)
def test_another_patient_on_the_page_is_a_bleed(page, found):
    assert len(bleeds(page, IDA, [IDA, EVA])) == found


@pytest.mark.parametrize(
    ("saved", "found"), [({5: "1"}, 0), ({5: "2"}, 2), ({5: "1", 6: "1"}, 1), ({}, 1)]
)
def test_every_goal_is_held_against_the_patient_it_was_set_for(ward, saved, found):
    assert len(misplaced(ward, Tally(saved=saved))) == found


def test_a_step_nobody_came_to_has_no_percentiles():
    tally = Tally()
    tally.seconds["Goal form"] = [0.1, 0.2, 0.3]
    assert "| Goal form | 3 | 200 ms |" in table(tally)
    assert "| Save a goal | 0 |  |" in table(tally)
