"""The program's own requests, without a user: to its FHIR store, when that is a server, and to an
EHR that gives the program access of its own.

Either with a bearer token that an administrator put into a file, or under SMART Backend Services
(client_credentials, proved with a signed assertion). The token goes below the store's base only.
"""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any

import requests
from requests.auth import AuthBase

from smartapp.errors import EhrUnreachable
from smartapp.launch.assertion import ASSERTION_TYPE, assertion
from smartapp.launch.bearer import Confined, is_below
from smartapp.launch.fetch import TIMEOUT, session
from smartapp.launch.keys import signing_key
from smartapp.launch.token import reason

log = logging.getLogger(__name__)

SCOPE = "system/*.cruds"
MARGIN = 60.0
"""Seconds before its end at which a token is renewed."""
LIFE = 300.0
"""Seconds a token is taken to last where the server does not say: the specification's most."""


class Fixed:
    """A token that stays the same."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self) -> str:
        """The token."""
        return self._token

    def refused(self, token: str) -> None:
        """There is no other."""


class BackendServices:
    """Tokens for ``client_id``, asked for when there is none that lasts; one at a time.

    ``scope`` is what is asked for, ``granted`` what was granted with the last token: scopes,
    empty where the server does not say.
    """

    def __init__(
        self, token_url: str, client_id: str, key_folder: Path, scope: str = SCOPE
    ) -> None:
        self._url, self.client_id, self._keys = token_url, client_id, key_folder
        self._scope, self.granted = scope, tuple[str, ...]()
        self._token, self._ends, self._alone = "", 0.0, Lock()

    def __call__(self) -> str:
        """A token that lasts; raises EhrUnreachable, and nothing else has been sent."""
        with self._alone:
            if not self._token or time.monotonic() > self._ends - MARGIN:
                self._renew()
            return self._token

    def refused(self, token: str) -> None:
        """The server no longer takes this one: ask for another next time."""
        with self._alone:
            if self._token == token:
                self._token = ""

    def _renew(self) -> None:
        try:
            answer = self._ask()
            token = str(answer["access_token"])
            ends = time.monotonic() + float(answer.get("expires_in", LIFE))
        except (requests.RequestException, OSError, ValueError, TypeError, KeyError) as error:
            log.warning("No token was given to the program itself: %s.", reason(error))
            raise EhrUnreachable from None
        self._token, self._ends = token, ends
        self.granted = tuple(str(answer.get("scope") or "").split())

    def _ask(self) -> dict[str, Any]:
        signed = assertion(self.client_id, self._url, signing_key(self._keys))
        form = {
            "grant_type": "client_credentials",
            "scope": self._scope,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": signed,
        }
        with session() as http:
            answer = http.post(self._url, data=form, timeout=TIMEOUT, allow_redirects=False)
            answer.raise_for_status()
            found: dict[str, Any] = answer.json()
            return found


def authorized(base: str, tokens: Fixed | BackendServices) -> Callable[[], requests.Session]:
    """Makes sessions that carry a token to ``base`` and below it."""

    def make() -> requests.Session:
        http = Confined(base)
        http.trust_env = False
        http.auth = _Bearer(base, tokens)
        return http

    return make


class _Bearer(AuthBase):
    def __init__(self, base: str, tokens: Fixed | BackendServices) -> None:
        self._base, self._tokens = base, tokens

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if is_below(self._base, request.url or ""):
            token = self._tokens()
            request.headers["Authorization"] = f"Bearer {token}"
            request.hooks["response"].append(lambda answer, **_: self._answered(answer, token))
        return request

    def _answered(self, answer: requests.Response, token: str) -> None:
        if answer.status_code == requests.codes.unauthorized:
            self._tokens.refused(token)
