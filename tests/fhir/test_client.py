"""EhrClient: reads are checked, creates never double, updates never overwrite."""

from collections.abc import Callable
from typing import Any

import pytest
import requests
import responses

from smartapp.errors import (
    EhrConflict,
    EhrError,
    EhrForbidden,
    EhrNonsense,
    EhrNotFound,
    EhrRejected,
    EhrUnreachable,
    EhrUnsure,
    EhrWrongPatient,
)
from smartapp.fhir.client import EhrClient

BASE = "https://ehr.example/fhir"
KEY = {"system": "urn:s", "value": "0d3adc7e-0000-4000-8000-000000000001"}
Make = Callable[..., dict[str, Any]]


def test_read_gives_the_current_version(ehr, client, goal: Make) -> None:
    kept = ehr.put(goal())
    assert client.read("Goal", kept["id"]) == kept


def test_read_refuses_another_resource_than_asked(wired, client, goal: Make) -> None:
    wired.get(f"{BASE}/Goal/1", json=goal(id="2"))
    with pytest.raises(EhrNonsense):
        client.read("Goal", "1")


def test_read_refuses_another_patients_resource(ehr, client, goal: Make) -> None:
    kept = ehr.put(goal("p2"))
    with pytest.raises(EhrWrongPatient):
        client.read("Goal", kept["id"])


@pytest.mark.parametrize("reference", [f"{BASE}/Patient/p1", "Patient/p1"])
def test_references_to_the_patient_may_be_absolute(ehr, client, goal: Make, reference: str) -> None:
    kept = ehr.put({**goal(), "subject": {"reference": reference}})
    assert client.read("Goal", kept["id"])


@pytest.mark.parametrize(
    "subject", [None, {}, {"reference": "https://other.example/fhir/Patient/p1"}, "Patient/p1"]
)
def test_a_resource_about_nobody_we_know_does_not_belong(ehr, client, goal: Make, subject) -> None:
    kept = ehr.put({**goal(), "subject": subject})
    with pytest.raises(EhrWrongPatient):
        client.read("Goal", kept["id"])


def test_only_the_bound_patient_is_read_but_everybodys_practitioners(ehr, client) -> None:
    ehr.put({"resourceType": "Patient", "id": "p2"})
    ehr.put({"resourceType": "Practitioner", "id": "d1"})
    assert client.read("Practitioner", "d1")
    with pytest.raises(EhrWrongPatient):
        client.read("Patient", "p2")


def test_an_unbound_client_reads_anybody(ehr, goal: Make) -> None:
    kept = ehr.put(goal("p2"))
    assert EhrClient(requests.Session(), BASE + "/", patient=None).read("Goal", kept["id"])


@pytest.mark.parametrize("id_", ["..", "a/b", "", "x?y"])
def test_what_is_no_id_never_reaches_the_server(ehr, client, id_: str) -> None:
    with pytest.raises(EhrNotFound):
        client.read("Goal", id_)
    with pytest.raises(EhrNotFound):
        client.vread("Goal", "1", id_)
    assert ehr.log == []


def test_every_version_can_be_read(ehr, client, goal: Make) -> None:
    first = ehr.put(goal(id="g"))
    second = ehr.put(goal(id="g", note=[]))
    assert client.vread("Goal", "g", "1") == first
    assert client.history("Goal", "g") == [second, first]


def test_history_of_something_else_is_refused(wired, client, goal: Make) -> None:
    bundle = {"resourceType": "Bundle", "entry": [{"resource": goal(id="other")}]}
    wired.get(f"{BASE}/Goal/g/_history", json=bundle)
    with pytest.raises(EhrNonsense):
        client.history("Goal", "g")


def test_another_patients_rows_are_dropped_and_counted(ehr, client, goal: Make, caplog) -> None:
    ehr.ignores_filters = True
    mine = ehr.put(goal())
    ehr.put(goal("p2"))
    assert client.search("Goal", {"patient": "p1"}) == [mine]
    assert caplog.messages == ["1 Goal of other patients dropped"]


