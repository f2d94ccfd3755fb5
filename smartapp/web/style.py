"""The EHR's colours for one launch, as a stylesheet of our own origin."""

from typing import Any
from urllib.parse import urlsplit

import requests
from flask import Response, session

from smartapp.web.ehr_style import css
from smartapp.web.opened import opened
from smartapp.web.pages import pages

TIMEOUT = (2, 3)
LARGEST = 20_000
"""Bytes; a SMART style sheet is a dozen lines of JSON."""


@pages.get("/style.css")
def stylesheet() -> Response:
    """Serve the safe part of ``smart_style_url``; without one, or on any trouble, nothing.

    SMART App Launch 2.2, "Styling": https://hl7.org/fhir/smart-app-launch/styling.html
    """
    if "style" not in session:
        session["style"] = css(_fetch(opened().smart_style_url))
    return Response(session["style"], mimetype="text/css")


def _fetch(url: str | None) -> dict[str, Any]:
    """Read the style from the EHR's own origin only: the address came over the wire."""
    if not url or urlsplit(url)[:2] != urlsplit(opened().chart.client.base)[:2]:
        return {}
    try:
        with requests.Session() as http:
            http.trust_env = False
            answer = http.get(url, timeout=TIMEOUT, allow_redirects=False)
            return _object(answer) if answer.ok and len(answer.content) <= LARGEST else {}
    except requests.RequestException:
        return {}


def _object(answer: requests.Response) -> dict[str, Any]:
    read = answer.json()
    return read if isinstance(read, dict) else {}
