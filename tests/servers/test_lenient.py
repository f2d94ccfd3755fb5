"""What the lenient server does, measured: its column in ``docs/servers.md``."""

from uuid import uuid4

import pytest
import requests

pytestmark = pytest.mark.server

FORM = "https://w3id.org/guided-self-help/fhir/NamingSystem/form"


@pytest.fixture(scope="session")
def server(sekmet):
    return sekmet


@pytest.fixture
def changed(server, make_goal):
    """A goal with two versions: the first, and the answer to the second."""
    goal = make_goal()
    later = goal | {"lifecycleStatus": "completed"}
    return goal, server.ask("PUT", f"Goal/{goal['id']}", later, if_match='W/"1"')


def rows(server, path):
    return [row for row in server.found(path) if row["resourceType"] != "OperationOutcome"]


def test_goals_of_everybody_are_found_whoever_is_asked_for(server, make_goal):
    """The filter is passed over; a warning in the Bundle says so, and the rows are there."""
    goal = make_goal()
    found = server.found(f"Goal?patient=Patient/{uuid4()}&_count=1000")
    assert goal in found
    (outcome,) = [one for one in found if one["resourceType"] == "OperationOutcome"]
    assert outcome["issue"][0]["code"] == "not-supported"


@pytest.mark.parametrize("kind", ["Goal", "QuestionnaireResponse", "CareTeam"])
def test_what_it_takes_without_listing_it(server, patient, kind):
    (rest,) = server.ask("GET", "metadata").json()["rest"]
    assert kind not in [one["type"] for one in rest["resource"]]
    parts = {"Goal": {"lifecycleStatus": "active", "description": {"text": "x"}}}
    parts["QuestionnaireResponse"] = {"status": "completed"}
    of = {"subject": {"reference": f"Patient/{patient['id']}"}}
    assert server.create(resourceType=kind, **parts.get(kind, {}), **of)["id"]


def test_a_patient_filters_where_it_knows_the_parameter(server, patient):
    assert rows(server, f"Observation?patient=Patient/{uuid4()}") == []
    assert rows(server, f"CarePlan?patient={patient['id']}") == []


def test_a_conditional_create_by_what_it_cannot_search_is_refused(server, make_goal):
    goal = make_goal(identifier=[{"system": FORM, "value": "1"}])
    again = {name: part for name, part in goal.items() if name not in ("id", "meta")}
    answer = server.ask("POST", "Goal", again, if_none_exist=f"identifier={FORM}|1")
    assert (answer.status_code, "identifier" in answer.text) == (400, True)


def test_versions_are_counted_and_a_stale_one_is_412(server, changed):
    goal, second = changed
    assert second.json()["meta"]["versionId"] == "2"
    assert server.ask("PUT", f"Goal/{goal['id']}", goal, if_match='W/"1"').status_code == 412


def test_history_is_newest_first_and_has_pages(server, changed):
    place = f"Goal/{changed[0]['id']}/_history"
    assert [row["meta"]["versionId"] for row in server.found(place)] == ["2", "1"]
    links = server.ask("GET", f"{place}?_count=1").json()["link"]
    assert "next" in [link["relation"] for link in links]


def test_a_page_has_a_link_to_the_next(server, make_goal):
    make_goal(), make_goal()
    links = server.ask("GET", "Goal?_count=1").json()["link"]
    assert "next" in [link["relation"] for link in links]


def test_a_code_outside_a_required_set_is_taken_and_a_missing_element_is_not(server, make_goal):
    assert make_goal(lifecycleStatus="banana")["lifecycleStatus"] == "banana"
    answer = server.ask("POST", "Goal", {"resourceType": "Goal"})
    assert (answer.status_code, "Goal.subject" in answer.text) == (400, True)


def test_put_makes_a_resource_with_the_callers_id(server):
    chosen = str(uuid4())
    answer = server.ask("PUT", f"Patient/{chosen}", {"resourceType": "Patient", "id": chosen})
    assert answer.status_code == 201


def test_a_deleted_resource_is_gone_and_its_history_stays(server, make_goal):
    place = f"Goal/{make_goal()['id']}"
    server.ask("DELETE", place)
    asked = [server.ask("GET", path).status_code for path in (place, f"{place}/_history")]
    assert asked == [410, 200]


def test_decimals_lose_their_zeros(server):
    code = '"status":"final","code":{"text":"x"}'
    text = f'{{"resourceType":"Observation",{code},"valueQuantity":{{"value":0.40}}}}'
    json = {"Content-Type": "application/fhir+json"}
    answer = requests.post(f"{server.base}/Observation", data=text, headers=json, timeout=20)
    assert '"value":0.4}' in answer.text


def test_a_transaction_with_a_bad_entry_saves_nothing(server):
    form = str(uuid4())
    known = {"resourceType": "Patient", "identifier": [{"system": FORM, "value": form}]}
    entries = [
        {"resource": known, "request": {"method": "POST", "url": "Patient"}},
        {"resource": {"resourceType": "Goal"}, "request": {"method": "POST", "url": "Goal"}},
    ]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    assert server.ask("POST", "", bundle).status_code == 400
    assert rows(server, f"Patient?identifier={FORM}|{form}") == []


def test_an_update_that_changes_nothing_makes_a_version(server, make_goal):
    goal = make_goal()
    same = server.ask("PUT", f"Goal/{goal['id']}", goal)
    assert (same.status_code, same.json()["meta"]["versionId"]) == (200, "2")


def test_a_create_tells_its_place_with_its_version_and_keeps_the_source(server):
    answer = server.ask("POST", "Patient", {"resourceType": "Patient", "meta": {"source": FORM}})
    assert answer.headers["Location"].endswith(f"/Patient/{answer.json()['id']}/_history/1")
    assert answer.json()["meta"]["source"] == FORM


def test_a_reference_to_nobody_is_taken(server, make_goal):
    nobody = {"reference": f"Patient/{uuid4()}"}
    assert make_goal(subject=nobody)["subject"] == nobody


def test_an_unknown_parameter_is_passed_over(server, patient):
    assert server.ask("GET", f"Patient?_id={patient['id']}&nonsense=1").status_code == 200


def test_a_transaction_fills_in_references_between_its_entries(server):
    place, post = f"urn:uuid:{uuid4()}", {"method": "POST", "url": "Patient"}
    plan = {"resourceType": "CarePlan", "status": "active", "intent": "plan"}
    entries = [
        {"fullUrl": place, "resource": {"resourceType": "Patient"}, "request": post},
        {
            "fullUrl": f"urn:uuid:{uuid4()}",
            "resource": {**plan, "subject": {"reference": place}},
            "request": {"method": "POST", "url": "CarePlan"},
        },
    ]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    answer = server.ask("POST", "", bundle, prefer="return=representation").json()
    person, kept = (one["resource"] for one in answer["entry"])
    assert kept["subject"]["reference"] == f"Patient/{person['id']}"


def test_include_includes_where_it_knows_the_type(server, patient):
    of = {"reference": f"Patient/{patient['id']}"}
    plan = {"resourceType": "CarePlan", "status": "active", "intent": "plan", "subject": of}
    server.create(**plan)
    found = server.found(f"CarePlan?patient={patient['id']}&_include=CarePlan:subject")
    assert {one["resourceType"] for one in found} == {"CarePlan", "Patient"}
