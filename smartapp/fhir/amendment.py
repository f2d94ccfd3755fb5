"""Corrections of answers that were submitted: the same response, amended, nothing lost.

R4: a QuestionnaireResponse changed after it was completed is ``amended``, its scores, changed
because they were wrong, ``corrected``, and one that the answers no longer give is withdrawn,
``entered-in-error``. ``authored`` stays: the answers were given then.

Not every server keeps versions, so the earlier answers stay in the response itself: each as a
contained QuestionnaireResponse, named by our extension ``amendment`` (on QuestionnaireResponse,
one a correction, the oldest first): ``reason`` (valueString), ``on`` (valueDateTime), ``by``
(valueReference) and ``earlier`` (valueReference, the contained copy of what was corrected).
The scores follow the answers by an errand; until it is done readers score the amended answers.
"""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from smartapp.fhir import names, outcome, record, response, saving
from smartapp.fhir.kept import Resource, codes, extension, identifier, keep, moment, once
from smartapp.fhir.merge import ours
from smartapp.program.assessment import Score, attainable
from smartapp.program.instrument import Instrument

if TYPE_CHECKING:
    from smartapp.fhir.chart import Chart

RESCORE = "rescore"
"""The errand that brings the scores after an amended response."""
AMENDED = "amended"
_COPIED = ("questionnaire", "status", "subject", "encounter", "authored", "author", "source")
_CHANGED = ("valueQuantity", "component")


@dataclass(frozen=True)
class Version:
    """A response as it stood; of a correction also who made it, when and why."""

    response: Mapping[str, Any]
    on: datetime | None
    by: str
    reason: str = ""


def can_be_corrected(kept: Mapping[str, Any]) -> bool:
    """Whether it was submitted by this program; what others wrote is theirs to correct."""
    is_ours = bool(ours(dict(kept))) and bool(extension(kept, names.OCCASION))
    return is_ours and response.is_finished(kept)


def save(
    chart: "Chart",
    before: Resource,
    version: str,
    items: Sequence[Mapping[str, Any]],
    reason: str,
    form_id: UUID,
) -> Resource:
    """Save other answers over ``version``; raises EhrConflict when it is no longer current."""
    return chart.save(before, _amended(chart, before, items, reason), version, form_id)


def save_later(
    chart: "Chart",
    before: Resource,
    items: Sequence[Mapping[str, Any]],
    reason: str,
    form_id: UUID,
) -> None:
    """Keep the correction of what was shown earlier, while the record cannot be asked."""
    changed = _amended(chart, before, items, reason)
    chart.save_later(before, changed, keep(None, before).version, form_id)


def versions(kept: Mapping[str, Any]) -> list[Version]:
    """Every version of a response, the one that counts first."""
    copies = {f"#{one.get('id')}": one for one in kept.get("contained") or ()}
    told = _amendments(kept)
    names_of = [(extension(one, "earlier").get("valueReference") or {}) for one in told]
    stages = [copies.get(str(named.get("reference")), {}) for named in names_of]
    first = _version(stages[0] if stages else kept, {})
    return [*map(_version, reversed([*stages[1:], kept]), reversed(told)), first]


def reason_of(kept: Mapping[str, Any]) -> str:
    """Why the newest correction was made; empty where there was none."""
    told = _amendments(kept)
    return _reason(told[-1]) if told else ""


def amends(before: Mapping[str, Any], kept: Mapping[str, Any]) -> bool:
    """Whether a change was a correction of answers."""
    return len(_amendments(before)) < len(_amendments(kept))


