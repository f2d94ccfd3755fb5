"""HTTP in, HTTP out: the FHIR REST API over a store, without a web framework.

``answer`` takes the parts of a request and gives the parts of a response, so that whoever serves it
can put an authorization layer before it, or answer from another FHIR server instead. Every refusal
is an OperationOutcome; only a fault of our own is an exception.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl

from smartapp.errors import EhrNonsense
from smartapp.fhir import wire
from smartapp.store import answers, capability, history, query
from smartapp.store.kept import Kept
from smartapp.store.outcome import Refused, malformed
from smartapp.store.parameters import TYPES
from smartapp.store.storage import FhirStore
from smartapp.store.work import if_match

CONTENT_TYPE = "application/fhir+json;charset=utf-8"
LARGEST_BODY = 16 * 1024 * 1024

_ID = r"(?P<id>[A-Za-z0-9.-]{1,64})"
_TYPE = r"(?P<kind>[A-Z][A-Za-z]+)"


@dataclass(frozen=True)
class Answer:
    """An HTTP response: status, header fields, body (empty when there is none)."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Asked:
    """An HTTP request: header names in lower case, ``pairs`` of the query string in order."""

    store: FhirStore
    method: str
    path: str
    pairs: list[tuple[str, str]]
    headers: Mapping[str, str]
    body: bytes
    base: str
    kind: str = ""
    id: str = ""
    version: int = 0

    @property
    def minimal(self) -> bool:
        """Whether the client wants no body for a write."""
        return "return=minimal" in self.headers.get("prefer", "").replace(" ", "")


Handler = Callable[[Asked], Answer]


def answer(
    store: FhirStore,
    method: str,
    path: str,
    query: str = "",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    base: str = "",
    *,
    security: Mapping[str, Any] | None = None,
) -> Answer:
    """Answer one request for ``path`` (below the FHIR base, ``Patient/1``).

    ``query`` is the raw query string; ``base`` the absolute FHIR base URL, for links (the store's
    own when not given); ``security`` goes into the CapabilityStatement as ``rest.security``.
    """
    asked = Asked(
        store=store,
        method=method.upper(),
        path=path.strip("/"),
        pairs=parse_qsl(query, keep_blank_values=True),
        headers={name.lower(): value for name, value in (headers or {}).items()},
        body=body,
        base=(base or store.base).rstrip("/"),
    )
    try:
        if (asked.method, asked.path) == ("GET", "metadata"):
            return _json(200, capability.statement(asked.base, security))
        if len(body) > LARGEST_BODY:
            raise Refused(413, "too-long", f"A body may have {LARGEST_BODY} bytes.")
        return _route(asked)
    except Refused as refusal:
        return _json(refusal.status, refusal.resource())
    except RecursionError:
        return _json(400, malformed("The resource is nested too deeply.").resource())


def _route(asked: Asked) -> Answer:
    allowed: list[str] = []
    for method, path, handler in _ROUTES:
        found = re.fullmatch(path, asked.path)
        if found and method == asked.method:
            return handler(_at(asked, found.groupdict()))
        allowed += [method] if found else []
    if not allowed:
        raise Refused(404, "not-supported", "There is nothing at this address.")
    refusal = Refused(405, "not-supported", f"This address takes {', '.join(allowed)}.")
    return _json(405, refusal.resource(), {"Allow": ", ".join(allowed)})


def _at(asked: Asked, parts: Mapping[str, str]) -> Asked:
    kind = parts.get("kind", "")
    if kind and kind not in TYPES:
        raise Refused(404, "not-supported", f"This server does not keep {kind}.")
    version = int(parts.get("version", "0"))
    return replace(asked, kind=kind, id=parts.get("id", ""), version=version)


def _read(asked: Asked) -> Answer:
    _plain(asked)
    return _one(asked, asked.store.read(asked.kind, asked.id))


def _vread(asked: Asked) -> Answer:
    _plain(asked)
    return _one(asked, asked.store.vread(asked.kind, asked.id, asked.version))


def _history(asked: Asked) -> Answer:
    return _json(200, history.page(asked.store, asked.kind, asked.id, asked.pairs, asked.base))


