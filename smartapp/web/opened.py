"""The launch as the pages see it: one patient, one user, one site, fixed for its whole life."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, cast

from flask import current_app, g, session

from smartapp.alerts.ledger import PatientAlerts
from smartapp.content import Content
from smartapp.drafts.patient import PatientDrafts
from smartapp.drafts.typed import OwnForms
from smartapp.errors import EhrError
from smartapp.fhir import practitioner
from smartapp.fhir.chart import Chart
from smartapp.fhir.patient import Patient
from smartapp.outbox.patient import PatientOutbox
from smartapp.program.safety import SiteSafety

EXTENSION = "smartapp.open_chart"


@dataclass(frozen=True)
class Banner:
    """Who the page is about, as every page says it; ``birth_date`` may be a partial date's text."""

    name: str
    birth_date: date | str
    age: int | None
    sex: str
    mrn: str


@dataclass(frozen=True)
class Opened:
    """What a page may know of the launch it belongs to; tokens stay with ``launch``.

    ``missing`` says in plain words what the EHR did not grant. ``today`` is the clinic's date,
    ``zone`` its time zone. After ``idle`` without use the launch ends.
    ``typed`` has what this user filled in while the record could not be read.
    In ``turn`` nobody else moves what this patient has into the EHR; it raises MoveRunning.
    """

    handle: str
    site_name: str
    user_name: str
    user_reference: str | None
    need_banner: bool
    style_url: str | None
    smart_style_url: str | None
    missing: tuple[str, ...]
    chart: Chart
    content: Content
    today: date
    outbox: PatientOutbox
    drafts: PatientDrafts
    alerts: PatientAlerts
    safety: SiteSafety
    idle: timedelta
    typed: OwnForms
    turn: Callable[[], AbstractContextManager[None]]
    zone: tzinfo = UTC
    patient: Banner | None = None

    def local(self, moment: datetime) -> datetime:
        """Return the moment as the clinic's wall clock shows it."""
        return moment.astimezone(self.zone)


Opener = Callable[[str], Opened]
"""Opens the launch of a handle in the path; what ``app`` puts in the extension."""


def open_chart(handle: str) -> Opened:
    """Open the launch named in the path and remember it for this request.

    Raises LaunchUnknown, LaunchEnded or CookieMissing when path and cookie do not belong together.
    """
    opener = cast(Opener, current_app.extensions[EXTENSION])
    launch = opener(handle)
    launch = replace(launch, user_name=_user_name(launch), patient=_identity(launch))
    launch.chart.author_name = launch.user_name
    g.opened = launch
    return launch


def opened() -> Opened:
    """Return the launch this request belongs to."""
    return cast(Opened, g.opened)


def remember_identity(patient: Patient) -> None:
    """Keep the banner's lines with the launch, so that it stands even when the EHR is down.

    They live encrypted in the launch record and end with it; the chart stays the only record.
    """
    born = patient.birth_date.isoformat() if patient.birth_date else None
    kept = {**asdict(patient), "birth_date": born}
    if session.get("patient") != kept:
        session["patient"] = kept


def _identity(launch: Opened) -> Banner:
    if session.get("patient", {}).get("id") != launch.chart.patient_id:
        remember_identity(launch.chart.patient())
    kept: Mapping[str, Any] = session["patient"]
    born = date.fromisoformat(kept["birth_date"]) if kept["birth_date"] else None
    patient = Patient(**{**kept, "birth_date": born})
    age = patient.age(launch.today)
    return Banner(patient.name, born or patient.born, age, patient.sex, patient.mrn)


def _user_name(launch: Opened) -> str:
    """The user's name: the id_token's, else the record's, asked once per launch."""
    if launch.user_name or not launch.user_reference:
        return launch.user_name
    if "user_name" not in session:
        session["user_name"] = _recorded_name(launch)
    return str(session["user_name"])


def _recorded_name(launch: Opened) -> str:
    try:
        return practitioner.read(launch.chart.client, launch.user_reference or "").name
    except EhrError:
        return ""
