"""The joint between launch and FHIR: a requests session that carries this launch's token.

The token goes to URLs below the launch's FHIR base and nowhere else, redirects included.
"""

from typing import Any
from urllib.parse import unquote, urlsplit

import requests
from requests.auth import AuthBase

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
    """A session for the launch's FHIR server; nothing in it comes from the environment.

    A request through it may raise LaunchEnded or EhrUnreachable before anything is sent, or after
    a 401, which means that nothing was processed.
    """
    session = _Confined(launch.fhir_base)
    session.trust_env = False
    session.auth = _Bearer(launch, refresher)
    return session


class _Confined(requests.Session):
    """Drops the token from a redirect that leaves the base, also on the same host."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.base = base

    def should_strip_auth(self, _old_url: str, new_url: str) -> bool:
        return not is_below(self.base, new_url)


class _Bearer(AuthBase):
    """Adds the token, renews it ahead of time, and once more when the server says 401."""

    def __init__(self, launch: Launch, refresher: Refresher) -> None:
        self.launch, self.refresher = launch, refresher

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if is_below(self.launch.fhir_base, request.url or ""):
            self.launch = self.refresher.fresh(self.launch)
            request.headers["Authorization"] = _header(self.launch)
            request.hooks["response"].append(self._answered)
        return request

    def _answered(self, answer: requests.Response, **kwargs: Any) -> requests.Response:
        """Try a refused request once more: what was answered 401 has not been processed.

        A body that was streamed cannot be sent twice, so its 401 stays.
        """
        refused, launch = answer.request, self.launch
        if answer.status_code != requests.codes.unauthorized or not _repeatable(refused.body):
            return answer
        if refused.headers["Authorization"] == _header(launch):
            self.launch = self.refresher.renewed(launch)
        return self._again(answer, **kwargs)

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