def test_included_resources_of_other_types_are_left_out(wired, client, goal: Make) -> None:
    other = {"resourceType": "Practitioner", "id": "d"}
    bundle = {"resourceType": "Bundle", "entry": [{"resource": goal(id="g")}, {"resource": other}]}
    wired.get(f"{BASE}/Goal", json=bundle)
    assert [row["id"] for row in client.search("Goal", [("patient", "p1")])] == ["g"]


def test_a_version_told_only_by_the_etag_is_kept(wired, client, goal: Make) -> None:
    wired.get(f"{BASE}/Goal/g", json=goal(id="g"), headers={"ETag": 'W/"9"'})
    assert client.read("Goal", "g")["meta"] == {"versionId": "9"}


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, EhrForbidden),
        (403, EhrForbidden),
        (404, EhrNotFound),
        (410, EhrNotFound),
        (400, EhrRejected),
        (500, EhrUnreachable),
        (302, EhrNonsense),
    ],
)
def test_what_a_status_means_to_a_read(wired, client, status: int, error) -> None:
    wired.get(f"{BASE}/Goal/g", status=status, headers={"Location": "https://evil.example/"})
    with pytest.raises(error):
        client.read("Goal", "g")


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (403, EhrForbidden),
        (404, EhrNotFound),
        (409, EhrConflict),
        (412, EhrConflict),
        (405, EhrRejected),
        (422, EhrRejected),
        (429, EhrUnreachable),
        (500, EhrUnsure),
        (501, EhrRejected),
        (503, EhrUnsure),
    ],
)
def test_what_a_status_means_to_a_write(wired, client, goal: Make, status: int, error) -> None:
    wired.put(f"{BASE}/Goal/g", status=status)
    with pytest.raises(error):
        client.update(goal(id="g"), "1")
    assert len(wired.calls) == 1, "a write is never repeated"


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'"x"', b"{}", b'{"resourceType": 1}'])
def test_what_is_not_fhir_is_nonsense(wired, client, body: bytes) -> None:
    wired.get(f"{BASE}/Goal/g", body=body)
    with pytest.raises(EhrNonsense):
        client.read("Goal", "g")


def test_reads_and_searches_ask_for_what_is_there_now(ehr, client, goal: Make) -> None:
    """HAPI FHIR would repeat an answer of the last minute."""
    ehr.put(goal(id="g"))
    client.read("Goal", "g")
    client.search("Goal", [("patient", "Patient/p1")])
    assert [request.headers["Cache-Control"] for request in ehr.sent] == ["no-cache", "no-cache"]


def test_update_names_the_version_it_changes(ehr, client, goal: Make) -> None:
    kept = ehr.put(goal(id="g"))
    assert client.update(kept, "1")["meta"]["versionId"] == "2"
    assert ehr.sent[0].headers["If-Match"] == 'W/"1"'


def test_update_without_a_known_version_goes_without_if_match(ehr, client, goal: Make) -> None:
    ehr.put(goal(id="g"))
    client.update(goal(id="g"), "")
    assert "If-Match" not in ehr.sent[0].headers


@pytest.mark.parametrize("status", [409, 412])
def test_a_stale_version_is_a_conflict(ehr, client, goal: Make, status: int) -> None:
    ehr.stale_status = status
    ehr.put(goal(id="g"))
    ehr.put(goal(id="g"))
    with pytest.raises(EhrConflict):
        client.update(goal(id="g"), "1")


def test_nothing_is_written_for_another_patient(ehr, client, goal: Make) -> None:
    for write in (
        client.create,
        lambda r: client.update(r, "1"),
        lambda r: client.transaction([r]),
    ):
        with pytest.raises(EhrWrongPatient):
            write(goal("p2", id="g", identifier=[KEY]))
    assert ehr.log == []


def test_create_searches_by_identifier_first(ehr, client, goal: Make) -> None:
    once = client.create(goal(identifier=[KEY]))
    again = client.create(goal(identifier=[KEY]))
    assert once == again
    assert len(ehr.all("Goal")) == 1


def test_a_response_has_a_single_identifier(ehr, client) -> None:
    response = {
        "resourceType": "QuestionnaireResponse",
        "identifier": KEY,
        "subject": {"reference": "Patient/p1"},
    }
    assert client.create(response) == client.create(response)


