"""The launch part as a whole: what the app factory makes once and every view asks."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self
from urllib.parse import urlencode

import requests
from flask import Request

from smartapp.config import Config, Site
from smartapp.errors import IssuerUnknown, LaunchError, ScopeMissing, StateInvalid
from smartapp.launch import scopes, token
from smartapp.launch.authorize import Begun, begin, check_callback
from smartapp.launch.bearer import authorized_session
from smartapp.launch.context import Launch, read_context
from smartapp.launch.discovery import Discovery
from smartapp.launch.identity import Expected, Identities, Identity
from smartapp.launch.isolation import open_launch
from smartapp.launch.refresh import Refresher
from smartapp.launch.store import LaunchStore, Pending, SqliteLaunchStore
from smartapp.launch.witness import Event, Step, Witness, about, unseen


@dataclass(frozen=True)
class Launches:
    """Begins, finishes, opens and ends launches; ``now`` gives an aware datetime.

    ``witness`` is told of every launch begun, finished, refused and ended.
    """

    config: Config
    store: LaunchStore
    discovery: Discovery
    identities: Identities
    now: Callable[[], datetime]
    witness: Witness = unseen

    @classmethod
    def of(
        cls,
        config: Config,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        witness: Witness = unseen,
    ) -> Self:
        """Everything the configuration describes, with launches in SQLite below ``data_dir``."""
        file = config.data_dir / "launches.sqlite3"
        store = SqliteLaunchStore(file, config.encryption_keys, now, config.idle)
        return cls(config, store, Discovery(now), Identities(now), now, witness)

    def begin_from_ehr(self, iss: str, launch: str) -> Begun:
        """Begin an EHR launch; raises IssuerUnknown before any request, or DiscoveryFailed."""
        site = self.config.site_of(iss)
        with self._watched(site):
            if site is None:
                raise IssuerUnknown
            if not launch:
                raise LaunchError
            return self._begin(site, launch)

    def begin_standalone(self, name: str) -> Begun:
        """Begin a standalone launch at the site of this name."""
        site = self.config.site_named(name)
        with self._watched(site):
            if site is None:
                raise IssuerUnknown
            return self._begin(site, None)

    def _begin(self, site: Site, launch: str | None) -> Begun:
        found = self.discovery.find(site)
        begun = begin(site, found, self.config.redirect_uri, launch, self.now())
        self.store.wait(begun.pending)
        self.witness(Event(Step.BEGUN, site.name, site.issuer))
        return begun

    def finish(self, answer: Mapping[str, str], cookies: Mapping[str, str]) -> tuple[Launch, str]:
        """Turn a callback into a kept launch and its cookie's secret; raises LaunchErrors."""
        with self._watched(None):
            pending = check_callback(self.store, answer, cookies, self.now())
            site = self._site(pending)
        with self._watched(site):
            launch = self._launch(site, pending, answer["code"])
        secret = secrets.token_urlsafe(32)
        self.store.keep(launch, secret)
        self.witness(about(Step.FINISHED, launch))
        return launch, secret

    @contextmanager
    def _watched(self, site: Site | None) -> Iterator[None]:
        """Tell when a launch is refused here."""
        try:
            yield
        except LaunchError as error:
            name, base = (site.name, site.issuer) if site else ("", "")
            self.witness(Event(Step.REFUSED, name, base, code=error.code))
            raise

    def _launch(self, site: Site, pending: Pending, code: str) -> Launch:
        now = self.now()
        tokens, answer = token.exchange(site, pending, code, self.config.redirect_uri, now)
        granted = tuple(str(answer.get("scope") or " ".join(pending.scopes)).split())
        user = self._identity(site, pending, answer.get("id_token"))
        context = read_context(site, answer)
        if not scopes.can_read_patient(granted):
            raise ScopeMissing
        return Launch(
            handle=secrets.token_urlsafe(16),
            site=site.name,
            issuer=pending.server.issuer,
            fhir_base=site.issuer,
            context=context,
            server=pending.server,
            tokens=tokens,
            created=now,
            expires=now + self.config.absolute,
            user=user.user,
            user_name=user.name,
            subject=user.subject,
            granted=granted,
            missing=scopes.missing(granted),
        )

    def _identity(self, site: Site, pending: Pending, id_token: object) -> Identity:
        server = pending.server
        expected = Expected(
            issuer=site.id_token_issuer or server.issuer,
            client_id=site.client_id,
            nonce=pending.nonce,
            jwks_uri=server.jwks_uri,
        )
        return self.identities.verify(id_token, expected)

    def _site(self, pending: Pending) -> Site:
        """The site of a pending launch; it may have been taken out of the file meanwhile."""
        site = self.config.site_named(pending.site)
        if site is None:
            raise IssuerUnknown
        return site

    def way_out(self, state: str) -> str:
        """The path that begins a pending launch again, for a browser without our cookie.

        Raises StateInvalid when the launch is no longer pending.
        """
        pending = self.store.waiting(state)
        if pending is None:
            raise StateInvalid
        if pending.launch is None:
            return f"/standalone?{urlencode({'site': pending.site})}"
        iss = self._site(pending).issuer
        return f"/launch?{urlencode({'iss': iss, 'launch': pending.launch})}"

    def open(self, request: Request, handle: str) -> Launch:
        """The launch of this path and this browser; see ``isolation.open_launch``."""
        with self._watched(None):
            return open_launch(self.store, request, handle)

    def session(self, launch: Launch) -> requests.Session:
        """A session that carries the launch's token below its FHIR base."""
        return authorized_session(launch, Refresher(self.config, self.store, self.now))

    def end(self, launch: Launch) -> bool:
        """Log out: forget the launch, revoke its tokens; whether the EHR confirmed that."""
        tokens = self.store.read(launch.handle).tokens
        self.store.end(launch.handle)
        self.witness(about(Step.ENDED, launch))
        site = self.config.site_named(launch.site)
        return site is not None and token.revoke(site, launch.server, tokens)
