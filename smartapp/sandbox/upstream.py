"""Where the sandbox's record is kept: the embedded store, or any FHIR R4 server by URL.

The seam is ``Upstream``; requests that reach it are already authorized and confined.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode

import requests

from smartapp.errors import ConfigError
from smartapp.fhir import wire

_JSON = {"content-type": "application/fhir+json", "accept": "application/fhir+json"}
_CONDITIONS = ("if-match", "if-none-match", "if-none-exist")
_FORWARDED = ("accept", "cache-control", "content-type", "prefer", *_CONDITIONS)
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

    def ask(self, question: Question) -> Reply:
        """Answer one request; URLs in the answer are below the sandbox's FHIR base."""

    def plant(self, resources: Sequence[Mapping[str, Any]]) -> dict[str, str]:
        """Keep new resources, each after what it refers to; their references by the ones given."""

    def wipe(self) -> None:
        """Forget every resource, where that is possible."""

    def close(self) -> None:
        """Let go of files and connections."""


class Remote:
    """Any FHIR R4 server at a URL; its base is replaced by ours in bodies and locations."""

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

    def plant(self, resources: Sequence[Mapping[str, Any]]) -> dict[str, str]:
        """POST one by one: the server assigns the ids, later references follow them."""
        kept: dict[str, str] = {}
        for resource in resources:
            kind, key = resource["resourceType"], resource["id"]
            body = {name: _renamed(part, kept) for name, part in resource.items() if name != "id"}
            sent = Question("POST", kind, headers=_JSON, body=wire.encode(body))
            kept[f"{kind}/{key}"] = _reference(kind, self.ask(sent))
        return kept

    def wipe(self) -> None:
        """Nothing: somebody else's server is not ours to empty; new patients are added instead."""

    def close(self) -> None:
        """Close pooled connections."""
        self._session.close()


def _reference(kind: str, reply: Reply) -> str:
    if reply.status not in {200, 201}:
        raise ConfigError(f"The upstream server refused a synthetic {kind} with {reply.status}.")
    if reply.body:
        return f"{kind}/{wire.decode(reply.body)['id']}"
    place = reply.headers["location"].partition(f"/{kind}/")[2]
    return f"{kind}/{place.partition('/')[0]}"


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {
            name: names.get(part, part) if name == "reference" else _renamed(part, names)
            for name, part in value.items()
        }
    return [_renamed(part, names) for part in value] if isinstance(value, list) else value


def choose(url: str | None, data: Path, base: str) -> Upstream:
    """The remote server when a URL is given, else the embedded store in ``data``."""
    if url:
        return Remote(url, base)
    from smartapp.sandbox.embedded import Embedded

    return Embedded(data / "record.sqlite3", base)
