"""The states of a saving and what moves it from one to the next; pure, and complete.

"Queued" promises that nothing of it was written by the last attempt, "unsure" that we do not know;
both are tried again, in order. What is sent belongs to whoever claimed it until that is settled or
the claim lapses, and a lapsed claim always leaves it unsure: its holder may have died after
sending.
"""

from enum import StrEnum


class State(StrEnum):
    """Where a saving stands."""

    QUEUED = "queued"
    SENT = "sent"
    CONFIRMED = "confirmed"
    UNSURE = "unsure"
    REJECTED = "rejected"
    DISCARDED = "discarded"


class Event(StrEnum):
    """What can happen to it; ``SHOWN`` is a conflict that its user has on the screen."""

    KEPT = "kept"
    CLAIMED = "claimed"
    ANSWERED = "answered"
    UNREACHED = "unreached"
    UNANSWERED = "unanswered"
    REFUSED = "refused"
    SHOWN = "shown"
    LAPSED = "lapsed"
    RETRIED = "retried"
    DISCARDED = "discarded"


OPEN = (State.QUEUED, State.UNSURE)
"""What is still to be sent."""
BLOCKING = (State.QUEUED, State.SENT, State.UNSURE)
"""What later savings of the same patient wait for."""

AFTER: dict[tuple[State, Event], State] = {
    (State.QUEUED, Event.KEPT): State.QUEUED,
    (State.UNSURE, Event.KEPT): State.UNSURE,
    (State.CONFIRMED, Event.KEPT): State.QUEUED,
    (State.REJECTED, Event.KEPT): State.QUEUED,
    (State.DISCARDED, Event.KEPT): State.QUEUED,
    (State.QUEUED, Event.CLAIMED): State.SENT,
    (State.UNSURE, Event.CLAIMED): State.SENT,
    (State.SENT, Event.ANSWERED): State.CONFIRMED,
    (State.SENT, Event.UNREACHED): State.QUEUED,
    (State.SENT, Event.UNANSWERED): State.UNSURE,
    (State.SENT, Event.REFUSED): State.REJECTED,
    (State.SENT, Event.SHOWN): State.DISCARDED,
    (State.SENT, Event.LAPSED): State.UNSURE,
    (State.QUEUED, Event.RETRIED): State.QUEUED,
    (State.UNSURE, Event.RETRIED): State.UNSURE,
    (State.REJECTED, Event.RETRIED): State.QUEUED,
    (State.QUEUED, Event.DISCARDED): State.DISCARDED,
    (State.UNSURE, Event.DISCARDED): State.DISCARDED,
    (State.REJECTED, Event.DISCARDED): State.DISCARDED,
}
"""Every move there is; anything else is impossible."""


def may(state: State, event: Event) -> bool:
    """Whether the event can come to a saving in this state."""
    return (state, event) in AFTER


def after(state: State, event: Event) -> State:
    """The next state; ValueError for a move that is impossible."""
    if not may(state, event):
        raise ValueError(f"{event} cannot come to what is {state}")
    return AFTER[state, event]


def sent_again(was: State, event: Event) -> Event:
    """The event as it counts for a saving that was ``was`` when it was claimed.

    An attempt that reached nobody does not undo the doubt an earlier one left.
    """
    if was is State.UNSURE and event is Event.UNREACHED:
        return Event.UNANSWERED
    return event
