"""The application factory: all wiring, and nothing else wires."""

import logging
import os
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from flask import Flask, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from smartapp import config as configuration
from smartapp import content as contents
from smartapp.config import Config
from smartapp.content import Content
from smartapp.fhir.chart import Chart
from smartapp.fhir.client import EhrClient
from smartapp.launch.isolation import LaunchSessions
from smartapp.launch.launches import Launches
from smartapp.launch.views import blueprint
from smartapp.web import assessment, enrollment, errors, goal, headers, outcome, program, style
from smartapp.web.opened import EXTENSION, Opened
from smartapp.web.pages import pages

LARGEST_FORM = 1_000_000
"""Bytes of one posted form; far above any goal, far below what would hurt."""
ROWS = (assessment, enrollment, goal, outcome, program, style)
"""The modules whose views make up the pages; importing them is what adds the views."""


def create_app(
    config: Config,
    content: Content | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Flask:
    """Build the app for one configuration; ``now`` gives an aware datetime.

    Raises ContentError when the program's content is unsound.
    """
    app = Flask("smartapp.web", template_folder="templates", static_folder="static")
    app.config.update(
        SECRET_KEY=config.form_key,
        WTF_CSRF_TIME_LIMIT=None,
        MAX_CONTENT_LENGTH=LARGEST_FORM,
        MAX_FORM_MEMORY_SIZE=LARGEST_FORM,
    )
    # urllib3's warnings carry the path, and with it patient ids.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    launches = Launches.of(config, now)
    app.session_interface = LaunchSessions(launches.store)
    CSRFProtect(app)
    app.extensions[EXTENSION] = _opener(config, content or contents.load(), launches)
    app.register_blueprint(blueprint(launches))
    app.register_blueprint(pages)
    app.add_url_rule("/", "start", _start)
    app.context_processor(lambda: {"version": version("guided-self-help")})
    errors.register(app)
    headers.register(app, config.frame_ancestors)
    _trust(app, config.trusted_proxies)
    return app


def from_environment() -> Flask:
    """Build the app from the file named in ``SMARTAPP_CONFIG``, for a WSGI server."""
    return create_app(configuration.load(Path(os.environ["SMARTAPP_CONFIG"])))


def _opener(config: Config, content: Content, launches: Launches) -> Callable[[str], Opened]:
    def open_chart(handle: str) -> Opened:
        launch = launches.open(request, handle)
        site = config.site_named(launch.site)
        g.frame_ancestors = site.frame_ancestors if site else ()
        style_url = url_for("pages.stylesheet", handle=handle) if launch.smart_style_url else None
        client = EhrClient(launches.session(launch), launch.fhir_base, patient=launch.patient_id)
        chart = Chart(
            client,
            launch.patient_id,
            author=launch.user,
            author_name=launch.user_name,
            encounter=launch.encounter_id,
            now=lambda: launches.now().astimezone(config.time_zone),
            content=content,
        )
        return Opened(
            handle=handle,
            site_name=launch.site,
            user_name=launch.user_name,
            user_reference=launch.user,
            need_banner=launch.need_patient_banner,
            style_url=style_url,
            smart_style_url=launch.smart_style_url,
            missing=launch.missing,
            chart=chart,
            content=content,
            today=config.today(launches.now()),
            zone=config.time_zone,
        )

    return open_chart


def _start() -> ResponseReturnValue:
    return redirect("/standalone")


def _trust(app: Flask, proxies: int) -> None:
    if proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign] # Werkzeug's documented way
            app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies
        )
