"""Our styles and scripts as they are sent: put together from their parts, and made small.

The sources in ``static`` are for reading, with comments and one subject a file. A page loads one
style sheet and one script, in which the parts stand one after the other without what only a
reader needs, comments and long names (tdewolff-minify). This is done once, when the app starts.
"""

import hashlib
import json
import logging
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from mimetypes import guess_type
from pathlib import Path

from flask import Flask, Response, abort, request

from smartapp.web import minified
from smartapp.web.spoken import EXTENSION, script_words

log = logging.getLogger(__name__)

PARTS: Mapping[str, tuple[str, ...]] = {
    "app.css": (
        *("ground.css", "controls.css", "inputs.css", "notices.css", "chart.css"),
        *("touched.css", "paper.css"),
    ),
    "form.css": ("ground.css", "controls.css", "questionnaire.css"),
    "fields.css": ("inputs.css", "items.css"),
    "answer.css": ("notices.css", "touched.css", "paper.css"),
    "app.js": ("handed.js", "comfort.js", "unsent.js"),
    "page.js": ("handed.js", "keep.js"),
    "answer.js": ("comfort.js", "form.js", "draft.js"),
}
"""What is sent under which name; every other file is sent under its own.

``app`` is for every page, ``form`` and ``page`` for that of a questionnaire, with ``fields`` when
more is asked than choices. It fetches ``answer`` when it is first touched, in its own language:
``staff/answer.js``, ``es/answer.js``.
"""
_KINDS = {".css": "text/css", ".js": "text/javascript"}


def register(app: Flask) -> None:
    """Serve the files of the app's ``static`` folder so, at the address Flask has for them."""
    files = dict(made(Path(app.static_folder or "")))
    for language, said in script_words(app.extensions[EXTENSION]).items():
        words = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        files[f"{language}/answer.js"] = f"kept.words={words};".encode() + files["answer.js"]

    def static(filename: str) -> Response:
        if filename not in files:
            abort(404)
        body = files[filename]
        response = Response(body, mimetype=guess_type(filename)[0])
        response.set_etag(hashlib.sha256(body).hexdigest()[:20])
        response.make_conditional(request, accept_ranges=True, complete_length=len(body))
        return response

    app.view_functions["static"] = static
    # A questionnaire's page names no icon before it is touched; browsers ask for one here then.
    app.add_url_rule("/favicon.ico", "favicon", lambda: Response(status=204))


@cache
def made(folder: Path) -> Mapping[str, bytes]:
    """Make what is sent of a folder, by name."""
    own = {path.name: (path.name,) for path in folder.iterdir() if path.is_file()}
    texts = {
        name: "\n".join((folder / part).read_text("utf-8") for part in parts)
        for name, parts in {**own, **PARTS}.items()
    }
    return {name: text.encode() for name, text in {**texts, **_small(texts)}.items()}


def _small(texts: Mapping[str, str]) -> dict[str, str]:
    """Those that can be made small; none where the minifier is not there, as on Apple silicon."""
    kinds = {name: _KINDS.get(Path(name).suffix) for name in texts}
    given = json.dumps({name: [kind, texts[name]] for name, kind in kinds.items() if kind})
    command = [sys.executable, minified.__file__]
    try:
        told = subprocess.run(command, input=given, capture_output=True, text=True, check=True)  # noqa: S603 - our own program
    except (OSError, subprocess.SubprocessError) as error:
        log.warning("styles and scripts are sent as written: %s", type(error).__name__)
        return {}
    small: dict[str, str] = json.loads(told.stdout)
    return small
