"""The FHIR endpoint: scopes by type and interaction, and confinement to the launch patient."""

import json
from dataclasses import replace

import pytest

FHIR = "http://localhost:8001/fhir"
WIDE = "launch patient/*.cruds user/Practitioner.rs"


@pytest.fixture
def clients(clients):
    wide = "launch patient/*.cruds user/Practitioner.rs user/Goal.rs"
    return tuple(replace(client, scopes=wide) for client in clients)


@pytest.fixture
def token(person):
    return person.tokens(scope=WIDE)["access_token"]


@pytest.fixture
def foreign(person, goal):
    """The id of a Goal of another patient."""
    token = person.tokens(scope=WIDE, launch=person.launch_token("p02"))["access_token"]
    return person.fhir(token, "POST", "Goal", goal("p02")).get_json()["id"]


def bundle(*entries, kind="transaction"):
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}


def entry(method, url, resource=None, **request):
    found = {"request": {"method": method, "url": url, **request}}
    return found | ({"resource": resource} if resource else {})


def test_without_a_token_nothing_is_answered(person):
    response = person.machine.get("/fhir/Patient/p01")
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("header", ["Bearer guess", "Basic Z3Vlc3M6", "Bearer"])
def test_anything_but_a_live_bearer_token_is_401(person, header):
    response = person.machine.get("/fhir/Patient/p01", headers={"Authorization": header})
    assert response.status_code == 401


def test_the_launch_patient_can_be_read(person, token):
    response = person.fhir(token, path="Patient/p01")
    assert (response.status_code, response.get_json()["id"]) == (200, "p01")


@pytest.mark.parametrize(
    "path",
    ["Patient/p02", "Condition/p02-c1", "Patient/p02/_history/1", "Patient/p02/_history"],
)
def test_another_patients_resource_is_not_found(person, token, path):
    assert person.fhir(token, path=path).status_code == 404


@pytest.mark.parametrize("kind", ["Condition", "Encounter"])
def test_a_search_finds_only_the_launch_patients(person, token, kind):
    found = person.fhir(token, path=kind).get_json()["entry"]
    assert {one["resource"]["subject"]["reference"] for one in found} == {"Patient/p01"}


def test_a_search_for_patients_finds_only_the_launch_patient(person, token):
    found = person.fhir(token, path="Patient").get_json()["entry"]
    assert [one["resource"]["id"] for one in found] == ["p01"]


@pytest.mark.parametrize(
    "query",
    ["patient=p02", "patient=Patient/p02", "subject=Patient/p02", "patient=p01,p02",
     "patient=http://elsewhere/fhir/Patient/p01", "patient=p01&patient=p02"],
)  # fmt: skip
def test_a_search_that_names_another_patient_is_forbidden(person, token, query):
    assert person.fhir(token, path=f"Condition?{query}").status_code == 403


@pytest.mark.parametrize(
    "name", ["patient=p01", f"patient={FHIR}/Patient/p01", "subject=Patient/p01"]
)
def test_a_search_that_names_the_launch_patient_is_answered(person, token, name):
    assert person.fhir(token, path=f"Condition?{name}").get_json()["entry"]


@pytest.mark.parametrize("query", ["_has:Goal:patient:_id=1", "patient.name=x"])
def test_chained_searches_are_forbidden(person, token, query):
    assert person.fhir(token, path=f"Condition?{query}").status_code == 403


def test_a_posted_search_is_confined_too(person, token):
    url = "/fhir/Condition/_search"
    headers = {"Authorization": f"Bearer {token}"}
    assert person.machine.post(url, data={"_count": "50"}, headers=headers).get_json()["entry"]
    assert person.machine.post(url, data={"patient": "p02"}, headers=headers).status_code == 403


def test_a_resource_about_the_launch_patient_can_be_written(person, token, goal):
    response = person.fhir(token, "POST", "Goal", goal())
    assert response.status_code == 201
    assert response.headers["Location"].startswith(f"{FHIR}/Goal/")


