"""The entries of a transaction or batch Bundle, read into what they ask for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from smartapp.store.outcome import Refused, malformed
from smartapp.store.work import if_match


@dataclass
class Entry:
    """One entry as asked. ``number`` counts from 1; ``id`` is empty for a create and a search."""

    number: int
    method: str
    kind: str
    id: str
    version: int | None
    pairs: list[tuple[str, str]]
    full_url: str
    resource: dict[str, Any]
    if_match: int | None
    if_none_exist: str


def entries(bundle: Mapping[str, Any], kind: str) -> list[Mapping[str, Any]]:
    """The raw entries of a Bundle of type ``kind``; 400 when it is not one."""
    if bundle.get("resourceType") != "Bundle" or bundle.get("type") != kind:
        raise malformed(f"This is not a Bundle of type {kind}.")
    found = bundle.get("entry", [])
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise malformed("The entries of a Bundle are a list of objects.")
    return found


def read(number: int, raw: Mapping[str, Any], base: str) -> Entry:
    """Read one raw entry; 400 for anything but create, read, vread, search, update and delete."""
    request = raw.get("request")
    if not isinstance(request, dict) or not isinstance(request.get("url"), str):
        raise malformed("An entry has a request with method and url.")
    split = urlsplit(request["url"].removeprefix(f"{base}/") if base else request["url"])
    steps = split.path.strip("/").split("/")
    method = str(request.get("method"))
    kind, id, version = _target(method, steps)
    resource = raw.get("resource", {})
    _fits(method, kind, id, resource)
    return Entry(
        number=number,
        method=method,
        kind=kind,
        id=id,
        version=version,
        pairs=parse_qsl(split.query, keep_blank_values=True),
        full_url=str(raw.get("fullUrl", "")),
        resource=resource,
        if_match=if_match(request.get("ifMatch")),
        if_none_exist=str(request.get("ifNoneExist", "")),
    )


def _target(method: str, steps: list[str]) -> tuple[str, str, int | None]:
    """(type, id, version) of the path, if this method can be asked of it."""
    if (method, len(steps)) in {("POST", 1), ("GET", 1)}:
        return steps[0], "", None
    if (method, len(steps)) in {("PUT", 2), ("DELETE", 2), ("GET", 2)}:
        return steps[0], steps[1], None
    if method == "GET" and len(steps) == 4 and steps[2] == "_history" and steps[3].isdecimal():
        return steps[0], steps[1], int(steps[3])
    raise Refused(400, "not-supported", "This method is not supported for this url in a Bundle.")


def _fits(method: str, kind: str, id: str, resource: Any) -> None:
    """The resource of a write is of the type and id its url names."""
    if method not in ("POST", "PUT"):
        return
    if not isinstance(resource, dict) or resource.get("resourceType") != kind:
        raise malformed("The entry's resource is not of the type its url names.")
    if method == "PUT" and resource.get("id") != id:
        raise malformed("The entry's resource does not have the id its url names.")
