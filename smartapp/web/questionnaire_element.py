"""HTML elements written so that every text and every attribute is escaped.

Built directly, without a template: a form has some hundreds of small elements, and is to be
written within a millisecond.
"""

from collections.abc import Iterable, Mapping
from html import escape

from markupsafe import Markup

Attributes = Mapping[str, str | bool | None]
EMPTY = Markup("")
_VOID = {"input", "br"}


def tag(name: str, attributes: Attributes, *children: str) -> Markup:
    """Return the element; text among ``children`` is escaped, Markup is taken as it is.

    An attribute that is True stands without a value; one that is False, None or "" is left out,
    but ``value`` may be empty.
    """
    parts = ["<", name]
    for key, value in attributes.items():
        if value is True:
            parts += (" ", key)
        elif value or (value == "" and key == "value"):
            parts += (" ", key, '="', _safe(value), '"')
    parts.append(">")
    if name not in _VOID:
        parts += [_safe(child) for child in children if child]
        parts += ("</", name, ">")
    return Markup("".join(parts))  # noqa: S704 - every part is escaped above


def joined(parts: Iterable[Markup]) -> Markup:
    """Return the parts one after the other."""
    return EMPTY.join(parts)


def hidden(name: str, value: str, is_off: bool = False) -> Markup:
    """Return a field that is sent and not seen."""
    return tag("input", {"type": "hidden", "name": name, "value": value, "disabled": is_off})


def _safe(text: str) -> str:
    """Escape a text, and replace what HTML cannot carry: NUL and half characters."""
    if isinstance(text, Markup):
        return text
    if "\0" in text or not text.isascii():
        text = text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")
    return escape(text)
