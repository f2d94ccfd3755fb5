"""Renewing a launch's token: once, however many threads and processes want it at the same time."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import requests
from authlib.integrations.base_client import OAuthError

from smartapp.config import Config, Site
from smartapp.errors import EhrUnreachable, LaunchEnded
from smartapp.launch.context import Launch, Tokens
from smartapp.launch.store import LaunchStore
from smartapp.launch.token import reason, refresh

log = logging.getLogger(__name__)
REFUSALS = (400, 401, 403)
MARGIN = timedelta(seconds=60)
"""A token with less left than this is renewed before it is used."""


@dataclass(frozen=True)
class Refresher:
    """Keeps the tokens of launches fresh; ``now`` gives an aware datetime."""

    config: Config
    store: LaunchStore
    now: Callable[[], datetime]

    def fresh(self, launch: Launch) -> Launch:
        """The launch with a token that lasts; raises LaunchEnded or EhrUnreachable."""
        margin = MARGIN if launch.tokens.refresh else timedelta()
        return self.renewed(launch) if launch.tokens.expired(self.now(), margin) else launch

    def renewed(self, launch: Launch) -> Launch:
        """The launch with another token than the one ``launch`` has.

        Whoever waited for the lock finds the token already changed and spends nothing. Raises
        LaunchEnded when the EHR refuses or there is no refresh token, EhrUnreachable when the EHR
        does not answer (the launch stays).
        """
        with self.store.lock(launch.handle):
            kept = self.store.read(launch.handle)
            if kept.tokens.access != launch.tokens.access:
                return kept
            tokens = self._renew(kept)
            return self.store.change(kept.handle, lambda now: replace(now, tokens=tokens))

    def _renew(self, launch: Launch) -> Tokens:
        site = self.config.site_named(launch.site)
        if site is None or not launch.tokens.refresh:
            raise LaunchEnded
        try:
            tokens = refresh(site, launch.server, launch.tokens, self.now())
        except (OAuthError, requests.RequestException, ValueError) as error:
            raise self._failed(launch, site, error) from None
        return replace(tokens, refresh=tokens.refresh or launch.tokens.refresh)

    def _failed(self, launch: Launch, site: Site, error: Exception) -> Exception:
        more = {"site": site.name}
        log.warning("%s did not renew the token: %s.", site.name, reason(error), extra=more)
        if not _is_refusal(error):
            return EhrUnreachable()
        self.store.end(launch.handle)
        return LaunchEnded()


def _is_refusal(error: Exception) -> bool:
    """Whether the EHR said no, with or without the form RFC 6749 gives to it, and not "later"."""
    if not isinstance(error, requests.RequestException):
        return True
    status = error.response.status_code if error.response is not None else None
    return status in REFUSALS
