"""The gate before the record: checks a request against a token, asks upstream, checks the answer.

Nothing an upstream answers is trusted: a server may ignore a patient filter, so each entry of each
Bundle is judged by itself. A refused read is 404 (it does not say whether the resource exists), a
refused write 403. A Bundle with one refused entry is refused whole.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from smartapp.fhir import wire
from smartapp.sandbox.access import Access, Refused
from smartapp.sandbox.compartment import SHARED, Compartment, local
from smartapp.sandbox.interaction import Interaction, interaction
from smartapp.sandbox.upstream import Question, Reply, Upstream

Query = tuple[tuple[str, str], ...]
_NAMED = re.compile(r"[A-Z][A-Za-z]+/[A-Za-z0-9.\-]{1,64}")
_NAMING = frozenset({"patient", "subject", "patient:Patient", "subject:Patient"})


class Gate:
    """One token's way to the record."""

    def __init__(self, upstream: Upstream, base: str, access: Access) -> None:
        self._upstream, self._base, self._access = upstream, base, access
        self._compartment = Compartment(base, self._fetch)
        self._near: dict[str, Mapping[str, Any]] = {}

    def answer(self, question: Question) -> Reply:
        """The upstream's answer to a permitted request; Refused otherwise."""
        question = _searched(question)
        what = interaction(question)
        checked = self._bundle(question) if what.name == "bundle" else self._checked(question, what)
        return self._filtered(self._upstream.ask(checked), what)

    # --- before ---

    def _checked(self, question: Question, what: Interaction) -> Question:
        if what.name == "page":
            return question
        confined = self._access.confined(what.type, what.letter)
        if what.letter in {"c", "u"}:
            self._may_write(question, what)
        if what.letter in {"u", "d"} and what.id:
            self._may_change(what)
        if not confined:
            return question
        if what.name == "search" or (what.name == "update" and not what.id):
            question = replace(question, query=self._confined(question.query, what.type))
        return self._conditional(question, what)

    def _may_write(self, question: Question, what: Interaction) -> None:
        resource = wire.decode(question.body)
        if resource.get("resourceType") != what.type or (what.id and resource.get("id") != what.id):
            raise Refused(400, "The body is not the resource the address names.")
        if not self._access.sees(resource, what.letter, self._compartment):
            raise Refused(403, "This resource is not about the patient of this launch.")

    def _may_change(self, what: Interaction) -> None:
        kept = self._fetch(f"{what.type}/{what.id}")
        if kept is not None and not self._access.sees(kept, what.letter, self._compartment):
            raise Refused(404, "There is no such resource in this launch.")

    def _conditional(self, question: Question, what: Interaction) -> Question:
        condition = question.headers.get("if-none-exist")
        if condition is None:
            return question
        query = self._confined(tuple(parse_qsl(condition.lstrip("?"))), what.type)
        return replace(question, headers={**question.headers, "if-none-exist": urlencode(query)})

    def _confined(self, query: Query, kind: str) -> Query:
        if any(name.startswith("_has") or "." in name for name, _ in query):
            raise Refused(403, "Chained searches are not offered within a patient's launch.")
        named = {value for name, value in query if name in _NAMING}
        patient = str(self._access.patient)
        if any(local(value, self._base).removeprefix("Patient/") != patient for value in named):
            raise Refused(403, "The search names another patient than the launch's.")
        if kind == "Patient":
            return (*query, ("_id", patient))
        unfiltered = kind in SHARED or kind in {"Provenance", "AuditEvent"}
        return query if named or unfiltered else (*query, ("patient", f"Patient/{patient}"))

    def _bundle(self, question: Question) -> Question:
        bundle = wire.decode(question.body)
        if bundle.get("resourceType") != "Bundle" or bundle.get("type") not in {
            "batch",
            "transaction",
        }:
            raise Refused(400, "Only a batch or transaction Bundle may be sent to the base.")
        entries = bundle.get("entry", [])
        # Only a urn may name a resource that is still to be made: anything else names a kept one.
        named = [(str(e.get("fullUrl")), e["resource"]) for e in entries if "resource" in e]
        self._near = {url: resource for url, resource in named if url.startswith("urn:uuid:")}
        checked = [self._entry(entry) for entry in entries]
        return replace(question, body=wire.encode({**bundle, "entry": checked}))

    def _entry(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        request = entry.get("request", {})
        question = self._asked_by(entry, request)
        what = interaction(question)
        if what.name == "bundle":
            raise Refused(400, "A Bundle entry may not be a Bundle.")
        checked = self._checked(question, what)
        url = checked.path + ("?" + urlencode(checked.query) if checked.query else "")
        kept = {**request, "url": url}
        if "if-none-exist" in checked.headers:
            kept["ifNoneExist"] = checked.headers["if-none-exist"]
        return {**entry, "request": kept}

    def _asked_by(self, entry: Mapping[str, Any], request: Mapping[str, Any]) -> Question:
        path, _, query = local(str(request.get("url", "")), self._base).partition("?")
        headers = {"if-none-exist": request["ifNoneExist"]} if "ifNoneExist" in request else {}
        body = wire.encode(entry["resource"]) if "resource" in entry else b"{}"
        pairs = tuple(parse_qsl(query, keep_blank_values=True))
        return Question(str(request.get("method")), path.strip("/"), pairs, headers, body)

    # --- after ---

    def _filtered(self, reply: Reply, what: Interaction) -> Reply:
        if not reply.body or reply.status >= 400:
            return reply
        resource = wire.decode(reply.body)
        if resource.get("resourceType") == "OperationOutcome":
            return reply
        if resource.get("resourceType") == "Bundle":
            return self._sifted(reply, resource, what)
        if not self._access.sees(resource, what.letter, self._compartment):
            raise Refused(404, "There is no such resource in this launch.")
        return reply

    def _sifted(self, reply: Reply, bundle: dict[str, Any], what: Interaction) -> Reply:
        sieved = self._sieved(bundle, what)
        entries = sieved.get("entry", [])
        if what.name == "history" and not any("resource" in entry for entry in entries):
            raise Refused(404, "There is no such resource in this launch.")
        return reply if sieved is bundle else replace(reply, body=wire.encode(sieved))

    def _sieved(self, bundle: dict[str, Any], what: Interaction) -> dict[str, Any]:
        """The Bundle itself when all of it may be seen, else one without the rest and the total."""
        entries = bundle.get("entry", [])
        self._near |= {_name(e["resource"]): e["resource"] for e in entries if "resource" in e}
        shown = [self._shown(entry, what) for entry in entries]
        if shown == entries:
            return bundle
        kept = [entry for entry in shown if entry is not None]
        if what.name == "bundle":
            kept = [entry or {"response": {"status": "404 Not Found"}} for entry in shown]
        left = {name: value for name, value in bundle.items() if name not in {"total", "entry"}}
        return {**left, "entry": kept} if kept else left

    def _shown(self, entry: dict[str, Any], what: Interaction) -> dict[str, Any] | None:
        resource = entry.get("resource")
        if resource is None or resource.get("resourceType") == "OperationOutcome":
            return entry
        if resource.get("resourceType") == "Bundle":
            inner = Interaction("search", "s")
            return {**entry, "resource": self._sieved(resource, inner)}
        letters = "rscu" if what.name == "bundle" else "rs"
        seen = any(self._access.sees(resource, letter, self._compartment) for letter in letters)
        return entry if seen else None

    def _fetch(self, reference: str) -> Mapping[str, Any] | None:
        if reference not in self._near:
            if not _NAMED.fullmatch(reference):
                return None
            reply = self._upstream.ask(
                Question("GET", reference, headers={"accept": "application/fhir+json"})
            )
            if reply.status != 200:
                return None
            self._near[reference] = wire.decode(reply.body)
        return self._near[reference]


def _name(resource: Mapping[str, Any]) -> str:
    return f"{resource.get('resourceType')}/{resource.get('id')}"


def _searched(question: Question) -> Question:
    """A POST _search as the GET it stands for."""
    if question.method != "POST" or not question.path.endswith("/_search"):
        return question
    form = tuple(parse_qsl(question.body.decode("utf-8", "replace"), keep_blank_values=True))
    path = question.path.removesuffix("/_search")
    headers = {name: value for name, value in question.headers.items() if name != "content-type"}
    return Question("GET", path, (*question.query, *form), headers)
