"""What the Medplum router does, measured: ``docs/servers.md`` is written from these tests."""

from uuid import uuid4

import pytest
import requests

pytestmark = pytest.mark.server

ORDER = "https://w3id.org/guided-self-help/fhir/NamingSystem/form"


def of(patient):
    return {"reference": f"Patient/{patient['id']}"}


def find(kind, patient, *more):
    return "&".join([f"{kind}?patient=Patient/{patient['id']}", *more])


def version(resource):
    return f'W/"{resource["meta"]["versionId"]}"'


def entry(method, url, resource=None, **request):
    return {"request": {"method": method, "url": url, **request}, "resource": resource}


def test_a_create_answers_with_the_resource_its_version_and_its_place(medplum, patient):
    answer = medplum.ask("POST", "Patient", {"resourceType": "Patient"})
    assert answer.status_code == 201
    assert answer.headers["ETag"] == version(answer.json())
    assert answer.headers["Location"].endswith(f"/Patient/{answer.json()['id']}")


def test_what_was_created_is_read_back(medplum, make_goal):
    goal = make_goal("Swim twice a week 🏊")
    assert medplum.ask("GET", f"Goal/{goal['id']}").json() == goal


def test_a_missing_resource_is_404(medplum):
    assert medplum.ask("GET", f"Goal/{uuid4()}").status_code == 404


def test_a_goal_is_found_by_its_patient_only(medplum, patient, make_goal):
    goal = make_goal()
    stranger = medplum.create(resourceType="Patient")
    assert medplum.found(find("Goal", patient)) == [goal]
    assert medplum.found(find("Goal", stranger)) == []


@pytest.mark.parametrize("prefix", ["", "http://127.0.0.1/Patient/"])
def test_a_bare_id_or_an_absolute_address_finds_nothing(medplum, patient, make_goal, prefix):
    """References are compared as text, so the search must say Patient/<id>."""
    make_goal()
    assert medplum.found(f"Goal?patient={prefix}{patient['id']}") == []


def test_a_goal_is_found_by_the_identifier_of_its_form(medplum, make_goal):
    form = str(uuid4())
    goal = make_goal(identifier=[{"system": ORDER, "value": form}])
    assert medplum.found(f"Goal?identifier={ORDER}|{form}") == [goal]


def test_an_update_at_the_version_read_is_kept(medplum, make_goal):
    goal = make_goal()
    answer = medplum.ask(
        "PUT", f"Goal/{goal['id']}", goal | {"lifecycleStatus": "completed"}, if_match=version(goal)
    )
    assert answer.status_code == 200
    assert answer.json()["meta"]["versionId"] != goal["meta"]["versionId"]


def test_an_update_at_an_older_version_is_412(medplum, make_goal):
    goal = make_goal()
    medplum.ask("PUT", f"Goal/{goal['id']}", goal)
    stale = medplum.ask("PUT", f"Goal/{goal['id']}", goal, if_match=version(goal))
    assert stale.status_code == 412


def test_every_version_can_be_read(medplum, make_goal):
    first = make_goal()
    medplum.ask("PUT", f"Goal/{first['id']}", first | {"lifecycleStatus": "completed"})
    place = f"Goal/{first['id']}/_history/{first['meta']['versionId']}"
    assert medplum.ask("GET", place).json() == first


def test_history_turns_round_each_time_it_is_asked(medplum, make_goal):
    """Newest first at the first asking, oldest first at the second: sort it yourself."""
    goal = make_goal()
    medplum.ask("PUT", f"Goal/{goal['id']}", goal | {"lifecycleStatus": "completed"})
    once, again = (medplum.found(f"Goal/{goal['id']}/_history") for _ in range(2))
    assert [version(g) for g in once] == [version(g) for g in reversed(again)]


