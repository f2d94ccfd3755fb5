"""Capabilities inform; nothing in or missing from them can stop a launch."""

import pytest

from smartapp.fhir import capabilities

STATEMENT = {
    "resourceType": "CapabilityStatement",
    "rest": [
        {
            "interaction": [{"code": "transaction"}, {"code": 5}],
            "resource": [
                {
                    "type": "Goal",
                    "conditionalCreate": True,
                    "interaction": [{"code": "read"}, {"code": "create"}],
                },
                {"type": "CarePlan", "conditionalCreate": "true", "interaction": None},
                {"type": 7},
                "odd",
            ],
        }
    ],
}


def test_claims_are_read() -> None:
    found = capabilities.read(STATEMENT)
    assert found.transaction
    assert found.conditional_create == {"Goal"}
    assert found.allows("Goal", "create")
    assert not found.allows("CarePlan", "create")
    assert not found.allows("Task", "create")


@pytest.mark.parametrize("odd", [{}, {"rest": 1}, {"rest": [None]}, {"rest": [{"resource": {}}]}])
def test_odd_statements_claim_nothing_but_do_not_fail(odd: dict) -> None:
    found = capabilities.read({"resourceType": "CapabilityStatement", **odd})
    assert found.known
    assert not found.transaction


def test_unknown_means_possible_except_what_would_misbehave(ehr, client) -> None:
    found = client.capabilities()
    assert found.allows("Goal", "create")
    assert not found.transaction
    assert not found.conditional_create


def test_what_is_no_statement_is_unknown(wired, client) -> None:
    wired.get("https://ehr.example/fhir/metadata", json={"resourceType": "OperationOutcome"})
    assert client.capabilities() is capabilities.UNKNOWN


def test_the_server_is_asked_once(ehr, client) -> None:
    ehr.offer(transaction=True)
    assert client.capabilities().transaction
    assert client.capabilities().transaction
    assert len(ehr.log) == 1
