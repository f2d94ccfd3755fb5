"""Reference search: relative, absolute below the base, bare id, :Type, and foreign servers' own."""

import pytest

BASE = "https://ehr.example/fhir"


@pytest.fixture
def kept(store, ada, make_goal):
    """A goal that names Ada by a relative reference."""
    return store.create(make_goal(ada))[0].id


@pytest.mark.parametrize("form", ["{}", "Patient/{}", BASE + "/Patient/{}"])
def test_every_form_of_the_reference_finds_it(find, ada, kept, form):
    assert find("Goal", "patient=" + form.format(ada)) == [kept]
    assert find("Goal", "subject=" + form.format(ada)) == [kept]


@pytest.mark.parametrize("form", ["{}", "Patient/{}", BASE + "/Patient/{}"])
def test_so_does_an_absolute_reference_below_the_base(store, find, ada, make_goal, form):
    sent = make_goal(ada) | {"subject": {"reference": f"{BASE}/Patient/{ada}/_history/1"}}
    kept, _ = store.create(sent)
    assert find("Goal", "patient=" + form.format(ada)) == [kept.id]


def test_the_same_id_on_another_server_is_another_patient(store, find, ada, make_goal):
    far = f"https://other.example/fhir/Patient/{ada}"
    kept, _ = store.create(make_goal(ada) | {"subject": {"reference": far}})
    assert find("Goal", f"patient={ada}") == []
    assert find("Goal", f"patient={far}") == [kept.id]


def test_patient_is_only_a_subject_that_is_a_patient(store, find, make_goal):
    kept, _ = store.create(make_goal("x") | {"subject": {"reference": "Group/g"}})
    assert find("Goal", "subject=Group/g") == find("Goal", "subject:Group=g") == [kept.id]
    assert find("Goal", "patient=g") == []


@pytest.mark.parametrize(
    "query",
    ["patient=Group/g", "patient=patient/1", "patient=a b", "patient:exact=1"],
)
def test_a_reference_that_cannot_be_one_is_400(ask, query):
    assert ask("GET", f"Goal?{query}")[0].status == 400


def test_a_type_the_parameter_never_points_at_is_400(ask):
    assert ask("GET", "Encounter?part-of:Goal=1")[0].status == 400
    assert ask("GET", "Encounter?part-of:Encounter=1")[0].status == 200


def test_a_parameter_may_point_at_anything(store, find, ada):
    agent = {"who": {"reference": "Practitioner/7"}}
    sent = {"resourceType": "Provenance", "recorded": "2026-11-02T10:00:00Z", "agent": [agent]}
    kept, _ = store.create(sent | {"target": [{"reference": f"Patient/{ada}"}]})
    for query in (f"target=Patient/{ada}", f"target={ada}", f"patient={ada}", "agent=7"):
        assert find("Provenance", query) == [kept.id]


def test_references_to_nothing_kept_elsewhere_are_not_found(store, find, ada, make_goal):
    contained = {"subject": {"reference": "#p"}}
    store.create(make_goal(ada) | contained)
    store.create(make_goal(ada) | {"subject": {"display": "Ada"}})
    assert find("Goal", "subject:missing=false") == []
