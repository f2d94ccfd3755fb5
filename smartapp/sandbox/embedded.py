"""The embedded FHIR store as the sandbox's record."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from smartapp.sandbox.upstream import Question, Reply
from smartapp.store import rest
from smartapp.store.storage import FhirStore


class Embedded:
    """One SQLite file, answering under the sandbox's FHIR base."""

    def __init__(self, path: Path, base: str) -> None:
        self._store, self._base = FhirStore(path, base=base), base

    def ask(self, question: Question) -> Reply:
        """The store's answer."""
        found = rest.answer(
            self._store,
            question.method,
            question.path,
            urlencode(question.query),
            question.headers,
            question.body,
            self._base,
        )
        headers = {name.lower(): value for name, value in found.headers.items()}
        return Reply(found.status, headers, found.body)

    def plant(self, resources: Sequence[Mapping[str, Any]]) -> dict[str, str]:
        """In one transaction, under the ids given: only the hospital itself may choose ids."""
        places = [f"{one['resourceType']}/{one['id']}" for one in resources]
        entries = [
            {"resource": one, "request": {"method": "PUT", "url": place}}
            for one, place in zip(resources, places, strict=True)
        ]
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
        self._store.transaction(bundle, client_ids=True)
        return dict(zip(places, places, strict=True))

    def wipe(self) -> None:
        """Forget everything, history too."""
        self._store.reset()

    def close(self) -> None:
        """Let go of the file."""
        self._store.close()
