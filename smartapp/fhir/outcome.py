"""Scores as Observations: the shape existing pain summaries read, exact when read back.

PEG is one Observation with code 91147-9, the mean as valueQuantity and the three answers as
components: the shape AHRQ's Pain Management Summary looks for (its FactorsToConsiderInManaging-
ChronicPainFHIRv401 CQL). The value is rounded to the scale's ``decimals``, as it is in the response
and on the page, so the exact value is taken from the answers whenever they agree with it: whether
a change is 30% is never asked of rounded numbers. A value the answers do not explain is believed
as it stands, because a score is never recomputed under newer rules.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from smartapp.fhir import answer, names
from smartapp.fhir.kept import Resource, codes, coding, concept
from smartapp.program.assessment import Response, Score, attainable, shown
from smartapp.program.instrument import Instrument, Item, Scale

if TYPE_CHECKING:
    from smartapp.fhir.chart import Chart

AS_WRITTEN = "As it was written into the record."
_UNIT = {"unit": "{score}", "system": names.UCUM, "code": "{score}"}
_WRONG = frozenset({"entered-in-error", "cancelled"})


def scales(instruments: Iterable[Instrument]) -> dict[tuple[str, str], tuple[Instrument, Scale]]:
    """Every scale by its code, with its instrument."""
    return {(s.code.system, s.code.code): (i, s) for i in instruments for s in i.scales}


def write(chart: "Chart", instrument: Instrument, made: Score) -> Resource:
    """The Observation of one score, still without identifier, occasion and links."""
    code = made.scale.code
    survey = coding(names.OBSERVATION_CATEGORY, "survey", "Survey")
    observation: Resource = {
        "resourceType": "Observation",
        "meta": {"source": names.SOURCE},
        "status": "final",
        "category": [concept(survey)],
        "code": concept(coding(code.system, code.code, code.display)),
        "subject": chart.subject,
        "effectiveDateTime": chart.written(),
        "valueQuantity": {"value": _stored(made), **_UNIT},
    }
    if chart.author:
        observation["performer"] = [chart.authorship("author")["author"]]
    if made.scale.components:
        observation["component"] = _components(instrument, made)
    return chart.in_context(observation)


def read(
    observation: Mapping[str, Any],
    instrument: Instrument,
    scale: Scale,
    answers: Mapping[str, int],
) -> Score | None:
    """The score in an Observation, or None when it was withdrawn or holds no number.

    ``answers`` are those of the response it is derived from, used where it has no components.
    """
    stored = _number(observation)
    if observation.get("status") in _WRONG or stored is None:
        return None
    told = _told(observation, instrument) or answers
    used = {link: number for link, number in told.items() if link in scale.items}
    exact = _scored(instrument, scale, told)
    if exact is not None and _agree(exact.value, stored):
        return exact
    return Score(scale, Fraction(stored), used, AS_WRITTEN)


def counts(observation: Mapping[str, Any]) -> bool:
    """True unless it was withdrawn."""
    return observation.get("status") not in _WRONG


def derived(response: Response) -> tuple[Score, ...]:
    """The scores of a response that came without Observations; none of an incomplete scale."""
    return attainable(response)


def _stored(made: Score) -> Decimal | int:
    if made.value.denominator == 1:
        return int(made.value)
    return Decimal(shown(made.value, made.scale.decimals))


def _components(instrument: Instrument, made: Score) -> list[Resource]:
    asked = [i for i in instrument.items if i.link_id in made.answers and i.code]
    return [
        {"code": _item_code(item), "valueQuantity": {"value": made.answers[item.link_id], **_UNIT}}
        for item in asked
    ]


def _item_code(item: Item) -> Resource:
    assert item.code is not None, "only items with a code become components"
    return concept(coding(item.code.system, item.code.code, item.code.display))


def _number(holder: Mapping[str, Any]) -> Decimal | None:
    """The number in a valueQuantity or valueInteger; JSON numbers with a point are Decimals."""
    value = (holder.get("valueQuantity") or {}).get("value", holder.get("valueInteger"))
    return Decimal(value) if isinstance(value, int | Decimal) and value is not True else None


def _told(observation: Mapping[str, Any], instrument: Instrument) -> dict[str, int]:
    """The answers in the components, by link id; what an item does not offer is no answer."""
    found: dict[str, int] = {}
    for component in observation.get("component") or ():
        for item in instrument.items:
            number = answer.number(component, item) if _is(component, item) else None
            if number is not None:
                found[item.link_id] = number
    return found


def _is(component: Mapping[str, Any], item: Item) -> bool:
    code = item.code
    return code is not None and code.code in codes(component.get("code"), code.system)


def _scored(instrument: Instrument, scale: Scale, answers: Mapping[str, int]) -> Score | None:
    made = derived(Response(instrument, answers))
    return next((one for one in made if one.scale == scale), None)


def _agree(exact: Fraction, stored: Decimal) -> bool:
    """True when ``stored`` is ``exact`` as rounded, in whatever way, to the stored decimals."""
    unit = Fraction(10) ** min(0, int(stored.as_tuple().exponent))
    return abs(exact - Fraction(stored)) < unit
