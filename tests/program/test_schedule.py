"""Which planned assessments are due, overdue, done or missed."""

from datetime import date, timedelta

import pytest

from smartapp.program.assessment import Occasion
from smartapp.program.enrollment import (
    Condition,
    Consent,
    ConsentMethod,
    Enrollment,
    EnrollmentStatus,
    Exit,
    Modality,
    Person,
)
from smartapp.program.protocol import Planned
from smartapp.program.schedule import Made, State, following, schedule, wanted

START = date(2026, 3, 2)
END = date(2026, 5, 31)
PLAN = (
    Planned(Occasion.FOLLOW_UP, ("peg", "pgic"), months_after=3, grace_days=14),
    Planned(Occasion.BASELINE, ("peg", "pseq"), grace_days=7),
    Planned(Occasion.SESSION, ("peg",), every=2),
    Planned(Occasion.END, ("peg", "pseq", "pgic"), grace_days=14),
)


@pytest.fixture
def enrollment():
    people = Person("Practitioner/1", "Cora Coach"), Person("Practitioner/2", "Sam Senior")
    consent = Consent(START, ConsentMethod.VERBAL)
    pain = Condition("Condition/9", "Chronic low back pain")
    return Enrollment(pain, START, 6, Modality.IN_PERSON, *people, consent)


@pytest.fixture
def ended(enrollment):
    ending = Exit(END, "finished", "")
    return Enrollment(**{**vars(enrollment), "status": EnrollmentStatus.COMPLETED, "exit": ending})


def made(occasion, number=None, *slugs, on=START):
    return Made(occasion, number, on, frozenset(slugs or ("peg",)))


def states(enrollment, *done, today=START, held=None):
    steps = schedule(PLAN, enrollment, done, today, held)
    return {(s.occasion.value, s.session_number): s.state for s in steps}


def test_the_schedule_follows_the_program_and_not_the_order_of_the_rules(enrollment):
    assert list(states(enrollment)) == [
        ("baseline", None),
        ("session", 2),
        ("session", 4),
        ("session", 6),
        ("end", None),
        ("follow-up", None),
    ]


@pytest.mark.parametrize(("late", "state"), [(-3, State.DUE), (7, State.DUE), (8, State.OVERDUE)])
def test_the_baseline_is_overdue_only_after_its_grace(enrollment, late, state):
    assert states(enrollment, today=START + timedelta(late))["baseline", None] is state


def test_the_baseline_is_overdue_once_a_session_was_held(enrollment):
    assert states(enrollment, held=1)["baseline", None] is State.OVERDUE


def test_a_baseline_that_was_never_made_is_missed_after_the_end(ended):
    assert states(ended, today=END)["baseline", None] is State.MISSED


def test_a_sessions_assessment_is_due_in_that_session_and_not_before(enrollment):
    assert states(enrollment, held=0)["session", 2] is State.UPCOMING
    assert states(enrollment, held=1)["session", 2] is State.DUE


def test_a_sessions_assessment_can_be_made_up_for_until_the_next_is_reached(enrollment):
    assert states(enrollment, held=3)["session", 2] is State.OVERDUE
    assert states(enrollment, held=4)["session", 2] is State.MISSED


def test_the_sessions_held_are_taken_from_the_assessments_when_nobody_says(enrollment):
    assert states(enrollment, made(Occasion.SESSION, 3))["session", 4] is State.DUE


def test_no_session_is_planned_after_the_end(ended):
    found = states(ended, made(Occasion.SESSION, 2), today=END, held=5)
    assert [key for key in found if key[0] == "session"] == [("session", 2), ("session", 4)]
    assert found["session", 4] is State.MISSED


def test_the_last_assessment_is_due_with_the_last_session(enrollment):
    assert states(enrollment, held=5)["end", None] is State.UPCOMING
    assert states(enrollment, held=6)["end", None] is State.DUE


