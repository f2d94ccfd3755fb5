"""Who can deliver the program: people found by name, and the organization they act for."""

import logging
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from smartapp.errors import EhrError, EhrNotFound
from smartapp.fhir import address
from smartapp.fhir.client import EhrClient
from smartapp.fhir.patient import full_name
from smartapp.program.enrollment import Person

log = logging.getLogger(__name__)


def find(client: EhrClient, name: str) -> tuple[Person, ...]:
    """Active practitioners in whose name every word of ``name`` occurs, whatever its accents."""
    words = _plain(name).split()
    if not words:
        return ()
    rows = client.search("Practitioner", [("name", " ".join(name.split())), ("_count", "50")])
    found = (_person(row) for row in rows if row.get("active") is not False)
    return tuple(p for p in found if all(word in _plain(p.name) for word in words))


def read(client: EhrClient, reference: str) -> Person:
    """The person a ``Practitioner/…`` or ``PractitionerRole/…`` reference names.

    Whoever is named by a role is told as the Practitioner behind it, so that nobody is two people.
    Raises ``EhrNotFound`` for any other reference.
    """
    named = address.local(client.base, reference)
    if named is None or named.type not in ("Practitioner", "PractitionerRole"):
        raise EhrNotFound
    resource = client.read(named.type, named.id)
    if named.type == "Practitioner":
        return _person(resource)
    who = resource.get("practitioner") or {}
    behind = address.local(client.base, who.get("reference", ""))
    if behind is None:
        return Person(str(named), str(who.get("display") or ""))
    return Person(str(behind), who.get("display") or read(client, str(behind)).name)


def organizations(client: EhrClient, people: Iterable[Person]) -> dict[str, dict[str, str]]:
    """For whom each practitioner acts, by the person's reference, where a PractitionerRole tells.

    Who acts for several organizations, or whose roles cannot be read, is left out.
    """
    asked = [p.reference for p in people if p.reference.startswith("Practitioner/")]
    told = client.together(*(lambda r=r: _acts_for(client, r) for r in dict.fromkeys(asked)))
    return {r: found for r, found in zip(dict.fromkeys(asked), told, strict=True) if found}


def _acts_for(client: EhrClient, reference: str) -> dict[str, str] | None:
    try:
        rows = client.search("PractitionerRole", [("practitioner", reference)])
    except EhrError:
        log.info("PractitionerRole could not be read")
        return None
    theirs = [r for r in rows if _is(client, r.get("practitioner"), reference)]
    found = [r["organization"] for r in theirs if r.get("organization") and r.get("active", True)]
    return found[0] if len({o.get("reference") for o in found}) == 1 else None


def _is(client: EhrClient, who: Any, reference: str) -> bool:
    named = address.local(client.base, (who or {}).get("reference", ""))
    return named is not None and str(named) == reference


def _person(resource: Mapping[str, Any]) -> Person:
    return Person(f"Practitioner/{resource['id']}", full_name(resource))


def _plain(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))
