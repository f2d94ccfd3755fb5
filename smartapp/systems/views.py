"""The addresses: ``/fhir`` for registered systems, ``/systems/token`` for their tokens.

Every answer below ``/fhir`` that is not what was asked for is an OperationOutcome. The log has the
system's id, the method, the resource type and the status, never an id, a parameter or a body.
"""

import logging
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from smartapp.fhir import wire
from smartapp.store.outcome import Refused
from smartapp.store.parameters import TYPES
from smartapp.store.rest import CONTENT_TYPE, Answer
from smartapp.store.storage import FhirStore
from smartapp.systems import discovery, gate, kickoff, rates
from smartapp.systems.assertion import Assertions
from smartapp.systems.bulk import Exports
from smartapp.systems.export import Exporter
from smartapp.systems.jobs import Jobs
from smartapp.systems.records import Records
from smartapp.systems.refusal import Denied, not_offered
from smartapp.systems.registered import SystemClient
from smartapp.systems.runner import PAUSE, Runner
from smartapp.systems.tokens import Access, TokenRefused, Tokens
from smartapp.systems.witness import Deed, Event, Witness, unseen

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
EXTENSION = "systems"
NDJSON = "application/fhir+ndjson"
_EXPORT = re.compile(r"((?P<whose>Patient|Group/[A-Za-z0-9.-]{1,64})/)?\$export")
_JOB = re.compile(r"export/(?P<id>[\w-]{1,64})(/(?P<name>[^/]{1,128}))?")

log = logging.getLogger(__name__)


def blueprint(
    store: FhirStore,
    clients: Iterable[SystemClient],
    data_dir: Path,
    now: Callable[[], datetime],
    base_url: str,
    witness: Witness = unseen,
) -> Blueprint:
    """Everything of this part, to be registered without a prefix and exempt from form tokens.

    ``base_url`` is the app's public URL, and ``store.base`` must be ``<base_url>/fhir``. Files are
    ``systems.sqlite3`` and ``exports/`` in ``data_dir``. ``app.extensions["systems"]`` will be the
    Systems, whose ``runner.stop()`` ends the background thread. ``witness`` is told of every
    request of a known system, and of exports.
    """
    systems = Systems(store, tuple(clients), data_dir, now, base_url.rstrip("/"), witness)
    served = Blueprint(EXTENSION, __name__)
    served.add_url_rule("/systems/token", "token", systems.token, methods=METHODS)
    for rule in ("/fhir", "/fhir/"):
        served.add_url_rule(rule, "base", systems.fhir, methods=METHODS)
    served.add_url_rule("/fhir/<path:path>", "fhir", systems.fhir, methods=METHODS)
    served.register_error_handler(Exception, _failed)
    served.before_app_request(systems.runner.ensure)
    served.record_once(lambda state: state.app.extensions.update({EXTENSION: systems}))
    return served