def rescore(chart: "Chart", kept: Mapping[str, Any], form_id: UUID) -> None:
    """Bring the scores after the answers; what says the right thing already stays as it is."""
    now = chart.read("QuestionnaireResponse", kept["id"])
    known = response.read(now, chart.content.instruments.values())
    if known is None:
        return
    scores = {one.scale.code.code: one for one in attainable(known)}
    rows = dict(_scored(chart, now, known.instrument))
    changed = [
        saving.update(chart.places, row, made, keep(None, row).version)
        for code, row in rows.items()
        if (made := _rescored(chart, row, known.instrument, scores.get(code))) != row
    ]
    added = [
        saving.create(chart.places, _added(chart, now, known.instrument, scores[code], form_id))
        for code in scores.keys() - rows.keys()
    ]
    for done, activity in ((changed, "UPDATE"), (added, "CREATE")):
        if done:
            chart.attest(done, activity, form_id)  # type: ignore[arg-type]  # both are an Activity


def _amended(
    chart: "Chart", before: Resource, items: Sequence[Mapping[str, Any]], reason: str
) -> Resource:
    changed = deepcopy(before)
    number = len(_amendments(before)) + 1
    earlier = {name: deepcopy(before[name]) for name in (*_COPIED, "item") if name in before}
    copy = {"resourceType": "QuestionnaireResponse", "id": f"earlier-{number}", **earlier}
    by = chart.authorship("valueReference") or {"valueReference": {"display": "unknown"}}
    told = [
        {"url": "reason", "valueString": reason},
        {"url": "on", "valueDateTime": chart.written()},
        {"url": "by", **by},
        {"url": "earlier", "valueReference": {"reference": f"#{copy['id']}"}},
    ]
    changed["contained"] = [*changed.get("contained", ()), copy]
    extensions = changed.get("extension", ())
    changed["extension"] = [*extensions, {"url": names.AMENDMENT, "extension": told}]
    changed["status"] = AMENDED
    changed["item"] = [dict(item) for item in items]
    return changed


def _version(stage: Mapping[str, Any], told: Mapping[str, Any]) -> Version:
    """What stood, by who corrected it to that, or by who submitted it."""
    if not told:
        author = stage.get("author") or {}
        return Version(stage, moment(stage.get("authored")), str(author.get("display") or ""))
    by = extension(told, "by").get("valueReference") or {}
    on = moment(extension(told, "on").get("valueDateTime"))
    return Version(stage, on, str(by.get("display") or ""), _reason(told))


def _reason(told: Mapping[str, Any]) -> str:
    return str(extension(told, "reason").get("valueString") or "")


def _amendments(kept: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [e for e in kept.get("extension") or () if e.get("url") == names.AMENDMENT]


def _scored(
    chart: "Chart", kept: Mapping[str, Any], instrument: Instrument
) -> Iterator[tuple[str, Resource]]:
    """The scores of ours that are derived from this response, by code."""
    found = [row for row in record.rows(chart)["Observation"] if ours(row)]
    for row in once(found):
        sources = [chart.named(one) for one in row.get("derivedFrom") or ()]
        if not any(one and one.id == kept["id"] for one in sources):
            continue
        for scale in instrument.scales:
            if scale.code.code in codes(row.get("code"), scale.code.system):
                yield scale.code.code, row


def _rescored(
    chart: "Chart", row: Resource, instrument: Instrument, score: Score | None
) -> Resource:
    changed = deepcopy(row)
    if score is None:
        changed["status"] = "entered-in-error"
        return changed
    made = outcome.write(chart, instrument, score)
    if all(row.get(name) == made.get(name) for name in _CHANGED) and outcome.counts(row):
        return row
    for name in _CHANGED:
        changed.pop(name, None)
    changed |= {name: made[name] for name in _CHANGED if name in made}
    changed["status"] = "corrected"
    return changed


def _added(
    chart: "Chart", kept: Resource, instrument: Instrument, score: Score, form_id: UUID
) -> Resource:
    """A score that the answers did not give before; it belongs to the same occasion."""
    made = outcome.write(chart, instrument, score)
    made["effectiveDateTime"] = kept["authored"]
    made["identifier"] = [identifier(form_id, f"score/{score.scale.code.code}")]
    made["derivedFrom"] = [{"reference": f"QuestionnaireResponse/{kept['id']}"}]
    made["extension"] = [extension(kept, names.OCCASION)]
    return made | {name: kept[name] for name in ("basedOn", "encounter") if name in kept}
