"""What the record keeps, and the small pieces all our resources are written and read with."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid5

from smartapp.fhir import identity, names
from smartapp.fhir.place import Place, place_of

T = TypeVar("T")
Resource = dict[str, Any]


@dataclass(frozen=True)
class Kept(Generic[T]):
    """A thing as the record keeps it.

    ``id`` is its id in the chart (``place.py``); ``version`` is the one it was read at, "" from a
    server that tells none; ``resource`` is exactly what the server sent, but for the references
    between EHR and store; ``updated`` is when the server last stored it.
    """

    thing: T
    id: str
    version: str
    resource: Resource
    updated: datetime | None

    @property
    def place(self) -> Place:
        """Where it lives."""
        return place_of(self.id)

    @property
    def reference(self) -> str:
        """How other resources refer to it: ``Type/id``."""
        return f"{self.resource['resourceType']}/{self.id}"


def keep(thing: T, resource: Resource) -> Kept[T]:
    """``thing`` together with the ``resource`` it was read from."""
    meta = resource.get("meta") or {}
    version = str(meta.get("versionId") or "")
    return Kept(thing, resource["id"], version, resource, moment(meta.get("lastUpdated")))


def identifier(form_id: UUID, role: str) -> dict[str, str]:
    """The identifier of what a form creates in one ``role``, the same however often it is sent."""
    return {"system": names.IDENTIFIER, "value": str(uuid5(form_id, role))}


def made_by(resource: Mapping[str, Any], form_id: UUID, role: str) -> bool:
    """True when this form created it."""
    ours = identifier(form_id, role)
    return (ours["system"], ours["value"]) in identity.keys(resource)


def once(resources: Iterable[Resource]) -> list[Resource]:
    """``resources`` without those a second, simultaneous sending of the same form created.

    Of the doubles the one changed last stays; the rest keep their order.
    """
    found: dict[str, Resource] = {}
    for resource in resources:
        ours = (value for system, value in identity.keys(resource) if system == names.IDENTIFIER)
        key = next(ours, f"{resource['resourceType']}/{resource['id']}")
        found[key] = max(found.get(key, resource), resource, key=_changed)
    return list(found.values())


def _changed(resource: Resource) -> tuple[str, str]:
    return str((resource.get("meta") or {}).get("lastUpdated") or ""), resource["id"]


def coding(system: str, code: str, display: str) -> dict[str, str]:
    """A Coding."""
    return {"system": system, "code": code, "display": display}


def concept(*codings: dict[str, str]) -> Resource:
    """A CodeableConcept whose text is the last coding's display."""
    return {"coding": list(codings), "text": codings[-1]["display"]}


def codes(concepts: Any, system: str) -> Iterator[str]:
    """The codes of ``system`` in a CodeableConcept or a list of them."""
    for one in concepts if isinstance(concepts, list) else [concepts or {}]:
        for found in one.get("coding") or ():
            if found.get("system") == system and found.get("code"):
                yield found["code"]


def label(concept_: Mapping[str, Any]) -> str:
    """What a CodeableConcept says to a reader: its text, else a display, else a code, else ""."""
    codings = concept_.get("coding") or ()
    said = [concept_.get("text"), *(c.get("display") for c in codings)]
    return next((text for text in [*said, *(c.get("code") for c in codings)] if text), "")


def extension(holder: Mapping[str, Any], url: str) -> Resource:
    """The first extension with this url, or an empty one."""
    return next((e for e in holder.get("extension") or () if e.get("url") == url), {})


def extend(holder: Resource, changed: Resource) -> None:
    """Put ``changed`` in place of the extension of the same url, the others untouched."""
    found = holder.setdefault("extension", [])
    at = [i for i, e in enumerate(found) if e.get("url") == changed["url"]]
    if at:
        found[at[0]] = changed
    else:
        found.append(changed)


def day(text: Any) -> date | None:
    """The day of a full date, dateTime or instant; None for a partial or unreadable one."""
    try:
        return date.fromisoformat(str(text)[:10])
    except ValueError:
        return None


def moment(text: Any) -> datetime | None:
    """A dateTime or instant with its offset; None when there is no time or no offset in it."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else None
