"""A record too long for one page, and a goal changed more often than one page of history holds."""

import pytest

pytestmark = pytest.mark.server

GOALS, VERSIONS = 260, 60


def goal(patient, number):
    return {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "description": {"text": f"Walk {number} steps"},
        "subject": {"reference": f"Patient/{patient}"},
    }


@pytest.fixture
def patient(clinic):
    """The id that the server gave the first patient."""
    return clinic.ehr.hospital.reference("Patient/p01").removeprefix("Patient/")


def test_every_goal_of_many_pages_is_on_the_page(server, launch, patient):
    for number in range(GOALS):
        server.create(**goal(patient, number))
    page = launch().see()
    assert [n for n in range(GOALS) if page.count(f">Walk {n} steps</p>") != 1] == []
    assert "Not shown below" not in page


def test_every_version_of_a_long_history_is_shown(server, launch, patient):
    kept = server.create(**goal(patient, 0))
    for number in range(1, VERSIONS):
        kept = server.ask("PUT", f"Goal/{kept['id']}", kept | goal(patient, number)).json()
    page = launch().see(f"goals/{kept['id']}/versions")
    assert [n for n in range(VERSIONS) if f"Walk {n} steps" not in page] == []
