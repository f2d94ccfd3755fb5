"""One questionnaire answered, as a QuestionnaireResponse, and back.

Ours keep the whole ``item`` tree as it was answered, whether the questionnaire has a score or not.
Others' are understood where they can be: whole decimals, quantities, numbers as text, LOINC's coded
0 to 10, and choices with an ordinalValue. Their items are recognized by our link id only when they
answer our questionnaire; else by the item's LOINC code in the link id or by its exact words,
because "1" to "10" are everybody's link ids.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from smartapp.fhir import names
from smartapp.fhir.kept import Resource, extension
from smartapp.program.assessment import Response
from smartapp.program.instrument import Instrument, Item

if TYPE_CHECKING:
    from smartapp.fhir.chart import Chart

_FINISHED = frozenset({"completed", "amended"})


@dataclass(frozen=True)
class Answered:
    """One questionnaire (``url|version``) as answered: the ``item`` list of its response.

    ``slug`` tells it from the others of its assessment; ``instrument`` is None where no scale is
    known for it.
    """

    slug: str
    canonical: str
    items: Sequence[Mapping[str, Any]]
    instrument: Instrument | None = None

    @classmethod
    def of(cls, response: Response) -> "Answered":
        """What is known of an instrument by its numbers alone."""
        instrument, answers = response.instrument, response.answers
        given = [item for item in instrument.items if item.link_id in answers]
        items = [_answered(item, answers[item.link_id]) for item in given]
        canonical = f"{instrument.url}|{instrument.version}"
        return cls(instrument.slug, canonical, items, instrument)

    @property
    def response(self) -> Response | None:
        """Its numbers, or None where no scale is known for it."""
        if self.instrument is None:
            return None
        rows = list(_items({"item": self.items}))
        return Response(self.instrument, _answers(rows, self.instrument, by_link_id=True))


def write(chart: "Chart", answered: Answered) -> Resource:
    """The QuestionnaireResponse of one questionnaire, still without identifier and links."""
    made: Resource = {
        "resourceType": "QuestionnaireResponse",
        "meta": {"source": names.SOURCE},
        "questionnaire": answered.canonical,
        "status": "completed",
        "subject": chart.subject,
        "authored": chart.written(),
        **chart.authorship("author"),
        "source": chart.subject,
    }
    if answered.items:
        made["item"] = list(answered.items)
    return chart.in_context(made)


def is_finished(resource: Mapping[str, Any]) -> bool:
    """True for what was submitted, and perhaps corrected since; not for a draft."""
    return resource.get("status") in _FINISHED


def read(resource: Mapping[str, Any], instruments: Iterable[Instrument]) -> Response | None:
    """The response in a finished QuestionnaireResponse to one of ``instruments``, else None."""
    if not is_finished(resource):
        return None
    url = str(resource.get("questionnaire") or "").partition("|")[0]
    rows = list(_items(resource))
    for instrument in instruments:
        if url == instrument.url:
            return Response(instrument, _answers(rows, instrument, by_link_id=True))
        found = _answers(rows, instrument, by_link_id=False)
        if len(found) == len(instrument.items):
            return Response(instrument, found)
    return None


def _answered(item: Item, number: int) -> Resource:
    return {"linkId": item.link_id, "text": item.text, "answer": [{"valueInteger": number}]}


def _items(holder: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every item below, those inside answers included."""
    for item in holder.get("item") or ():
        yield item
        yield from _items(item)
        for answer in item.get("answer") or ():
            yield from _items(answer)


def _answers(
    rows: list[Mapping[str, Any]], instrument: Instrument, *, by_link_id: bool
) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in rows:
        for item in instrument.items:
            number = _number((row.get("answer") or [{}])[0])
            offered = number is not None and item.minimum <= number <= item.maximum
            if number is not None and offered and _is(row, item, by_link_id=by_link_id):
                found[item.link_id] = number
    return found


def _is(row: Mapping[str, Any], item: Item, *, by_link_id: bool) -> bool:
    link = str(row.get("linkId") or "")
    if by_link_id:
        return link == item.link_id
    code = item.code
    coded = code is not None and code.system == names.LOINC and link.lstrip("/") == code.code
    return coded or str(row.get("text") or "").strip() == item.text


def _number(answer: Mapping[str, Any]) -> int | None:
    """The whole number an answer says, whatever its type."""
    coded = answer.get("valueCoding") or {}
    ordinal = extension(coded, names.ORDINAL).get("valueDecimal")
    said = (
        answer.get("valueInteger"),
        answer.get("valueDecimal"),
        (answer.get("valueQuantity") or {}).get("value"),
        answer.get("valueString"),
        names.NUMBER_ANSWERS.get(coded.get("code", "")),
        ordinal,
        coded.get("display"),
    )
    return _whole(next((value for value in said if value is not None), None))


def _whole(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return int(number) if number.is_finite() and number == number.to_integral_value() else None
