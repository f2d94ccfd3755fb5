"""One page view: all it reads becomes one line, all it writes a line each."""

from smartapp.audit import event
from smartapp.audit.trail import Trail
from smartapp.fhir.witness import Event, Interaction, Outcome

_WRITES = frozenset({Interaction.CREATE, Interaction.UPDATE, Interaction.DELETE})


class Visit:
    """The witness of one request's exchanges by ``actor``, safe from many threads.

    A write, and a read that failed, is a line as soon as it is known; what was read is one line,
    when the page is ``closed``, before it leaves.
    """

    def __init__(self, trail: Trail, actor: event.Actor) -> None:
        self._trail, self._actor = trail, actor
        self._reads: list[Event] = []

    def __call__(self, told: Event) -> None:
        """Be told of an exchange."""
        if told.interaction in _WRITES or told.outcome is not Outcome.DONE:
            self._trail.write(event.exchange(self._actor, told))
        else:
            self._reads.append(told)

    def closed(self, *, shown: bool) -> None:
        """The answer is made; ``shown`` says that it is a page, which names the patient."""
        if shown or self._reads:
            self._trail.write(event.view(self._actor, self._reads))
        self._reads = []
