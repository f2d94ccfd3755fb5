"""Where the sandbox's record is kept: the embedded store, or any FHIR R4 server by URL.

The seam is ``Upstream``; requests that reach it are already authorized and confined.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import urlencode

import requests

_FORWARDED = ("accept", "content-type", "if-match", "if-none-match", "if-none-exist", "prefer")
_RETURNED = ("content-type", "etag", "last-modified", "location", "content-location")


@dataclass(frozen=True)
class Question:
    """One FHIR request; ``path`` is below the base without a leading slash, header names lower."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Reply:
    """One FHIR response; header names lower."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class Upstream(Protocol):
    """A FHIR R4 server the sandbox stands in front of."""

    own_ids: bool  # whether it takes the ids we give (PUT creates), or assigns its own (POST)

    def ask(self, question: Question) -> Reply:
        """Answer one request; URLs in the answer are below the sandbox's FHIR base."""

    def wipe(self) -> None:
        """Forget every resource, where that is possible."""

    def close(self) -> None:
        """Let go of files and connections."""


class Remote:
    """Any FHIR R4 server at a URL; its base is replaced by ours in bodies and locations."""

    own_ids = False

    def __init__(self, url: str, base: str, timeout: tuple[float, float] = (3.05, 20)) -> None:
        self._url, self._base, self._timeout = url.rstrip("/"), base, timeout
        self._session = requests.Session()
        self._session.trust_env = False

    def ask(self, question: Question) -> Reply:
        """Forward, and rewrite the answer; 502 when the server does not answer."""
        url = "/".join(filter(None, (self._url, question.path)))
        sent = {name: question.headers[name] for name in _FORWARDED if name in question.headers}
        try:
            answer = self._session.request(
                question.method,
                url + ("?" + urlencode(question.query) if question.query else ""),
                headers=sent,
                data=self._swap(question.body, self._base, self._url),
                timeout=self._timeout,
                allow_redirects=False,
            )
        except requests.RequestException:
            return Reply(502, {"content-type": "text/plain"}, b"The upstream does not answer.")
        return self._ours(answer)

    def _ours(self, answer: requests.Response) -> Reply:
        kept = {
            name: answer.headers[name].replace(self._url, self._base)
            for name in _RETURNED
            if name in answer.headers
        }
        return Reply(answer.status_code, kept, self._swap(answer.content, self._url, self._base))

    @staticmethod
    def _swap(body: bytes, old: str, new: str) -> bytes:
        return body.replace(old.encode(), new.encode())

    def wipe(self) -> None:
        """Nothing: somebody else's server is not ours to empty; new patients are added instead."""

    def close(self) -> None:
        """Close pooled connections."""
        self._session.close()


def choose(url: str | None, data: Path, base: str) -> Upstream:
    """The remote server when a URL is given, else the embedded store in ``data``."""
    if url:
        return Remote(url, base)
    from smartapp.sandbox.embedded import Embedded

    return Embedded(data / "record.sqlite3", base)
