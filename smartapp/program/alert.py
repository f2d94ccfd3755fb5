"""Answers that need the safety workflow at once, whatever the total, even in an abandoned form.

The question about thoughts of death or self-harm (PHQ-9 item 9) is watched in every instrument
that has it, by its LOINC code and by the link ids it is known by; others are watched where their
content says so. An alert routes to people: it is no judgment of risk.
"""

from dataclasses import dataclass

from smartapp.program.assessment import Response
from smartapp.program.instrument import Instrument, Item, Watch

LOINC = "http://loinc.org"
SELF_HARM = "44260-8"
SELF_HARM_LINKS = frozenset({"44260-8", "/44260-8", "/44249-1/44260-8", "14371", "/14371"})
"""The link ids of LOINC's own forms of the PHQ-9, and of the copies HL7's guides publish."""
_LOINC_SPELLED = frozenset(
    {"http://loinc.org", "https://loinc.org", "http://www.loinc.org", "https://www.loinc.org"}
    | {"urn:oid:2.16.840.1.113883.6.1", "loinc", ""}
)
"""How forms name LOINC, or fail to: whose code it is, is not for a misspelling to decide."""
REASON = "Thoughts of being better off dead or of self-harm"


@dataclass(frozen=True)
class Alert:
    """One answer that needs people to act: the ``question``, the ``answer`` and its ``words``.

    ``link_id`` is the question's; ``answer`` is its number, or None when there is an answer that
    could not be read: what is unreadable is never taken for zero.
    """

    link_id: str
    question: str
    answer: int | None
    words: str
    reason: str


def alerting(response: Response) -> tuple[Alert, ...]:
    """Return an alert for each watched question answered at or above its mark."""
    made = []
    for watch in watches(response.instrument):
        number = response.answers.get(watch.link_id)
        if number is not None and number >= watch.at_least:
            made.append(_alert(response.instrument, watch, number))
    return tuple(made)


def watches(instrument: Instrument) -> tuple[Watch, ...]:
    """Return what the instrument's content watches, and the self-harm question in any case."""
    named = {watch.link_id for watch in instrument.watches}
    found = [i.link_id for i in instrument.items if _is_self_harm(i) and i.link_id not in named]
    lowered = [_strict(watch, instrument) for watch in instrument.watches]
    return (*lowered, *(Watch(link_id, 1, REASON) for link_id in found))


def is_self_harm(link_id: str, *codes: tuple[str, str]) -> bool:
    """Tell whether a question is the one about self-harm, by link id or ``(system, code)``."""
    named = (system for system, code in codes if code.strip() == SELF_HARM)
    spelled = (system.strip().rstrip("/").lower() for system in named)
    return link_id in SELF_HARM_LINKS or any(one in _LOINC_SPELLED for one in spelled)


def _is_self_harm(item: Item) -> bool:
    coded = [(item.code.system, item.code.code)] if item.code else []
    return any(is_self_harm(link_id, *coded) for link_id in (item.link_id, *item.aliases))


def _strict(watch: Watch, instrument: Instrument) -> Watch:
    """No content can raise the self-harm question's mark above 1."""
    item = next(item for item in instrument.items if item.link_id == watch.link_id)
    return Watch(watch.link_id, 1, watch.reason) if _is_self_harm(item) else watch


def _alert(instrument: Instrument, watch: Watch, number: int) -> Alert:
    item = next(item for item in instrument.items if item.link_id == watch.link_id)
    option = item.option(number)
    words = option.text if option else str(number)
    return Alert(watch.link_id, item.text, number, words, watch.reason)
