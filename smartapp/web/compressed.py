"""What is sent compressed: styles, scripts, and a questionnaire's page when it is asked for.

The length of a compressed page tells its secrets, letter by letter, to whoever can put words of
his own into it and see it pass by (BREACH, https://breachattack.com). So a page that may show what
a request brought is never compressed. A questionnaire's page shows nothing of the GET that asks
for it; and a name of random length in the gzip header hides its own (Palacios et al. 2022, "HTB:
a very effective method to protect web servers against BREACH attack to HTTPS").
"""

import gzip
import io
import secrets
from functools import lru_cache

from flask import Flask, Response, request
from zopfli import gzip as zopfli

from smartapp.web import shipped

SHIPPED = "static"
FORM = "pages.edit_answers"
SHARED = frozenset({SHIPPED, "pages.stylesheet", "offline.worker", "offline.blank_page"})
"""What has no secret; a launch's style sheet is made of its EHR's file alone."""
MOST_HIDDEN = 64
"""Bytes by which the length of a page varies at most."""
_KINDS = frozenset(
    {"text/css", "text/javascript", "application/javascript", "image/svg+xml", "text/html"}
)


def register(app: Flask) -> None:
    """Serve our own files, and compress what may be for browsers that say they can read it."""
    shipped.register(app)

    @app.after_request
    def _compress(response: Response) -> Response:
        if not _may_be(response):
            return response
        response.vary.add("Accept-Encoding")
        if request.accept_encodings.quality("gzip") > 0:
            _replace(response)
        return response


def hidden_length(page: bytes) -> bytes:
    """Compress a page, so that its length differs from one time to the next."""
    made = io.BytesIO()
    name = "x" * secrets.randbelow(MOST_HIDDEN)
    with gzip.GzipFile(name, "wb", 9, made, mtime=0) as packed:
        packed.write(page)
    return made.getvalue()


def _may_be(response: Response) -> bool:
    if request.method != "GET" or response.status_code != 200:
        return False
    if request.endpoint in SHARED:
        return response.mimetype in _KINDS
    return request.endpoint == FORM and response.mimetype == "text/html"


def _replace(response: Response) -> None:
    response.direct_passthrough = False
    pack = _packed if request.endpoint in SHARED else hidden_length
    response.set_data(pack(response.get_data()))
    response.headers["Content-Encoding"] = "gzip"
    # The file's own tag is that of the plain file; a weak one is for either.
    tag, _ = response.get_etag()
    if tag:
        response.set_etag(tag, weak=True)


@lru_cache(maxsize=64)
def _packed(body: bytes) -> bytes:
    packed: bytes = zopfli.compress(body)
    return packed
