"""How a questionnaire was answered: by the patient alone, by somebody for them, or on paper.

R4: ``source`` answered the questions, ``author`` received and recorded the answers. A clinician
who asks is the author; a patient alone with a device is both, and so is who answers for them,
known by words alone. Paper was filled in on a day, which is ``authored`` and the date of its
scores, and its author is who typed it in. The extension ``questionnaireresponse-completionMode``
(HL7, R4) says ELECTRONIC of a device and WRITTEN of paper; of a question asked it says nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from typing import Any

from smartapp.fhir import names
from smartapp.fhir.kept import Resource, codes, coding, concept, day, extension, moment

_ELECTRONIC = ("ELECTRONIC", "electronic data")
_WRITTEN = ("WRITTEN", "written")


@dataclass(frozen=True)
class Manner:
    """``alone``: on a device without the clinician; ``edited``: others gave answers too.

    ``paper_on`` is the day on a paper form, ``proxy`` says who answered for the patient.
    ``author`` (a reference) and ``author_name`` are who recorded the answers, where it is not who
    submits them; a response tells that by itself, so they are not read back.
    """

    alone: bool = False
    edited: bool = False
    proxy: str = ""
    paper_on: date | None = None
    author: str = ""
    author_name: str = ""


ASKED = Manner()
"""A clinician asked the patient."""


def stamp(response: Resource, manner: Manner) -> None:
    """Say in a QuestionnaireResponse how it was answered."""
    if manner.proxy:
        response["source"] = {"display": manner.proxy}
    recorded = {"reference": manner.author, "display": manner.author_name}
    if manner.alone and not manner.edited:
        response["author"] = dict(response["source"])
    elif any(recorded.values()):
        response["author"] = {name: told for name, told in recorded.items() if told}
    if manner.paper_on:
        response["authored"] = manner.paper_on.isoformat()
    if manner.alone or manner.paper_on:
        code, display = _WRITTEN if manner.paper_on else _ELECTRONIC
        mode = concept(coding(names.PARTICIPATION_MODE, code, display))
        added = {"url": names.COMPLETION_MODE, "valueCodeableConcept": mode}
        response["extension"] = [*response.get("extension", ()), added]


def read(response: Mapping[str, Any]) -> Manner:
    """How a QuestionnaireResponse says it was answered."""
    mode = extension(response, names.COMPLETION_MODE).get("valueCodeableConcept")
    said = set(codes(mode, names.PARTICIPATION_MODE))
    source, author = response.get("source") or {}, response.get("author") or {}
    return Manner(
        alone="ELECTRONIC" in said,
        edited=_who(source) != _who(author),
        proxy="" if source.get("reference") else str(source.get("display") or ""),
        paper_on=day(response.get("authored")) if "WRITTEN" in said else None,
    )


def on(text: Any, zone: tzinfo | None) -> datetime | None:
    """When a dateTime was; a full date, as paper has it, is the begin of that day in ``zone``."""
    whole = day(text) if len(str(text)) == len("2026-11-23") else None
    return datetime.combine(whole, time(), zone) if whole else moment(text)


def _who(reference: Mapping[str, Any]) -> str:
    return str(reference.get("reference") or reference.get("display") or "")
