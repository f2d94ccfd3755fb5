"""Answers that need the safety workflow, found in whatever holds them.

In a QuestionnaireResponse of any status and any questionnaire, drafts and other people's forms
included, and in an Observation that records the question by itself or as a component. An answer
that is there but cannot be read alerts too: it is never taken for "not at all".
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from smartapp.fhir import answer, names
from smartapp.fhir.kept import codes
from smartapp.program.alert import REASON, SELF_HARM, Alert, is_self_harm, watches
from smartapp.program.instrument import Code, Instrument, Item, Option

_WITHDRAWN = frozenset({"entered-in-error", "cancelled"})
_WORDS = {
    "LA6568-5": "Not at all",
    "LA6569-3": "Several days",
    "LA6570-1": "More than half the days",
    "LA6571-9": "Nearly every day",
}
_YES = "Yes"
_OPTIONS = tuple(
    Option(n, Code(names.LOINC, code, text), text) for n, (code, text) in enumerate(_WORDS.items())
)
QUESTION = Item(
    link_id=SELF_HARM,
    text="Thoughts that you would be better off dead, or of hurting yourself in some way",
    code=Code(names.LOINC, SELF_HARM, "Thoughts of being better off dead or of self-harm"),
    minimum=0,
    maximum=3,
    lower_label="",
    upper_label="",
    options=_OPTIONS,
)
"""PHQ-9 item 9 as LOINC has it, for forms that are none of our instruments."""


def in_response(
    response: Mapping[str, Any],
    questionnaire: Mapping[str, Any] | None = None,
    instruments: Iterable[Instrument] = (),
) -> tuple[Alert, ...]:
    """The alerts in a response of any status; none in one that was entered in error.

    ``questionnaire`` is the one it answers, where it is at hand: it knows the questions' codes.
    """
    if response.get("status") in _WITHDRAWN:
        return ()
    url = str(response.get("questionnaire") or "").partition("|")[0]
    known = next((one for one in instruments if one.url == url), None)
    marked = {link: item for link, item in _watched(known)} if known else {}
    asked = {str(i.get("linkId")): i for i in _rows(questionnaire or {})}
    found: list[Alert] = []
    for row in _rows(response):
        link = str(row.get("linkId") or "")
        question = asked.get(link, {})
        item, least, reason = marked.get(link, (_put(row, question), 1, REASON))
        if link in marked or _is_self_harm(row, question):
            found += _alerts(row, item, least, reason)
    return tuple(found)


def in_observation(observation: Mapping[str, Any]) -> tuple[Alert, ...]:
    """The alerts in a recorded answer to the self-harm question, by itself or as a component."""
    if observation.get("status") in _WITHDRAWN:
        return ()
    found: list[Alert] = []
    for holder in (observation, *(observation.get("component") or ())):
        if SELF_HARM in codes(holder.get("code"), names.LOINC):
            found += _alerts({"answer": [holder]}, QUESTION, 1, REASON)
    return tuple(found)


def _watched(instrument: Instrument) -> Iterator[tuple[str, tuple[Item, int, str]]]:
    items = {item.link_id: item for item in instrument.items}
    for watch in watches(instrument):
        yield watch.link_id, (items[watch.link_id], watch.at_least, watch.reason)


def _put(row: Mapping[str, Any], question: Mapping[str, Any]) -> Item:
    """The self-harm question in the words in which it was put."""
    return replace(QUESTION, text=str(row.get("text") or question.get("text") or QUESTION.text))


def _is_self_harm(row: Mapping[str, Any], question: Mapping[str, Any]) -> bool:
    coded = [(str(c.get("system") or ""), str(c.get("code"))) for c in question.get("code") or ()]
    texts = {answer.plain(one.get("text", "")) for one in (row, question)}
    link = str(row.get("linkId") or "")
    return is_self_harm(link, *coded) or answer.plain(QUESTION.text) in texts


def _alerts(row: Mapping[str, Any], item: Item, least: int, reason: str) -> Iterator[Alert]:
    """At most one alert for a question: that of its highest answer, or of one not understood."""
    given = [(_number(one, item), _words_of(one)) for one in row.get("answer") or ()]
    told = [(number, said) for number, said in given if said]
    unread = [said for number, said in told if number is None]
    high = max(((n, said) for n, said in told if n is not None), default=(-1, ""))
    link = str(row.get("linkId") or item.link_id)
    if high[0] >= least:
        yield Alert(link, item.text, high[0], _quoted(*high, item), reason)
    elif unread:
        yield Alert(link, item.text, None, unread[0], reason)


def _quoted(number: int, said: str, item: Item) -> str:
    """The answer as people know it: in the form's own words, not in those LOINC has for it.

    Where a form of others says only a number or a code, LOINC's words help.
    """
    option = item.option(number) if said != _YES else None
    if option is None or (_is_loose(item) and said not in (str(number), option.code.code)):
        return said
    return option.text


def _is_loose(item: Item) -> bool:
    return item.options is _OPTIONS


def _number(one: Mapping[str, Any], item: Item) -> int | None:
    """The answer's number; of yes and no, 1 and 0: there are forms that ask it so."""
    told = one.get("valueBoolean")
    return int(told) if isinstance(told, bool) else answer.number(one, item)


def _words_of(one: Mapping[str, Any]) -> str:
    """What was answered; of a kind of answer nobody expects, at least what it is."""
    told = one.get("valueBoolean")
    if isinstance(told, bool):
        return _YES if told else "No"
    others = (str(value) for name, value in one.items() if name.startswith("value"))
    return answer.words(one) or next(others, "")


def _rows(holder: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every item of a response or a questionnaire, those inside answers included."""
    for item in holder.get("item") or ():
        yield item
        yield from _rows(item)
        for one in item.get("answer") or ():
            yield from _rows(one)
