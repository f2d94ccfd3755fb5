"""Read and search, as far as a token's scopes reach; nothing is written through here.

The scopes are checked for the type asked for, and again for every entry of every Bundle answered:
what an ``_include`` brings along of another type needs a scope for that type.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from smartapp.fhir import wire
from smartapp.store import rest
from smartapp.store.outcome import Refused, outcome
from smartapp.store.rest import Answer
from smartapp.store.storage import FhirStore
from smartapp.systems.refusal import forbidden, not_offered
from smartapp.systems.tokens import Access

_TYPE = r"(?P<kind>[A-Z][A-Za-z]+)"
_READ = re.compile(_TYPE + r"/[A-Za-z0-9.-]{1,64}(/_history(/\d{1,9})?)?")
_SEARCH = re.compile(_TYPE + r"(?P<post>/_search)?")


def answer(
    store: FhirStore,
    access: Access,
    method: str,
    path: str,
    query: str,
    headers: Mapping[str, str],
    body: bytes,
) -> Answer:
    """Answer one request below the store's base; Refused with 403, 404 or 405."""
    kind, letter = _asked(method, path)
    if not access.allows(kind, letter):
        raise forbidden(kind)
    found = rest.answer(store, method, path, query, headers, body)
    return _sifted(found, kind, access) if letter == "s" and found.status == 200 else found


def _asked(method: str, path: str) -> tuple[str, str]:
    """(resource type, scope letter) of a request that reads."""
    search = _SEARCH.fullmatch(path)
    wanted = "POST" if search and search["post"] else "GET"
    if method != wanted:
        raise not_offered(wanted)
    found = search or _READ.fullmatch(path)
    if found is None:
        raise Refused(404, "not-found", "There is nothing at this address.")
    return found["kind"], "s" if search else "r"


def _sifted(found: Answer, kind: str, access: Access) -> Answer:
    """The same Bundle without included entries the scopes do not cover, saying so."""
    bundle = wire.decode(found.body)
    entries = bundle.get("entry", [])
    kept = [entry for entry in entries if _may_see(entry, kind, access)]
    if len(kept) == len(entries):
        return found
    return replace(found, body=wire.encode({**bundle, "entry": [*kept, _LEFT_OUT]}))


def _may_see(entry: Mapping[str, Any], kind: str, access: Access) -> bool:
    found = entry["resource"]["resourceType"]
    is_match = entry["search"]["mode"] == "match" and found == kind
    return is_match or access.allows(found, "r")


_LEFT_OUT = {
    "resource": outcome(
        "Included resources of types the token's scopes do not cover were left out.",
        severity="warning",
        code="suppressed",
    ),
    "search": {"mode": "outcome"},
}
