"""The launch as the pages see it: one patient, one user, one site, fixed for its whole life."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any, cast

from flask import current_app, g, session

from smartapp.content import Content
from smartapp.fhir.chart import Chart
from smartapp.fhir.patient import Patient

Opener = Callable[[str], "Opened"]
EXTENSION = "smartapp.open_chart"


@dataclass(frozen=True)
class Opened:
    """What a page may know of the launch it belongs to; tokens stay with ``launch``."""

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
    patient: Patient | None = None


def open_chart(handle: str) -> Opened:
    """Open the launch named in the path and remember it for this request.

    Raises LaunchUnknown, LaunchEnded or CookieMissing when path and cookie do not belong together.
    """
    opener = cast(Opener, current_app.extensions[EXTENSION])
    g.opened = opener(handle)
    g.opened = replace(g.opened, patient=_identity(g.opened))
    return cast(Opened, g.opened)


def opened() -> Opened:
    """Return the launch this request belongs to."""
    return cast(Opened, g.opened)


def remember_identity(patient: Patient) -> None:
    """Keep the banner's lines with the launch, so that it stands even when the EHR is down.

    They live encrypted in the launch record and end with it; the chart stays the only record.
    """
    kept = asdict(patient)
    kept["birth_date"] = patient.birth_date.isoformat() if patient.birth_date else None
    session["patient"] = kept


def _identity(launch: Opened) -> Patient:
    kept: Mapping[str, Any] | None = session.get("patient")
    if kept and kept["id"] == launch.chart.patient_id:
        born = kept["birth_date"]
        return Patient(**{**kept, "birth_date": date.fromisoformat(born) if born else None})
    patient = launch.chart.patient()
    remember_identity(patient)
    return patient