def test_found_by_identifier_is_believed_only_when_it_has_it(ehr, client, goal: Make) -> None:
    ehr.ignores_filters = True
    ehr.put(goal(identifier=[{"system": "urn:other", "value": "1"}]))
    client.create(goal(identifier=[KEY]))
    assert len(ehr.all("Goal")) == 2


def test_where_identifier_cannot_be_searched_all_the_patients_are(wired, client, goal) -> None:
    kept = goal(id="g", identifier=[KEY])
    bundle = {"resourceType": "Bundle", "entry": [{"resource": kept}]}
    wired.get(f"{BASE}/metadata", status=404)
    identifier = {"identifier": f"{KEY['system']}|{KEY['value']}", "patient": "Patient/p1"}
    match = responses.matchers.query_param_matcher
    wired.get(f"{BASE}/Goal", status=400, match=[match(identifier)])
    wired.get(f"{BASE}/Goal", json=bundle, match=[match({"patient": "Patient/p1"})])
    assert client.create(goal(identifier=[KEY])) == kept


def test_where_even_that_is_refused_nothing_is_created(ehr, goal: Make) -> None:
    ehr.refused["GET", "Goal"] = 400
    with pytest.raises(EhrRejected):
        EhrClient(requests.Session(), BASE, patient=None).create(goal(identifier=[KEY]))
    assert ehr.all("Goal") == []


def test_without_identifier_it_is_simply_created(ehr, client, goal: Make) -> None:
    client.create(goal())
    client.create(goal())
    assert len(ehr.all("Goal")) == 2


def test_conditional_create_where_offered(ehr, client, goal: Make) -> None:
    ehr.offer(conditional=("Goal",))
    assert client.create(goal(identifier=[KEY])) == client.create(goal(identifier=[KEY]))
    assert ehr.sent[1].headers["If-None-Exist"].startswith("identifier=urn%3As%7C0d3adc7e")
    assert ("GET", "Goal") not in ehr.log


def test_conditional_create_without_identifier_is_a_plain_one(ehr, client, goal: Make) -> None:
    ehr.offer(conditional=("Goal",))
    client.create(goal())
    assert "If-None-Exist" not in ehr.sent[-1].headers


class TestConditionsThatAreClaimedAndRefused:
    @pytest.fixture(params=[400, 412, 422, 501], autouse=True)
    def _refusing(self, request, ehr) -> None:
        ehr.offer(conditional=("Goal", "CarePlan"))
        ehr.condition_refused = request.param

    def test_it_is_searched_and_created_plainly(self, ehr, client, goal: Make) -> None:
        kept = client.create(goal(identifier=[KEY]))
        assert ehr.only("Goal")["id"] == kept["id"]
        assert ehr.log.count(("POST", "Goal")) == 2
        assert ehr.log[-2:] == [("GET", "Goal"), ("POST", "Goal")]

    def test_that_is_remembered_for_the_type(self, ehr, client, goal: Make) -> None:
        client.create(goal(identifier=[KEY]))
        ehr.log.clear()
        client.create(goal(identifier=[{**KEY, "value": "another"}]))
        assert ehr.log == [("GET", "Goal"), ("POST", "Goal")]
        assert client.capabilities().conditional_create == {"CarePlan"}

    def test_what_is_there_is_not_doubled(self, ehr, client, goal: Make) -> None:
        there = ehr.put(goal(identifier=[KEY]))
        assert client.create(goal(identifier=[KEY]))["id"] == there["id"]
        assert len(ehr.all("Goal")) == 1


@pytest.mark.parametrize(("status", "error"), [(400, EhrRejected), (422, EhrRejected)])
def test_what_is_refused_without_a_condition_too_says_nothing_of_conditions(
    ehr, client, goal: Make, status: int, error: type
) -> None:
    ehr.offer(conditional=("Goal",))
    ehr.refused["POST", "Goal"] = status
    with pytest.raises(error):
        client.create(goal(identifier=[KEY]))
    assert client.capabilities().conditional_create == {"Goal"}


