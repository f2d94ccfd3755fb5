"""What a search brings along: what matches point at, and what points at matches."""

import pytest


@pytest.fixture
def world(store, ada, score, make_goal):
    """A goal, a score, and a Provenance of the score with an absolute reference."""
    kept = score()
    agent = {"who": {"reference": "Practitioner/7"}}
    target = [{"reference": f"https://ehr.example/fhir/Observation/{kept}"}]
    sent = {"resourceType": "Provenance", "recorded": "2026-11-02T10:00:00Z", "agent": [agent]}
    provenance, _ = store.create(sent | {"target": target})
    goal, _ = store.create(make_goal(ada))
    return {"score": kept, "provenance": provenance.id, "goal": goal.id}


def _by_mode(ask, url):
    _, bundle = ask("GET", url)
    found = {"match": [], "include": []}
    for entry in bundle.get("entry", []):
        found[entry["search"]["mode"]].append(entry["resource"]["id"])
    return found


@pytest.mark.parametrize(
    "include", ["Observation:patient", "Observation:subject", "Observation:subject:Patient"]
)
def test_include_brings_what_matches_point_at(ask, ada, world, include):
    found = _by_mode(ask, f"Observation?_include={include}")
    assert found == {"match": [world["score"]], "include": [ada]}


def test_an_include_may_be_limited_to_one_type(ask, world):
    assert _by_mode(ask, "Observation?_include=Observation:subject:Group")["include"] == []


def test_include_follows_absolute_references_below_the_base(ask, world):
    found = _by_mode(ask, "Provenance?_include=Provenance:target")
    assert found == {"match": [world["provenance"]], "include": [world["score"]]}


def test_revinclude_brings_what_points_at_matches(ask, ada, world):
    found = _by_mode(ask, "Observation?_revinclude=Provenance:target")
    assert found == {"match": [world["score"]], "include": [world["provenance"]]}
    both = "_revinclude=Observation:patient&_revinclude=Goal:subject:Patient"
    assert set(_by_mode(ask, f"Patient?{both}")["include"]) == {world["score"], world["goal"]}
    assert _by_mode(ask, "Patient?_revinclude=Goal:subject:Group")["include"] == []


def test_what_was_deleted_is_not_brought_along(ask, store, ada, world):
    store.delete("Patient", ada)
    assert _by_mode(ask, "Observation?_include=Observation:patient")["include"] == []
