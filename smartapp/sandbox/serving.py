"""Loopback HTTP/1.1 servers in threads, for the sandbox and for tests.

Requests are not logged: their addresses carry launch tokens and codes.
"""

import socket
import threading
from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from smartapp.errors import ConfigError

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing."""


class Server:
    """One threaded server on 127.0.0.1; it has a port at once, serves after ``serve``."""

    def __init__(self, port: int) -> None:
        self._socket = _bound(port)
        self.port: int = self._socket.getsockname()[1]
        self._server: BaseWSGIServer | None = None

    def serve(self, app: Wsgi) -> None:
        """Answer requests from now on, in a thread of its own."""
        descriptor = self._socket.fileno()
        server = make_server(
            "127.0.0.1", self.port, app, threaded=True, request_handler=_Quiet, fd=descriptor
        )
        self._server = server
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Stop serving and free the port."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
        self._socket.close()


def _bound(port: int) -> socket.socket:
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        raise ConfigError(
            f"Port {port} of this machine is taken; stop what uses it or choose another port."
        ) from error
    return listening