def test_a_conditional_create_makes_one_resource_only(medplum, patient):
    query = f"identifier={ORDER}|{uuid4()}"
    person = {"resourceType": "Patient", "identifier": [{"system": ORDER, "value": query[-36:]}]}
    answers = [medplum.ask("POST", "Patient", person, if_none_exist=query) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json() == answers[1].json()


def test_validation_names_what_is_missing(medplum):
    answer = medplum.ask("POST", "Goal", {"resourceType": "Goal"})
    assert answer.status_code == 400
    assert "Goal.subject" in answer.text


@pytest.mark.parametrize("change", [{"lifecycleStatus": 5}, {"nonsense": True}])
def test_validation_refuses_wrong_types_and_unknown_elements(medplum, make_goal, change):
    goal = make_goal()
    assert medplum.ask("PUT", f"Goal/{goal['id']}", goal | change).status_code == 400


def test_validation_does_not_check_required_codes(make_goal):
    assert make_goal(lifecycleStatus="banana")["lifecycleStatus"] == "banana"


def test_put_makes_a_resource_with_the_callers_id(medplum):
    chosen = str(uuid4())
    person = {"resourceType": "Patient", "id": chosen}
    assert medplum.ask("PUT", f"Patient/{chosen}", person).status_code == 200
    assert medplum.ask("GET", f"Patient/{chosen}").status_code == 200


def test_an_unknown_search_parameter_finds_nothing(medplum, patient, make_goal):
    make_goal()
    answer = medplum.ask("GET", find("Goal", patient, "nonsense=1"))
    assert (answer.status_code, answer.json()["total"]) == (200, 0)


def test_search_counts_without_being_asked_and_links_no_next_page(medplum, patient, make_goal):
    make_goal("One")
    make_goal("Two")
    page = medplum.ask("GET", find("Goal", patient, "_count=1")).json()
    assert (len(page["entry"]), page["total"], "link" in page) == (1, 2, False)


def test_include_is_ignored(medplum, patient, make_goal):
    make_goal()
    found = medplum.found(find("Goal", patient, "_include=Goal:patient"))
    assert {resource["resourceType"] for resource in found} == {"Goal"}


@pytest.mark.parametrize(
    ("day", "count"),
    [
        (["authored=2026-11-02"], 0),
        (["authored=ge2026-11-02"], 0),
        (["authored=ge2026-11-01", "authored=lt2026-11-02"], 1),
        (["authored=ge2026-11-02T00:00:00%2B10:30", "authored=lt2026-11-03T00:00:00%2B10:30"], 1),
    ],
)
def test_a_day_is_a_range_in_utc_and_never_an_equal(medplum, patient, day, count):
    """Half past nine in Adelaide on the 2nd is the 1st in UTC: a search by day needs its zone."""
    medplum.create(
        resourceType="QuestionnaireResponse",
        status="completed",
        subject=of(patient),
        authored="2026-11-02T09:30:00+10:30",
    )
    assert len(medplum.found(find("QuestionnaireResponse", patient, *day))) == count


@pytest.mark.parametrize(("asked", "count"), [("https://x.org/peg", 0), ("https://x.org/peg|1", 1)])
def test_a_canonical_is_found_only_with_its_version(medplum, patient, asked, count):
    medplum.create(
        resourceType="QuestionnaireResponse",
        status="completed",
        subject=of(patient),
        questionnaire="https://x.org/peg|1",
    )
    found = medplum.found(find("QuestionnaireResponse", patient, f"questionnaire={asked}"))
    assert len(found) == count


def test_a_deleted_resource_is_404_and_its_history_is_gone(medplum, make_goal):
    place = f"Goal/{make_goal()['id']}"
    medplum.ask("DELETE", place)
    asked = [medplum.ask("GET", path).status_code for path in (place, f"{place}/_history")]
    assert asked == [404, 404]


def test_decimals_lose_their_zeros(medplum):
    """0.40 comes back as 0.4: the server reads JSON numbers as binary floating point."""
    code = '"status":"final","code":{"text":"x"}'
    text = f'{{"resourceType":"Observation",{code},"valueQuantity":{{"value":0.40}}}}'
    json = {"Content-Type": "application/fhir+json"}
    answer = requests.post(f"{medplum.base}/Observation", data=text, headers=json, timeout=20)
    assert '"value":0.4}' in answer.text


def test_a_transaction_with_a_bad_entry_is_200_and_half_done(medplum, patient):
    """Every entry's own status must be read: the transaction ran as a batch."""
    entries = [
        entry("POST", "Patient", {"resourceType": "Patient"}),
        entry("POST", "Goal", {"resourceType": "Goal", "subject": of(patient)}),
    ]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    answer = medplum.ask("POST", "", bundle)
    statuses = [one["response"]["status"] for one in answer.json()["entry"]]
    assert (answer.status_code, statuses) == (200, ["201", "400"])


def test_a_transaction_fills_in_references_between_its_entries(medplum, patient):
    placeholder = f"urn:uuid:{uuid4()}"
    goal = {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "description": {"text": "Sleep"},
        "subject": {"reference": placeholder},
    }
    entries = [
        {"fullUrl": placeholder, **entry("POST", "Patient", {"resourceType": "Patient"})},
        entry("POST", "Goal", goal),
    ]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    person, kept = (one["resource"] for one in medplum.ask("POST", "", bundle).json()["entry"])
    assert kept["subject"]["reference"] == f"Patient/{person['id']}"


def test_metadata_is_no_capability_statement(medplum):
    """It takes ``metadata`` for a resource type and answers with an empty search."""
    answer = medplum.ask("GET", "metadata")
    assert (answer.status_code, answer.json()["resourceType"]) == (200, "Bundle")
