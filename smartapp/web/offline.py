"""What a browser keeps for when it is offline: scripts, styles, and a page about nobody.

The service worker answers for assessment pages only, and only while the server cannot.
"""

from flask import Blueprint, Response, g, make_response, render_template, request, url_for

blueprint = Blueprint("offline", __name__, url_prefix="/launches")
STATIC = ("form.css", "fields.css", "answer.css", "page.js", "draft.js", "icon.svg")


@blueprint.get("/worker.js")
def worker() -> Response:
    """The service worker; beside the launches, so that it may answer for their pages."""
    kept = [url_for("offline.blank_page"), *(url_for("static", filename=f) for f in STATIC)]
    response = make_response(render_template("offline/worker.js", kept=kept))
    response.mimetype = "text/javascript"
    return response


@blueprint.get("/offline")
def blank_page() -> str:
    """A page without anybody's data, shown when an assessment is opened without a connection.

    In the ``language`` of a patient who has the device; the page that is open asks for it.
    """
    g.language = request.args.get("language", "")
    frame = "tablet/frame.html" if g.language else "base.html"
    return render_template("offline/page.html", frame=frame)
