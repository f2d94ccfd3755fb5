"""What can go wrong between the app and an EHR, and plans that say what happens to which request.

"Before" means that the EHR never heard of the request, "after" that it acted and only the answer
suffered: to the app both look alike.
"""

import threading
import time
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from enum import StrEnum
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlencode

from smartapp.fhir import wire
from smartapp.store import rest
from smartapp.store.rest import Answer
from smartapp.store.storage import FhirStore

STRANGER = "stranger"
"""The id of the patient whose rows are slipped into answers."""


class Fault(StrEnum):
    """What can happen to one exchange."""

    NONE = "none"
    LATE = "delay"
    TIMEOUT_BEFORE = "timeout before"
    TIMEOUT_AFTER = "timeout after"
    TOO_LATE = "acts after the app gave up"
    BUSY = "429 with Retry-After"
    FAILED_BEFORE = "503 before"
    FAILED_AFTER = "502 after"
    RESET_BEFORE = "reset before"
    RESET_AFTER = "reset after"
    TRUNCATED = "truncated body"
    EMPTY = "empty body"
    PAGE = "a page instead"
    MISLABELLED = "wrong content type"
    OLD_ETAG = "old ETag, empty body"
    STALE_412 = "stale, 412"
    STALE_409 = "stale, 409"
    TWICE = "delivered twice"
    FOREIGN_NEXT = "foreign next link"
    UNFILTERED = "patient filter ignored"
    STRANGER = "another patient's row"


@dataclass(frozen=True)
class Request:
    """One request: ``path`` below the base, header names in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_search(self) -> bool:
        """Whether it searches a type."""
        return self.method == "GET" and "/" not in self.path and self.path != "metadata"

    @property
    def is_guarded(self) -> bool:
        """Whether the EHR can see for itself that it has had this write already."""
        named = {"if-none-exist", "if-match"} & set(self.headers)
        return bool(named) or b'"ifNoneExist"' in self.body


Forward = Callable[[Request], Answer]
Plan = Callable[[Request], Fault]


class Cut(Exception):
    """The connection ends without (the rest of) an answer."""


@dataclass(frozen=True)
class Exchange:
    """One request on its way: ``act`` lets the EHR have it, ``hold`` waits until the app gives up.

    ``late`` and ``retry_after`` are in seconds.
    """

    request: Request
    act: Callable[[Request], Answer]
    hold: Callable[[], None]
    base: str
    late: float
    retry_after: int


def over(store: FhirStore, base: str = "") -> Forward:
    """An EHR that is ``store`` and offers all that a store offers, at ``base`` or the store's."""
    return lambda asked: rest.answer(
        store, asked.method, asked.path, asked.query, asked.headers, asked.body, base
    )


def plainly(forward: Forward) -> Forward:
    """The EHR as most are: without capabilities, conditional creates and transactions."""

    def answer(asked: Request) -> Answer:
        if asked.path in ("", "metadata"):
            return Answer(404)
        known = {name: value for name, value in asked.headers.items() if name != "if-none-exist"}
        return forward(replace(asked, headers=known))

    return answer


def fitting(asked: Request) -> list[Fault]:
    """The faults that can happen to a request.

    A write without any condition is never delivered twice, nor when the app has given up and may
    send it again: no client could keep the EHR from having it twice.
    """
    only = {
        Fault.NONE: False,
        Fault.STALE_412: asked.method == "PUT",
        Fault.STALE_409: asked.method == "PUT",
        Fault.OLD_ETAG: asked.method in ("PUT", "POST") and asked.path != "",
        Fault.TWICE: asked.method == "GET" or asked.is_guarded,
        Fault.TOO_LATE: asked.is_guarded,
        Fault.FOREIGN_NEXT: asked.is_search,
        Fault.UNFILTERED: asked.is_search,
        Fault.STRANGER: asked.method == "GET",
    }
    return [fault for fault in Fault if only.get(fault, True)]


class Mixed:
    """A plan that lets a ``share`` of all requests fail, each kind of fault as often as another.

    The same seed gives the same row of chances; which request meets which is the threads' affair.
    """

    def __init__(self, seed: int, share: float) -> None:
        self.share = share
        self._random = Random(seed)
        self._lock = threading.Lock()

    def __call__(self, asked: Request) -> Fault:
        """Choose for one request."""
        with self._lock:
            happens, which = self._random.random() < self.share, self._random.random()
        among = fitting(asked)
        return among[int(which * len(among))] if happens else Fault.NONE


def _late(exchange: Exchange) -> Answer:
    time.sleep(exchange.late)
    return exchange.act(exchange.request)


def _timeout_before(exchange: Exchange) -> Answer:
    exchange.hold()
    raise Cut


def _timeout_after(exchange: Exchange) -> Answer:
    exchange.act(exchange.request)
    return _timeout_before(exchange)