@pytest.mark.parametrize("status", [403, 404, 405, 500])
def test_other_refusals_are_not_tried_again(ehr, client, goal: Make, status: int) -> None:
    ehr.offer(conditional=("Goal",))
    ehr.refused["POST", "Goal"] = status
    with pytest.raises(EhrError):
        client.create(goal(identifier=[KEY]))
    assert ehr.log.count(("POST", "Goal")) == 1


def test_a_condition_that_matched_something_else_is_nonsense(wired, ehr, client, goal) -> None:
    ehr.offer(conditional=("Goal",))
    ehr.put(goal(identifier=[{"system": "urn:s", "value": KEY["value"] + "9"}]))
    with pytest.raises(EhrNonsense):
        client.create(goal(identifier=[KEY]))


def test_several_matches_of_a_condition_give_the_first(wired, client, goal: Make) -> None:
    statement = {"rest": [{"resource": [{"type": "Goal", "conditionalCreate": True}]}]}
    wired.get(f"{BASE}/metadata", json={"resourceType": "CapabilityStatement", **statement})
    wired.post(f"{BASE}/Goal", status=412)
    rows = [{"resource": goal(id=i, identifier=[KEY])} for i in "ab"]
    wired.get(f"{BASE}/Goal", json={"resourceType": "Bundle", "entry": rows})
    assert client.create(goal(identifier=[KEY]))["id"] == "a"


def test_a_conflict_about_something_else_stays_one(ehr, client, goal: Make) -> None:
    ehr.refused["POST", "Goal"] = 409
    with pytest.raises(EhrConflict):
        client.create(goal(identifier=[KEY]))


def test_empty_answers_are_read_back_from_our_own_base(ehr, client, goal: Make) -> None:
    ehr.empty_answers = True
    kept = client.create(goal(identifier=[KEY]))
    assert client.update(kept, "1")["meta"]["versionId"] == "2"
    assert all(str(sent.url).startswith(BASE) for sent in ehr.sent)


def test_a_create_that_tells_no_id_is_nonsense(wired, client, goal: Make) -> None:
    wired.get(f"{BASE}/metadata", status=404)
    wired.post(f"{BASE}/Goal", status=201)
    with pytest.raises(EhrNonsense):
        client.create(goal())


@pytest.mark.parametrize(("owner", "error"), [("p1", EhrUnsure), ("p2", EhrWrongPatient)])
def test_saved_but_not_readable_is_never_called_unsaved(wired, client, goal, owner, error) -> None:
    wired.put(f"{BASE}/Goal/g", status=200)
    status = 500 if owner == "p1" else 200
    wired.get(f"{BASE}/Goal/g", status=status, json=goal(owner, id="g"))
    with pytest.raises(error):
        client.update(goal(id="g"), "1")


def test_provenance_is_recognized_by_the_versions_it_targets(ehr, client) -> None:
    def made(version: int) -> dict[str, Any]:
        target = [{"reference": f"Goal/g/_history/{version}"}]
        return {"resourceType": "Provenance", "target": target}

    assert client.create(made(1)) == client.create(made(1))
    client.create(made(2))
    assert len(ehr.all("Provenance")) == 2


def test_provenance_without_versions_cannot_be_recognized(ehr, client) -> None:
    made = {"resourceType": "Provenance", "target": [{"reference": "Goal/g"}]}
    assert client.find(made) is None


def test_together_finishes_all_before_the_first_error(client) -> None:
    done = []

    def fails() -> int:
        raise EhrForbidden

    def works() -> int:
        done.append(1)
        return 1

    assert client.together(works, works) == [1, 1]
    with pytest.raises(EhrForbidden):
        client.together(fails, works, works)
    assert len(done) == 4
    assert client.together() == []


def test_a_write_answered_with_another_patients_entry_is_not_said_to_be_undone(
    wired, client, goal: Make
) -> None:
    wired.get(f"{BASE}/metadata", status=404)
    wired.get(f"{BASE}/Goal", json={"resourceType": "Bundle", "type": "searchset"})
    wired.post(f"{BASE}/Goal", json=goal("p2", id="1"), status=201)
    with pytest.raises(EhrWrongPatient) as told:
        client.create(goal())
    assert "nothing was saved" not in told.value.sentence.lower()
