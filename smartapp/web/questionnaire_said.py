"""What a page says of answers and of their limits, as its language writes them."""

from decimal import Decimal
from typing import Any

from markupsafe import Markup

from smartapp.forms.entry_choice import WORDLESS, value_words
from smartapp.forms.entry_values import unit_text, value_of
from smartapp.forms.questionnaire import Item, ItemType, Limits
from smartapp.web.questionnaire_element import EMPTY
from smartapp.web.questionnaire_page import Page

Answer = dict[str, Any]
FORMATS = {
    ItemType.DATE: "hint-date",
    ItemType.DATETIME: "hint-datetime",
    ItemType.TIME: "hint-time",
    ItemType.URL: "hint-url",
}
MOMENTS = {"valueDate", "valueDateTime", "valueTime"}


def hint(page: Page, item: Item) -> str:
    """Say the format and the range a typed answer is to have."""
    form = FORMATS.get(item.type)
    parts = [page.say(form)] if form else []
    parts += [Markup.escape(item.limits.entry_format), _range(page, item.limits)]
    parts += _file(page, item) if item.type is ItemType.ATTACHMENT else []
    return Markup(" ").join(filter(None, parts))


def _range(page: Page, limits: Limits) -> Markup:
    least, most = (_words(page, limit) for limit in (limits.least, limits.most))
    if least and most:
        return page.say("from-to", least=least, most=most)
    is_moment = not MOMENTS.isdisjoint((limits.least or limits.most or {}).keys())
    if least:
        return page.say("no-earlier" if is_moment else "at-least", least=least)
    return page.say("no-later" if is_moment else "at-most", most=most) if most else EMPTY


def _words(page: Page, limit: Any) -> str:
    value = value_of(limit or {})[1]
    if isinstance(value, dict):
        return f"{page.words.number(value.get('value', ''))} {unit_text(value)}".strip()
    return "" if value is None else in_words(page, value, str(value), value_of(limit)[0])


def _file(page: Page, item: Item) -> list[Markup]:
    kinds, size = ", ".join(item.limits.mime_types), item.limits.max_size
    parts = [page.say("file-type", kinds=kinds)] if kinds else []
    if size is not None:
        largest = page.words.number(f"{size / 1_000_000:.1f}")
        parts.append(page.say("file-size", size=largest))
    return parts


def said(page: Page, item: Item, answer: Answer) -> str:
    """Return one answer in words, with its unit."""
    content = value_of(answer)[1]
    if item.type is ItemType.QUANTITY and isinstance(content, dict):
        number = page.words.number(content.get("value", ""))
        return f"{content.get('comparator', '')}{number} {unit_text(content)}".strip()
    words = in_words(page, content, value_words(answer), value_of(answer)[0])
    return f"{words} {unit_text(item.unit)}" if item.unit else words


def in_words(page: Page, content: Any, words: str, kind: str) -> str:
    """Return a value as the page's language writes it; ``words`` for what is the same in all."""
    if isinstance(content, bool):
        return page.word("yes" if content else "no")
    if kind in MOMENTS:
        return page.words.moment(words)
    if isinstance(content, dict) and words == WORDLESS:
        return page.word("without-words")
    return page.words.number(words) if isinstance(content, Decimal) else words
