"""The application factory: all wiring of the web app; its parts are made in ``parts.py``."""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, after_this_request, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from smartapp import config as configuration
from smartapp import content as contents
from smartapp.alerts.configured import lacking
from smartapp.alerts.ledger import PatientAlerts
from smartapp.audit import watch
from smartapp.audit.trail import Trail
from smartapp.audit.visit import Visit
from smartapp.config import Config
from smartapp.content import Content
from smartapp.drafts.patient import PatientDrafts
from smartapp.drafts.typed import OwnForms
from smartapp.fhir.chart import Chart
from smartapp.fhir.client import EhrClient
from smartapp.fhir.picks import SqlitePicks
from smartapp.fhir.places import Rules
from smartapp.launch.context import Launch
from smartapp.launch.handover import IDLE as HANDED_IDLE
from smartapp.launch.handover import Device
from smartapp.launch.isolation import LaunchSessions
from smartapp.launch.launches import Launches
from smartapp.launch.views import blueprint
from smartapp.launch.witness import Step, about
from smartapp.outbox.patient import PatientOutbox
from smartapp.outbox.sealed import Draft
from smartapp.outbox.storing import by
from smartapp.parts import (
    alerts,
    drafts,
    embedded_file,
    locks,
    outbox,
    picks,
    site_rules,
    trail,
    turn,
    typed,
)
from smartapp.sealed import Whose
from smartapp.systems import views as systems
from smartapp.web import (
    alert,
    amendment,
    answers,
    assessment,
    compressed,
    device,
    draft,
    enrollment,
    errors,
    goal,
    headers,
    locked,
    note,
    offline,
    outcome,
    program,
    spoken,
    style,
    submission,
    tablet,
)
from smartapp.web.opened import EXTENSION, Opened
from smartapp.web.pages import pages

LARGEST_FORM = 1_000_000
"""Bytes of one posted form; far above any goal, far below what would hurt."""
WITH_PAGES = (
    amendment,
    alert,
    answers,
    assessment,
    draft,
    enrollment,
    goal,
    locked,
    note,
    outcome,
    program,
    style,
    submission,
    tablet,
)
"""Modules that add their addresses to ``pages`` when they are imported."""
"""The modules whose views make up the pages; importing them is what adds the views."""


