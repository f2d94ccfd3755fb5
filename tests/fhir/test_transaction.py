"""Saving together: whole where the server can, and honest about it where it cannot."""

import pytest

from smartapp.errors import EhrForbidden, EhrNonsense, EhrRejected, EhrUnreachable, EhrUnsure

BASE = "https://ehr.example/fhir"
SUBJECT = {"reference": "Patient/p1"}
UUIDS = [f"0d3adc7e-0000-4000-8000-00000000000{i}" for i in range(3)]


def team_and_plan() -> list[dict]:
    team = {
        "resourceType": "CareTeam",
        "identifier": [{"system": "urn:s", "value": UUIDS[0]}],
        "subject": SUBJECT,
    }
    plan = {
        "resourceType": "CarePlan",
        "identifier": [{"system": "urn:s", "value": UUIDS[1]}],
        "subject": SUBJECT,
        "careTeam": [{"reference": f"urn:uuid:{UUIDS[0]}"}],
    }
    return [team, plan]


def linked(ehr) -> bool:
    team = ehr.only("CareTeam")["id"]
    return ehr.only("CarePlan")["careTeam"] == [{"reference": f"CareTeam/{team}"}]


def bundles(ehr) -> int:
    return ehr.log.count(("POST", ""))


def test_one_by_one_where_no_transaction_is_offered(ehr, client) -> None:
    kept = client.transaction(team_and_plan())
    assert [k["resourceType"] for k in kept] == ["CareTeam", "CarePlan"]
    assert linked(ehr)
    assert bundles(ehr) == 0


@pytest.mark.parametrize("conditional", [(), ("CarePlan", "CareTeam")])
def test_one_transaction_where_offered(ehr, client, conditional) -> None:
    ehr.offer(transaction=True, conditional=conditional)
    assert len(client.transaction(team_and_plan())) == 2
    assert linked(ehr)
    assert bundles(ehr) == 1


class TestConditionsThatAreClaimedAndRefused:
    @pytest.fixture(params=[400, 412, 422, 501], autouse=True)
    def _refusing(self, request, ehr) -> None:
        ehr.offer(transaction=True, conditional=("CarePlan", "CareTeam"))
        ehr.condition_refused = request.param

    def test_all_is_saved_once_and_the_next_goes_without(self, ehr, client) -> None:
        assert client.transaction(team_and_plan()) == client.transaction(team_and_plan())
        assert linked(ehr)
        assert client.capabilities().conditional_create == frozenset()

    def test_what_is_there_is_not_doubled(self, ehr, client) -> None:
        ehr.put(team_and_plan()[0])
        client.transaction(team_and_plan())
        assert linked(ehr)


@pytest.mark.parametrize("conditional", [(), ("CarePlan", "CareTeam")])
def test_a_transaction_refused_without_conditions_too_is_refused(ehr, client, conditional) -> None:
    ehr.offer(transaction=True, conditional=conditional)
    ehr.refused["POST", None] = 400
    with pytest.raises(EhrRejected):
        client.transaction(team_and_plan())
    assert client.capabilities().conditional_create == frozenset(conditional)
    assert bundles(ehr) == (2 if conditional else 1)


def test_saving_again_saves_nothing_twice(ehr, client) -> None:
    ehr.offer(transaction=True)
    once, again = client.transaction(team_and_plan()), client.transaction(team_and_plan())
    assert once == again
    assert bundles(ehr) == 1


def test_what_is_missing_of_an_earlier_attempt_is_added(ehr, client) -> None:
    client.create(team_and_plan()[0])
    ehr.offer(transaction=True)
    client.transaction(team_and_plan())
    assert linked(ehr)


def test_a_batch_in_disguise_is_noticed_and_mended(ehr, client) -> None:
    ehr.offer(transaction=True)
    ehr.disguised_batch = {"CareTeam"}
    client.transaction(team_and_plan())
    assert linked(ehr)


