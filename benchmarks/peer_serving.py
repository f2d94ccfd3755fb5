"""LHC-Forms as npm has it, with the same PHQ-9, on a loopback server that compresses everything."""

import gzip
import json
import mimetypes
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

FOLDER = Path(__file__).with_name("lhcforms")
LIBRARY = FOLDER / "node_modules" / "lforms" / "dist" / "lforms"
FORM = Path(__file__).parents[1] / "questionnaires" / "phq-9.json"
INSTALLED_WITHIN = 300
"""Seconds; its packages are large."""
STRICT = "/strict"
"""The page under the policy ``style-src 'self'``."""


def version() -> str:
    """The version of LHC-Forms that is asked for."""
    named = json.loads((FOLDER / "package.json").read_text("utf-8"))
    return str(named["dependencies"]["lforms"])


def install() -> None:
    """Install what the lock file names, unless it is there already."""
    lock, stamp = FOLDER / "package-lock.json", FOLDER / "node_modules" / ".lock"
    if stamp.exists() and stamp.read_bytes() == lock.read_bytes():
        return
    if not shutil.which("npm"):
        raise RuntimeError("This benchmark needs Node.js 20 or newer with npm.")
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    # Two of its dependencies disagree about the Angular they want.
    command = ["npm", "ci", "--legacy-peer-deps", *quiet]
    subprocess.run(command, cwd=FOLDER, check=True, timeout=INSTALLED_WITHIN)
    stamp.write_bytes(lock.read_bytes())


@contextmanager
def served() -> Iterator[str]:
    """Serve its page at ``/``, and at ``STRICT``; yield the address before either."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    threading.Thread(target=partial(server.serve_forever, 0.05), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@cache
def asset(path: str) -> tuple[Path, bytes] | None:
    """The file of an address, and its compressed bytes."""
    own = {"/": "page.html", STRICT: "page.html", "/start.js": "start.js"}
    if path in own:
        file = FOLDER / own[path]
    elif path == "/questionnaire.json":
        file = FORM
    else:
        file = (LIBRARY / path.removeprefix("/lforms/")).resolve()
        if not (file.is_relative_to(LIBRARY.resolve()) and file.is_file()):
            return None
    return file, gzip.compress(file.read_bytes(), 6, mtime=0)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""

    def do_GET(self) -> None:
        """Answer with a file, kept as ours are: the form not at all, what it needs an hour."""
        path = urlsplit(self.path).path
        found = asset(path)
        file, body = found or (FOLDER / "none.txt", b"")
        self.send_response_only(200 if found else 404)
        self.send_header("Content-Type", mimetypes.guess_type(file.name)[0] or "text/plain")
        self.send_header("Content-Encoding", "gzip" if found else "identity")
        is_form = file.suffix in {".html", ".json"}
        kept = "no-store" if is_form else "public, max-age=3600"
        self.send_header("Cache-Control", kept)
        if path == STRICT:
            self.send_header("Content-Security-Policy", "style-src 'self'")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
