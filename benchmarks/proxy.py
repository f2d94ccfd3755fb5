"""A proxy on loopback between the app and an EHR that does harm to single exchanges, as planned."""

import select
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from benchmarks.harm import HARM, Cut, Exchange, Fault, Forward, Plan, Request
from smartapp.store.rest import Answer

_RESET = struct.pack("ii", 1, 0)
"""Linger for no time: the connection ends with a reset."""


class Proxy:
    """Serves ``forward`` at ``base``, harmed as ``plan`` says; both may be changed at any time.

    ``counts`` are the exchanges by fault, ``asked`` the method, path and fault of each, ``strays``
    the requests for addresses outside the base. ``patience`` is how long, in seconds, an app that
    never gives up is held; ``held`` counts those that are, or were.
    """

    def __init__(self, *, late: float = 0.02, retry_after: int = 0, patience: float = 10.0) -> None:
        self.forward: Forward = lambda _: Answer(404)
        self.plan: Plan = lambda _: Fault.NONE
        self.counts: Counter[Fault] = Counter()
        self.asked: list[tuple[str, str, Fault]] = []
        self.strays: list[str] = []
        self._late, self.retry_after, self.patience = late, retry_after, patience
        self.held = threading.Semaphore(0)
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.proxy = self
        self.base = f"http://127.0.0.1:{self._server.server_address[1]}/fhir"

    def answer(self, asked: Request, hold: Callable[[], None]) -> Answer:
        """Answer one request, or raise Cut."""
        fault = self.plan(asked)
        self.counts[fault] += 1
        self.asked.append((asked.method, asked.path, fault))
        exchange = Exchange(asked, self.forward, hold, self.base, self._late, self.retry_after)
        return HARM[fault](exchange)

    def __enter__(self) -> Self:
        serve = self._server.serve_forever
        threading.Thread(target=serve, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    proxy: Proxy

    def shutdown_request(self, request: Any) -> None:
        """Close at once; a polite end first would hide a reset."""
        self.close_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that went away: that is what is tried here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 60
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""

    def exchange(self) -> None:
        """Read a request, let the proxy answer it."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        address, _, query = self.path.partition("?")
        if not f"{address}/".startswith("/fhir/"):
            self.server.proxy.strays.append(address)
            self._send(Answer(404))
            return
        path = address.removeprefix("/fhir").strip("/")
        known = {name.lower(): value for name, value in self.headers.items()}
        try:
            self._send(
                self.server.proxy.answer(
                    Request(self.command, path, query, known, body), self._hold
                )
            )
        except Cut:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            self.close_connection = True

    def _send(self, answer: Answer) -> None:
        length = answer.headers.get("Content-Length", str(len(answer.body)))
        self.send_response_only(answer.status)
        for name, value in (answer.headers | {"Content-Length": length}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)
        self.close_connection |= length != str(len(answer.body))

    def _hold(self) -> None:
        self.server.proxy.held.release()
        select.select([self.connection], [], [], self.server.proxy.patience)

    do_GET = do_POST = do_PUT = do_DELETE = exchange
