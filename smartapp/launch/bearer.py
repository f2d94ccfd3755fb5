"""The joint between launch and FHIR: a requests session that carries this launch's token.

The token goes to URLs below the launch's FHIR base and nowhere else, redirects included.
"""

from collections.abc import Callable
from threading import Lock
from typing import Any
from urllib.parse import unquote, urlsplit

import requests
from requests.auth import AuthBase

from smartapp.errors import GshError
from smartapp.launch.context import Launch
from smartapp.launch.refresh import Refresher

PORTS = {"http": 80, "https": 443}


def is_below(base: str, url: str) -> bool:
    """Whether ``url`` is ``base`` or below it: same scheme, host, port, whole path segments."""
    try:
        here, there = urlsplit(base), urlsplit(url)
        same = _origin(base) == _origin(url)
    except ValueError:
        return False
    segments = unquote(unquote(there.path)).replace("\\", "/").split("/")
    if not same or "@" in there.netloc or ".." in segments:
        return False
    return f"{there.path}/".startswith(f"{here.path.rstrip('/')}/")


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or PORTS.get(parts.scheme)


def authorized_session(launch: Launch, refresher: Refresher) -> requests.Session:
    """A session for one page's requests to the FHIR server, from as many threads as it likes.

    A request through it may raise LaunchEnded or EhrUnreachable before anything is sent, or after
    a 401, which means that nothing was processed.
    """
    session = Confined(launch.fhir_base)
    session.trust_env = False
    session.auth = _Bearer(launch, refresher)
    return session


class Confined(requests.Session):
    """Drops the token from a redirect that leaves the base, also on the same host."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.base = base

    def should_strip_auth(self, _old_url: str, new_url: str) -> bool:
        """Whether the token must not go along; requests asks this at every redirect."""
        return not is_below(self.base, new_url)


class _AsItIs(AuthBase):
    """Adds the token, and takes a 401 for an answer."""

    def __init__(self, launch: Launch) -> None:
        self.launch = launch

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if is_below(self.launch.fhir_base, request.url or ""):
            request.headers["Authorization"] = _header(self.launch)
        return request


class _Bearer(AuthBase):
    """Adds the token, renews it ahead of time, and once when the server says 401.

    It serves one page: when renewing failed for one of its requests, the others do not wait for
    the same failure again.
    """

    def __init__(self, launch: Launch, refresher: Refresher) -> None:
        self.launch, self.refresher = launch, refresher
        self.first = _header(launch)
        self.alone = Lock()
        self.failed: type[GshError] | None = None

    @property
    def as_it_is(self) -> AuthBase:
        """The same for what the token is not to be renewed for: a refusal would end the launch."""
        return _AsItIs(self.launch)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if is_below(self.launch.fhir_base, request.url or ""):
            self._update(self.refresher.fresh)
            request.headers["Authorization"] = _header(self.launch)
            request.hooks["response"].append(self._answered)
        return request

    def _update(self, renew: Callable[[Launch], Launch]) -> None:
        with self.alone:
            if self.failed:
                raise self.failed
            try:
                self.launch = renew(self.launch)
            except GshError as error:
                self.failed = type(error)
                raise

    def _answered(self, answer: requests.Response, **kwargs: Any) -> requests.Response:
        """Try a refused request once more: what was answered 401 has not been processed.

        A token renewed by this page is not renewed again, so its 401 stays; so does that of a body
        that was streamed, because it cannot be sent twice.
        """
        refused = answer.request
        first = refused.headers.get("Authorization") == self.first
        if answer.status_code != requests.codes.unauthorized or not first:
            return answer
        if not _repeatable(refused.body):
            return answer
        self._update(self._unless_renewed)
        return self._again(answer, **kwargs)

    def _unless_renewed(self, launch: Launch) -> Launch:
        return self.refresher.renewed(launch) if _header(launch) == self.first else launch

    def _again(self, answer: requests.Response, **kwargs: Any) -> requests.Response:
        _ = answer.content  # read to the end, so that the connection can be used again
        answer.close()
        request = answer.request.copy()
        request.headers["Authorization"] = _header(self.launch)
        second: requests.Response = answer.connection.send(request, **kwargs)
        second.history.append(answer)
        second.request = request
        return second


def _header(launch: Launch) -> str:
    return f"Bearer {launch.tokens.access}"


def _repeatable(body: object) -> bool:
    return body is None or isinstance(body, (bytes, str))
