"""What a saving consists of, and how it is sealed: nobody without the keys reads any of it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID, uuid5

from smartapp.fhir import wire
from smartapp.fhir.kept import Resource
from smartapp.fhir.outbox import Saving
from smartapp.sealed import Sealing

ERRAND = "errand "
"""How the part of a form begins that is an errand (``fhir/errand.py``)."""


@dataclass(frozen=True)
class Draft:
    """A saving with all that is needed to send it later: whose, by whom, in which encounter.

    ``identity`` is the EHR's Patient with its identifiers, if it was read; ``reason`` is why a
    person discarded it.
    """

    issuer: str
    patient: str
    saving: Saving
    author: str | None
    author_name: str
    encounter: str | None = None
    organization: str | None = None
    identity: Resource | None = None
    reason: str = ""

    @property
    def part(self) -> str:
        """Which part of its form it is: a form creates once, and changes each thing once.

        An errand is one of its kind about the same versions.
        """
        before = self.saving.before
        if self.saving.errand:
            return f"{ERRAND}{uuid5(self.saving.form_id, _about(self.saving))}"
        return f"{before['resourceType']}/{before['id']}" if before else "new"


class Seal(Sealing):
    """Sealing of savings under the app's ``keys`` (Fernet keys, the newest first)."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        super().__init__(keys, b"outbox patient")

    def close(self, draft: Draft) -> bytes:
        """The draft, sealed."""
        told = asdict(draft)
        told["saving"]["form_id"] = str(draft.saving.form_id)
        return self.shut(wire.encode(told))

    def open(self, body: bytes) -> Draft | None:
        """What was sealed; None for what was wiped, or sealed under a key that is gone."""
        told = self.reveal(body)
        return _draft(wire.decode(told)) if told else None


def _about(errand: Saving) -> str:
    named = [t.get("reference", "") for r in errand.resources for t in r.get("target") or ()]
    things = [f"{r['resourceType']}/{r.get('id', '')}" for r in errand.resources]
    return " ".join([errand.errand, errand.into, *things, *named])


def _draft(told: dict[str, Any]) -> Draft:
    said = told.pop("saving")
    form_id, resources = UUID(said.pop("form_id")), tuple(said.pop("resources"))
    return Draft(saving=Saving(form_id, resources, **said), **told)
