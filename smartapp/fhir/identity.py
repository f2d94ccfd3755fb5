"""How a resource is recognized as the one already written, so that trying again never doubles it.

Everything we create carries an identifier made from the form it came from. A Provenance has no
identifier in R4: it is recognized by the versions it targets.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from smartapp.fhir import address

Key = tuple[str, str]
"""An identifier's system and value."""


def keys(resource: Mapping[str, Any]) -> Iterator[Key]:
    """Each complete identifier; QuestionnaireResponse has at most one, and not in a list."""
    found = resource.get("identifier")
    for one in found if isinstance(found, list) else [found]:
        if isinstance(one, Mapping) and one.get("system") and one.get("value"):
            yield str(one["system"]), str(one["value"])


def urn(resource: Mapping[str, Any]) -> str:
    """The ``urn:uuid:`` by which resources saved together refer to this one before it has an id."""
    return f"urn:uuid:{next(keys(resource))[1]}"


def same(one: Mapping[str, Any], other: Mapping[str, Any], base: str) -> bool:
    """True when ``other``, of the same type, was written for the same occasion as ``one``."""
    if one.get("resourceType") == "Provenance":
        return bool(_targets(one, base)) and _targets(one, base) == _targets(other, base)
    return not set(keys(one)).isdisjoint(keys(other))


def query(resource: Mapping[str, Any], base: str) -> list[tuple[str, str]] | None:
    """The search that would find it, without ``patient``; None when it cannot be recognized."""
    if resource.get("resourceType") == "Provenance":
        named = sorted(_targets(resource, base))[:1]
        return [("target", target.partition("/_history/")[0]) for target in named] or None
    return next(([("identifier", f"{s}|{v}")] for s, v in keys(resource)), None)


def _targets(provenance: Mapping[str, Any], base: str) -> set[str]:
    """The versions it is about: relatively those of this server, absolutely those of another."""
    said = [str(t.get("reference", "")) for t in provenance.get("target") or ()]
    found = [(reference, address.local(base, reference)) for reference in said]
    return {
        f"{local}/_history/{local.version}" if local else reference
        for reference, local in found
        if "/_history/" in reference
    }
