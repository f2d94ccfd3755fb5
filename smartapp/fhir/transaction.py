"""Several new resources saved together: as one transaction where offered, else one after another.

Resources refer to one another by ``urn:uuid:`` and their identifier's value, each listed after
those it refers to. A "transaction" may be a batch in disguise (HTTP 200 with a 400 inside, and
references left as they were), so every entry's status is read, what failed is created on its own,
and references are mended.
"""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from smartapp.errors import (
    EhrConflict,
    EhrError,
    EhrForbidden,
    EhrNonsense,
    EhrNotFound,
    EhrRejected,
    EhrUnreachable,
    EhrUnsure,
)
from smartapp.fhir import identity
from smartapp.fhir.capabilities import CONDITION_REFUSED, refuses_conditions
from smartapp.fhir.http import Answer
from smartapp.fhir.translation import mapped
from smartapp.fhir.witness import Interaction

if TYPE_CHECKING:
    from smartapp.fhir.client import EhrClient

log = logging.getLogger(__name__)

Resource = dict[str, Any]

_SAVED = re.compile(r"2\d\d\b")


class Together:
    """One saving of ``resources``; what is kept so far is in ``kept``, by ``urn:uuid:``."""

    def __init__(self, client: "EhrClient", resources: Sequence[Mapping[str, Any]]) -> None:
        self._client = client
        self._wanted = {identity.urn(resource): resource for resource in resources}
        self.kept: dict[str, Resource] = {}

    def save(self) -> list[Resource]:
        """All resources as kept, in the order given.

        When some are kept and the rest fails, the error never says that nothing was saved: it is
        ``EhrRejected`` for what the server will not take and ``EhrUnsure`` for what may yet come.
        """
        if len(self._wanted) > 1 and self._client.capabilities().transaction:
            self._at_once()
        for urn, resource in self._wanted.items():
            if urn not in self.kept:
                self.kept[urn] = self._alone(resource)
        return [self._mended(urn) for urn in self._wanted]

    def _at_once(self) -> None:
        """One transaction; where its conditions are refused, one more that searches first."""
        entries = self._entries(self._client.condition)
        types = {e["resource"]["resourceType"] for e in entries if "ifNoneExist" in e["request"]}
        if not types:
            return self._send_or_tell(entries)
        try:
            self._send(entries)
        except EhrError as error:
            if error.status not in CONDITION_REFUSED:
                self._tell(entries, error)
                raise
            self._send_or_tell(self._entries(lambda _: None))
            refuses_conditions(self._client.base, types)

    def _send_or_tell(self, entries: list[Resource]) -> None:
        try:
            self._send(entries)
        except EhrError as error:
            self._tell(entries, error)
            raise

    def _tell(self, entries: list[Resource], error: EhrError) -> None:
        open_ = (e["resource"] for e in entries if e["fullUrl"] not in self.kept)
        self._client.testimony.failed(Interaction.CREATE, open_, error)

    def _send(self, entries: list[Resource]) -> None:
        if len(entries) < 2:
            return
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
        answer = self._client.bundle(bundle)
        if answer is None:
            return
        told = answer.get("entry")
        if not isinstance(told, list) or len(told) != len(entries):
            raise EhrUnsure
        for entry, outcome in zip(entries, told, strict=True):
            self._take(entry, outcome)

    def _entries(self, condition: Callable[[Mapping[str, Any]], str | None]) -> list[Resource]:
        """What is not kept yet; what has no condition is searched first."""
        open_ = {urn: r for urn, r in self._wanted.items() if urn not in self.kept}
        conditions = {urn: condition(resource) for urn, resource in open_.items()}
        unsure = [urn for urn, told in conditions.items() if told is None]
        found = self._client.together(
            *(lambda urn=urn: self._client.find(self._wanted[urn]) for urn in unsure)
        )
        self.kept |= {urn: row for urn, row in zip(unsure, found, strict=True) if row is not None}
        return [
            {
                "fullUrl": urn,
                "resource": self._resolved(resource),
                "request": _request(resource, conditions[urn]),
            }
            for urn, resource in self._wanted.items()
            if urn not in self.kept
        ]

    def _take(self, entry: Mapping[str, Any], outcome: Any) -> None:
        response = outcome.get("response") if isinstance(outcome, Mapping) else None
        if not isinstance(response, Mapping) or not _SAVED.match(str(response.get("status"))):
            log.warning("an entry of a transaction was not saved")
            return
        kept = self._saved(entry["resource"]["resourceType"], outcome.get("resource"), response)
        existed = str(response["status"]).startswith("200")
        if existed and kept and not identity.same(entry["resource"], kept, self._client.base):
            raise EhrNonsense
        if kept:
            self.kept[entry["fullUrl"]] = kept
            self._client.testimony.done(Interaction.CREATE, kept)

    def _saved(self, type_: str, body: Any, response: Mapping[str, Any]) -> Resource | None:
        """What an entry saved, from its body or read back; None when it does not tell."""
        if isinstance(body, dict) and body.get("resourceType") == type_ and body.get("id"):
            return self._client.mine(body)
        headers = {"Location": str(response.get("location", ""))}
        return (
            self._client.stored(type_, Answer(201, headers, b"")) if headers["Location"] else None
        )

    def _alone(self, resource: Mapping[str, Any]) -> Resource:
        try:
            return self._client.create(self._resolved(resource))
        except EhrError as error:
            if not self.kept:
                raise
            raise partly(error) from error

    def _resolved(self, resource: Mapping[str, Any]) -> Any:
        named = {urn: f"{r['resourceType']}/{r['id']}" for urn, r in self.kept.items()}
        return mapped(resource, lambda reference: named.get(reference, reference))

    def _mended(self, urn: str) -> Resource:
        kept = self.kept[urn]
        resolved = self._resolved(kept)
        if resolved == kept:
            return kept
        version = str((kept.get("meta") or {}).get("versionId", ""))
        try:
            return self._client.update(resolved, version)
        except EhrError as error:
            raise partly(error) from error


def _request(resource: Mapping[str, Any], condition: str | None) -> dict[str, str]:
    request = {"method": "POST", "url": str(resource["resourceType"])}
    return {**request, "ifNoneExist": condition} if condition else request


def partly(error: EhrError) -> EhrError:
    """The error to raise when something was saved before ``error`` stopped the rest."""
    told = error
    if isinstance(error, EhrForbidden | EhrNotFound | EhrConflict):
        told = EhrRejected()
    elif isinstance(error, EhrUnreachable | EhrNonsense):
        told = EhrUnsure()
    told.status = error.status
    return told