class Systems:
    """This part put together for one app; ``base_url`` has no slash at its end."""

    def __init__(
        self,
        store: FhirStore,
        clients: tuple[SystemClient, ...],
        data_dir: Path,
        now: Callable[[], datetime],
        base_url: str,
        witness: Witness = unseen,
    ) -> None:
        self._witness = witness
        self._store, self._base = store, f"{base_url}/fhir"
        self._token_url = f"{base_url}/systems/token"
        self._clock = now
        self._records = Records(data_dir / "systems.sqlite3")
        assertions = Assertions(clients, self._token_url, self._records, self._now)
        self._tokens = Tokens(clients, assertions, self._records, self._now)
        jobs = Jobs(self._records, self._now)
        exporter = Exporter(store, jobs, data_dir / "exports")
        self.runner = Runner(jobs, exporter, PAUSE, witness)
        self.runner.sweep()
        self._exports = Exports(store, jobs, exporter, self.runner, f"{self._base}/export")

    def _now(self) -> float:
        return self._clock().timestamp()

    def token(self) -> ResponseReturnValue:
        """The token endpoint (RFC 6749 sections 4.4, 5.1 and 5.2)."""
        uncached = {"Cache-Control": "no-store", "Pragma": "no-cache"}
        try:
            if request.method != "POST":
                raise TokenRefused("invalid_request", "The token endpoint takes POST.")
            form = request.form.to_dict(flat=False)
            client = self._tokens.prove(form)
            rates.take(self._records, client, self._now())
            body = self._tokens.issue(client, " ".join(form.get("scope", [])))
        except TokenRefused as refusal:
            log.info("token refused: %s", refusal.error)
            return jsonify(refusal.body()), 400, uncached
        except Denied as refusal:
            slow = TokenRefused("invalid_request", refusal.sentence).body()
            return jsonify(slow), refusal.status, uncached | refusal.headers
        log.info("token for %s: %s", client.client_id, body["scope"])
        return jsonify(body), 200, uncached

    def fhir(self, path: str = "") -> ResponseReturnValue:
        """Everything below the FHIR base."""
        method = request.method
        opened = self._open(path) if method in ("GET", "HEAD") else None
        if opened is not None:
            return _sent(opened)
        access = self._tokens.access(request.headers.get("Authorization", ""))
        try:
            rates.take(self._records, access.client, self._now())
            found = self._answer(access, method, path.rstrip("/"))
        except Refused as refusal:
            found = refused(refusal)
        status = found.status if isinstance(found, Answer) else found.status_code
        log.info("%s %s %s: %d", access.client.client_id, method, _kind(path), status)
        self._tell(access.client.client_id, path, status)
        return _sent(found) if isinstance(found, Answer) else found

    def _tell(self, client: str, path: str, status: int) -> None:
        """Tell of a request; but not of asking how an export goes, which gives no data away."""
        kind, job = _kind(path), _JOB.fullmatch(path.rstrip("/"))
        if job and not job["name"] and status < 400:
            return
        deed = Deed.DOWNLOAD if job else Deed.REQUEST
        self._witness(Event(client, deed, status, (kind,) if kind in TYPES else ()))

    def _open(self, path: str) -> Answer | None:
        """What needs no token."""
        if path == "metadata":
            found = discovery.statement(self._base, self._token_url)
            return Answer(200, {"Content-Type": CONTENT_TYPE}, wire.encode(found))
        if path == ".well-known/smart-configuration":
            found = discovery.configuration(self._token_url)
            return Answer(200, {"Content-Type": "application/json"}, wire.encode(found))
        return None

    def _answer(self, access: Access, method: str, path: str) -> Answer | Response:
        export, job = _EXPORT.fullmatch(path), _JOB.fullmatch(path)
        if export:
            return self._start(access, method, export["whose"] or "")
        if job and job["name"]:
            return self._file(access, method, job["id"], job["name"])
        if job:
            return self._job(access, method, job["id"])
        query = request.query_string.decode("latin-1")
        headers = dict(request.headers)
        method = "GET" if method == "HEAD" else method
        return gate.answer(self._store, access, method, path, query, headers, request.get_data())

    def _start(self, access: Access, method: str, whose: str) -> Answer:
        if method not in ("GET", "POST"):
            raise not_offered("GET, POST")
        pairs = list(request.args.items(multi=True))
        if method == "POST":
            pairs += kickoff.parameters(request.get_data())
        address = f"{self._base}/{whose}{'/' if whose else ''}$export"
        query = request.query_string.decode("latin-1")
        url = f"{address}?{query}" if query else address
        asked = kickoff.Asked(whose, pairs, url, request.headers.get("Prefer", ""))
        return self._exports.start(access, asked)

    def _job(self, access: Access, method: str, id: str) -> Answer:
        if method not in ("GET", "DELETE"):
            raise not_offered("GET, DELETE")
        if method == "GET":
            return self._exports.status(access, id)
        return self._exports.delete(access, id)

    def _file(self, access: Access, method: str, id: str, name: str) -> Response:
        if method != "GET":
            raise not_offered("GET")
        file = self._exports.file(access, id, name)
        headers = {"Cache-Control": "no-store", "Vary": "Accept-Encoding"}
        pieces = _pieces(file.open("rb"))
        if request.accept_encodings["gzip"]:
            headers["Content-Encoding"] = "gzip"
            pieces = _zipped(pieces)
        return Response(pieces, 200, headers, mimetype=NDJSON)


def refused(refusal: Refused) -> Answer:
    """A refusal as an answer: its OperationOutcome and, when it has them, its header fields."""
    more = refusal.headers if isinstance(refusal, Denied) else {}
    headers = {"Content-Type": CONTENT_TYPE, **more}
    return Answer(refusal.status, headers, wire.encode(refusal.resource()))


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    """A file piece by piece, so that its size is never in memory; closed at the end."""
    with file:
        while piece := file.read(65536):
            yield piece


def _zipped(pieces: Iterator[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(wbits=31)
    for piece in pieces:
        yield packer.compress(piece)
    yield packer.flush()


def _sent(answer: Answer) -> Response:
    headers = {**answer.headers, "Cache-Control": "no-store"}
    sent = Response(answer.body, answer.status, headers)
    if not answer.body:
        sent.headers.remove("Content-Type")
    return sent


def _kind(path: str) -> str:
    """The resource type of a path, or what else stands there, as far as it is no secret."""
    first = path.partition("/")[0]
    return first if first in TYPES or first in ("$export", "export") else "elsewhere"


def _failed(error: Exception) -> ResponseReturnValue:
    """What no view expected: a refusal before it, too large a body, or a fault of our own."""
    if isinstance(error, Refused):
        return _sent(refused(error))
    if isinstance(error, HTTPException) and error.code:
        return _sent(refused(Refused(error.code, "invalid", "The request cannot be read.")))
    log.error("a request failed: %s", type(error).__name__)
    return _sent(refused(Refused(500, "exception", "Something went wrong on this server.")))