@pytest.mark.parametrize(
    "subject",
    [{"reference": "Patient/p02"}, {"reference": "Group/1"}, {"display": "somebody"},
     {"reference": "http://elsewhere/fhir/Patient/p01"}],
)  # fmt: skip
def test_a_resource_about_anybody_else_cannot_be_written(person, token, goal, subject):
    assert person.fhir(token, "POST", "Goal", goal(subject=subject)).status_code == 403


def test_a_resource_cannot_be_moved_to_another_patient(person, token, goal):
    key = person.fhir(token, "POST", "Goal", goal()).get_json()["id"]
    response = person.fhir(token, "PUT", f"Goal/{key}", goal("p02", id=key))
    assert response.status_code == 403


def test_another_patients_resource_cannot_be_taken_over(person, token, goal, foreign):
    response = person.fhir(token, "PUT", f"Goal/{foreign}", goal("p01", id=foreign))
    assert response.status_code == 404


def test_another_patients_resource_cannot_be_deleted(person, token, foreign):
    assert person.fhir(token, "DELETE", f"Goal/{foreign}").status_code == 404
    assert person.ehr.hospital.read(f"Goal/{foreign}")


def test_ones_own_can_be_changed_and_deleted(person, token, goal):
    key = person.fhir(token, "POST", "Goal", goal()).get_json()["id"]
    assert person.fhir(token, "PUT", f"Goal/{key}", goal(id=key)).status_code == 200
    assert person.fhir(token, "DELETE", f"Goal/{key}").status_code in {200, 204}


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("Goal/1", {"resourceType": "Goal", "id": "2"}, 400),
        ("Goal/1", {"resourceType": "Task", "id": "1"}, 400),
        ("Goal/1", "not json", 400),
    ],
)
def test_a_body_that_is_not_the_resource_the_address_names_is_refused(
    person, token, path, body, status
):
    assert person.fhir(token, "PUT", path, body).status_code == status


def test_a_conditional_create_does_not_find_another_patients_resource(person, token, goal):
    identifier = [{"system": "urn:x", "value": "1"}]
    other = person.tokens(scope=WIDE, launch=person.launch_token("p02"))["access_token"]
    person.fhir(other, "POST", "Goal", goal("p02", identifier=identifier))
    headers = {"If-None-Exist": "identifier=urn:x|1"}
    response = person.fhir(token, "POST", "Goal", goal(identifier=identifier), headers=headers)
    assert response.status_code == 201
    assert response.get_json()["subject"] == {"reference": "Patient/p01"}


def test_a_conditional_create_finds_ones_own(person, token, goal):
    identified = goal(identifier=[{"system": "urn:x", "value": "1"}])
    headers = {"If-None-Exist": "identifier=urn:x|1"}
    first = person.fhir(token, "POST", "Goal", identified, headers=headers)
    second = person.fhir(token, "POST", "Goal", identified, headers=headers)
    assert (first.status_code, second.status_code) == (201, 200)


def test_a_shared_resource_is_readable_but_not_writable_with_a_patient_scope(person):
    token = person.tokens(scope="launch patient/Organization.cruds")["access_token"]
    found = person.fhir(token, path="Organization/org-pain-clinic")
    assert found.status_code == 200
    changed = person.fhir(token, "PUT", "Organization/org-pain-clinic", found.get_json())
    assert changed.status_code == 403


def test_practitioners_are_found_with_a_user_scope(person, token):
    found = person.fhir(token, path="Practitioner?name=Castellow").get_json()["entry"]
    assert [one["resource"]["id"] for one in found] == ["coach-1"]


@pytest.mark.parametrize(
    ("scope", "method", "path", "body"),
    [
        ("patient/Goal.s", "GET", "Goal/1", None),
        ("patient/Goal.r", "GET", "Goal", None),
        ("patient/Goal.rs", "POST", "Goal", {}),
        ("patient/Goal.crs", "PUT", "Goal/1", {}),
        ("patient/Goal.crus", "DELETE", "Goal/1", None),
        ("patient/Goal.cruds", "GET", "Condition", None),
        ("patient/Goal.read", "POST", "Goal", {}),
    ],
)
def test_every_interaction_needs_its_own_letter(person, scope, method, path, body):
    token = person.tokens(scope=f"launch {scope}")["access_token"]
    assert person.fhir(token, method, path, body).status_code == 403


