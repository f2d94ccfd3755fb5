"""Transactions: everything or nothing, references resolved, each entry answered."""

import pytest

from smartapp.store.outcome import Refused


def bundle(*entries, kind="transaction"):
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}


def entry(method, url, resource=None, name=None, **request):
    made = {"request": {"method": method, "url": url, **request}}
    return made | ({"resource": resource} if resource else {}) | ({"fullUrl": name} if name else {})


def post(resource, name=None, **request):
    return entry("POST", resource["resourceType"], resource, name, **request)


ADA = "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a"
PATIENT = {"resourceType": "Patient", "identifier": [{"system": "urn:ietf:rfc:3986", "value": ADA}]}


def test_references_between_entries_are_resolved_and_nothing_else(store, make_goal):
    goal = make_goal("x") | {"subject": {"reference": ADA, "display": ADA}}
    answer = store.transaction(bundle(post(goal), post(PATIENT, ADA)))
    made, patient = (each["resource"] for each in answer["entry"])
    assert made["subject"] == {"reference": f"Patient/{patient['id']}", "display": ADA}
    assert patient["identifier"] == PATIENT["identifier"]


def test_every_entry_says_what_became_of_it(store, ada, make_goal):
    kept, _ = store.create(make_goal(ada))
    changed = kept.resource | {"lifecycleStatus": "completed"}
    answer = store.transaction(
        bundle(
            entry("GET", f"Goal/{kept.id}"),
            entry("PUT", f"Goal/{kept.id}", changed, ifMatch='W/"1"'),
            post(make_goal(ada)),
            entry("GET", f"Goal?patient={ada}&_summary=count"),
            entry("GET", f"Goal/{kept.id}/_history/1"),
        )
    )
    statuses = [each["response"]["status"] for each in answer["entry"]]
    assert statuses == ["200 OK", "200 OK", "201 Created", "200 OK", "200 OK"]
    assert answer["type"] == "transaction-response"
    assert answer["entry"][0]["resource"]["lifecycleStatus"] == "completed"
    assert answer["entry"][1]["response"]["etag"] == 'W/"2"'
    assert answer["entry"][2]["response"]["location"].endswith("/_history/1")
    assert answer["entry"][3]["resource"]["total"] == 2


@pytest.mark.parametrize(
    ("entry_", "status"),
    [
        (post({"resourceType": "Patient", "gender": "banana"}), 422),
        (post({"resourceType": "Group", "type": "person", "actual": True, "x": 1}), 422),
        (entry("PUT", "Patient/nobody", {"resourceType": "Patient", "id": "nobody"}), 404),
        (entry("DELETE", "Patient/nobody"), 404),
        (entry("GET", "Patient/nobody"), 404),
        (entry("GET", "Patient?nme=x"), 400),
        (entry("PATCH", "Patient/nobody"), 400),
        (entry("PUT", "Patient?name=x", PATIENT), 400),
        (entry("PUT", "Patient/a", PATIENT | {"id": "b"}), 400),
        (entry("POST", "Goal", PATIENT), 400),
        (entry("GET", "Patient/a/_history/x"), 400),
        ({"resource": PATIENT}, 400),
    ],
)
def test_one_refused_entry_undoes_all_and_is_named(store, find, entry_, status):
    with pytest.raises(Refused) as refused:
        store.transaction(bundle(post(PATIENT), entry_))
    assert refused.value.status == status
    assert refused.value.sentence.startswith("Entry 2: ")
    assert find("Patient", "") == []


def test_a_stale_version_undoes_all(store, find, ada, make_goal):
    patient = store.read("Patient", ada).resource
    store.update(patient)
    stale = entry("PUT", f"Patient/{ada}", patient, ifMatch='W/"1"')
    with pytest.raises(Refused) as refused:
        store.transaction(bundle(post(make_goal(ada)), stale))
    assert refused.value.status == 412
    assert find("Goal", "") == []


def test_a_reference_to_no_entry_undoes_all(store, find, make_goal):
    goal = make_goal("x") | {"subject": {"reference": "urn:uuid:nobody"}}
    with pytest.raises(Refused) as refused:
        store.transaction(bundle(post(PATIENT), post(goal)))
    assert refused.value.status == 400
    assert find("Patient", "") == []


def test_if_none_exist_points_others_at_the_one_that_exists(store, ada, make_goal):
    goal = make_goal("x") | {"subject": {"reference": ADA}}
    patient = post(PATIENT, ADA, ifNoneExist="identifier=MRN7")
    answer = store.transaction(bundle(patient, post(goal)))
    assert answer["entry"][0]["response"]["status"] == "200 OK"
    assert answer["entry"][1]["resource"]["subject"]["reference"] == f"Patient/{ada}"


def test_a_conditional_reference_points_at_its_one_match(store, ada, make_goal):
    goal = make_goal("x") | {"subject": {"reference": "Patient?identifier=MRN7"}}
    answer = store.transaction(bundle(post(goal)))
    assert answer["entry"][0]["resource"]["subject"]["reference"] == f"Patient/{ada}"
    goal["subject"]["reference"] = "Patient?identifier=nobody"
    with pytest.raises(Refused) as refused:
        store.transaction(bundle(post(goal)))
    assert refused.value.status == 412


@pytest.mark.parametrize(
    "twins",
    [
        (post(PATIENT, ADA), post(PATIENT, ADA)),
        (post(PATIENT, ifNoneExist="identifier=1"), post(PATIENT, ifNoneExist="identifier=1")),
        (entry("DELETE", "Patient/a"), entry("DELETE", "Patient/a")),
    ],
)
def test_two_entries_about_the_same_resource_are_refused(store, twins):
    with pytest.raises(Refused) as refused:
        store.transaction(bundle(*twins))
    assert refused.value.status == 400


def test_deletes_come_first_whatever_their_place(store, ada):
    again = post(store.read("Patient", ada).resource, ifNoneExist="identifier=MRN7")
    answer = store.transaction(bundle(again, entry("DELETE", f"Patient/{ada}")))
    statuses = [each["response"]["status"] for each in answer["entry"]]
    assert statuses == ["201 Created", "204 No Content"]


def test_ids_are_the_clients_only_when_seeding(store):
    put = entry("PUT", "Patient/ada", PATIENT | {"id": "ada"}, name=ADA)
    answer = store.transaction(bundle(put), client_ids=True)
    assert answer["entry"][0]["response"]["status"] == "201 Created"
    assert store.read("Patient", "ada").version == 1


def test_over_http_minimal_answers_without_resources(ask):
    answer, body = ask("POST", "", bundle(post(PATIENT)), Prefer="return=minimal")
    assert answer.status == 200
    assert body["entry"][0].keys() == {"response"}


def test_an_empty_transaction_is_answered(ask):
    answer = {"resourceType": "Bundle", "type": "transaction-response"}
    assert ask("POST", "", bundle())[1] == answer


@pytest.mark.parametrize(
    "body", [PATIENT, bundle(kind="collection"), bundle() | {"entry": {}}, bundle(1)]
)
def test_what_is_no_transaction_is_400(ask, body):
    assert ask("POST", "", body)[0].status == 400


def test_a_search_in_a_transaction_can_be_paged_on(ask, ada, score):
    score(), score()
    _, answer = ask("POST", "", bundle(entry("GET", "Observation?_count=1")))
    links = answer["entry"][0]["resource"]["link"]
    following = links[1]["url"].removeprefix("https://ehr.example/fhir/")
    assert len(ask("GET", following)[1]["entry"]) == 1
