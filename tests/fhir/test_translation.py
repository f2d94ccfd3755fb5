"""A chart's references and its places': all comes back as it was, and nothing is mistaken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartapp.fhir.address import Address
from smartapp.fhir.place import Place, home, marked, place_of, unmarked
from smartapp.fhir.translation import Translation, mapped, named, references

EHR, STORE = "https://ehr.example/fhir", "https://app.example/fhir"
TOLD = Translation(EHR, STORE, "p1", "77")
IDS = st.from_regex(r"[A-Za-z0-9\-]{1,64}", fullmatch=True)
VERSIONS = st.sampled_from(["", "/_history/3"])

CASES = [
    # the chart's, the EHR's, the store's
    ("Patient/p1", "Patient/p1", "Patient/77"),
    ("Patient/p2", "Patient/p2", f"{EHR}/Patient/p2"),
    ("Goal/9", "Goal/9", f"{EHR}/Goal/9"),
    ("Goal/9/_history/2", "Goal/9/_history/2", f"{EHR}/Goal/9/_history/2"),
    ("Goal/store~9", f"{STORE}/Goal/9", "Goal/9"),
    ("Goal/store~9/_history/2", f"{STORE}/Goal/9/_history/2", "Goal/9/_history/2"),
    ("#inside", "#inside", "#inside"),
    ("urn:uuid:1", "urn:uuid:1", "urn:uuid:1"),
    ("https://x.example/Goal/1", "https://x.example/Goal/1", "https://x.example/Goal/1"),
]


@pytest.mark.parametrize(("chart", "ehr", "store"), CASES)
def test_each_place_has_its_own_way_to_refer(chart, ehr, store):
    said = {"resourceType": "CarePlan", "goal": [{"reference": chart}]}
    for place, reference in ((Place.EHR, ehr), (Place.STORE, store)):
        sent = TOLD.outward(said, place)
        assert sent["goal"] == [{"reference": reference}]
        assert TOLD.inward({**sent, "id": "1"}, place)["goal"] == said["goal"]


def test_the_patients_absolute_reference_is_the_stores_patient_too():
    sent = TOLD.outward({"subject": {"reference": f"{EHR}/Patient/p1"}}, Place.STORE)
    assert sent == {"subject": {"reference": "Patient/77"}}


@given(id_=IDS, version=VERSIONS)
def test_what_the_ehr_says_goes_back_to_it_as_it_was(id_, version):
    for reference in (f"Goal/{id_}{version}", f"{EHR}/Goal/{id_}{version}"):
        kept = {"resourceType": "CarePlan", "id": id_, "goal": [{"reference": reference}]}
        assert TOLD.outward(TOLD.inward(kept, Place.EHR), Place.EHR) == kept


@given(id_=IDS, version=VERSIONS)
def test_what_the_store_says_goes_back_to_it_as_it_was(id_, version):
    kept = {"resourceType": "CarePlan", "id": id_, "goal": [{"reference": f"Goal/{id_}{version}"}]}
    seen = TOLD.inward(kept, Place.STORE)
    assert home(seen) is Place.STORE
    assert TOLD.outward(seen, Place.STORE) == kept


@given(IDS)
def test_no_id_of_an_ehr_is_taken_for_the_stores(id_):
    assert place_of(id_) is Place.EHR
    assert place_of(marked(id_)) is Place.STORE
    assert unmarked(marked(id_)) == unmarked(id_) == id_


@pytest.mark.parametrize(
    ("reference", "found"),
    [
        ("Goal/9", Address("Goal", "9")),
        (f"{EHR}/Goal/9", Address("Goal", "9")),
        ("Goal/store~9/_history/1", Address("Goal", "store~9", "1")),
        ("Goal/store~../x", None),
        ("https://x.example/Goal/9", None),
        ("", None),
    ],
)
def test_what_a_reference_of_the_chart_names(reference, found):
    assert named(EHR, reference) == found


def test_only_references_are_changed():
    said = {"reference": 5, "text": "Goal/9", "of": [{"reference": "Goal/9", "n": [1]}]}
    assert mapped(said, str.upper) == {**said, "of": [{"reference": "GOAL/9", "n": [1]}]}
    assert references(said) == {"Goal/9"}