def test_a_user_scope_is_not_confined(person, foreign):
    token = person.tokens(scope="launch user/Goal.rs")["access_token"]
    assert person.fhir(token, path=f"Goal/{foreign}").status_code == 200


def test_a_granular_scope_shows_only_its_category(person, goal):
    code = {"system": "http://x", "code": "behavioral"}
    token = person.tokens(scope=WIDE)["access_token"]
    plain = person.fhir(token, "POST", "Goal", goal()).get_json()["id"]
    marked = person.fhir(token, "POST", "Goal", goal(category=[{"coding": [code]}])).get_json()[
        "id"
    ]
    scope = "launch patient/Goal.rs?category=http://x|behavioral"
    narrow = person.tokens(scope=scope)["access_token"]
    assert person.fhir(narrow, path=f"Goal/{plain}").status_code == 404
    found = person.fhir(narrow, path="Goal").get_json()["entry"]
    assert [one["resource"]["id"] for one in found] == [marked]


def test_provenance_belongs_where_its_target_belongs(person, token, goal, foreign):
    def provenance(key):
        target = [{"reference": f"Goal/{key}"}, {"reference": "Practitioner/coach-1"}]
        agent = [{"who": {"reference": "Practitioner/coach-1"}}]
        return {"resourceType": "Provenance", "target": target, "agent": agent,
                "recorded": "2026-11-02T10:00:00Z"}  # fmt: skip

    own = person.fhir(token, "POST", "Goal", goal()).get_json()["id"]
    assert person.fhir(token, "POST", "Provenance", provenance(own)).status_code == 201
    assert person.fhir(token, "POST", "Provenance", provenance(foreign)).status_code == 403
    assert person.fhir(token, "POST", "Provenance", provenance("none")).status_code == 403
    assert len(person.fhir(token, path="Provenance").get_json()["entry"]) == 1


def test_a_bundle_of_the_launch_patients_resources_is_done(person, token, goal):
    reference = "urn:uuid:9d1c5b44-0000-4000-8000-000000000001"
    provenance = {"resourceType": "Provenance", "target": [{"reference": reference}],
                  "agent": [{"who": {"reference": "Practitioner/coach-1"}}],
                  "recorded": "2026-11-02T10:00:00Z"}  # fmt: skip
    first = entry("POST", "Goal", goal(), ifNoneExist="identifier=urn:x|9") | {"fullUrl": reference}
    response = person.fhir(
        token, "POST", "", bundle(first, entry("POST", "Provenance", provenance))
    )
    statuses = [one["response"]["status"][:3] for one in response.get_json()["entry"]]
    assert statuses == ["201", "201"]


@pytest.mark.parametrize(
    "second",
    [
        entry("POST", "Goal", {"resourceType": "Goal", "subject": {"reference": "Patient/p02"}}),
        entry("GET", "Condition?patient=p02"),
        entry("DELETE", "Condition/p02-c1"),
    ],
)
def test_a_bundle_with_one_foreign_entry_is_refused_whole(person, token, goal, second):
    response = person.fhir(token, "POST", "", bundle(entry("POST", "Goal", goal()), second))
    assert response.status_code in {403, 404}
    assert person.ehr.hospital.of("p01", "Goal") == []


def test_a_bundle_cannot_pass_another_patients_resource_off_as_its_own(
    person, token, goal, foreign
):
    taken = goal("p01", id=foreign)
    feint = entry("POST", "Goal", goal()) | {"fullUrl": f"Goal/{foreign}"}
    response = person.fhir(token, "POST", "", bundle(feint, entry("PUT", f"Goal/{foreign}", taken)))
    assert response.status_code == 404
    kept = person.ehr.hospital.read(f"Goal/{foreign}")
    assert kept["subject"] == {"reference": "Patient/p02"}


def test_a_bundle_within_a_bundle_is_refused(person, token):
    assert person.fhir(token, "POST", "", bundle(entry("POST", "", bundle()))).status_code == 400


