"""Searches to their last page: every entry checked, every ``next`` link kept below the base."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from smartapp.errors import EhrNonsense
from smartapp.fhir import address

log = logging.getLogger(__name__)

MOST_PAGES = 50
MOST_ROWS = 10_000
Params = Sequence[tuple[str, str]]
_IGNORED = frozenset({"not-supported", "invalid"})


class Fetch(Protocol):
    """Answers with the Bundle at a URL, asked with ``params``."""

    def __call__(self, url: str, params: Params = (), /) -> Mapping[str, Any]:
        """The Bundle."""


def found(
    base: str, type_: str, asked: Params, fetch: Fetch, *, strict: bool = False
) -> list[dict[str, Any]]:
    """All resources of the search ``asked``, as ``resources`` reads its pages.

    Medplum's router tells a ``total`` of more than it shows, and no ``next`` link: then it is asked
    once more, for a page of that many. A total may also be too high, so the longer answer counts.
    """
    first = fetch(f"{base}/{type_}", asked)
    rows = resources(base, first, fetch, strict=strict)
    total = first.get("total")
    if not isinstance(total, int) or not len(rows) < total <= MOST_ROWS:
        return rows
    rest = [pair for pair in asked if pair[0] != "_count"]
    whole = fetch(f"{base}/{type_}", [*rest, ("_count", str(total))])
    more = resources(base, whole, fetch, strict=strict)
    if len(more) < total:
        log.warning("a search told of %d resources and gave %d", total, len(more))
    return max(rows, more, key=len)


def resources(
    base: str,
    first: Mapping[str, Any],
    fetch: Callable[[str], Mapping[str, Any]],
    *,
    strict: bool = False,
    versions: bool = False,
) -> list[dict[str, Any]]:
    """All resources of a Bundle and the pages after it, each once (Oracle shows some twice).

    With ``versions`` every version of a resource counts as one. ``strict`` refuses a search in
    which the server says it ignored a parameter (the caller has no other way of filtering). A
    foreign ``next`` link, a page shown twice and more than ``MOST_PAGES`` pages are
    ``EhrNonsense``: half a record is never passed off as a whole one.
    """
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for page in _pages(base, first, fetch):
        for entry in _entries(page):
            resource = entry.get("resource")
            if not isinstance(resource, dict):
                continue
            if resource.get("resourceType") == "OperationOutcome":
                _heed(resource, strict=strict)
            else:
                found[_key(resource, versions=versions)] = resource
    return list(found.values())


def _pages(
    base: str, page: Mapping[str, Any], fetch: Callable[[str], Mapping[str, Any]]
) -> Iterator[Mapping[str, Any]]:
    visited: set[str] = set()
    while True:
        if page.get("resourceType") != "Bundle":
            raise EhrNonsense
        yield page
        link = _next(page)
        if link is None:
            return
        url = address.below(base, link)
        if url is None or url in visited or len(visited) == MOST_PAGES:
            log.warning("a search's next link was refused after %d pages", len(visited) + 1)
            raise EhrNonsense
        visited.add(url)
        page = fetch(url)


def _next(page: Mapping[str, Any]) -> str | None:
    for link in page.get("link") or ():
        if isinstance(link, Mapping) and link.get("relation") == "next":
            url = link.get("url")
            return url if isinstance(url, str) else None
    return None


def _entries(page: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from (entry for entry in page.get("entry") or () if isinstance(entry, Mapping))


def _key(resource: Mapping[str, Any], *, versions: bool) -> tuple[str, str, str]:
    meta = resource.get("meta") if versions else None
    version = meta.get("versionId") if isinstance(meta, Mapping) else None
    return str(resource.get("resourceType")), str(resource.get("id")), str(version)


def _heed(outcome: Mapping[str, Any], *, strict: bool) -> None:
    for issue in outcome.get("issue") or ():
        severity, code = issue.get("severity"), issue.get("code")
        if severity in ("fatal", "error") or (strict and code in _IGNORED):
            log.warning("a search was refused: its outcome says %s, %s", severity, code)
            raise EhrNonsense
