"""A new entry while one thing goes wrong: the right error, and saving again leaves it once."""

import pytest

from benchmarks.harm import Fault
from smartapp.errors import EhrError, EhrNonsense, EhrSavedBefore, EhrUnreachable, EhrUnsure

UNSURE = (
    *(Fault.TIMEOUT_BEFORE, Fault.TIMEOUT_AFTER, Fault.FAILED_BEFORE, Fault.FAILED_AFTER),
    *(Fault.RESET_BEFORE, Fault.RESET_AFTER, Fault.TRUNCATED),
)
HARMLESS = (Fault.LATE, Fault.MISLABELLED, Fault.TWICE)
READ_BACK = (Fault.EMPTY, Fault.OLD_ETAG)
ERRORS = {fault: EhrUnsure for fault in UNSURE} | {
    Fault.BUSY: EhrUnreachable,
    Fault.PAGE: EhrNonsense,
}
ACTED = {Fault.TIMEOUT_AFTER, Fault.FAILED_AFTER, Fault.RESET_AFTER, Fault.TRUNCATED, Fault.EMPTY}
TOGETHER = {
    "send_enrollment": {"CarePlan": 1, "CareTeam": 1, "QuestionnaireResponse": 1},
    "send_assessment": {"QuestionnaireResponse": 2, "Observation": 2},
}


def counted(ehr, types):
    """How many of each type there are, after making sure that they are all of this patient."""
    assert all(len(ehr.all(type_)) == len(ehr.of("p1", type_)) for type_ in types)
    return {type_: len(ehr.all(type_)) for type_ in types}


@pytest.fixture(params=TOGETHER)
def together(request):
    """What sends a form that saves several resources, and how many of which type."""
    return request.getfixturevalue(request.param), TOGETHER[request.param]


@pytest.mark.parametrize(("fault", "error"), ERRORS.items())
def test_what_went_wrong_is_told_and_saving_again_leaves_one(ehr, send_goal, fault, error):
    ehr.fail(fault, "POST", "Goal")
    with pytest.raises(error) as told:
        send_goal()
    assert type(told.value) is error
    assert len(ehr.of("p1", "Goal")) == (fault in ACTED)
    assert send_goal().thing.text == "Walk to the shop and back"
    assert (len(ehr.of("p1", "Goal")), len(ehr.all("Goal"))) == (1, 2)


@pytest.mark.parametrize("fault", [*HARMLESS, *READ_BACK])
def test_an_answer_that_is_odd_but_tells_enough_is_no_error(ehr, send_goal, fault):
    ehr.fail(fault, "POST", "Goal")
    kept = send_goal()
    (found,) = ehr.of("p1", "Goal")
    assert (kept.id, kept.version) == (found["id"], "1")


@pytest.mark.parametrize(
    ("fault", "error"),
    [*ERRORS.items(), (Fault.EMPTY, EhrNonsense), *((h, None) for h in HARMLESS)],
)
def test_what_is_saved_together_is_there_once_after_saving_again(ehr, together, fault, error):
    send, wanted = together
    ehr.fail(fault, "POST")
    if error:
        with pytest.raises(error):
            send()
        assert sum(counted(ehr, wanted).values()) == (fault in ACTED) * sum(wanted.values())
    send()
    assert counted(ehr, wanted) == wanted


@pytest.mark.parametrize("fault", [*ERRORS])
@pytest.mark.parametrize("type_", ["QuestionnaireResponse", "CareTeam", "CarePlan"])
def test_one_after_another_half_a_saving_is_never_called_none(ehr, send_enrollment, fault, type_):
    """A server without transactions: whatever fails in the middle, the rest follows once."""
    ehr.be_plain()
    ehr.fail(fault, "POST", type_)
    with pytest.raises(EhrError) as told:
        send_enrollment()
    kept = any(ehr.all(each) for each in TOGETHER["send_enrollment"])
    assert not (kept and isinstance(told.value, EhrUnreachable))
    send_enrollment()
    assert counted(ehr, TOGETHER["send_enrollment"]) == TOGETHER["send_enrollment"]


@pytest.mark.parametrize("fault", [Fault.UNFILTERED, Fault.STRANGER])
def test_another_patients_row_is_never_taken_for_the_one_saved(ehr, send_goal, fault):
    """The stranger's row carries even our identifier: it is still not this patient's goal."""
    ehr.be_plain()
    kept = send_goal()
    ehr.fail(fault, "GET", "Goal")
    assert send_goal().id == kept.id
    assert len(ehr.of("p1", "Goal")) == 1


@pytest.mark.parametrize("fault", [Fault.FOREIGN_NEXT, Fault.PAGE, Fault.EMPTY, Fault.TRUNCATED])
def test_nothing_is_written_when_it_cannot_be_known_whether_it_is_there(ehr, send_goal, fault):
    ehr.be_plain()
    send_goal()
    ehr.fail(fault, "GET", "Goal")
    written = ehr.writes("Goal")
    with pytest.raises((EhrNonsense, EhrUnreachable)):
        send_goal()
    assert ehr.writes("Goal") == written


def test_a_write_delivered_twice_to_a_server_that_cannot_tell_is_shown_once(
    ehr, open_chart, send_goal
):
    """Without conditional create no client can keep such a server from having it twice."""
    ehr.be_plain()
    ehr.fail(Fault.TWICE, "POST", "Goal")
    send_goal()
    assert len(ehr.of("p1", "Goal")) == 2
    assert [one.thing.text for one in open_chart().open().goals] == ["Walk to the shop and back"]


def test_a_lost_provenance_is_no_reason_to_call_a_saved_goal_unsaved(ehr, send_goal):
    ehr.fail(Fault.RESET_BEFORE, "POST", "Provenance")
    send_goal()
    assert not ehr.all("Provenance")
    send_goal()
    assert len(ehr.all("Provenance")) == 1


def test_a_form_sent_again_with_other_words_is_told_so(ehr, send_goal, walk):
    ehr.fail(Fault.RESET_AFTER, "POST", "Goal")
    with pytest.raises(EhrUnsure):
        send_goal()
    object.__setattr__(walk, "text", "Run instead")
    with pytest.raises(EhrSavedBefore):
        send_goal()


def test_a_write_that_arrives_after_the_app_gave_up_finds_the_second_one_there(ehr, send_goal):
    """If-None-Exist: whichever of the two comes first, the other makes nothing."""
    ehr.fail(Fault.TOO_LATE, "POST", "Goal")
    with pytest.raises(EhrUnsure):
        send_goal()
    send_goal()
    assert len(ehr.of("p1", "Goal")) == 1