def test_the_next_page_of_a_search_is_confined_and_complete(person, token):
    found, url = [], "Condition?_count=1"
    while url:
        page = person.fhir(token, path=url).get_json()
        found += [one["resource"]["id"] for one in page["entry"]]
        links = {link["relation"]: link["url"] for link in page["link"]}
        url = links.get("next", "").removeprefix(f"{FHIR}/")
    whole = person.fhir(token, path="Condition").get_json()["entry"]
    assert found == [one["resource"]["id"] for one in whole]


def test_the_history_of_ones_own_resource_is_shown(person, token, goal):
    key = person.fhir(token, "POST", "Goal", goal()).get_json()["id"]
    person.fhir(token, "PUT", f"Goal/{key}", goal(id=key, lifecycleStatus="completed"))
    found = person.fhir(token, path=f"Goal/{key}/_history").get_json()["entry"]
    assert [one["resource"]["meta"]["versionId"] for one in found] == ["2", "1"]
    assert (
        person.fhir(token, path=f"Goal/{key}/_history/1").get_json()["lifecycleStatus"] == "active"
    )


def test_a_stale_version_is_a_conflict(person, token, goal):
    key = person.fhir(token, "POST", "Goal", goal()).get_json()["id"]
    changed, stale = goal(id=key, lifecycleStatus="on-hold"), {"If-Match": 'W/"1"'}
    assert person.fhir(token, "PUT", f"Goal/{key}", changed, headers=stale).status_code == 200
    assert person.fhir(token, "PUT", f"Goal/{key}", changed, headers=stale).status_code in {
        409,
        412,
    }


def test_an_unknown_search_parameter_is_an_error(person, token):
    assert person.fhir(token, path="Condition?colour=red").status_code == 400


def test_decimals_and_unknown_extensions_pass_unchanged(person, token, goal):
    extension = '{"url": "http://x", "valueDecimal": 0.40}'
    body = json.dumps(goal())[:-1] + f', "extension": [{extension}]}}'
    key = person.fhir(token, "POST", "Goal", body).get_json()["id"]
    assert b'"valueDecimal":0.40' in person.fhir(token, path=f"Goal/{key}").data
    assert b'"valueDecimal":0.40' in person.fhir(token, path="Goal").data


def test_searches_in_a_batch_are_confined(person, token):
    batch = bundle(entry("GET", "Condition"), entry("GET", "Patient/p02"), kind="batch")
    conditions, patient = person.fhir(token, "POST", "", batch).get_json()["entry"]
    found = conditions["resource"]["entry"]
    assert {one["resource"]["subject"]["reference"] for one in found} == {"Patient/p01"}
    assert patient["response"]["status"].startswith("404")
    assert "resource" not in patient


@pytest.mark.parametrize(
    "body",
    [
        goal_body := {"resourceType": "Goal"},
        bundle(kind="searchset"),
        bundle(entry("POST", "", goal_body)),
    ],
)
def test_only_batches_and_transactions_of_plain_entries_go_to_the_base(person, token, body):
    assert person.fhir(token, "POST", "", body).status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "", 405),
        ("PATCH", "Goal/1", 405),
        ("GET", "Goal/_history", 404),
        ("GET", "goal", 404),
        ("POST", "Goal/1/$x", 405),
        ("GET", "Goal/1/_history/1/2", 405),
        ("DELETE", "Goal", 405),
    ],
)
def test_what_is_not_offered_is_refused(person, token, method, path, status):
    assert person.fhir(token, method, path).status_code == status


def test_a_refusal_is_an_operation_outcome_without_patient_data(person, token):
    response = person.fhir(token, path="Patient/p02")
    assert response.get_json()["resourceType"] == "OperationOutcome"
    assert "p02" not in json.dumps(response.get_json())


def test_included_resources_are_judged_one_by_one(person):
    narrow = person.tokens(scope="launch patient/Condition.rs")["access_token"]
    found = person.fhir(narrow, path="Condition?_include=Condition:subject").get_json()
    assert {one["resource"]["resourceType"] for one in found["entry"]} == {"Condition"}
    assert "total" not in found
