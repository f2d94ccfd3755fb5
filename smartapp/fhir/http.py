"""One exchange with a FHIR server: pooled, timed, retried on reads only, errors translated here.

What became of a request decides the error (``errors`` gives each its sentence):

- never sent (refused, no such host, untrusted certificate): ``EhrUnreachable``;
- a read that was not answered, or answered 408, 429 or 5xx after the retries: ``EhrUnreachable``;
- a write that was sent and not answered, or answered 5xx: ``EhrUnsure``. A gateway says 502, 503
  or 504 also after the server has acted, so none of them is proof that nothing was saved;
- 501 to a write: ``EhrRejected``, because an unimplemented interaction cannot have acted;
- 3xx: ``EhrNonsense``; a redirect is never followed, it would carry the token elsewhere.

Whatever the session's own authorization raises (a refused refresh) passes through untouched.
"""

import inspect
import logging
import ssl
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cache
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.exceptions import MaxRetryError, SSLError
from urllib3.util import Retry

from smartapp.errors import (
    EhrConflict,
    EhrError,
    EhrForbidden,
    EhrNonsense,
    EhrNotFound,
    EhrRejected,
    EhrUnreachable,
    EhrUnsure,
)
from smartapp.fhir import wire

log = logging.getLogger(__name__)

Timeout = tuple[float, float]
"""Seconds to connect, seconds to wait for the next byte."""

BRIEF: Timeout = (1.0, 3.0)

_FHIR_JSON = "application/fhir+json"
_RETRIED = (429, 502, 503, 504)
_MEANING: dict[int, type[EhrError]] = {
    401: EhrForbidden,
    403: EhrForbidden,
    404: EhrNotFound,
    408: EhrUnreachable,
    409: EhrConflict,
    410: EhrNotFound,
    412: EhrConflict,
    429: EhrUnreachable,
}


@dataclass(frozen=True)
class Answer:
    """What came back: ``status``, ``headers`` (case-insensitive) and the undecoded ``body``."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def resource(self) -> dict[str, Any]:
        """The body as a resource; ``EhrNonsense`` when it is not a JSON object with a type."""
        found = wire.decode(self.body)
        if not isinstance(found.get("resourceType"), str):
            raise EhrNonsense
        return found

    def versioned(self, resource: dict[str, Any]) -> dict[str, Any]:
        """``resource`` with the version the ETag tells, where it leaves meta.versionId out."""
        meta = resource.get("meta") or {}
        etag = self.headers.get("ETag", "").removeprefix("W/").strip('"')
        if meta.get("versionId") or not etag:
            return resource
        return {**resource, "meta": {**meta, "versionId": etag}}


def retries() -> Retry:
    """GET and HEAD up to three more times, never waiting longer than five seconds.

    urllib3 by itself would also retry PUT, obey a Retry-After of six hours, and (``other``) send a
    POST again when TLS broke off after it was sent.
    """
    known = inspect.signature(Retry).parameters
    waiting: dict[str, Any] = (
        {"retry_after_max": 5}
        if "retry_after_max" in known
        else {"respect_retry_after_header": False}
    )
    return Retry(
        total=3,
        read=1,
        other=0,
        allowed_methods=frozenset({"GET", "HEAD"}),
        status_forcelist=_RETRIED,
        backoff_factor=0.1,
        backoff_jitter=0.1,
        backoff_max=2,
        raise_on_status=False,
        **waiting,
    )


def refusal(status: int, *, write: bool) -> EhrError | None:
    """The error an HTTP status stands for, or None when it is a success (2xx)."""
    if 200 <= status < 300:
        return None
    error = _meaning(status, write=write)()
    error.status = status
    return error


def _meaning(status: int, *, write: bool) -> type[EhrError]:
    if status in _MEANING:
        return _MEANING[status]
    if 400 <= status < 500 or (write and status == 501):
        return EhrRejected
    if status >= 500:
        return EhrUnsure if write else EhrUnreachable
    return EhrNonsense


@cache
def connections(base: str, most: int) -> HTTPAdapter:  # noqa: ARG001 - base is the cache's key
    """The open connections to one server, kept from page to page and shared by all launches.

    They carry no token: each launch's session signs its own requests. ``most`` are kept open.
    """
    return HTTPAdapter(pool_connections=1, pool_maxsize=most, max_retries=retries())


class Http:
    """The requests of one client; it mounts the connections to ``base`` on the session given."""

    def __init__(
        self, session: requests.Session, base: str, *, timeout: Timeout, pool: int
    ) -> None:
        self._session = session
        self._timeout = timeout
        self._auth: AuthBase | None = None
        session.mount(base, connections(base, max(32, pool)))

    def briefly(self) -> "Http":
        """The same for what nobody should wait for, nor have the token renewed for."""
        made = copy(self)
        made._timeout, made._auth = BRIEF, getattr(self._session.auth, "as_it_is", None)
        return made

    def get(self, url: str, params: Sequence[tuple[str, str]] = ()) -> Answer:
        """Read ``url`` as it is now; raises the error its status stands for.

        HAPI FHIR answers a search it has answered within the last minute from memory, without what
        was written since, unless it is told ``no-cache``.
        """
        fresh = {"Cache-Control": "no-cache"}
        return _accepted(self._exchange("GET", url, fresh, params=list(params)), write=False)

    def write(
        self, method: str, url: str, resource: Mapping[str, Any], headers: Mapping[str, str]
    ) -> Answer:
        """POST or PUT ``resource``; raises the error its status stands for."""
        return _accepted(self.attempt(method, url, resource, headers), write=True)

    def delete(self, url: str, headers: Mapping[str, str]) -> None:
        """DELETE ``url``; raises the error its status stands for."""
        _accepted(self._exchange("DELETE", url, headers=headers), write=True)

    def attempt(
        self, method: str, url: str, resource: Mapping[str, Any], headers: Mapping[str, str]
    ) -> Answer:
        """POST or PUT ``resource`` and hand back the answer whatever its status."""
        extra = {"Content-Type": _FHIR_JSON, "Prefer": "return=representation", **headers}
        return self._exchange(method, url, data=wire.encode(resource), headers=extra)

    def _exchange(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, **sent: Any
    ) -> Answer:
        if self._auth is not None:
            sent["auth"] = self._auth
        try:
            got = self._session.request(
                method,
                url,
                headers={"Accept": _FHIR_JSON, **(headers or {})},
                timeout=self._timeout,
                allow_redirects=False,
                **sent,
            )
        except requests.RequestException as error:
            log.warning("%s not answered: %s", method, type(error).__name__)
            raise _unanswered(error, write=method != "GET") from error
        return Answer(got.status_code, got.headers, got.content)


def _accepted(answer: Answer, *, write: bool) -> Answer:
    error = refusal(answer.status, write=write)
    if error is not None:
        log.warning("FHIR server answered %d to a %s", answer.status, "write" if write else "read")
        raise error
    return answer


def _unanswered(error: requests.RequestException, *, write: bool) -> EhrError:
    return EhrUnsure() if write and not _unsent(error) else EhrUnreachable()


def _unsent(error: requests.RequestException) -> bool:
    """True when no byte of the request can have reached the server.

    urllib3 wraps only failures before sending in MaxRetryError for a method it may not retry; of
    the TLS failures only an untrusted certificate is sure to have come first.
    """
    if isinstance(error, requests.ConnectTimeout):
        return True
    cause = error.args[0] if error.args else None
    if not isinstance(cause, MaxRetryError):
        return False
    if isinstance(cause.reason, SSLError):
        return isinstance(cause.reason.args[0], ssl.SSLCertVerificationError)
    return True
