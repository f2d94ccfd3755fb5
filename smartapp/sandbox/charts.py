"""The chart pages: patient list, chart, the program embedded, what the record holds, reset."""

import json
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from smartapp.sandbox import clients, signin
from smartapp.sandbox.hospital import WRITTEN, Hospital
from smartapp.sandbox.settings import EhrSettings
from smartapp.sandbox.tickets import Context, Tickets

_SHOWN = {*WRITTEN, "Provenance", "Patient", "Condition", "Encounter"}


def launch_url(
    settings: EhrSettings, tickets: Tickets, hospital: Hospital, user: str, patient: str,
    *, embedded: bool = False, intent: str | None = None,
) -> str:  # fmt: skip
    """The app's launch URL with a fresh launch token for this user and patient.

    Embedded in the chart page the EHR shows the patient banner itself.
    """
    context = Context(
        patient=patient,
        encounter=hospital.encounter(patient),
        intent=intent,
        need_patient_banner=not embedded,
        smart_style_url=f"{settings.base}/smart-style.json",
        tenant="sandbox",
    )
    client = clients.find(settings.clients, settings.embed)
    if client is None:
        raise LookupError(f"No client {settings.embed} is registered.")
    token = tickets.open_launch(user, context)
    return f"{client.launch_uri}?{urlencode({'iss': settings.fhir_base, 'launch': token})}"


class ChartPages:
    """The views, over one hospital."""

    def __init__(self, settings: EhrSettings, tickets: Tickets, hospital: Hospital) -> None:
        self._settings, self._tickets, self._hospital = settings, tickets, hospital

    def index(self) -> ResponseReturnValue:
        """The patient list, narrowed by ``q``."""
        wanted = request.args.get("q", "").strip()
        found = [one for one in self._hospital.patients() if _matches(one, wanted)]
        return render_template("sandbox/patients.html", patients=found, wanted=wanted)

    def chart(self, patient: str) -> ResponseReturnValue:
        """One patient's chart."""
        return render_template(
            "sandbox/chart.html",
            patient=self._known(patient),
            conditions=self._hospital.of(patient, "Condition"),
            encounters=_newest_first(self._hospital.of(patient, "Encounter")),
            written=self._hospital.written(patient),
        )

    def program(self, patient: str) -> ResponseReturnValue:
        """The app launched in a frame of the chart page."""
        known = self._known(patient)
        url = self._launch_url(patient, embedded=True)
        return render_template("sandbox/program.html", patient=known, url=url)

    def launch(self, patient: str) -> ResponseReturnValue:
        """The app launched in the tab this was posted to."""
        self._known(patient)
        return redirect(self._launch_url(patient, embedded=False), 303)

    def raw(self, patient: str, kind: str, key: str) -> ResponseReturnValue:
        """One resource as JSON, for the curious."""
        known = self._known(patient)
        resource = self._hospital.read(f"{kind}/{key}") if kind in _SHOWN else None
        text = json.dumps(resource or abort(404), indent=2, ensure_ascii=False)
        return render_template("sandbox/raw.html", patient=known, kind=kind, key=key, text=text)

    def confirm_reset(self) -> ResponseReturnValue:
        """Ask before everything is thrown away."""
        remote = self._settings.upstream is not None
        return render_template("sandbox/reset.html", remote=remote)

    def reset(self) -> ResponseReturnValue:
        """Back to the synthetic data."""
        self._hospital.reset()
        return redirect(url_for("charts.index"), 303)

    def _known(self, patient: str) -> dict[str, Any]:
        return self._hospital.patient(patient) or abort(404)

    def _launch_url(self, patient: str, *, embedded: bool) -> str:
        user = signin.clinician()
        parts = (self._settings, self._tickets, self._hospital)
        return launch_url(*parts, user.key if user else "", patient, embedded=embedded)


def blueprint(settings: EhrSettings, tickets: Tickets, hospital: Hospital) -> Blueprint:
    """Every page of the chart; all need a signed-in clinician."""
    pages = Blueprint("charts", __name__)
    views = ChartPages(settings, tickets, hospital)
    for method, path, view in (
        ("GET", "/", views.index),
        ("GET", "/patients/<patient>", views.chart),
        ("GET", "/patients/<patient>/program", views.program),
        ("POST", "/patients/<patient>/launch", views.launch),
        ("GET", "/patients/<patient>/record/<kind>/<key>", views.raw),
        ("GET", "/reset", views.confirm_reset),
        ("POST", "/reset", views.reset),
    ):
        pages.add_url_rule(path, view.__name__, signin.required(view), methods=[method])
    return pages


def _matches(patient: dict[str, Any], wanted: str) -> bool:
    name = patient["name"][0]
    words = [name.get("family", ""), *name.get("given", ()), patient["identifier"][0]["value"]]
    return wanted.casefold() in " ".join([*words, words[0]]).casefold()


def _newest_first(encounters: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(encounters, key=lambda one: str(one["period"]["start"]), reverse=True)
