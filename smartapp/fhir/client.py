"""EhrClient: one FHIR server, as one launch may use it.

Reads are checked for being what was asked and about whom; writes are guarded by identifier or
version, and every answer, also an empty one, is turned into the resource as it is now kept.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from typing import Any, TypeVar
from urllib.parse import quote

import requests

from smartapp.errors import (
    EhrConflict,
    EhrError,
    EhrNonsense,
    EhrNotFound,
    EhrRejected,
    EhrUnsure,
    EhrWrongPatient,
)
from smartapp.fhir import address, capabilities, compartment, identity, paging, shape, transaction
from smartapp.fhir.http import Answer, Http, Timeout, refusal
from smartapp.fhir.parallel import together
from smartapp.fhir.witness import Interaction, Testimony, Witness, unseen

log = logging.getLogger(__name__)

T = TypeVar("T")
R = TypeVar("R", bound=Mapping[str, Any])
Resource = dict[str, Any]
Params = Sequence[tuple[str, str]] | Mapping[str, str]

# A redirect (some servers send the base itself to base + "/") has not acted, and is not followed.
_NOT_OFFERED = frozenset({301, 302, 307, 308, 403, 404, 405, 501})


class EhrClient:
    """The FHIR server at ``base``, asked with an already authorized ``session``.

    With ``patient`` (an id) it is bound to that patient for life: other patients' resources are
    left out of searches, which the log says, and refused (``EhrWrongPatient``) when read or
    written. What is not as FHIR says (``shape.py``) is left out too: ``unsound`` are its types.
    ``witness`` is told of every read and write. Errors are those of ``smartapp.fhir.http``.
    """

    def __init__(
        self,
        session: requests.Session,
        base: str,
        *,
        patient: str | None,
        timeout: Timeout = (3.05, 10),
        workers: int = 8,
        witness: Witness = unseen,
    ) -> None:
        self.base = base.rstrip("/")
        self.patient = patient
        self.unsound: set[str] = set()
        self.testimony = Testimony(self.base, witness)
        self._workers = workers
        self._http = Http(session, self.base, timeout=timeout, pool=workers)

    def briefly(self) -> "EhrClient":
        """The same for what nobody should wait for."""
        made = copy(self)
        made._http = self._http.briefly()
        return made

    def read(self, type_: str, id_: str) -> Resource:
        """The current version; ``EhrNotFound`` also for an id that cannot be one."""
        return self._one(Interaction.READ, type_, id_, "")

    def vread(self, type_: str, id_: str, version: str) -> Resource:
        """One earlier version."""
        if not address.is_id(version):
            raise EhrNotFound
        return self._one(Interaction.VREAD, type_, id_, f"/_history/{version}")

    def history(self, type_: str, id_: str) -> list[Resource]:
        """Every version the server tells of, in its order (newest first, by the specification)."""
        return self.testimony.reading(
            Interaction.HISTORY, type_, lambda: self._versions(type_, id_), id_
        )

    def _versions(self, type_: str, id_: str) -> list[Resource]:
        bundle = self._fetch(f"{self._url(type_, id_)}/_history")
        rows = paging.resources(self.base, bundle, self._fetch, versions=True)
        if any((r.get("resourceType"), r.get("id")) != (type_, id_) for r in rows):
            raise EhrNonsense
        return [self.mine(row) for row in shape.sound(rows, self.unsound)]

    def search(self, type_: str, params: Params) -> list[Resource]:
        """All resources of ``type_`` that match, from all pages, each once.

        The server's patient filter is applied again; included resources of other types are left
        out. Where no such second filter exists, a server that says it ignored a parameter is
        refused (``EhrNonsense``).
        """
        rows = self.testimony.reading(
            Interaction.SEARCH, type_, lambda: self._search(type_, params)
        )
        return shape.sound(rows, self.unsound)

    def _search(self, type_: str, params: Params) -> list[Resource]:
        asked = list(params.items()) if isinstance(params, Mapping) else list(params)
        strict = self.patient is None or not compartment.bound(type_)
        rows = paging.found(self.base, type_, asked, self._fetch, strict=strict)
        typed = [row for row in rows if row.get("resourceType") == type_]
        kept = [row for row in typed if self._belongs(row)]
        if len(kept) < len(typed):
            log.warning("%d %s of other patients dropped", len(typed) - len(kept), type_)
        return kept

    def find(self, resource: Mapping[str, Any]) -> Resource | None:
        """What an earlier attempt to create ``resource`` left on the server, if anything.

        A server that does not know the ``identifier`` parameter is asked for all the patient's.
        """
        query = identity.query(resource, self.base)
        if query is None:
            return None
        type_ = resource["resourceType"]
        named = self.patient is not None and type_ != "Provenance"
        whose = [("patient", f"Patient/{self.patient}")] if named else []
        try:
            rows = self._search(type_, query + whose)
        except EhrRejected:
            if not whose:
                raise
            rows = self._search(type_, whose)
        found = next((row for row in rows if identity.same(resource, row, self.base)), None)
        return found and shape.readable(found)

    def create(self, resource: Mapping[str, Any]) -> Resource:
        """Create it unless it exists, and return it as kept.

        Where the server offers conditional create that is left to it; else, and where it refuses
        the condition after all (``capabilities.py``), it is searched first.
        """
        return self.testimony.writing(Interaction.CREATE, resource, lambda: self._create(resource))

    def _create(self, resource: Mapping[str, Any]) -> Resource:
        self.mine(resource)
        condition = self.condition(resource)
        if condition is None:
            return self._create_unless_found(resource)
        try:
            return self._post(resource, condition)
        except EhrError as error:
            if error.status not in capabilities.CONDITION_REFUSED:
                raise
        kept = self._create_unless_found(resource)
        capabilities.refuses_conditions(self.base, {resource["resourceType"]})
        return kept

    def _create_unless_found(self, resource: Mapping[str, Any]) -> Resource:
        existing = self.find(resource)
        return existing if existing is not None else self._post(resource, None)

    def update(self, resource: Mapping[str, Any], version: str) -> Resource:
        """PUT over ``version`` (If-Match) and return it as kept; ``EhrConflict`` on 409 and 412.

        An empty ``version`` (a server that tells none) goes without If-Match.
        """
        return self.testimony.writing(
            Interaction.UPDATE, resource, lambda: self._update(resource, version)
        )

    def _update(self, resource: Mapping[str, Any], version: str) -> Resource:
        self.mine(resource)
        type_, id_ = resource["resourceType"], resource["id"]
        headers = {"If-Match": f'W/"{version}"'} if version else {}
        answer = self._http.write("PUT", self._url(type_, id_), resource, headers)
        return self.stored(type_, answer, known=id_, over=version)

    def delete(self, type_: str, id_: str, version: str) -> None:
        """DELETE it at ``version`` (If-Match); ``EhrConflict`` when it has changed since."""
        gone: Resource = {"resourceType": type_, "id": id_, "meta": {"versionId": version}}
        headers = {"If-Match": f'W/"{version}"'} if version else {}

        def delete() -> Resource:
            self._http.delete(self._url(type_, id_), headers)
            return gone

        self.testimony.writing(Interaction.DELETE, gone, delete)

    def transaction(self, resources: Sequence[Mapping[str, Any]]) -> list[Resource]:
        """Create all of them, in one transaction where the server runs one; see its module."""
        for resource in resources:
            self.mine(resource)
        return transaction.Together(self, resources).save()

    def bundle(self, bundle: Mapping[str, Any]) -> Resource | None:
        """POST a Bundle to the base and return its answer; None when that is not offered."""
        answer = self._http.attempt("POST", self.base, bundle, {})
        if answer.status in _NOT_OFFERED:
            return None
        error = refusal(answer.status, write=True)
        if error is not None:
            raise error
        return answer.resource()

    def capabilities(self) -> capabilities.Capabilities:
        """What the server claims it can do; never fails."""
        return capabilities.remembered(self.base, lambda: self._fetch(f"{self.base}/metadata"))

    def together(self, *calls: Callable[[], T]) -> list[T]:
        """The results of ``calls`` run at once; the first error after all have finished."""
        return together(calls, self._workers)

    def condition(self, resource: Mapping[str, Any]) -> str | None:
        """The If-None-Exist query for it, when the server offers conditional create."""
        if resource["resourceType"] not in self.capabilities().conditional_create:
            return None
        return next(
            (f"identifier={quote(f'{s}|{v}', safe='')}" for s, v in identity.keys(resource)), None
        )

    def stored(self, type_: str, answer: Answer, known: str = "", over: str = "") -> Resource:
        """The resource a successful write left, from its body or, when that is empty, read back.

        Only id and version are taken from ``Location``, never its host. ``EhrUnsure`` when it
        cannot be read back, or is still the version it was put ``over`` (a gateway's 200).
        """
        try:
            body = answer.resource()
        except EhrNonsense:
            body = {}
        if body.get("resourceType") == type_ and known in ("", body.get("id")):
            return self.mine(answer.versioned(body))
        named = address.named_by(
            answer.headers.get("Location") or answer.headers.get("Content-Location") or ""
        )
        id_ = known or (named.id if named and named.type == type_ else None)
        if id_ is None:
            raise EhrNonsense
        return self._read_back(type_, id_, over)

    def _read_back(self, type_: str, id_: str, over: str) -> Resource:
        try:
            found = self._got(type_, id_, "")
        except EhrWrongPatient:
            raise
        except EhrError as error:
            raise EhrUnsure from error
        if over and (found.get("meta") or {}).get("versionId") == over:
            raise EhrUnsure
        return found

    def _post(self, resource: Mapping[str, Any], condition: str | None) -> Resource:
        type_ = resource["resourceType"]
        headers = {"If-None-Exist": condition} if condition else {}
        try:
            answer = self._http.write("POST", f"{self.base}/{type_}", resource, headers)
        except EhrConflict:
            existing = self.find(resource)
            if existing is None:
                raise
            return existing
        kept = self.stored(type_, answer)
        if answer.status == 200 and condition and not identity.same(resource, kept, self.base):
            raise EhrNonsense
        return kept

    def _one(self, interaction: Interaction, type_: str, id_: str, rest: str) -> Resource:
        return self.testimony.reading(interaction, type_, lambda: self._got(type_, id_, rest), id_)

    def _got(self, type_: str, id_: str, rest: str) -> Resource:
        answer = self._http.get(self._url(type_, id_) + rest)
        found = answer.resource()
        if (found["resourceType"], found.get("id")) != (type_, id_):
            raise EhrNonsense
        return answer.versioned(shape.readable(self.mine(found)))

    def _fetch(self, url: str, params: paging.Params = ()) -> Resource:
        return self._http.get(url, params).resource()

    def _url(self, type_: str, id_: str) -> str:
        if not address.is_id(id_):
            raise EhrNotFound
        return f"{self.base}/{type_}/{id_}"

    def _belongs(self, resource: Mapping[str, Any]) -> bool:
        return self.patient is None or compartment.belongs(resource, self.patient, self.base)

    def mine(self, resource: R) -> R:
        """``resource`` itself when this launch may use it, else ``EhrWrongPatient``."""
        if not self._belongs(resource):
            log.error("a %s of another patient was refused", resource.get("resourceType"))
            raise EhrWrongPatient
        return resource
