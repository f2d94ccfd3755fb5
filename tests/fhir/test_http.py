"""Real sockets: waiting, timeouts, resets and truncated answers, against a loopback server."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLCertVerificationError, SSLError
from typing import Any

import pytest
import requests
from urllib3.exceptions import MaxRetryError
from urllib3.exceptions import SSLError as PoolSSLError

from smartapp.errors import EhrUnreachable, EhrUnsure, LaunchEnded
from smartapp.fhir import http
from smartapp.fhir.client import EhrClient

GOAL = {"resourceType": "Goal", "id": "g", "subject": {"reference": "Patient/p1"}}
BODY = b'{"resourceType":"Goal","id":"g","subject":{"reference":"Patient/p1"}}'
Behaviour = Callable[[BaseHTTPRequestHandler, int], None]


def reply(
    handler: BaseHTTPRequestHandler,
    status: int,
    body: bytes = BODY,
    length: int = 0,
    **headers: str,
) -> None:
    handler.send_response(status)
    handler.send_header("Content-Length", str(length or len(body)))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def reset(handler: BaseHTTPRequestHandler, _: int) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


class Server(ThreadingHTTPServer):
    request_queue_size = 64


class Loopback:
    """A server whose behaviour a test sets; ``count`` requests came."""

    def __init__(self) -> None:
        self.count = 0
        self.behaviour: Behaviour = lambda handler, _: reply(handler, 200)
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def _do(self) -> None:
                outer.count += 1
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                outer.behaviour(self, outer.count)

            do_GET = do_PUT = do_POST = _do

            def log_message(self, *args: Any) -> None:
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self.server.server_port}/fhir"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def client(self, patience: float = 60) -> EhrClient:
        timeout = (60, patience)
        return EhrClient(requests.Session(), self.base, patient="p1", timeout=timeout)


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    server = Loopback()
    yield server
    server.server.shutdown()
    server.server.server_close()


def test_a_read_is_tried_again_after_the_seconds_asked_for(loopback: Loopback) -> None:
    loopback.behaviour = lambda h, n: reply(h, 503 if n == 1 else 200, Retry_After="1")
    begun = time.monotonic()
    assert loopback.client().read("Goal", "g")["id"] == "g"
    assert time.monotonic() - begun >= 1


def test_nobody_waits_for_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    retry = http.retries()
    assert retry.parse_retry_after("20000") == 5


def test_an_older_urllib3_ignores_retry_after(monkeypatch: pytest.MonkeyPatch) -> None:
    made: dict[str, Any] = {}

    class Older:
        def __init__(self, total: int, **more: Any) -> None:
            made.update(more)

    monkeypatch.setattr(http, "Retry", Older)
    http.retries()
    assert made["respect_retry_after_header"] is False


def test_a_read_gives_up_in_the_end(loopback: Loopback) -> None:
    loopback.behaviour = lambda h, _: reply(h, 502)
    with pytest.raises(EhrUnreachable):
        loopback.client().read("Goal", "g")
    assert loopback.count == 4


def test_a_read_survives_one_reset(loopback: Loopback) -> None:
    loopback.behaviour = lambda h, n: reset(h, n) if n == 1 else reply(h, 200)
    assert loopback.client().read("Goal", "g")


def test_a_write_that_acted_and_never_answered_is_unsure(loopback: Loopback) -> None:
    acted, gone = threading.Event(), threading.Event()
    loopback.behaviour = lambda h, _: (acted.set(), gone.wait(60))
    with pytest.raises(EhrUnsure):
        loopback.client(patience=0.3).update(GOAL, "1")
    assert acted.wait(60)
    gone.set()
    assert loopback.count == 1


def test_a_write_cut_off_is_unsure_and_not_repeated(loopback: Loopback) -> None:
    loopback.behaviour = reset
    with pytest.raises(EhrUnsure):
        loopback.client().update(GOAL, "1")
    assert loopback.count == 1


@pytest.mark.parametrize("status", [429, 503])
def test_a_refused_write_is_not_repeated(loopback: Loopback, status: int) -> None:
    loopback.behaviour = lambda h, _: reply(h, status, Retry_After="1")
    with pytest.raises((EhrUnsure, EhrUnreachable)):
        loopback.client().update(GOAL, "1")
    assert loopback.count == 1


def test_a_truncated_answer_is_no_answer(loopback: Loopback) -> None:
    loopback.behaviour = lambda h, _: reply(h, 200, BODY[:20], length=len(BODY))
    with pytest.raises(EhrUnreachable):
        loopback.client().read("Goal", "g")
    with pytest.raises(EhrUnsure):
        loopback.client().update(GOAL, "1")


def test_refused_before_sending_saved_nothing(loopback: Loopback) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))  # without listening: nobody else gets the port
        base = f"http://127.0.0.1:{deaf.getsockname()[1]}/fhir"
        with pytest.raises(EhrUnreachable):
            EhrClient(requests.Session(), base, patient="p1").update(GOAL, "1")


def test_a_redirect_is_not_followed(loopback: Loopback) -> None:
    loopback.behaviour = lambda h, _: reply(h, 302, Location="/elsewhere")
    with pytest.raises(http.EhrNonsense):
        loopback.client().read("Goal", "g")
    assert loopback.count == 1


def test_what_the_authorization_raises_passes_through(loopback: Loopback) -> None:
    def ended(_: requests.PreparedRequest) -> requests.PreparedRequest:
        raise LaunchEnded

    session = requests.Session()
    session.auth = ended
    with pytest.raises(LaunchEnded):
        EhrClient(session, loopback.base, patient="p1").update(GOAL, "1")


@pytest.mark.parametrize(
    ("cause", "error"),
    [(SSLCertVerificationError("untrusted"), EhrUnreachable), (SSLError("eof"), EhrUnsure)],
)
def test_of_tls_failures_only_an_untrusted_certificate_came_first(wired, cause, error) -> None:
    failed = requests.exceptions.SSLError(MaxRetryError(None, "/", PoolSSLError(cause)))
    wired.put("https://ehr.example/fhir/Goal/g", body=failed)
    with pytest.raises(error):
        EhrClient(requests.Session(), "https://ehr.example/fhir", patient="p1").update(GOAL, "1")


@pytest.mark.parametrize(
    ("failed", "error"),
    [(requests.ConnectTimeout(), EhrUnreachable), (requests.ConnectionError(), EhrUnsure)],
)
def test_a_connection_never_made_saved_nothing(wired, failed, error) -> None:
    wired.put("https://ehr.example/fhir/Goal/g", body=failed)
    with pytest.raises(error):
        EhrClient(requests.Session(), "https://ehr.example/fhir", patient="p1").update(GOAL, "1")


def test_searches_run_side_by_side(loopback: Loopback) -> None:
    """Each is answered only when all eight have come."""
    gate, client = threading.Barrier(8, timeout=60), loopback.client()
    loopback.behaviour = lambda handler, _: (gate.wait(), reply(handler, 200))
    assert len(client.together(*[lambda: client.read("Goal", "g")] * 8)) == 8
