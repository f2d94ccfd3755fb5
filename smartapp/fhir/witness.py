"""What a client tells of its exchanges with the record, for whoever keeps the audit trail.

A read or search is told once, however many pages it took; a write is told with what became of it.
What is looked up only to guard a write (``EhrClient.find``) belongs to that write.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from smartapp.errors import (
    EhrConflict,
    EhrForbidden,
    EhrNotFound,
    EhrRejected,
    EhrUnsure,
    GshError,
    LaunchError,
)

Resource = dict[str, Any]
T = TypeVar("T")


class Interaction(StrEnum):
    """FHIR's codes of what was tried (http://hl7.org/fhir/restful-interaction)."""

    READ = "read"
    VREAD = "vread"
    HISTORY = "history-instance"
    SEARCH = "search-type"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


class Outcome(StrEnum):
    """What became of it; only after ``UNSURE`` may a write have happened without our knowing."""

    DONE = "done"
    REFUSED = "refused"
    CONFLICT = "conflict"
    UNSURE = "unsure"
    FAILED = "failed"


@dataclass(frozen=True)
class Event:
    """One exchange with the server at ``base``.

    ``id`` and ``version`` are empty where there is none (yet); ``code`` is the error's, or empty.
    """

    interaction: Interaction
    base: str
    type: str
    id: str = ""
    version: str = ""
    outcome: Outcome = Outcome.DONE
    code: str = ""


Witness = Callable[[Event], None]
"""Is told of each exchange, from whatever thread it ran in; must not raise."""

_OUTCOMES: tuple[tuple[type[GshError] | tuple[type[GshError], ...], Outcome], ...] = (
    (EhrUnsure, Outcome.UNSURE),
    (EhrConflict, Outcome.CONFLICT),
    ((EhrForbidden, EhrNotFound, EhrRejected, LaunchError), Outcome.REFUSED),
)


def unseen(_: Event) -> None:
    """The witness where nobody keeps a trail."""


def outcome_of(error: BaseException) -> Outcome:
    """What an error says of the exchange it ended."""
    found = (outcome for kinds, outcome in _OUTCOMES if isinstance(error, kinds))
    return next(found, Outcome.FAILED)


@dataclass(frozen=True)
class Testimony:
    """Tells ``witness`` of the exchanges with the server at ``base``."""

    base: str
    witness: Witness

    def reading(
        self, interaction: Interaction, type_: str, call: Callable[[], T], id_: str = ""
    ) -> T:
        """Run a read and tell of it."""
        with self._failing(interaction, [{"resourceType": type_, "id": id_}]):
            found = call()
        self.witness(Event(interaction, self.base, type_, id_))
        return found

    def writing(
        self, interaction: Interaction, resource: Mapping[str, Any], call: Callable[[], Resource]
    ) -> Resource:
        """Run the write of ``resource`` and tell of it, with id and version as kept."""
        with self._failing(interaction, [resource]):
            kept = call()
        self.done(interaction, kept)
        return kept

    def done(self, interaction: Interaction, kept: Mapping[str, Any]) -> None:
        """Tell that ``kept`` is now in the record."""
        self.witness(self._event(interaction, kept))

    def failed(
        self, interaction: Interaction, wanted: Iterable[Mapping[str, Any]], error: BaseException
    ) -> None:
        """Tell that ``error`` ended the exchange about each of ``wanted``."""
        code = error.code if isinstance(error, GshError) else GshError.code
        for one in wanted:
            self.witness(self._event(interaction, one, outcome_of(error), code))

    def _event(
        self,
        interaction: Interaction,
        resource: Mapping[str, Any],
        outcome: Outcome = Outcome.DONE,
        code: str = "",
    ) -> Event:
        id_ = str(resource.get("id") or "")
        version = str((resource.get("meta") or {}).get("versionId") or "")
        return Event(interaction, self.base, resource["resourceType"], id_, version, outcome, code)

    @contextmanager
    def _failing(
        self, interaction: Interaction, wanted: Iterable[Mapping[str, Any]]
    ) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self.failed(interaction, wanted, error)
            raise
