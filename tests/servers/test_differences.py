"""What each strict server does, measured: ``docs/servers.md`` is written from these tests.

What the lenient one does is in ``test_lenient.py``.
"""

from uuid import uuid4

import pytest
import requests

pytestmark = pytest.mark.server

ORDER = "https://w3id.org/guided-self-help/fhir/NamingSystem/form"


@pytest.fixture(scope="session", params=["medplum", "hapi"])
def server(request):
    """Each of the strict servers in turn."""
    return request.getfixturevalue(request.param)


def of(patient):
    return {"reference": f"Patient/{patient['id']}"}


def find(kind, patient, *more):
    return "&".join([f"{kind}?patient=Patient/{patient['id']}", *more])


def version(resource):
    return f'W/"{resource["meta"]["versionId"]}"'


def entry(method, url, resource=None, **request):
    place, asked = f"urn:uuid:{uuid4()}", {"method": method, "url": url, **request}
    return {"fullUrl": place, "request": asked, "resource": resource}


def stored(goal, server):
    """Change a goal, so that there is a second version of it."""
    changed = goal | {"lifecycleStatus": "completed"}
    return server.ask("PUT", f"Goal/{goal['id']}", changed).json()


def test_a_create_answers_with_the_resource_its_version_and_its_place(server, patient):
    answer = server.ask("POST", "Patient", {"resourceType": "Patient"})
    assert answer.status_code == 201
    assert answer.headers["ETag"] == version(answer.json())
    history = server.expected(medplum="", hapi="/_history/1")
    assert answer.headers["Location"].endswith(f"/Patient/{answer.json()['id']}{history}")


def test_what_was_created_is_read_back(server, make_goal):
    goal = make_goal("Swim twice a week 🏊")
    assert server.ask("GET", f"Goal/{goal['id']}").json() == goal


def test_a_missing_resource_is_404(server):
    assert server.ask("GET", f"Goal/{uuid4()}").status_code == 404


def test_a_goal_is_found_by_its_patient_only(server, patient, make_goal):
    goal = make_goal()
    stranger = server.create(resourceType="Patient")
    assert server.found(find("Goal", patient)) == [goal]
    assert server.found(find("Goal", stranger)) == []


def test_a_bare_id_is_a_patient_to_some(server, patient, make_goal):
    """Where references are compared as text, the search must say Patient/<id>."""
    make_goal()
    assert len(server.found(f"Goal?patient={patient['id']}")) == server.expected(medplum=0, hapi=1)


def test_an_absolute_address_finds_nothing(server, patient, make_goal):
    make_goal()
    assert server.found(f"Goal?patient={server.base}/Patient/{patient['id']}") == []


def test_a_search_sees_what_was_just_written_when_told_to_ask_again(server, patient, make_goal):
    """HAPI may answer a repeated search from memory, without what was written in that minute."""
    search = find("Goal", patient)
    server.found(search)
    make_goal()
    assert len(server.found(search)) in server.expected(medplum=(1,), hapi=(0, 1))
    fresh = server.ask("GET", search, cache_control="no-cache").json()
    assert len(fresh["entry"]) == 1


def test_an_update_that_changes_nothing_makes_a_version_of_some(server, make_goal):
    goal = make_goal()
    same = server.ask("PUT", f"Goal/{goal['id']}", goal).json()
    made = same["meta"]["versionId"] != goal["meta"]["versionId"]
    assert made == server.expected(medplum=True, hapi=False)


def test_a_source_keeps_its_address(server):
    """HAPI adds the number of the request to it."""
    kept = server.create(resourceType="Patient", meta={"source": ORDER})
    assert kept["meta"]["source"].split("#")[0] == ORDER


def test_a_goal_is_found_by_the_identifier_of_its_form(server, make_goal):
    form = str(uuid4())
    goal = make_goal(identifier=[{"system": ORDER, "value": form}])
    assert server.found(f"Goal?identifier={ORDER}|{form}") == [goal]


def test_an_update_at_the_version_read_is_kept(server, make_goal):
    goal = make_goal()
    answer = server.ask(
        "PUT", f"Goal/{goal['id']}", goal | {"lifecycleStatus": "completed"}, if_match=version(goal)
    )
    assert answer.status_code == 200
    assert answer.json()["meta"]["versionId"] != goal["meta"]["versionId"]