def _too_late(exchange: Exchange) -> Answer:
    exchange.hold()
    exchange.act(exchange.request)
    raise Cut


def _reset_before(_: Exchange) -> Answer:
    raise Cut


def _reset_after(exchange: Exchange) -> Answer:
    exchange.act(exchange.request)
    raise Cut


def _failed_after(exchange: Exchange) -> Answer:
    exchange.act(exchange.request)
    return Answer(502)


def _truncated(exchange: Exchange) -> Answer:
    answer = exchange.act(exchange.request)
    length = {"Content-Length": str(len(answer.body) + 1)}
    return replace(answer, headers=answer.headers | length, body=answer.body[:-1])


def _empty(exchange: Exchange) -> Answer:
    return replace(exchange.act(exchange.request), body=b"")


def _page(_: Exchange) -> Answer:
    return Answer(200, {"Content-Type": "text/html"}, b"<!doctype html><title>Sign in</title>")


def _mislabelled(exchange: Exchange) -> Answer:
    answer = exchange.act(exchange.request)
    return replace(answer, headers=answer.headers | {"Content-Type": "text/plain"})


def _old_etag(exchange: Exchange) -> Answer:
    answer = _empty(exchange)
    return replace(answer, headers=answer.headers | {"ETag": 'W/"0"'})


def _stale(exchange: Exchange) -> Answer:
    known = {**exchange.request.headers, "if-match": 'W/"999999"'}
    return exchange.act(replace(exchange.request, headers=known))


def _stale_409(exchange: Exchange) -> Answer:
    answer = _stale(exchange)
    return replace(answer, status=409) if answer.status == 412 else answer


def _twice(exchange: Exchange) -> Answer:
    exchange.act(exchange.request)
    return exchange.act(exchange.request)


def _foreign_next(exchange: Exchange) -> Answer:
    elsewhere = exchange.base.replace("127.0.0.1", "localhost") + "/stolen"
    return _edited(exchange, lambda found: _linked(found, elsewhere))


def _unfiltered(exchange: Exchange) -> Answer:
    kept = [pair for pair in parse_qsl(exchange.request.query) if pair[0] != "patient"]
    return exchange.act(replace(exchange.request, query=urlencode(kept)))


def _stranger(exchange: Exchange) -> Answer:
    return _edited(exchange, _mixed_up)


def _edited(exchange: Exchange, edit: Callable[[dict[str, Any]], None]) -> Answer:
    answer = exchange.act(exchange.request)
    if answer.status != 200:
        return answer
    found = wire.decode(answer.body)
    edit(found)
    return replace(answer, body=wire.encode(found))


def _linked(bundle: dict[str, Any], elsewhere: str) -> None:
    others = [link for link in bundle.get("link", ()) if link["relation"] != "next"]
    bundle["link"] = [*others, {"relation": "next", "url": elsewhere}]


def _mixed_up(found: dict[str, Any]) -> None:
    """Turn a resource into a stranger's; in a Bundle, a copy of each beside it."""
    if found.get("resourceType") != "Bundle":
        _estrange(found)
        return
    copies = deepcopy(found.get("entry", []))
    for number, entry in enumerate(copies):
        entry["resource"]["id"] = f"{STRANGER}-{number}"
        _estrange(entry["resource"])
    found["entry"] = [*copies, *found.get("entry", [])]


def _estrange(resource: dict[str, Any]) -> None:
    if resource.get("resourceType") == "Patient":
        resource["id"] = STRANGER
    for element in ("subject", "patient"):
        if element in resource:
            resource[element] = {"reference": f"Patient/{STRANGER}"}


HARM: dict[Fault, Callable[[Exchange], Answer]] = {
    Fault.NONE: lambda exchange: exchange.act(exchange.request),
    Fault.LATE: _late,
    Fault.TIMEOUT_BEFORE: _timeout_before,
    Fault.TIMEOUT_AFTER: _timeout_after,
    Fault.TOO_LATE: _too_late,
    Fault.BUSY: lambda exchange: Answer(429, {"Retry-After": str(exchange.retry_after)}),
    Fault.FAILED_BEFORE: lambda _: Answer(503),
    Fault.FAILED_AFTER: _failed_after,
    Fault.RESET_BEFORE: _reset_before,
    Fault.RESET_AFTER: _reset_after,
    Fault.TRUNCATED: _truncated,
    Fault.EMPTY: _empty,
    Fault.PAGE: _page,
    Fault.MISLABELLED: _mislabelled,
    Fault.OLD_ETAG: _old_etag,
    Fault.STALE_412: _stale,
    Fault.STALE_409: _stale_409,
    Fault.TWICE: _twice,
    Fault.FOREIGN_NEXT: _foreign_next,
    Fault.UNFILTERED: _unfiltered,
    Fault.STRANGER: _stranger,
}
