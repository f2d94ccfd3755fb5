"""How the chart pages show FHIR values: names, dates, codes, and who is signed in."""

from datetime import date, datetime
from typing import Any

from flask import Flask, render_template
from werkzeug.exceptions import SecurityError

from smartapp.sandbox import signin
from smartapp.sandbox.problems import ZONE


def name(resource: dict[str, Any]) -> str:
    """``Given Family`` of a Patient or Practitioner."""
    first = resource["name"][0]
    return " ".join([*first.get("given", ()), first.get("family", "")])


def day(text: str) -> str:
    """``3 May 2024`` of a FHIR date or dateTime; shorter ones are shown as they are."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return text
    if len(text) > len("2024-05-03"):
        when = when.astimezone(ZONE)
    return f"{when.day} {when:%B %Y}"


def age(patient: dict[str, Any]) -> int:
    """Whole years today."""
    born, today = date.fromisoformat(patient["birthDate"]), datetime.now(ZONE).date()
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def mrn(patient: dict[str, Any]) -> str:
    """The medical record number."""
    return str(patient["identifier"][0]["value"])


def label(resource: dict[str, Any]) -> str:
    """A few words that tell one resource from another of its kind."""
    for key in ("description", "code", "title", "name", "questionnaire", "status"):
        text = _text(resource.get(key))
        if text:
            return text
    return str(resource.get("recorded", ""))


def _text(value: Any) -> str:
    if isinstance(value, dict):
        codings = value.get("coding") or [{}]
        return str(value.get("text") or codings[0].get("display") or "")
    return value if isinstance(value, str) else ""


def register(app: Flask) -> None:
    """Give the templates these words, and the app its error page."""
    app.jinja_env.filters.update(person=name, day=day, age=age, mrn=mrn, label=label)
    app.context_processor(lambda: {"clinician": signin.clinician()})

    app.register_error_handler(SecurityError, lambda _: ("This EHR is not at that address.", 400))
    app.register_error_handler(400, lambda error: (_wrong(error.description), 400))
    app.register_error_handler(404, lambda _: (_wrong("There is no such page in this EHR."), 404))


def _wrong(reason: str) -> str:
    return render_template("sandbox/refused.html", reason=reason)