def _search(asked: Asked) -> Answer:
    read = query.read(asked.kind, asked.pairs, asked.store.base)
    found = asked.store.search(asked.kind, asked.pairs)
    return _json(200, answers.searchset(read, found, asked.base))


def _search_by_post(asked: Asked) -> Answer:
    if "x-www-form-urlencoded" not in asked.headers.get("content-type", ""):
        raise Refused(415, "not-supported", "_search takes a form.")
    try:
        more = parse_qsl(asked.body.decode(), keep_blank_values=True)
    except UnicodeDecodeError as error:
        raise malformed("The form is not UTF-8.") from error
    return _search(replace(asked, pairs=asked.pairs + more))


def _create(asked: Asked) -> Answer:
    _plain(asked)
    resource = _body(asked)
    _same_type(asked, resource)
    kept, new = asked.store.create(resource, asked.headers.get("if-none-exist", ""))
    return _written(asked, kept, 201 if new else 200)


def _update(asked: Asked) -> Answer:
    _plain(asked)
    resource = _body(asked)
    _same_type(asked, resource)
    if resource.get("id") != asked.id:
        raise malformed("The resource's id is not the id in the address.")
    kept, new = asked.store.update(resource, if_match(asked.headers.get("if-match")))
    return _written(asked, kept, 201 if new else 200)


def _delete(asked: Asked) -> Answer:
    _plain(asked)
    version = if_match(asked.headers.get("if-match"))
    kept = asked.store.delete(asked.kind, asked.id, version)
    return Answer(204, {"ETag": kept.etag})


def _bundle(asked: Asked) -> Answer:
    _plain(asked)
    bundle = _body(asked)
    if bundle.get("type") == "batch":
        return _json(200, asked.store.batch(bundle, minimal=asked.minimal))
    return _json(200, asked.store.transaction(bundle, minimal=asked.minimal))


def _plain(asked: Asked) -> None:
    """Only a search and a history take parameters (and everything takes ``_format=json``)."""
    query.read("Patient", [pair for pair in asked.pairs if pair[0] == "_format"])
    if any(name != "_format" for name, _ in asked.pairs):
        raise malformed("This interaction takes no search parameters.")


def _body(asked: Asked) -> dict[str, Any]:
    kind = asked.headers.get("content-type", CONTENT_TYPE)
    if "json" not in kind:
        raise Refused(415, "not-supported", "The body must be application/fhir+json.")
    try:
        return wire.decode(asked.body)
    except EhrNonsense as error:
        raise Refused(400, "structure", f"The body is {error}.") from error


def _same_type(asked: Asked, resource: Mapping[str, Any]) -> None:
    if resource.get("resourceType") != asked.kind:
        raise malformed("The resource is not of the type in the address.")


def _one(asked: Asked, kept: Kept) -> Answer:
    headers = _versioned(kept)
    if asked.headers.get("if-none-match") == kept.etag:
        return Answer(304, headers)
    return Answer(200, {"Content-Type": CONTENT_TYPE, **headers}, kept.body)


def _written(asked: Asked, kept: Kept, status: int) -> Answer:
    headers = {**_versioned(kept), "Location": answers.location(kept, asked.base)}
    if asked.minimal:
        return Answer(status, headers)
    return Answer(status, {"Content-Type": CONTENT_TYPE, **headers}, kept.body)


def _versioned(kept: Kept) -> dict[str, str]:
    return {"ETag": kept.etag, "Last-Modified": format_datetime(kept.modified, usegmt=True)}


def _json(
    status: int, resource: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> Answer:
    return Answer(status, {"Content-Type": CONTENT_TYPE, **(headers or {})}, wire.encode(resource))


_ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", _TYPE, _search),
    ("POST", f"{_TYPE}/_search", _search_by_post),
    ("POST", _TYPE, _create),
    ("GET", f"{_TYPE}/{_ID}", _read),
    ("PUT", f"{_TYPE}/{_ID}", _update),
    ("DELETE", f"{_TYPE}/{_ID}", _delete),
    ("GET", f"{_TYPE}/{_ID}/_history", _history),
    ("GET", rf"{_TYPE}/{_ID}/_history/(?P<version>\d{{1,9}})", _vread),
    ("POST", "", _bundle),
)