def test_a_failing_remainder_never_claims_that_nothing_was_saved(ehr, client) -> None:
    for status, error in ((400, EhrRejected), (403, EhrRejected), (500, EhrUnsure)):
        ehr.refused["POST", "CarePlan"] = status
        with pytest.raises(error):
            client.transaction(team_and_plan())
    ehr.refused = {("GET", "CarePlan"): 500}
    with pytest.raises(EhrUnsure):
        client.transaction(team_and_plan())
    assert len(ehr.all("CareTeam")) == 1


def test_when_the_first_fails_nothing_was_saved(ehr, client) -> None:
    ehr.refused["POST", "CareTeam"] = 403
    with pytest.raises(EhrForbidden):
        client.transaction(team_and_plan())


def test_mending_that_fails_is_told(ehr, client) -> None:
    ehr.offer(transaction=True)
    ehr.disguised_batch = {"CareTeam"}
    ehr.refused["PUT", "CarePlan"] = 403
    with pytest.raises(EhrRejected):
        client.transaction(team_and_plan())


@pytest.mark.parametrize("status", [308, 403, 404, 405, 501])
def test_a_transaction_not_offered_after_all_goes_one_by_one(ehr, client, status: int) -> None:
    ehr.offer(transaction=True)
    ehr.refused["POST", None] = status
    client.transaction(team_and_plan())
    assert linked(ehr)


@pytest.mark.parametrize(("status", "error"), [(400, EhrRejected), (500, EhrUnsure)])
def test_a_refused_transaction_saved_nothing(ehr, client, status: int, error) -> None:
    ehr.offer(transaction=True)
    ehr.refused["POST", None] = status
    with pytest.raises(error):
        client.transaction(team_and_plan())
    assert ehr.all("CareTeam") == []


def answering(wired, *entries: object) -> None:
    statement = {"rest": [{"interaction": [{"code": "transaction"}]}]}
    wired.get(f"{BASE}/metadata", json={"resourceType": "CapabilityStatement", **statement})
    for type_ in ("CareTeam", "CarePlan"):
        wired.get(f"{BASE}/{type_}", json={"resourceType": "Bundle"})
        wired.get(f"{BASE}/{type_}/x", json={"resourceType": type_, "id": "x", "subject": SUBJECT})
    wired.post(BASE, json={"resourceType": "Bundle", "entry": list(entries)})


def test_entries_may_come_back_with_their_resource(wired, client) -> None:
    saved = {"status": "201"}
    made = [{"resourceType": t, "id": "x", "subject": SUBJECT} for t in ("CareTeam", "CarePlan")]
    answering(wired, *({"response": saved, "resource": m} for m in made))
    assert client.transaction(team_and_plan()) == made


@pytest.mark.parametrize("odd", [{}, "odd", {"response": {"status": "201 Created"}}])
def test_an_entry_that_tells_nothing_is_created_on_its_own(wired, client, odd: object) -> None:
    answering(wired, {"response": {"status": "201", "location": "CareTeam/x/_history/1"}}, odd)
    wired.post(f"{BASE}/CarePlan", json={"resourceType": "CarePlan", "id": "y", "subject": SUBJECT})
    assert client.transaction(team_and_plan())[1]["id"] == "y"


def test_an_entry_that_existed_must_be_the_one_meant(wired, client) -> None:
    other = {"resourceType": "CareTeam", "id": "x", "subject": SUBJECT}
    answering(wired, {"response": {"status": "200 OK"}, "resource": other}, {})
    with pytest.raises(EhrNonsense):
        client.transaction(team_and_plan())


def test_an_answer_with_other_entries_than_sent_is_unsure(wired, client) -> None:
    answering(wired)
    with pytest.raises(EhrUnsure):
        client.transaction(team_and_plan())


def test_a_search_that_fails_first_saved_nothing(ehr, client) -> None:
    ehr.offer(transaction=True)
    ehr.refused["GET", "CarePlan"] = 500
    with pytest.raises(EhrUnreachable):
        client.transaction(team_and_plan())
    assert bundles(ehr) == 0
