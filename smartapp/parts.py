"""The parts a configuration describes, made in one place for the web app and for the commands."""

import logging
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from uuid import UUID

from smartapp.alerts.ledger import Ledger
from smartapp.alone import alone
from smartapp.audit import watch
from smartapp.audit.pseudonym import Keys
from smartapp.audit.trail import Trail
from smartapp.config import Config, Site
from smartapp.content import Content
from smartapp.drafts.drawer import Drawer
from smartapp.drafts.patient import PatientDrafts
from smartapp.drafts.typed import Tray
from smartapp.errors import ConfigError, DraftUnknown, MoveRunning
from smartapp.fhir.ehrs import WRITTEN, EhrProfile, profiles
from smartapp.fhir.picks import SqlitePicks
from smartapp.fhir.places import Rules
from smartapp.fhir.plan import Wish
from smartapp.fhir.programstore import InProcess, ProgramStore, Reply
from smartapp.fhir.refusals import SqliteRefusals
from smartapp.fhir.witness import Witness
from smartapp.launch import handover
from smartapp.launch.backend import BackendServices, Fixed, authorized
from smartapp.launch.launches import Launches
from smartapp.launch.lock import Locks, Returned
from smartapp.launch.witness import Event, Step
from smartapp.outbox.box import Box
from smartapp.outbox.patient import Replay
from smartapp.outbox.sealed import Draft
from smartapp.outbox.storing import into_store
from smartapp.store import rest
from smartapp.store.storage import FhirStore

log = logging.getLogger(__name__)

Turn = Callable[[str, str], AbstractContextManager[None]]
"""Issuer and patient id there, to the time in which nobody else moves what that patient has."""


def site_rules(
    config: Config, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> dict[str, Rules]:
    """What decides where writes go, by the site's name; raises ConfigError."""
    store, memory = program_store(config), refusals(config, now)
    return {
        site.name: Rules(*_asked(number, site), store, memory)
        for number, site in enumerate(config.sites)
    }


def refusals(
    config: Config, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> SqliteRefusals:
    """What the sites' EHRs have refused, for the app and for the administrator."""
    return SqliteRefusals(config.data_dir / "refusals.sqlite3", now)


def picks(config: Config) -> SqlitePicks:
    """What users chose for their patients, who are named as in the audit trail."""
    names = Keys(config.encryption_keys).pseudonyms
    return SqlitePicks(config.data_dir / "picks.sqlite3", names)


def trail(config: Config, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Trail:
    """The audit trail, for the app and for the administrator."""
    return Trail(config.data_dir / "audit", Keys(config.encryption_keys), now)


def outbox(config: Config, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Box:
    """What is to be written and not yet confirmed, for the app, worker and administrator."""
    return Box(config.data_dir / "outbox.sqlite3", config.encryption_keys, now)


def drafts(config: Config, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Drawer:
    """The assessments that are being answered."""
    return Drawer(config.data_dir / "drafts.sqlite3", config.encryption_keys, now)


def typed(config: Config, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Tray:
    """The forms that were filled in while the record could not be read."""
    return Tray(config.data_dir / "drafts.sqlite3", config.encryption_keys, now)


def locks(config: Config, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Locks:
    """The locks of the browsers whose device is with a patient."""
    file = config.data_dir / "devices.sqlite3"
    return Locks(file, config.encryption_keys, now, returned(config, now))


def returned(config: Config, now: Callable[[], datetime]) -> Returned:
    """Keeps in a draft and in the trail when staff had the device back that a patient had it on."""
    kept, drawer = trail(config, now), drafts(config, now)

    def keep(told: Event, draft: str) -> None:
        if not draft:
            return
        witness = watch.drafted(kept, told, handed=False)
        try:
            PatientDrafts(drawer, told.fhir_base, told.patient, witness).handed_back(UUID(draft))
        except (DraftUnknown, sqlite3.Error) as error:
            # Staff are not kept out of the device for that.
            log.warning("when a device came back is not kept: %s", type(error).__name__)

    return keep


def release(config: Config, code: str) -> bool:
    """Take the lock of a device away for the administrator; whether there was one of that code."""
    launches = Launches.of(config, witness=watch.launches(trail(config)))
    return handover.release(launches, locks(config), code)


def alerts(config: Config) -> Ledger:
    """The safety alerts, and what was done about them."""
    return Ledger(config.data_dir / "alerts.sqlite3", config.encryption_keys)


def turn(config: Config) -> Turn:
    """How the button and the command keep apart on this machine; MoveRunning where one has begun.

    Where an EHR knows no conditions, each would create what the other does not see there yet.
    """
    name = Keys(config.encryption_keys).pseudonym

    @contextmanager
    def taken(issuer: str, patient: str) -> Iterator[None]:
        # A few thousand files at most: who shares one is told to wait a moment, and no more.
        lock = config.data_dir / "moving" / f"{name(issuer, patient)[:3]}.lock"
        with alone(lock) as is_alone:
            if not is_alone:
                raise MoveRunning
            yield

    return taken


def storing(config: Config, content: Content) -> Replay:
    """How the worker sends what belongs in the program's store."""
    rules = site_rules(config)
    by_base = {site.issuer.rstrip("/"): rules[site.name] for site in config.sites}
    kept = trail(config)

    @contextmanager
    def watched(draft: Draft) -> Iterator[Witness]:
        site = config.site_of(draft.issuer)
        told = Event(Step.FINISHED, site.name if site else "", draft.issuer, patient=draft.patient)
        visit = watch.visit(kept, told)
        yield visit
        visit.closed(shown=False)

    def now() -> datetime:
        return datetime.now(UTC).astimezone(config.time_zone)

    return into_store(by_base, content, now, watched)


def program_store(config: Config) -> ProgramStore:
    """The program's own store, embedded or a server, as the configuration has it."""
    wanted = config.store
    if not wanted.url:
        return embedded_store(embedded_file(config))
    if wanted.key_folder is None:
        return ProgramStore(wanted.url, authorized(wanted.url, Fixed(wanted.token)))
    tokens = BackendServices(wanted.token_url, wanted.client_id, wanted.key_folder)
    return ProgramStore(wanted.url, authorized(wanted.url, tokens))


def embedded_file(config: Config) -> FhirStore:
    """The file the embedded store is kept in."""
    return FhirStore(config.data_dir / "store.sqlite3", base=f"{config.public_url}/fhir")


def embedded_store(kept: FhirStore) -> ProgramStore:
    """A store of this process as the program's own."""

    def answer(
        method: str, path: str, query: str, headers: Mapping[str, str], body: bytes
    ) -> Reply:
        return rest.answer(kept, method, path, query, headers, body)

    return ProgramStore(kept.base, lambda: InProcess(kept.base, answer))


def _asked(number: int, site: Site) -> tuple[EhrProfile, dict[str, Wish]]:
    """The profile and the wishes a site's keys stand for."""
    if site.ehr not in profiles():
        known = ", ".join(profiles())
        raise ConfigError(f"sites[{number}].ehr: this must be one of {known}.")
    for type_ in site.writes:
        if type_ not in WRITTEN:
            why = f"the program writes {', '.join(WRITTEN)} only."
            raise ConfigError(f"sites[{number}].writes.{type_}: {why}")
    return profiles()[site.ehr], {type_: Wish(where) for type_, where in site.writes.items()}
