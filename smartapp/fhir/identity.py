"""How a resource is recognized as the one already written, so that trying again never doubles it.

Everything we create carries an identifier made from the form it came from. A Provenance has no
identifier in R4: it is recognized by the versions it targets, and on a server that tells none by
the form it tells of.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from smartapp.fhir import address, names

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
        about = _targets(one, base)
        known = all("/_history/" in target for target in about) or _form(one) == _form(other)
        return bool(about) and known and about == _targets(other, base)
    return not set(keys(one)).isdisjoint(keys(other))


def query(resource: Mapping[str, Any], base: str) -> list[tuple[str, str]] | None:
    """The search that would find it, without ``patient``; None when it cannot be recognized."""
    if resource.get("resourceType") == "Provenance":
        named = sorted(_targets(resource, base))[:1]
        return [("target", target.partition("/_history/")[0]) for target in named] or None
    return next(([("identifier", f"{s}|{v}")] for s, v in keys(resource)), None)


def _targets(provenance: Mapping[str, Any], base: str) -> set[str]:
    """What it is about: relatively what is of this server, absolutely what is of another."""
    said = [str(t.get("reference", "")) for t in provenance.get("target") or ()]
    found = [(reference, address.local(base, reference)) for reference in said]
    return {_named(local) if local else reference for reference, local in found if reference}


def _named(local: address.Address) -> str:
    return f"{local}/_history/{local.version}" if local.version else str(local)


def _form(provenance: Mapping[str, Any]) -> tuple[str, str]:
    """Which form it tells of, and what that did; distinct for one that does not say."""
    told = [e for e in provenance.get("extension") or () if e.get("url") == names.FORM]
    done = (provenance.get("activity") or {}).get("coding") or [{}]
    return str(told[0].get("valueUri") if told else id(provenance)), str(done[0].get("code"))