@pytest.mark.parametrize(("late", "state"), [(14, State.DUE), (15, State.OVERDUE)])
def test_the_last_assessment_is_overdue_after_its_grace(ended, late, state):
    assert states(ended, today=END + timedelta(late))["end", None] is state


@pytest.mark.parametrize(
    ("today", "state"),
    [
        (date(2026, 8, 16), State.UPCOMING),
        (date(2026, 8, 17), State.DUE),
        (date(2026, 9, 14), State.DUE),
        (date(2026, 9, 15), State.OVERDUE),
    ],
)
def test_a_follow_up_is_due_around_its_day_three_months_on(ended, today, state):
    step = schedule(PLAN, ended, (), today)[-1]
    assert (step.due, step.state) == (date(2026, 8, 31), state)


def test_a_follow_up_has_no_day_before_the_end(enrollment):
    step = schedule(PLAN, enrollment, (), START)[-1]
    assert (step.due, step.state) == (None, State.UPCOMING)


def test_the_last_day_of_a_shorter_month_stands_for_the_day_it_lacks(ended):
    late = Enrollment(**{**vars(ended), "exit": Exit(date(2026, 11, 30), "finished", "")})
    assert schedule(PLAN, late, (), START)[-1].due == date(2027, 2, 28)


def test_what_was_made_is_done_and_says_what_it_lacks(enrollment):
    step = schedule(PLAN, enrollment, [made(Occasion.BASELINE)], START + timedelta(30))[0]
    assert (step.state, step.made_on, step.lacking) == (State.DONE, START, ("pseq",))


def test_what_was_answered_on_another_day_is_told_by_its_own(enrollment):
    """PEG on paper three days before, PSEQ and something that is not planned later."""
    days = {"peg": START - timedelta(3), "pseq": START, "gad7": START + timedelta(1)}
    one = Made(Occasion.BASELINE, None, START + timedelta(1), frozenset(days), days)
    step = schedule(PLAN, enrollment, [one], START + timedelta(30))[0]
    assert (step.made_on, step.earlier) == (START, (("peg", START - timedelta(3)),))


def test_what_was_answered_twice_was_made_when_it_was_answered_last(enrollment):
    twice = [made(Occasion.BASELINE), made(Occasion.BASELINE, on=START + timedelta(2))]
    step = schedule(PLAN, enrollment, twice, START + timedelta(30))[0]
    assert (step.made_on, step.earlier) == (START + timedelta(2), ())


def test_other_instruments_than_those_planned_do_not_count(enrollment):
    assert states(enrollment, made(Occasion.BASELINE, None, "gad7"))["baseline", None] is State.DUE


def test_the_session_at_hand_is_wanted_before_what_is_overdue(enrollment):
    step = wanted(schedule(PLAN, enrollment, (), START, held=1))
    assert (step.occasion, step.session_number) == (Occasion.SESSION, 2)


def test_without_a_session_at_hand_the_first_that_is_due_is_wanted(enrollment):
    assert wanted(schedule(PLAN, enrollment, (), START)).occasion is Occasion.BASELINE


def test_nothing_is_wanted_when_all_is_made(enrollment):
    done = made(Occasion.BASELINE)
    assert wanted(schedule(PLAN, enrollment, [done], START)) is None


def test_what_is_wanted_follows_before_what_is_still_to_come(enrollment):
    step = following(schedule(PLAN, enrollment, (), START))
    assert step.occasion is Occasion.BASELINE


def test_with_nothing_wanted_the_next_session_follows(enrollment):
    step = following(schedule(PLAN, enrollment, [made(Occasion.BASELINE)], START))
    assert (step.occasion, step.session_number) == (Occasion.SESSION, 2)


def test_a_follow_up_does_not_follow_before_it_is_due(ended):
    done = [made(Occasion.BASELINE), made(Occasion.END)]
    assert following(schedule(PLAN, ended, done, END)) is None
    step = following(schedule(PLAN, ended, done, date(2026, 8, 31)))
    assert step.occasion is Occasion.FOLLOW_UP
