"""Questions that were answered twice: the answer that does not count, kept with the response.

Two pages or devices that did not know of each other; the answer given last stands in the items.
Our extension ``set-aside`` (on QuestionnaireResponse, one for each other answer, the newest of a
question first): ``linkId`` and ``question`` (valueString, the words it was asked in), ``answer``
(value[x] as in the items, one for each value; what cannot be read as one, as it was typed),
``given`` (valueDateTime), ``by`` (valueCoding: the patient, somebody for them, or staff) and, with
the last of a question where not all were kept, ``notKept`` (valuePositiveInt), how many more there
were. Who it was by name, and on which device, is not said: a page does not know its device.

It stands on the response and not on the item: the question may have no item (it was emptied, or is
not asked any more), a correction writes the items anew, and nobody who reads answers or scores
them can meet it there.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from smartapp.fhir import names
from smartapp.fhir.kept import Resource, coding, extension, moment

_UNFIT, _UNKNOWN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"), "\N{REPLACEMENT CHARACTER}"


class By(StrEnum):
    """Who gave an answer, as far as it matters to a reader."""

    PATIENT = "patient"
    RELATED = "related"
    STAFF = "staff"


_DISPLAY = {By.PATIENT: "Patient", By.RELATED: "Somebody for the patient", By.STAFF: "Staff"}


@dataclass(frozen=True)
class OtherAnswer:
    """An answer to the question ``link_id`` that does not count.

    ``values`` each have one value[x]; ``given`` and ``by`` are None where that is not known.
    ``not_kept`` counts older ones of the same question.
    """

    link_id: str
    question: str
    values: Sequence[Mapping[str, Any]]
    given: datetime | None = None
    by: By | None = None
    not_kept: int = 0


def stamp(response: Resource, others: Sequence[OtherAnswer]) -> None:
    """Keep the other answers with a QuestionnaireResponse."""
    made = [{"url": names.SET_ASIDE, "extension": list(_parts(one))} for one in others]
    if made:
        response["extension"] = [*response.get("extension", ()), *made]


def read(response: Mapping[str, Any]) -> list[OtherAnswer]:
    """The other answers that a QuestionnaireResponse keeps."""
    every = response.get("extension") or ()
    return [_read(one) for one in every if one.get("url") == names.SET_ASIDE]


def typed(texts: Sequence[str]) -> list[Resource]:
    """What was typed, as values: all that FHIR lets stand in a string."""
    return [{"valueString": _UNFIT.sub(_UNKNOWN, text)} for text in texts if text.strip()]


def _parts(one: OtherAnswer) -> Iterator[Resource]:
    yield {"url": "linkId", "valueString": one.link_id}
    if one.question:
        yield {"url": "question", "valueString": one.question}
    for value in one.values:
        yield {"url": "answer", **_valued(value)}
    if one.given:
        yield {"url": "given", "valueDateTime": one.given.replace(microsecond=0).isoformat()}
    if one.by:
        yield {"url": "by", "valueCoding": coding(names.ANSWERED_BY, one.by, _DISPLAY[one.by])}
    if one.not_kept:
        yield {"url": "notKept", "valuePositiveInt": one.not_kept}


def _read(told: Mapping[str, Any]) -> OtherAnswer:
    by = (extension(told, "by").get("valueCoding") or {}).get("code")
    not_kept = extension(told, "notKept").get("valuePositiveInt")
    return OtherAnswer(
        str(extension(told, "linkId").get("valueString") or ""),
        str(extension(told, "question").get("valueString") or ""),
        [_valued(e) for e in told.get("extension") or () if e.get("url") == "answer"],
        moment(extension(told, "given").get("valueDateTime")),
        By(by) if by in {one.value for one in By} else None,
        not_kept if isinstance(not_kept, int) else 0,
    )


def _valued(holder: Mapping[str, Any]) -> Resource:
    return {name: value for name, value in holder.items() if name.startswith("value")}