def test_an_update_at_an_older_version_is_refused(server, make_goal):
    goal = make_goal()
    stored(goal, server)
    stale = server.ask("PUT", f"Goal/{goal['id']}", goal, if_match=version(goal))
    assert stale.status_code == server.expected(medplum=412, hapi=409)


def test_every_version_can_be_read(server, make_goal):
    first = make_goal()
    stored(first, server)
    place = f"Goal/{first['id']}/_history/{first['meta']['versionId']}"
    assert server.ask("GET", place).json() == first


def test_history_may_turn_round_each_time_it_is_asked(server, make_goal):
    """Medplum: newest first at the first asking, oldest first at the second: sort it yourself."""
    goal = make_goal()
    second = stored(goal, server)
    asked = [server.found(f"Goal/{goal['id']}/_history") for _ in range(2)]
    orders = [[version(g) for g in found] for found in asked]
    newest_first = [version(second), version(goal)]
    assert newest_first in orders
    assert (orders[0] == orders[1]) == server.expected(medplum=False, hapi=True)


def test_a_conditional_create_makes_one_resource_only(server, patient):
    query = f"identifier={ORDER}|{uuid4()}"
    person = {"resourceType": "Patient", "identifier": [{"system": ORDER, "value": query[-36:]}]}
    answers = [server.ask("POST", "Patient", person, if_none_exist=query) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json() == answers[1].json()


def test_validation_names_what_is_missing(server):
    answer = server.ask("POST", "Goal", {"resourceType": "Goal"})
    assert answer.status_code == server.expected(medplum=400, hapi=422)
    assert "Goal.subject" in answer.text


@pytest.mark.parametrize("change", [{"lifecycleStatus": 5}, {"nonsense": True}])
def test_validation_refuses_wrong_types_and_unknown_elements(server, make_goal, change):
    goal = make_goal()
    answer = server.ask("PUT", f"Goal/{goal['id']}", goal | change)
    assert answer.status_code == server.expected(medplum=400, hapi=422)


def test_validation_may_not_check_required_codes(server, make_goal):
    goal = make_goal()
    answer = server.ask("PUT", f"Goal/{goal['id']}", goal | {"lifecycleStatus": "banana"})
    assert answer.status_code == server.expected(medplum=200, hapi=422)


def test_a_reference_to_nobody_may_be_refused(server):
    goal = {"resourceType": "Goal", "lifecycleStatus": "active", "description": {"text": "Swim"}}
    answer = server.ask("POST", "Goal", goal | {"subject": {"reference": f"Patient/{uuid4()}"}})
    assert answer.status_code == server.expected(medplum=201, hapi=400)


def test_put_makes_a_resource_with_the_callers_id(server):
    chosen = str(uuid4())
    person = {"resourceType": "Patient", "id": chosen}
    made = server.ask("PUT", f"Patient/{chosen}", person)
    assert made.status_code == server.expected(medplum=200, hapi=201)
    assert server.ask("GET", f"Patient/{chosen}").status_code == 200


def test_an_unknown_search_parameter_finds_nothing_or_is_refused(server, patient, make_goal):
    make_goal()
    answer = server.ask("GET", find("Goal", patient, "nonsense=1"))
    assert answer.status_code == server.expected(medplum=200, hapi=400)
    assert "entry" not in answer.json()


def test_a_page_may_have_no_link_to_the_next(server, patient, make_goal):
    make_goal("One")
    make_goal("Two")
    page = server.ask("GET", find("Goal", patient, "_count=1")).json()
    linked = "next" in [link["relation"] for link in page.get("link", [])]
    assert (len(page["entry"]), page["total"]) == (1, 2)
    assert linked == server.expected(medplum=False, hapi=True)


def test_include_may_be_ignored(server, patient, make_goal):
    make_goal()
    found = server.found(find("Goal", patient, "_include=Goal:patient"))
    included = server.expected(medplum=set(), hapi={"Patient"})
    assert {resource["resourceType"] for resource in found} == {"Goal"} | included


IN_ADELAIDE = "T00:00:00%2B10:30"


@pytest.mark.parametrize(
    ("day", "medplum", "hapi"),
    [
        (["authored=2026-11-02"], 0, 1),
        (["authored=ge2026-11-02"], 0, 1),
        (["authored=ge2026-11-01", "authored=lt2026-11-02"], 1, 0),
        ([f"authored=ge2026-11-02{IN_ADELAIDE}", f"authored=lt2026-11-03{IN_ADELAIDE}"], 1, 1),
    ],
)
def test_a_day_needs_its_zone(server, patient, day, medplum, hapi):
    """Half past nine in Adelaide on the 2nd is the 1st in UTC, and the 2nd as it is written."""
    server.create(
        resourceType="QuestionnaireResponse",
        status="completed",
        subject=of(patient),
        authored="2026-11-02T09:30:00+10:30",
    )
    found = server.found(find("QuestionnaireResponse", patient, *day))
    assert len(found) == server.expected(medplum=medplum, hapi=hapi)


@pytest.mark.parametrize(
    ("asked", "medplum", "hapi"), [("https://x.org/peg", 0, 1), ("https://x.org/peg|1", 1, 1)]
)
def test_a_canonical_is_found_with_its_version(server, patient, asked, medplum, hapi):
    server.create(
        resourceType="QuestionnaireResponse",
        status="completed",
        subject=of(patient),
        questionnaire="https://x.org/peg|1",
    )
    found = server.found(find("QuestionnaireResponse", patient, f"questionnaire={asked}"))
    assert len(found) == server.expected(medplum=medplum, hapi=hapi)


def test_a_deleted_resource_is_gone_its_history_maybe_not(server, make_goal):
    place = f"Goal/{make_goal()['id']}"
    server.ask("DELETE", place)
    asked = [server.ask("GET", path).status_code for path in (place, f"{place}/_history")]
    assert asked == server.expected(medplum=[404, 404], hapi=[410, 200])


def test_decimals_may_lose_their_zeros(server):
    """Where JSON numbers are read as binary floating point, 0.40 comes back as 0.4."""
    code = '"status":"final","code":{"text":"x"}'
    text = f'{{"resourceType":"Observation",{code},"valueQuantity":{{"value":0.40}}}}'
    json = {"Content-Type": "application/fhir+json"}
    answer = requests.post(f"{server.base}/Observation", data=text, headers=json, timeout=20)
    kept = server.expected(medplum="0.4", hapi="0.40")
    assert f'"value":{kept}}}' in answer.text


def test_a_transaction_with_a_bad_entry_may_be_half_done(server, patient):
    """Every entry's own status must be read: Medplum runs the transaction as a batch."""
    entries = [
        entry("POST", "Patient", {"resourceType": "Patient"}),
        entry("POST", "Goal", {"resourceType": "Goal", "subject": of(patient)}),
    ]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    answer = server.ask("POST", "", bundle)
    statuses = [one["response"]["status"] for one in answer.json().get("entry", [])]
    assert answer.status_code == server.expected(medplum=200, hapi=422)
    assert statuses == server.expected(medplum=["201", "400"], hapi=[])


def test_a_transaction_fills_in_references_between_its_entries(server, patient):
    placeholder = f"urn:uuid:{uuid4()}"
    goal = {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "description": {"text": "Sleep"},
        "subject": {"reference": placeholder},
    }
    entries = [
        entry("POST", "Patient", {"resourceType": "Patient"}) | {"fullUrl": placeholder},
        entry("POST", "Goal", goal),
    ]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    answer = server.ask("POST", "", bundle, prefer="return=representation").json()
    person, kept = (one["resource"] for one in answer["entry"])
    assert kept["subject"]["reference"] == f"Patient/{person['id']}"


def test_metadata_may_be_no_capability_statement(server):
    """Medplum takes ``metadata`` for a resource type and answers with an empty search."""
    answer = server.ask("GET", "metadata")
    kind = server.expected(medplum="Bundle", hapi="CapabilityStatement")
    assert (answer.status_code, answer.json()["resourceType"]) == (200, kind)


def test_a_flag_that_ends_before_it_began(server, patient):
    """R4's per-1: where it is held, an alert told of within the minute could not be closed."""
    flag = {"resourceType": "Flag", "status": "inactive", "code": {"text": "x"}}
    period = {"start": "2026-11-23T09:30:05+10:30", "end": "2026-11-23T09:30:00+10:30"}
    answer = server.ask("POST", "Flag", flag | {"subject": of(patient), "period": period})
    assert answer.status_code == server.expected(medplum=201, hapi=422)


def test_a_task_changed_before_it_was_made_is_refused(server, patient):
    """R4's inv-1."""
    task = {"resourceType": "Task", "status": "completed", "intent": "order", "for": of(patient)}
    times = {"authoredOn": "2026-11-23T09:30:05Z", "lastModified": "2026-11-23T09:30:00Z"}
    assert server.ask("POST", "Task", task | times).status_code == server.expected(
        medplum=400, hapi=422
    )
