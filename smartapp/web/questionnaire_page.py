"""What every part of a rendered form asks: the names, the answers, the problems, the language."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from markupsafe import Markup

from smartapp.forms.entry_names import Path, field_name
from smartapp.forms.questionnaire import Item, ItemType, Questionnaire, Text
from smartapp.forms.state import Settled
from smartapp.web.markup import markdown, safe
from smartapp.web.questionnaire_element import EMPTY, Attributes, joined, tag

OUR_LANGUAGE = "en"
"""The language of the page's own words."""
RIGHT_TO_LEFT = {"ar", "arc", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"}
ASIDES = {"help", "flyover", "prompt", "legal", "unit", "lower", "upper"}
"""The itemControl of display items that are shown as a part of their question."""


@dataclass(frozen=True)
class Page:
    """One form being written; ``is_off`` inside what is disabled, ``level`` of the next heading."""

    questionnaire: Questionnaire
    settled: Settled
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

    def said(self, text: Text, *, inline: bool = True) -> Markup:
        """Return the words in the form's language, rich where they are, marked when foreign."""
        words, language = self._words(text)
        rich = self._rich(text, inline) if words == text.plain else None
        attributes = foreign(language)
        body = rich if rich is not None else Markup.escape(words)
        return tag("span" if inline else "div", attributes, body) if attributes else body

    def plain(self, text: Text) -> str:
        """Return the words without markup, for an attribute or an option."""
        return self._words(text)[0]

    def spoken(self, text: Text) -> Attributes:
        """Return the attributes of an element whose words are foreign to the page."""
        return foreign(self._words(text)[1])

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


def foreign(language: str) -> dict[str, str]:
    """Return ``lang`` and ``dir`` for words in another language than the page's own."""
    main = language.partition("-")[0].lower()
    if main in {"", OUR_LANGUAGE}:
        return {}
    return {"lang": language, "dir": "rtl" if main in RIGHT_TO_LEFT else "ltr"}


def aside(item: Item, control: str) -> Item | None:
    """Return the display item of that itemControl below a question or group."""
    found = (c for c in item.children if c.type is ItemType.DISPLAY and c.control == control)
    return next((child for child in found if not child.hidden), None)


def heading(page: Page, item: Item) -> Markup:
    """Return prefix, words and "required" of a question or group."""
    return joined((title(page, item), need(item)))


def title(page: Page, item: Item) -> Markup:
    """Return prefix and words of a question or group."""
    words = page.said(item.text)
    if not item.prefix:
        return words
    prefix = page.said(item.prefix_text) if item.prefix_text.plain else item.prefix
    return tag("span", {"class": "prefix"}, prefix, " ") + words


def need(item: Item) -> Markup:
    """Say in words that an answer is required."""
    return Markup(' <span class="need">required</span>') if item.required else EMPTY


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
    words = [page.said(c.text) for c in item.children if is_hint(c) and c.control not in consumed]
    words += [Markup.escape(hint)] if hint else []
    parts = []
    if words:
        parts.append(tag("p", {"class": "hint", "id": f"hint-{name}"}, Markup(" ").join(words)))
    if problem:
        attributes = {"class": "problem", "id": f"problem-{name}"}
        parts.append(tag("p", attributes, tag("strong", {}, "Correct this:"), " ", problem))
    ids = [f"hint-{name}"] if words else []
    ids += [f"problem-{name}"] if problem else []
    return Notes(joined(parts), _help(page, item), " ".join(ids), bool(problem))


def is_hint(item: Item) -> bool:
    """Tell whether a display item is a line of advice for its question."""
    is_shown = item.type is ItemType.DISPLAY and not item.hidden
    return is_shown and item.control in {"flyover", "prompt", "unit", "lower", "upper"}


def _help(page: Page, item: Item) -> Markup:
    found = [c for c in item.children if c.type is ItemType.DISPLAY and not c.hidden]
    return joined(
        tag(
            "details",
            {"class": "more"},
            tag("summary", {}, "Help" if child.control == "help" else "Legal notice"),
            tag("div", {"class": "hint"}, page.said(child.text, inline=False)),
        )
        for child in found
        if child.control in {"help", "legal"}
    )


Question = Callable[[Page, Item, Path, Sequence[dict[str, Any]]], Markup]
"""Write a question's controls, given its answers."""
