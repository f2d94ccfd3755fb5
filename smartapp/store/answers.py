"""Bundles and entry responses as JSON, from what the store kept and found."""

from base64 import urlsafe_b64encode
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import msgspec

from smartapp.store.found import Found
from smartapp.store.kept import Kept, instant
from smartapp.store.outcome import Refused
from smartapp.store.query import Query

_ALWAYS = frozenset({"resourceType", "id", "meta"})
_SUBSETTED = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
    "code": "SUBSETTED",
}


def searchset(query: Query, found: Found, base: str) -> dict[str, Any]:
    """A page of a search; resources are raw JSON, for ``wire.encode``."""
    total = {} if found.total is None else {"total": found.total}
    entries = [_found(kept, "match", query.elements, base) for kept in found.matches]
    entries += [_found(kept, "include", frozenset(), base) for kept in found.included]
    here = [("_page", query.page)] if query.page else []
    links = [_link("self", _url(base, query, here))]
    if found.next_page:
        links.append(_link("next", _url(base, query, [("_page", found.next_page)])))
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        **total,
        "link": links,
        **({"entry": entries} if entries else {}),
    }


def history(versions: Sequence[Kept], total: int, links: list[tuple[str, str]]) -> dict[str, Any]:
    """Versions newest first, as a history Bundle; ``links`` are (relation, URL)."""
    return {
        "resourceType": "Bundle",
        "type": "history",
        "total": total,
        "link": [_link(relation, url) for relation, url in links],
        "entry": [_version(kept, links[0][1].partition("/_history")[0]) for kept in versions],
    }


def before(version: int) -> str:
    """The opaque name of the history page below a version."""
    return urlsafe_b64encode(f"before {version}".encode()).decode()


def status(code: int) -> str:
    """A status line for an entry: ``201 Created``."""
    return f"{code} {HTTPStatus(code).phrase}"


def written(kept: Kept, code: int, base: str) -> dict[str, Any]:
    """The response part of an entry that wrote (or found) ``kept``."""
    return {
        "status": status(code),
        "location": location(kept, base),
        "etag": kept.etag,
        "lastModified": instant(kept.updated),
    }


def refused(refusal: Refused) -> dict[str, Any]:
    """The response part of an entry that was refused."""
    return {"status": status(refusal.status), "outcome": refusal.resource()}


def location(kept: Kept, base: str) -> str:
    """The URL of this very version, relative without a base."""
    return f"{base}/{kept.reference}/_history/{kept.version}".lstrip("/")


def _found(kept: Kept, mode: str, elements: frozenset[str], base: str) -> dict[str, Any]:
    resource = _subset(kept, elements) if elements else msgspec.Raw(kept.body)
    url = f"{base}/{kept.reference}"
    return {"fullUrl": url, "resource": resource, "search": {"mode": mode}}


def _subset(kept: Kept, elements: frozenset[str]) -> dict[str, Any]:
    """Only the named top elements (and their ``_`` siblings), marked as not the whole resource."""
    wanted = elements | {f"_{name}" for name in elements} | _ALWAYS
    resource = {name: value for name, value in kept.resource.items() if name in wanted}
    resource["meta"]["tag"] = [*resource["meta"].get("tag", []), _SUBSETTED]
    return resource


def _version(kept: Kept, url: str) -> dict[str, Any]:
    code = {"DELETE": 204, "POST": 201}.get(kept.method, 201 if kept.version == 1 else 200)
    target = kept.type if kept.method == "POST" else kept.reference
    body = {} if kept.deleted else {"resource": msgspec.Raw(kept.body)}
    response = {
        "status": status(code),
        "etag": kept.etag,
        "lastModified": instant(kept.updated),
    }
    request = {"method": kept.method, "url": target}
    return {"fullUrl": url, **body, "request": request, "response": response}


def _url(base: str, query: Query, extra: list[tuple[str, str]]) -> str:
    pairs = urlencode([*query.asked, *extra])
    return f"{base}/{query.type}" + (f"?{pairs}" if pairs else "")


def _link(relation: str, url: str) -> dict[str, str]:
    return {"relation": relation, "url": url}
