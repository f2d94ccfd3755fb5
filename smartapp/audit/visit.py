"""One page view: all it reads becomes one line, all it writes a line each."""

import threading

from smartapp.audit import event
from smartapp.audit.trail import Trail
from smartapp.fhir.witness import Event, Interaction, Outcome

_WRITES = frozenset({Interaction.CREATE, Interaction.UPDATE, Interaction.DELETE})


class Visit:
    """The witness of one request's exchanges by ``actor``, safe from many threads.

    A write, and a read that failed, is a line as soon as it is known; what was read is one line,
    when the page is ``closed``, before it leaves. What goes on after that (an alert on its way to
    the record) has a line for each read.
    """

    def __init__(self, trail: Trail, actor: event.Actor) -> None:
        self._trail, self._actor = trail, actor
        self._reads: list[Event] = []
        self._is_closed, self._lock = False, threading.Lock()

    def __call__(self, told: Event) -> None:
        """Be told of an exchange."""
        if told.interaction in _WRITES or told.outcome is not Outcome.DONE:
            self._trail.write(event.exchange(self._actor, told))
        elif self._is_late(told):
            self._trail.write(event.view(self._actor, [told]))

    def closed(self, *, shown: bool) -> None:
        """The answer is made; ``shown`` says that it is a page, which names the patient."""
        with self._lock:
            reads, self._reads, self._is_closed = self._reads, [], True
        if shown or reads:
            self._trail.write(event.view(self._actor, reads))

    def _is_late(self, told: Event) -> bool:
        """Whether the answer is made already; before that the read is put with the others."""
        with self._lock:
            if not self._is_closed:
                self._reads.append(told)
            return self._is_closed
