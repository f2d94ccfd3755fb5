"""The sandbox EHR's factory: all of its wiring, nothing else wires."""

import secrets
from urllib.parse import urlsplit

from flask import Flask, Response
from flask_wtf.csrf import CSRFProtect

from smartapp.sandbox import authorize, charts, discovery, endpoint, shown, signin, upstream
from smartapp.sandbox.authority import Authority
from smartapp.sandbox.hospital import Hospital
from smartapp.sandbox.keys import SigningKeys
from smartapp.sandbox.records import Records
from smartapp.sandbox.settings import EhrSettings
from smartapp.sandbox.tickets import Tickets


def create_ehr(settings: EhrSettings) -> Flask:
    """The EHR as a Flask app, seeded; ``app.extensions["sandbox"]`` is its ``Ehr``."""
    settings.data.mkdir(parents=True, exist_ok=True)
    records = Records(settings.data / "ehr.sqlite3")
    app = Flask(__name__, static_url_path="/sandbox-static")
    app.config.update(
        SECRET_KEY=records.setting("cookie-key", lambda: secrets.token_hex(32)),
        SESSION_COOKIE_NAME="sandbox_ehr",
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,
        TRUSTED_HOSTS=[str(urlsplit(settings.base).hostname), "localhost", "127.0.0.1"],
        MAX_CONTENT_LENGTH=4 * 1024 * 1024,
    )
    app.extensions["sandbox"] = ehr = Ehr(settings, records)
    ehr.hospital.open()
    _register(app, ehr)
    shown.register(app)
    return app


class Ehr:
    """The parts of one sandbox EHR, for those who start it."""

    def __init__(self, settings: EhrSettings, records: Records) -> None:
        self.settings, self.records = settings, records
        self.upstream = upstream.choose(settings.upstream, settings.data, settings.fhir_base)
        self.tickets = Tickets(records, settings.clock)
        self.hospital = Hospital(settings, records, self.upstream)

    def launch_url(
        self, patient: str, user: str, *, embedded: bool = False, intent: str | None = None
    ) -> str:
        """As if the clinician had clicked in the chart of ``patient`` (the upstream's id)."""
        parts = (self.settings, self.tickets, self.hospital)
        return charts.launch_url(*parts, user, patient, embedded=embedded, intent=intent)

    def close(self) -> None:
        """Close files and connections."""
        self.upstream.close()
        self.records.close()


def _register(app: Flask, ehr: Ehr) -> None:
    settings, tickets, hospital = ehr.settings, ehr.tickets, ehr.hospital
    keys = SigningKeys(ehr.records, settings.clock)
    authority = Authority(app, settings, tickets, keys, hospital)
    guard = CSRFProtect(app)
    machines = authorize.machine_pages(authority)
    fhir = endpoint.blueprint(settings, tickets, ehr.upstream)
    guard.exempt(machines)
    guard.exempt(fhir)
    app.register_blueprint(discovery.blueprint(settings, keys, ehr.upstream))
    app.register_blueprint(machines)
    app.register_blueprint(fhir)
    app.register_blueprint(signin.pages)
    app.register_blueprint(authorize.browser_pages(authority, hospital))
    app.register_blueprint(charts.blueprint(settings, tickets, hospital))
    origins = sorted({_origin(c.launch_uri) for c in settings.clients})
    app.after_request(lambda response: _headed(response, " ".join(origins)))


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _headed(response: Response, apps: str) -> Response:
    response.headers.setdefault(
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
        f"frame-src 'self' {apps}; form-action 'self' {apps}; frame-ancestors 'self'",
    )
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    if not response.headers.get("Cache-Control"):
        response.headers["Cache-Control"] = "no-store"
    return response
