"""A change while one thing goes wrong: never over somebody else's, never made twice."""

import pytest

from benchmarks.harm import Fault
from smartapp.errors import EhrConflict, EhrError, EhrNonsense, EhrUnreachable, EhrUnsure

NOT_HEARD = {
    Fault.TIMEOUT_BEFORE: EhrUnsure,
    Fault.FAILED_BEFORE: EhrUnsure,
    Fault.RESET_BEFORE: EhrUnsure,
    Fault.BUSY: EhrUnreachable,
    Fault.PAGE: EhrUnsure,
    Fault.STALE_412: EhrConflict,
    Fault.STALE_409: EhrConflict,
}
DONE = {
    Fault.TIMEOUT_AFTER: EhrUnsure,
    Fault.FAILED_AFTER: EhrUnsure,
    Fault.RESET_AFTER: EhrUnsure,
    Fault.TRUNCATED: EhrUnsure,
}


def versions(ehr):
    """The notes of every version of this patient's goal, oldest first."""
    (found,) = ehr.of("p1", "Goal")
    rows = [kept.resource for kept in ehr.store.history("Goal", found["id"])]
    return [row.get("note", [{}])[-1].get("text") for row in reversed(rows)]


@pytest.mark.parametrize(("fault", "error"), NOT_HEARD.items())
def test_a_change_that_was_not_made_is_made_by_saving_again(ehr, change, fault, error):
    ehr.fail(fault, "PUT", "Goal")
    with pytest.raises(error):
        change()
    assert versions(ehr) == [None]
    change()
    assert versions(ehr) == [None, "Bought shoes"]


@pytest.mark.parametrize(("fault", "error"), DONE.items())
def test_a_change_that_was_made_is_not_made_again(ehr, change, fault, error):
    """Saved again, it finds that the record says so already."""
    ehr.fail(fault, "PUT", "Goal")
    with pytest.raises(error):
        change()
    assert change().thing.note == "Bought shoes"
    assert versions(ehr) == [None, "Bought shoes"]


def test_a_change_that_was_delivered_twice_is_no_conflict_with_itself(ehr, change):
    ehr.fail(Fault.TWICE, "PUT", "Goal")
    assert change().thing.note == "Bought shoes"
    assert versions(ehr) == [None, "Bought shoes"]


@pytest.mark.parametrize("fault", [Fault.LATE, Fault.EMPTY, Fault.MISLABELLED, Fault.OLD_ETAG])
def test_an_odd_answer_to_a_change_still_tells_the_new_version(ehr, change, fault):
    ehr.fail(fault, "PUT", "Goal")
    assert change().version == "2"
    assert versions(ehr) == [None, "Bought shoes"]


@pytest.mark.parametrize("fault", [Fault.EMPTY, Fault.OLD_ETAG])
def test_a_change_that_cannot_be_read_back_is_unsure(ehr, change, fault):
    """The write has happened: whatever fails afterwards must not say that nothing was saved."""
    later = iter([Fault.NONE, Fault.PAGE])
    plan = {"PUT": lambda: fault, "GET": lambda: next(later, Fault.NONE)}
    ehr.proxy.plan = lambda asked: (
        plan[asked.method]() if asked.path.startswith("Goal/") else Fault.NONE
    )
    with pytest.raises(EhrUnsure):
        change()
    assert change().thing.note == "Bought shoes"


def test_what_another_changed_meanwhile_stays(ehr, change):
    (found,) = ehr.of("p1", "Goal")
    ehr.store.update({**found, "note": [{"text": "Theirs"}]})
    ehr.fail(Fault.LATE, "PUT", "Goal")
    with pytest.raises(EhrConflict):
        change()
    assert versions(ehr) == [None, "Theirs"]


@pytest.mark.parametrize("fault", [Fault.STRANGER, Fault.PAGE, Fault.EMPTY])
def test_nothing_is_changed_on_the_strength_of_a_wrong_answer(ehr, change, fault):
    ehr.fail(fault, "GET", "Goal")
    with pytest.raises((EhrError, EhrNonsense)):
        change()
    assert versions(ehr) == [None]
    assert len(ehr.of("p2", "Goal")) == 1