def create_app(
    config: Config,
    content: Content | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Flask:
    """Build the app for one configuration; ``now`` gives an aware datetime.

    Raises ContentError when the program's content is unsound, ConfigError when a site names an
    EHR or a resource type the program does not know, or the audit trail cannot be written.
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
    config.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    for sentence in lacking(config.safety):
        logging.getLogger(__name__).warning("%s", sentence)
    kept = trail(config, now)
    kept.prepare()
    launches = Launches.of(config, now, watch.launches(kept))
    app.session_interface = LaunchSessions(launches.store)
    app.extensions[device.EXTENSION] = Device(launches, locks(config, now))
    tablet.register(app)  # before CSRFProtect: a device handed over is locked for every request
    csrf = CSRFProtect(app)
    content = content or contents.load(site=config.content)
    spoken.register(app, content.words)
    app.extensions[EXTENSION] = _opener(config, content, launches, kept)
    app.register_blueprint(blueprint(launches))
    app.register_blueprint(pages)
    app.register_blueprint(offline.blueprint)
    app.register_blueprint(locked.blueprint)
    if config.systems and not config.store.url:
        csrf.exempt(_serve_systems(app, config, kept, now))
    app.add_url_rule("/", "start", _start)
    app.context_processor(lambda: {"version": version("guided-self-help")})
    errors.register(app)
    headers.register(app, config.frame_ancestors)
    compressed.register(app)
    _trust(app, config.trusted_proxies)
    return app


def _serve_systems(
    app: Flask, config: Config, kept: Trail, now: Callable[[], datetime]
) -> Blueprint:
    """Let the registered systems read the embedded store at ``/fhir``."""
    place, taken, store = config.data_dir, watch.taken(kept), embedded_file(config)
    served = systems.blueprint(store, config.systems, place, now, config.public_url, taken)
    app.register_blueprint(served)
    return served


def from_environment() -> Flask:
    """Build the app from the file named in ``SMARTAPP_CONFIG``, for a WSGI server."""
    return create_app(configuration.load(Path(os.environ["SMARTAPP_CONFIG"])))


def _visit(kept: Trail, launch: Launch) -> Visit:
    """The witness of this request, closed with its answer."""
    visit = watch.visit(kept, about(Step.FINISHED, launch))

    @after_this_request
    def close(response: Response) -> Response:
        visit.closed(shown=response.mimetype == "text/html")
        return response

    return visit


def _opener(
    config: Config, content: Content, launches: Launches, kept: Trail
) -> Callable[[str], Opened]:
    rules, box = site_rules(config, launches.now), outbox(config, launches.now)
    drawer, ledger = drafts(config, launches.now), alerts(config)
    picked, turns, tray = picks(config), turn(config), typed(config, launches.now)

    def open_chart(handle: str) -> Opened:
        launch = launches.open(request, handle)
        site = config.site_named(launch.site)
        g.frame_ancestors = site.frame_ancestors if site else ()
        style_url = url_for("pages.stylesheet", handle=handle) if launch.smart_style_url else None
        found = rules.get(launch.site)
        charts = _Charts(config, launches, launch, content, found, picked, kept)
        whose = Whose(launch.fhir_base.rstrip("/"), launch.patient_id)
        waiting = PatientOutbox(box, whose, charts.replay)
        person, told = (whose.issuer, whose.patient), about(Step.FINISHED, launch)
        return Opened(
            handle=handle,
            site_name=launch.site,
            user_name=launch.user_name,
            user_reference=launch.user,
            need_banner=launch.need_patient_banner,
            style_url=style_url,
            smart_style_url=launch.smart_style_url,
            missing=launch.missing,
            chart=charts.open(_visit(kept, launch), waiting),
            content=content,
            today=config.today(launches.now()),
            zone=config.time_zone,
            outbox=waiting,
            drafts=PatientDrafts(
                drawer, *person, watch.drafted(kept, told, handed=launch.handed is not None)
            ),
            alerts=PatientAlerts(ledger, *person, watch.alerted(kept, told)),
            safety=config.safety,
            typed=OwnForms(tray, *person, launch.person),
            turn=partial(turns, *person),
            idle=min(config.idle, HANDED_IDLE) if launch.handed else config.idle,
        )

    return open_chart


@dataclass(frozen=True)
class _Charts:
    """Makes the charts of one launch."""

    config: Config
    launches: Launches
    launch: Launch
    content: Content
    rules: Rules | None
    picks: SqlitePicks
    kept: Trail

    def open(self, visit: Visit, waiting: PatientOutbox) -> Chart:
        """The chart its pages read and write."""
        launch = self.launch
        by = {"author": launch.user, "author_name": launch.user_name}
        return self._chart(visit, **by, encounter=launch.encounter_id, outbox=waiting)

    @contextmanager
    def replay(self, draft: Draft) -> Iterator[Chart]:
        """A chart in which what waits is written in its author's name, by this launch's token."""
        visit = watch.visit(self.kept, about(Step.FINISHED, self.launch))
        try:
            yield self._chart(visit, **by(draft))
        finally:
            visit.closed(shown=False)

    def _chart(self, visit: Visit, **more: Any) -> Chart:
        launch = self.launch
        session, base = self.launches.session(launch), launch.fhir_base
        # What waits goes where its author wanted it; what is refused, is refused to who sends it.
        picked = self.picks.of(base, launch.patient_id, more["author"] or "")
        return Chart(
            EhrClient(session, base, patient=launch.patient_id, witness=visit),
            launch.patient_id,
            now=lambda: self.launches.now().astimezone(self.config.time_zone),
            content=self.content,
            rules=self.rules and self.rules.within(visit, picked, launch.user or ""),
            granted=launch.granted,
            **more,
        )


def _start() -> ResponseReturnValue:
    return redirect("/standalone")


def _trust(app: Flask, proxies: int) -> None:
    if proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign] # Werkzeug's documented way
            app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies
        )
