"""The FHIR endpoint: bearer token in, gate, FHIR out (RFC 6750 for the refusals)."""

import json
from typing import Any

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from smartapp.errors import EhrNonsense
from smartapp.sandbox import faults, vendor
from smartapp.sandbox.access import Access, Refused
from smartapp.sandbox.gate import Gate
from smartapp.sandbox.scopes import resource_scopes
from smartapp.sandbox.settings import EhrSettings
from smartapp.sandbox.tickets import Tickets
from smartapp.sandbox.upstream import Question, Reply, Upstream

_ISSUES = {400: "invalid", 401: "login", 403: "forbidden", 404: "not-found", 405: "not-supported"}
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def outcome(status: int, reason: str) -> Reply:
    """An OperationOutcome of one error."""
    issue = {"severity": "error", "code": _ISSUES.get(status, "exception"), "diagnostics": reason}
    body = {"resourceType": "OperationOutcome", "issue": [issue]}
    return Reply(status, {"content-type": "application/fhir+json"}, json.dumps(body).encode())


def blueprint(settings: EhrSettings, tickets: Tickets, upstream: Upstream) -> Blueprint:
    """Everything below /fhir that needs a token."""
    pages = Blueprint("fhir", __name__, url_prefix="/fhir")

    @pages.route("", defaults={"path": ""}, methods=_METHODS, strict_slashes=False)
    @pages.route("/<path:path>", methods=_METHODS)
    def fhir(path: str) -> ResponseReturnValue:
        question = _question(path)
        settings.faults.wait()
        try:
            return _sent(
                _faulty(settings, question, Gate(upstream, settings.fhir_base, _access(tickets)))
            )
        except Refused as refused:
            return _sent(outcome(refused.status, refused.reason))
        except EhrNonsense:
            return _sent(outcome(400, "The body is not a FHIR resource in JSON."))

    return pages


def _question(path: str) -> Question:
    headers = {name.lower(): value for name, value in request.headers.items()}
    query = tuple(request.args.items(multi=True))
    return Question(request.method, path.strip("/"), query, headers, request.get_data())


def _access(tickets: Tickets) -> Access:
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    token = tickets.token(value) if scheme.lower() == "bearer" else None
    if token is None or token.is_refresh or not token.active:
        raise Refused(401, "A live bearer token is needed.")
    scopes = resource_scopes(token.permission.scope)
    return Access(scopes, token.permission.context.patient)


def _faulty(settings: EhrSettings, question: Question, gate: Gate) -> Reply:
    writes = question.method != "GET" and not question.path.endswith("_search")
    if writes and settings.faults.fails_now():
        return outcome(500, "The EHR failed before writing anything.")
    reply = _answered(settings, question, gate)
    if writes and settings.faults.drops_now():
        faults.cut(request.environ)
    return reply


def _answered(settings: EhrSettings, question: Question, gate: Gate) -> Reply:
    profile = settings.vendor
    if profile is None:
        return gate.answer(question)
    reply = gate.answer(vendor.admitted(profile, question))
    return vendor.dressed(profile, question, reply)


def _sent(reply: Reply) -> Response:
    headers: dict[str, Any] = {**reply.headers, "Cache-Control": "no-store"}
    if reply.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="sandbox", error="invalid_token"'
    return Response(reply.body, reply.status, headers)
