"""What a client tells of its exchanges with the record."""

import pytest
import requests

from smartapp.errors import (
    EhrConflict,
    EhrForbidden,
    EhrNotFound,
    EhrRejected,
    EhrUnsure,
    EhrWrongPatient,
)
from smartapp.fhir.client import EhrClient
from smartapp.fhir.programstore import ProgramStore
from smartapp.fhir.witness import Event, Interaction, Outcome, outcome_of

BASE = "https://ehr.example/fhir"
IDENTIFIER = [{"system": "urn:s", "value": "u1"}]


@pytest.fixture
def told():
    return []


@pytest.fixture
def client(told):
    return EhrClient(requests.Session(), BASE, patient="p1", witness=told.append)


@pytest.fixture
def kept(ehr, goal):
    return ehr.put(goal())


def of(interaction, type_="Goal", **more):
    return Event(interaction, BASE, type_, **more)


def test_a_read_by_id_is_told_with_the_id(client, told, kept):
    client.read("Goal", kept["id"])
    client.vread("Goal", kept["id"], "1")
    client.history("Goal", kept["id"])
    ways = (Interaction.READ, Interaction.VREAD, Interaction.HISTORY)
    assert told == [of(way, id=kept["id"]) for way in ways]


def test_a_search_is_told_once_however_many_pages_it_took(client, told, wired, goal):
    pages = {"1": "2", "2": None}
    for page, following in pages.items():
        link = [{"relation": "next", "url": f"{BASE}/Goal?page={following}"}] if following else []
        entry = [{"resource": goal(id=f"g{page}")}]
        bundle = {"resourceType": "Bundle", "type": "searchset", "link": link, "entry": entry}
        wired.get(f"{BASE}/Goal?page={page}", json=bundle)
    assert len(client.search("Goal", {"page": "1"})) == 2
    assert told == [of(Interaction.SEARCH)]


def test_a_refused_read_is_told_with_its_code(client, told, ehr):
    ehr.refused["GET", "Goal"] = 403
    with pytest.raises(EhrForbidden):
        client.search("Goal", {})
    assert told == [of(Interaction.SEARCH, outcome=Outcome.REFUSED, code="ehr-forbidden")]


def test_a_create_is_told_as_kept_and_what_guards_it_is_not(client, told, ehr, goal):
    made = client.create(goal(identifier=IDENTIFIER))
    assert told == [of(Interaction.CREATE, id=made["id"], version="1")]


def test_a_create_whose_answer_is_empty_is_told_with_id_and_version(client, told, ehr, goal):
    ehr.empty_answers = True
    made = client.create(goal())
    assert told == [of(Interaction.CREATE, id=made["id"], version="1")]


def test_an_update_is_told_with_the_new_version(client, told, kept):
    client.update(kept, "1")
    assert told == [of(Interaction.UPDATE, id=kept["id"], version="2")]


@pytest.mark.parametrize(
    ("status", "outcome", "code"),
    [
        (403, Outcome.REFUSED, "ehr-forbidden"),
        (422, Outcome.REFUSED, "ehr-rejected"),
        (412, Outcome.CONFLICT, "ehr-conflict"),
        (504, Outcome.UNSURE, "ehr-unsure"),
        (302, Outcome.FAILED, "ehr-nonsense"),
    ],
)
def test_a_write_that_was_not_done_is_told_with_what_became_of_it(
    client, told, ehr, kept, status, outcome, code
):
    ehr.refused["PUT", "Goal"] = status
    with pytest.raises(Exception, match=r"^$"):
        client.update(kept, "1")
    expected = of(Interaction.UPDATE, id=kept["id"], version="1", outcome=outcome, code=code)
    assert told == [expected]


def test_a_write_about_another_patient_is_told_as_failed(client, told, ehr, goal):
    with pytest.raises(Exception, match=r"^$"):
        client.create(goal("p2"))
    assert told == [of(Interaction.CREATE, outcome=Outcome.FAILED, code="ehr-wrong-patient")]


