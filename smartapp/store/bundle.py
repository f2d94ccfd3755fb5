"""Transaction and batch: many interactions in one Bundle.

Rules: https://hl7.org/fhir/R4/http.html#transaction. A transaction runs deletes, creates, updates
and reads in that order whatever the order of its entries, and answers in the order they came.
"""

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from smartapp.fhir import wire
from smartapp.store import answers, entry, query
from smartapp.store.entry import Entry
from smartapp.store.found import Found
from smartapp.store.kept import Kept
from smartapp.store.outcome import Refused, malformed
from smartapp.store.rewrite import rewrite
from smartapp.store.work import Work

_ORDER = ("DELETE", "POST", "PUT", "GET")


class Keeper(Protocol):
    """What an entry can be asked of: the whole store (batch) or one unit of work (transaction)."""

    base: str

    def read(self, kind: str, id: str) -> Kept:
        """See ``Work.read``."""

    def vread(self, kind: str, id: str, version: int) -> Kept:
        """See ``Work.vread``."""

    def search(self, kind: str, pairs: Sequence[tuple[str, str]]) -> Found:
        """See ``Work.search``."""

    def create(
        self, resource: Mapping[str, Any], if_none_exist: str = "", id: str = ""
    ) -> tuple[Kept, bool]:
        """See ``Work.create``."""

    def update(self, resource: Mapping[str, Any], if_match: int | None = None) -> tuple[Kept, bool]:
        """See ``Work.update``."""

    def delete(self, kind: str, id: str, if_match: int | None = None) -> Kept:
        """See ``Work.delete``."""


def batch(keeper: Keeper, bundle: Mapping[str, Any], *, minimal: bool = False) -> dict[str, Any]:
    """Each entry by itself, in order: one that is refused leaves the others done."""
    found = []
    for number, raw in enumerate(entry.entries(bundle, "batch"), 1):
        try:
            asked = entry.read(number, raw, keeper.base)
            found.append(_done(keeper, asked, minimal))
        except Refused as refusal:
            found.append({"response": answers.refused(refusal)})
    return _responses("batch-response", found)


def transaction(work: Work, bundle: Mapping[str, Any], *, minimal: bool = False) -> dict[str, Any]:
    """All entries or, when any is refused, none: the caller undoes ``work`` on the exception."""
    raws = entry.entries(bundle, "transaction")
    asked = []
    for number, raw in enumerate(raws, 1):
        with _told(number):
            asked.append(entry.read(number, raw, work.base))
    _distinct(asked)
    found: dict[int, dict[str, Any]] = {}
    for method in _ORDER:
        if method == "POST":
            existing = _settle(work, asked)
        for each in (each for each in asked if each.method == method):
            with _told(each.number):
                found[each.number] = _step(
                    work, each, existing if method == "POST" else {}, minimal
                )
    return _responses("transaction-response", [found[each.number] for each in asked])


def _step(work: Work, asked: Entry, existing: Mapping[int, str], minimal: bool) -> dict[str, Any]:
    if asked.number in existing:
        kept = work.read(asked.kind, existing[asked.number])
        return _written(kept, 200, work.base, minimal)
    return _done(work, asked, minimal)


def _settle(work: Work, asked: list[Entry]) -> dict[int, str]:
    """Give every create its id, then point all references at what the entries will be kept as.

    Returns, by entry number, the ids of creates whose condition matches something already kept.
    """
    existing: dict[int, str] = {}
    names: dict[str, str] = {}
    for each in asked:
        if each.method == "POST":
            with _told(each.number):
                match = work.matching(each.kind, each.if_none_exist) if each.if_none_exist else None
            if match:
                existing[each.number] = match
            each.id = match or str(uuid.uuid4())
        if each.full_url and (each.method == "POST" or each.full_url.startswith("urn:")):
            names[each.full_url] = f"{each.kind}/{each.id}"
    for each in asked:
        with _told(each.number):
            each.resource = rewrite(each.resource, names, work.matching)
    return existing


def _distinct(asked: list[Entry]) -> None:
    """No resource may be written twice, nor two entries have one name or one condition."""
    written = [f"{each.kind}/{each.id}" for each in asked if each.method in ("PUT", "DELETE")]
    conditions = [f"{each.kind}?{each.if_none_exist}" for each in asked if each.if_none_exist]
    names = [each.full_url for each in asked if each.full_url and each.method == "POST"]
    for values in (written, conditions, names):
        if len(set(values)) < len(values):
            raise malformed("Two entries of the transaction are about the same resource.")


def _done(keeper: Keeper, asked: Entry, minimal: bool) -> dict[str, Any]:
    return _METHODS[asked.method](keeper, asked, minimal)


def _get(keeper: Keeper, asked: Entry, minimal: bool) -> dict[str, Any]:
    del minimal
    if asked.id:
        kept = (
            keeper.read(asked.kind, asked.id)
            if asked.version is None
            else keeper.vread(asked.kind, asked.id, asked.version)
        )
        response = {"status": answers.status(200), "etag": kept.etag}
        return {"resource": kept.resource, "response": response}
    found = keeper.search(asked.kind, asked.pairs)
    read = query.read(asked.kind, asked.pairs, keeper.base)
    page = wire.decode(wire.encode(answers.searchset(read, found, keeper.base)))
    return {"resource": page, "response": {"status": answers.status(200)}}


def _post(keeper: Keeper, asked: Entry, minimal: bool) -> dict[str, Any]:
    kept, new = keeper.create(asked.resource, asked.if_none_exist, asked.id)
    return _written(kept, 201 if new else 200, keeper.base, minimal)


def _put(keeper: Keeper, asked: Entry, minimal: bool) -> dict[str, Any]:
    kept, new = keeper.update(asked.resource, asked.if_match)
    return _written(kept, 201 if new else 200, keeper.base, minimal)


def _delete(keeper: Keeper, asked: Entry, minimal: bool) -> dict[str, Any]:
    del minimal
    kept = keeper.delete(asked.kind, asked.id, asked.if_match)
    return {"response": {"status": answers.status(204), "etag": kept.etag}}


_METHODS: Mapping[str, Callable[[Keeper, Entry, bool], dict[str, Any]]] = {
    "GET": _get,
    "POST": _post,
    "PUT": _put,
    "DELETE": _delete,
}


def _written(kept: Kept, code: int, base: str, minimal: bool) -> dict[str, Any]:
    body = {} if minimal else {"resource": kept.resource}
    return {**body, "response": answers.written(kept, code, base)}


def _responses(kind: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": kind, **({"entry": found} if found else {})}


@contextmanager
def _told(number: int) -> Iterator[None]:
    """Say which entry a refusal is about."""
    try:
        yield
    except Refused as refusal:
        sentence = f"Entry {number}: {refusal.sentence}"
        raise Refused(refusal.status, refusal.code, sentence) from refusal
