"""What an item is called that has no plain text of its own.

Source: FHIR R4 Questionnaire.item.text, which may be missing: then its rich text says what is
asked, or the display of its code, or words below the question that are shown in its place, or, of
the only question without words below another, the question above.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape

from smartapp.forms.questionnaire import Text
from smartapp.forms.reading_element import Element
from smartapp.forms.reading_text import CORE, read_text

_CONTROL = f"{CORE}questionnaire-itemControl"
_INSTEAD = ("prompt", "inline", "flyover")
"""The itemControl of words below a question that can say what it asks."""
_NO_QUESTIONS = ("group", "display", "")


def called(item: Element, parent: Element) -> Text:
    """Return the words that stand in for a missing text, none where there are none."""
    if item.text("text").strip():
        return Text("")
    found = (_rich(item), *_coded(item), *_below(item), *_above(item, parent))
    return next((words for words in found if words.plain.strip()), Text(""))


def _rich(item: Element) -> Text:
    text = read_text(item, "text")
    words = unescape(re.sub(r"<[^>]*>", " ", text.xhtml)) or text.markdown
    return replace(text, plain=" ".join(words.split()))


def _coded(item: Element) -> Iterator[Text]:
    return (read_text(code, "display") for code in item.each("code"))


def _below(item: Element) -> Iterator[Text]:
    for child in item.each("item"):
        if child.text("type") == "display" and _is_instead(child):
            yield read_text(child, "text")


def _is_instead(child: Element) -> bool:
    raws = (e.raw.get("valueCodeableConcept") for e in child.extensions(_CONTROL))
    holders = (Element(raw, child.at, []) for raw in raws if isinstance(raw, dict))
    codes = (coding.raw.get("code") for holder in holders for coding in holder.each("coding"))
    return any(code in _INSTEAD for code in codes)


def _above(item: Element, parent: Element) -> Iterator[Text]:
    below = [child for child in parent.each("item") if not child.text("text").strip()]
    kinds = (parent.text("type"), item.text("type"))
    if len(below) == 1 and not any(kind in _NO_QUESTIONS for kind in kinds):
        yield read_text(parent, "text")
