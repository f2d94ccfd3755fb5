"""HTML elements written so that every text and every attribute is escaped.

Built directly, without a template: a form has some hundreds of small elements, and is to be
written within a millisecond.
"""

from collections.abc import Iterable, Mapping

from markupsafe import Markup, escape

Attributes = Mapping[str, str | bool | None]
EMPTY = Markup("")
_VOID = {"input", "br"}


def tag(name: str, attributes: Attributes, *children: str) -> Markup:
    """Return the element; text among ``children`` is escaped, Markup is taken as it is.

    An attribute that is True stands without a value; one that is False, None or "" is left out,
    but ``value`` may be empty.
    """
    parts = [f"<{name}"]
    for key, value in attributes.items():
        if value is True:
            parts.append(f" {key}")
        elif value or (value == "" and key == "value"):
            parts.append(f' {key}="{escape(_sent(value))}"')
    parts.append(">")
    if name not in _VOID:
        parts += [escape(_sent(child)) for child in children if child]
        parts.append(f"</{name}>")
    return Markup("".join(parts))  # noqa: S704 - every part is escaped above


def joined(parts: Iterable[Markup]) -> Markup:
    """Return the parts one after the other."""
    return EMPTY.join(parts)


def hidden(name: str, value: str, is_off: bool = False) -> Markup:
    """Return a field that is sent and not seen."""
    return tag("input", {"type": "hidden", "name": name, "value": value, "disabled": is_off})


def _sent(text: str | bool | None) -> str:
    """Replace what HTML cannot carry: NUL and half characters."""
    if not isinstance(text, str):
        return ""
    if "\0" in text or not text.isascii():
        safe = text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")
        return Markup(safe) if isinstance(text, Markup) else safe  # noqa: S704 - was Markup
    return text