def test_a_deletion_is_told(client, told, wired):
    wired.delete(f"{BASE}/Goal/g1", status=204)
    client.delete("Goal", "g1", "3")
    assert told == [of(Interaction.DELETE, id="g1", version="3")]


class TestTransaction:
    @pytest.fixture
    def two(self, goal):
        team = {"resourceType": "CareTeam", "subject": {"reference": "Patient/p1"}}
        numbered = enumerate((team, goal()))
        return [{**r, "identifier": [{"system": "urn:s", "value": f"u{n}"}]} for n, r in numbered]

    def test_each_entry_is_told_as_kept(self, client, told, ehr, two):
        ehr.offer(transaction=True)
        kept = client.transaction(two)
        ids = [(one["resourceType"], one["id"], "1") for one in kept]
        assert [(one.type, one.id, one.version) for one in told] == ids
        assert {one.interaction for one in told} == {Interaction.CREATE}

    @pytest.mark.parametrize(
        ("status", "error", "outcome"),
        [(400, EhrRejected, Outcome.REFUSED), (500, EhrUnsure, Outcome.UNSURE)],
    )
    def test_one_that_failed_is_told_of_each_entry(
        self, client, told, ehr, two, status, error, outcome
    ):
        ehr.offer(transaction=True)
        ehr.refused["POST", None] = status
        with pytest.raises(error):
            client.transaction(two)
        assert [(one.type, one.outcome) for one in told] == [
            ("CareTeam", outcome),
            ("Goal", outcome),
        ]

    def test_an_entry_kept_before_another_failed_is_told_as_kept_only(
        self, client, told, wired, two
    ):
        interaction = [{"code": "transaction"}]
        statement = {"resourceType": "CapabilityStatement", "rest": [{"interaction": interaction}]}
        wired.get(f"{BASE}/metadata", json=statement)
        for type_ in ("CareTeam", "Goal"):
            wired.get(f"{BASE}/{type_}", json={"resourceType": "Bundle", "type": "searchset"})
        mine = {"response": {"status": "201"}, "resource": two[0] | {"id": "t1"}}
        others = two[1] | {"id": "g1", "subject": {"reference": "Patient/p2"}}
        entries = [mine, {"response": {"status": "201"}, "resource": others}]
        wired.post(BASE, json={"resourceType": "Bundle", "entry": entries})
        with pytest.raises(EhrWrongPatient):
            client.transaction(two)
        outcomes = [("CareTeam", Outcome.DONE), ("Goal", Outcome.FAILED)]
        assert [(one.type, one.outcome) for one in told] == outcomes

    def test_an_entry_refused_inside_is_told_as_it_is_tried_alone(self, client, told, ehr, two):
        ehr.offer(transaction=True)
        ehr.disguised_batch, ehr.refused["POST", "Goal"] = {"Goal"}, 422
        with pytest.raises(EhrRejected):
            client.transaction(two)
        outcomes = [("CareTeam", Outcome.DONE), ("Goal", Outcome.REFUSED)]
        assert [(one.type, one.outcome) for one in told] == outcomes


def test_the_store_is_watched_like_the_ehr(told, ehr, kept):
    ProgramStore(BASE, requests.Session, told.append).client("p1").read("Goal", kept["id"])
    assert told == [of(Interaction.READ, id=kept["id"])]


def test_a_fault_of_ours_is_a_failure_without_a_code_of_its_own(told):
    client = EhrClient(requests.Session(), BASE, patient=None, witness=told.append)

    def fault():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        client.testimony.reading(Interaction.READ, "Goal", fault)
    assert told == [of(Interaction.READ, outcome=Outcome.FAILED, code="unexpected")]


@pytest.mark.parametrize(
    ("error", "outcome"),
    [(EhrNotFound(), Outcome.REFUSED), (EhrConflict(), Outcome.CONFLICT)],
)
def test_an_error_says_what_became_of_it(error, outcome):
    assert outcome_of(error) is outcome
