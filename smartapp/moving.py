"""Moving what waits in the program's store into a site's EHR, for every patient, without a user.

The same move as the button of the program page (``fhir/move.py``), under the access the EHR gives
the program itself (SMART Backend Services). What somebody chose to keep out of the chart of a
patient stays out of it: that is undone by a person, in the patient's chart, and not by a command.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from smartapp import parts
from smartapp.audit import watch
from smartapp.audit.trail import Trail
from smartapp.config import BackendAccess, Config, Site
from smartapp.content import Content
from smartapp.errors import EhrUnreachable, GshError
from smartapp.fhir import match
from smartapp.fhir.chart import Chart
from smartapp.fhir.client import EhrClient
from smartapp.fhir.move import Moved, foresee, move
from smartapp.fhir.picks import SqlitePicks
from smartapp.fhir.places import Rules
from smartapp.fhir.refusals import SYSTEM
from smartapp.fhir.witness import Witness
from smartapp.launch.backend import SCOPE, BackendServices, authorized
from smartapp.launch.discovery import discover

AUTHOR = "Guided self-help"
"""Who is said to have moved it, in the record."""


@dataclass(frozen=True)
class Line:
    """What became of one patient, who has a pseudonym: ``moved`` and ``waiting`` are counts.

    ``code`` is the error's that ended it, "" for none.
    """

    pseudonym: str
    moved: int = 0
    waiting: int = 0
    code: str = ""


@dataclass(frozen=True)
class Mover:
    """Moves for one site; ``now`` gives an aware datetime in the clinic's time zone.

    In ``turn`` nobody else moves what the patient has.
    """

    site: Site
    base: str
    tokens: BackendServices
    rules: Rules
    picks: SqlitePicks
    trail: Trail
    content: Content
    now: Callable[[], datetime]
    turn: parts.Turn

    @classmethod
    def of(
        cls, config: Config, site: Site, content: Content, now: Callable[[], datetime]
    ) -> "Mover | None":
        """The mover of a site; None where its EHR gives no access, DiscoveryFailed without EHR."""
        if site.backend is None:
            return None
        return cls(
            site=site,
            base=site.issuer.rstrip("/"),
            tokens=_tokens(site, site.backend),
            rules=parts.site_rules(config)[site.name],
            picks=parts.picks(config),
            trail=parts.trail(config),
            content=content,
            now=lambda: now().astimezone(config.time_zone),
            turn=parts.turn(config),
        )

    def patients(self) -> Sequence[str]:
        """The ids of every patient of this EHR the program's store knows."""
        store = self.rules.store
        return match.known(store.client(None), self.base) if store else ()

    def lines(self, patients: Sequence[str], *, dry_run: bool = False) -> Iterator[Line]:
        """Move for each in turn; ends early when nobody answers: the next run goes on there."""
        self.tokens()
        for patient in patients:
            line, is_over = self._line(patient, foresee if dry_run else move)
            yield line
            if is_over:
                return

    def _line(self, patient: str, act: Callable[[Chart], Moved]) -> tuple[Line, bool]:
        named = self.trail.keys.pseudonym(self.base, patient)
        try:
            with self.turn(self.base, patient), self._opened(patient) as chart:
                # Whom the EHR no longer knows is told, and not taken for one with nothing to move.
                chart.identity()
                found = act(chart)
        except GshError as error:
            return Line(named, code=error.code), isinstance(error, EhrUnreachable)
        return Line(named, len(found.moved), len(found.waiting)), False

    @contextmanager
    def _opened(self, patient: str) -> Iterator[Chart]:
        """The patient's chart as the program itself may use it, every exchange in the trail."""
        told = (self.site.name, self.base, patient, self.tokens.client_id)
        visit = watch.machine(self.trail, *told)
        try:
            yield self._chart(patient, visit)
        finally:
            visit.closed(shown=False)

    def _chart(self, patient: str, visit: Witness) -> Chart:
        session = authorized(self.base, self.tokens)()
        kept_out = self.picks.kept_out(self.base, patient)
        rules = replace(self.rules, wishes={**self.rules.wishes, **kept_out})
        return Chart(
            EhrClient(session, self.base, patient=patient, witness=visit),
            patient,
            author=None,
            author_name=AUTHOR,
            encounter=None,
            now=self.now,
            content=self.content,
            rules=rules.within(visit, None, SYSTEM + self.tokens.client_id),
            granted=self.tokens.granted,
        )


def _tokens(site: Site, backend: BackendAccess) -> BackendServices:
    url = backend.token_url or discover(site).token_endpoint
    scope = " ".join(backend.scopes) or SCOPE
    return BackendServices(url, backend.client_id, backend.key_folder, scope)
