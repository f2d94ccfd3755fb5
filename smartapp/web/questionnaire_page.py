"""What every part of a rendered form asks: the names, the answers, the problems, the language."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from markupsafe import Markup

from smartapp.forms.entry import is_closed
from smartapp.forms.entry_names import Path, field_name
from smartapp.forms.questionnaire import Item, ItemType, Questionnaire, Text
from smartapp.forms.state import Settled
from smartapp.forms.words import Words, direction
from smartapp.web.markup import markdown, safe
from smartapp.web.questionnaire_element import EMPTY, Attributes, joined, tag
from smartapp.web.spoken import told

HINTS = {"flyover", "prompt", "unit", "lower", "upper"}
"""The itemControl of display items that are a line of advice for their question or group."""
ASIDES = {*HINTS, "help", "legal"}
"""The itemControl of display items that are shown as a part of their question or group."""


@dataclass(frozen=True)
class Page:
    """One form being written; ``is_off`` inside what is disabled, ``level`` of the next heading.

    ``words`` are the page's own, ``language`` is that of the form.
    """

    questionnaire: Questionnaire
    settled: Settled
    words: Words
    prefix: str = ""
    unread: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)
    language: str = ""
    live: bool = False
    is_off: bool = False
    level: int = 3

    def name(self, path: Path) -> str:
        """Return the name of the field at ``path``."""
        return field_name(path, self.prefix)

    def off(self) -> "Page":
        """Return the page for what is disabled: its fields are written but not sent."""
        return replace(self, is_off=True)

    def say(self, key: str, /, **values: object) -> Markup:
        """Return the page's own words of that key."""
        return told(self.words, key, **values)

    def word(self, key: str, /, **values: object) -> str:
        """Return the page's own words of that key, for an attribute."""
        return self.words.say(key, **values)

    def foreign(self, language: str) -> Attributes:
        """Return ``lang`` and ``dir`` for words in another language than the page's own."""
        own = self.words.language.partition("-")[0]
        if language.partition("-")[0].lower() in {"", own}:
            return {}
        return {"lang": language, "dir": direction(language)}

    def said(self, text: Text, *, inline: bool = True) -> Markup:
        """Return the words in the form's language, rich where they are, marked when foreign."""
        words, language = self._words(text)
        rich = self._rich(text, inline) if words == text.plain else None
        attributes = self.foreign(language)
        body = rich if rich is not None else Markup.escape(words)
        return tag("span" if inline else "div", attributes, body) if attributes else body

    def plain(self, text: Text) -> str:
        """Return the words without markup, for an attribute or an option."""
        return self._words(text)[0]

    def marked(self, text: Text) -> Markup:
        """Return the words without markup of their own, marked when foreign."""
        attributes, words = self.spoken(text), Markup.escape(self.plain(text))
        return tag("span", attributes, words) if attributes else words

    def spoken(self, text: Text) -> Attributes:
        """Return the attributes of an element whose words are foreign to the page."""
        return self.foreign(self._words(text)[1])

    def _words(self, text: Text) -> tuple[str, str]:
        for language in (self.language, self.language.partition("-")[0]):
            if language in text.translations:
                return text.translations[language], language
        return text.plain, self.questionnaire.language

    def _rich(self, text: Text, inline: bool) -> Markup | None:
        if text.xhtml:
            found = safe(text.xhtml, inline=inline)
            if found is not None:
                return found
        return markdown(text.markdown, inline=inline) if text.markdown else None


def asides(item: Item) -> list[Item]:
    """Return the display items that are shown as a part of the question or group above them.

    Not those that are shown only sometimes, and none where nobody may answer: they stand in their
    place as other words do.
    """
    if item.is_question and is_closed(item):
        return []
    return [child for child in item.children if child.control in ASIDES and _is_always(child)]


def _is_always(item: Item) -> bool:
    is_conditional = bool(item.enable_when) or item.enable_path is not None
    return item.type is ItemType.DISPLAY and not item.hidden and not is_conditional


def beside(item: Item) -> list[Item]:
    """Return the items below a question or group that are no part of it."""
    taken = asides(item)
    return [child for child in item.children if child not in taken] if taken else [*item.children]


def aside(item: Item, control: str) -> Item | None:
    """Return the display item of that itemControl below a question or group."""
    return next((child for child in asides(item) if child.control == control), None)


def heading(page: Page, item: Item) -> Markup:
    """Return prefix, words and "required" of a question or group."""
    return joined((title(page, item), need(page, item)))


def title(page: Page, item: Item) -> Markup:
    """Return prefix and words of a question or group."""
    words = page.said(item.words)
    if not item.prefix:
        return words
    prefix = page.said(item.prefix_text) if item.prefix_text.plain else item.prefix
    return tag("span", {"class": "prefix"}, prefix, " ") + words


def need(page: Page, item: Item) -> Markup:
    """Say in words that an answer is required."""
    if not item.required:
        return EMPTY
    return Markup(" ") + tag("span", {"class": "need"}, page.say("required"))


@dataclass(frozen=True)
class Notes:
    """What describes a control: the markup that stands before it, and the ids that refer to it."""

    before: Markup
    after: Markup
    ids: str
    is_wrong: bool

    def attributes(self, *more: str) -> dict[str, str | bool | None]:
        """Return ``aria-describedby`` and ``aria-invalid`` of the control."""
        ids = " ".join(filter(None, (*more, self.ids)))
        return {"aria-describedby": ids, "aria-invalid": "true" if self.is_wrong else None}


def notes(
    page: Page,
    item: Item,
    name: str,
    hint: str = "",
    extra: str = "",
    consumed: frozenset[str] = frozenset(),
) -> Notes:
    """Gather hints, help and the problem of one question; ``extra`` is a further problem.

    ``consumed``: the itemControls of display items that the control itself shows.
    """
    problem = " ".join(filter(None, (page.problems.get(name), extra)))
    words = [page.said(c.text) for c in asides(item) if c.control in HINTS - consumed]
    words += [Markup.escape(hint)] if hint else []
    parts = []
    if words:
        parts.append(tag("p", {"class": "hint", "id": f"hint-{name}"}, Markup(" ").join(words)))
    if problem:
        attributes = {"class": "problem", "id": f"problem-{name}"}
        parts.append(
            tag("p", attributes, tag("strong", {}, page.say("correct-this")), " ", problem)
        )
    ids = [f"hint-{name}"] if words else []
    ids += [f"problem-{name}"] if problem else []
    return Notes(joined(parts), _help(page, item), " ".join(ids), bool(problem))


def _help(page: Page, item: Item) -> Markup:
    return joined(
        tag(
            "details",
            {"class": "more"},
            tag("summary", {}, page.say("help" if child.control == "help" else "legal")),
            tag("div", {"class": "hint"}, page.said(child.text, inline=False)),
        )
        for child in asides(item)
        if child.control not in HINTS
    )


Question = Callable[[Page, Item, Path, Sequence[dict[str, Any]]], Markup]
"""Write a question's controls, given its answers."""
