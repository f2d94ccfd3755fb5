"""One questionnaire answered, as a QuestionnaireResponse, and back.

Ours keep the whole ``item`` tree as it was answered, whether the questionnaire has a score or not.
Others' are understood where they can be (``answer.py``). Their items are recognized by our link id
only when they answer our questionnaire, because "1" to "10" are everybody's link ids; else by the
item's LOINC code at the end of the link id, by a link id that the content knows them by elsewhere
(those of LOINC's own forms), or by their words. Of several instruments whose scales can all be
scored, others' answers are taken for the one with the most questions: a PHQ-9 holds a PHQ-2.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from smartapp.fhir import answer, names
from smartapp.fhir.aside import OtherAnswer
from smartapp.fhir.kept import Resource
from smartapp.fhir.manner import ASKED, Manner
from smartapp.program.assessment import Response, unscored
from smartapp.program.instrument import Instrument, Item

if TYPE_CHECKING:
    from smartapp.fhir.chart import Chart

_FINISHED = frozenset({"completed", "amended"})


@dataclass(frozen=True)
class Answered:
    """One questionnaire (``url|version``) as answered: the ``item`` list of its response.

    ``slug`` tells it from the others of its assessment; ``instrument`` is None where no scale is
    known for it; ``how`` says who gave these answers. ``others`` do not count, but are kept.
    """

    slug: str
    canonical: str
    items: Sequence[Mapping[str, Any]]
    instrument: Instrument | None = None
    how: Manner = ASKED
    others: Sequence[OtherAnswer] = ()

    @classmethod
    def of(cls, response: Response) -> "Answered":
        """What is known of an instrument by its numbers alone."""
        instrument, answers = response.instrument, response.answers
        items = _nested(instrument.items, answers)
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
    found = []
    for instrument in instruments:
        if url == instrument.url:
            return Response(instrument, _answers(rows, instrument, by_link_id=True))
        found.append(Response(instrument, _answers(rows, instrument, by_link_id=False)))
    whole = [one for one in found if not unscored(one)]
    return max(whole, key=lambda one: len(one.answers), default=None)


def _nested(items: Sequence[Item], answers: Mapping[str, int], depth: int = 0) -> list[Resource]:
    """The answers in the questionnaire's order, inside the groups they belong to."""
    made: list[Resource] = []
    for group, members in groupby(items, key=lambda item: item.groups[depth : depth + 1]):
        inside = list(members)
        if not group:
            given = [item for item in inside if item.link_id in answers]
            made += [_answered(item, answers[item.link_id]) for item in given]
        elif below := _nested(inside, answers, depth + 1):
            made.append({"linkId": group[0], "item": below})
    return made


def _answered(item: Item, number: int) -> Resource:
    return {"linkId": item.link_id, "text": item.text, "answer": [answer.written(item, number)]}


def _items(holder: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every item below, those inside answers included."""
    for item in holder.get("item") or ():
        yield item
        yield from _items(item)
        for given in item.get("answer") or ():
            yield from _items(given)


def _answers(
    rows: list[Mapping[str, Any]], instrument: Instrument, *, by_link_id: bool
) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in rows:
        for item in instrument.items:
            if not row.get("answer") or not _is(row, item, by_link_id=by_link_id):
                continue
            number = answer.agreed(row["answer"], item)
            if number is not None:
                found[item.link_id] = number
    return found


def _is(row: Mapping[str, Any], item: Item, *, by_link_id: bool) -> bool:
    link = str(row.get("linkId") or "")
    if by_link_id:
        return link == item.link_id
    code = item.code
    end = link.rpartition("/")[2]
    if code is not None and code.system == names.LOINC and end == code.code:
        return True
    words = {answer.plain(item.text), answer.plain(code.display if code else item.text)}
    return link in item.aliases or answer.plain(row.get("text") or "") in words
