"""The states: every move that is possible, and none besides."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartapp.outbox.states import AFTER, BLOCKING, OPEN, Event, State, after, may, sent_again

HAND = {Event.RETRIED, Event.DISCARDED}
ENDS = {Event.ANSWERED, Event.UNREACHED, Event.UNANSWERED, Event.REFUSED, Event.SHOWN, Event.LAPSED}


@pytest.mark.parametrize(("state", "event"), [*product(State, Event)])
def test_what_is_not_in_the_table_is_impossible(state, event):
    if may(state, event):
        assert after(state, event) is AFTER[state, event]
    else:
        with pytest.raises(ValueError, match=event):
            after(state, event)


@pytest.mark.parametrize("event", sorted(ENDS))
def test_only_what_is_being_sent_can_end(event):
    assert [state for state in State if may(state, event)] == [State.SENT]


@pytest.mark.parametrize("event", sorted(HAND | {Event.KEPT, Event.CLAIMED}))
def test_what_is_being_sent_is_left_to_who_sends_it(event):
    assert not may(State.SENT, event)


@pytest.mark.parametrize("event", Event)
def test_what_is_confirmed_changes_only_when_its_form_is_sent_again(event):
    assert may(State.CONFIRMED, event) == (event is Event.KEPT)


def test_only_an_answer_confirms():
    assert {event for (_, event), state in AFTER.items() if state is State.CONFIRMED} == {
        Event.ANSWERED
    }


def test_nothing_is_given_up_but_by_a_person_or_before_their_eyes():
    given_up = {event for (_, event), state in AFTER.items() if state is State.DISCARDED}
    assert given_up == {Event.DISCARDED, Event.SHOWN}


def test_what_is_to_be_sent_or_is_being_sent_holds_up_what_comes_after():
    assert set(BLOCKING) == {*OPEN, State.SENT}


@pytest.mark.parametrize("event", sorted(ENDS))
def test_a_doubt_outlives_an_attempt_that_reached_nobody(event):
    told = sent_again(State.UNSURE, event)
    assert told is (Event.UNANSWERED if event is Event.UNREACHED else event)
    assert sent_again(State.QUEUED, event) is event


@given(st.lists(st.sampled_from(Event), max_size=30))
def test_queued_after_a_doubt_needs_an_end_of_it(events):
    """Whatever happens, what became unsure is never called unsent before somebody settled it."""
    state, was, doubtful = State.QUEUED, State.QUEUED, False
    for event in events:
        told = sent_again(was, event)
        if not may(state, told):
            continue
        was = state if event is Event.CLAIMED else was
        state = after(state, told)
        doubtful = state is State.UNSURE or (doubtful and state is State.SENT)
        assert not (doubtful and state is State.QUEUED)
