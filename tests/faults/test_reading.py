"""The program page while one thing goes wrong: whole and this patient's, or not shown."""

import time

import pytest

from benchmarks.harm import HARM, Fault, Mixed, Request, fitting
from smartapp.errors import EhrError, EhrNonsense, EhrUnreachable, EhrWrongPatient

RETRIED = (
    *(Fault.TIMEOUT_BEFORE, Fault.TIMEOUT_AFTER, Fault.FAILED_BEFORE, Fault.FAILED_AFTER),
    *(Fault.RESET_BEFORE, Fault.RESET_AFTER, Fault.BUSY),
)
REFUSED = {
    Fault.TRUNCATED: EhrUnreachable,
    Fault.EMPTY: EhrNonsense,
    Fault.PAGE: EhrNonsense,
    Fault.FOREIGN_NEXT: EhrNonsense,
}
FILTERED = (Fault.UNFILTERED, Fault.STRANGER, Fault.LATE, Fault.MISLABELLED, Fault.TWICE)


@pytest.fixture
def shown(send_goal, open_chart):
    """The texts of the goals on the program page."""
    send_goal()
    return lambda: [kept.thing.text for kept in open_chart().open().goals]


@pytest.mark.parametrize("fault", [*RETRIED, *FILTERED])
def test_a_passing_fault_leaves_the_page_whole_and_this_patients(ehr, shown, fault):
    ehr.fail(fault, "GET", "Goal")
    assert shown() == ["Walk to the shop and back"]
    assert ehr.proxy.counts[fault] == 1


@pytest.mark.parametrize(("fault", "error"), REFUSED.items())
def test_half_a_record_is_never_shown_as_a_whole_one(ehr, shown, fault, error):
    ehr.fail(fault, "GET", "Goal")
    with pytest.raises(error):
        shown()
    assert shown() == ["Walk to the shop and back"]


@pytest.mark.parametrize("fault", RETRIED)
def test_a_lasting_fault_ends_as_an_ehr_that_does_not_answer(ehr, shown, fault):
    ehr.fail(fault, "GET", "CareTeam", times=9)
    with pytest.raises(EhrUnreachable):
        shown()


def test_retry_after_is_waited_for(ehr, shown):
    ehr.fail(Fault.BUSY, "GET", "Goal")
    ehr.proxy.retry_after = 1
    began = time.monotonic()
    shown()
    assert time.monotonic() - began >= 1


def test_a_foreign_next_link_is_never_followed(ehr, shown):
    ehr.fail(Fault.FOREIGN_NEXT, "GET", "Goal")
    with pytest.raises(EhrNonsense):
        shown()
    assert ehr.proxy.strays == []
    assert "stolen" not in [path for _, path, _ in ehr.proxy.asked]


@pytest.mark.parametrize("type_", ["Patient", "Goal"])
def test_a_strangers_resource_under_this_ones_address_is_refused(ehr, open_chart, send_goal, type_):
    kept = send_goal()
    ehr.fail(Fault.STRANGER, "GET", type_)
    with pytest.raises((EhrWrongPatient, EhrNonsense)):
        open_chart().read(type_, {"Patient": "p1", "Goal": kept.id}[type_])


@pytest.mark.parametrize("fault", [f for f in Fault if f not in (Fault.NONE, Fault.LATE)])
def test_no_capabilities_are_no_reason_not_to_save(ehr, send_goal, fault):
    ehr.fail(fault, "GET", "metadata", times=2)
    send_goal()
    assert len(ehr.of("p1", "Goal")) == 1


def test_every_fault_is_one_that_can_be_planned():
    every = [
        Request("PUT", "Goal/1", "", {"if-match": "1"}, b""),
        Request("GET", "Goal", "", {}, b""),
    ]
    assert {fault for asked in every for fault in fitting(asked)} == set(HARM) - {Fault.NONE}
    assert set(HARM) == set(Fault)


def test_a_bare_create_is_never_planned_to_arrive_twice():
    assert Fault.TWICE not in fitting(Request("POST", "Goal", "", {}, b"{}"))


def test_the_same_seed_plans_the_same_harm_at_the_wanted_share():
    asked = Request("GET", "Goal", "", {}, b"")
    one, same = Mixed(7, 0.3), Mixed(7, 0.3)
    planned = [one(asked) for _ in range(1000)]
    assert planned == [same(asked) for _ in range(1000)]
    assert 250 < sum(fault is not Fault.NONE for fault in planned) < 350


def test_an_error_of_reading_never_doubts_what_was_saved(ehr, shown):
    """Reading saves nothing, so no reading is ever "unsure"."""
    for fault in REFUSED:
        ehr.fail(fault, "GET", "Condition", times=9)
        with pytest.raises(EhrError) as told:
            shown()
        assert told.value.code != "ehr-unsure"
