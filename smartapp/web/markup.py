"""Rich words of a Questionnaire made safe: only what is on a short list is written again.

The XHTML is read as XML and built anew, so nothing unknown can pass; what cannot be read, or names
a document type or an entity, is not used and the plain words are. Source of the extensions: FHIR R4
``rendering-xhtml`` and ``rendering-markdown``.
"""

import re
from collections.abc import Iterator
from html.entities import html5
from xml.etree import ElementTree

from markupsafe import Markup, escape

from smartapp.web.questionnaire_element import EMPTY, joined, tag

INLINE = {"span", "b", "strong", "i", "em", "u", "sub", "sup", "br", "a"}
BLOCKS = {"div", "p", "ul", "ol", "li"}
KEPT = {"lang", "dir"}
"""The attributes that are kept, beside a link's address."""
MOST, DEEPEST = 50_000, 20
"""Characters of a rich text, and how deep its elements may nest."""
_SAFE_ADDRESS = re.compile(r"(https?://|mailto:)[^\s\"'<>]+")
_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,30});")
_XML_ENTITIES = {"amp", "lt", "gt", "quot", "apos"}
_XHTML = "{http://www.w3.org/1999/xhtml}"


def safe(xhtml: str, *, inline: bool) -> Markup | None:
    """Return the safe part of the XHTML, or None when it cannot be read.

    ``inline``: for a label, where no block may stand; blocks become lines.
    """
    root = _parsed(xhtml)
    if root is None or _depth(root) > DEEPEST:
        return None
    return _built(root, inline)


def refused(xhtml: str) -> tuple[str, ...]:
    """Name the elements and attributes that are left out, ("",) when nothing can be read."""
    root = _parsed(xhtml)
    return ("",) if root is None else tuple(dict.fromkeys(_unknown(root)))


def markdown(source: str, *, inline: bool) -> Markup:
    """Return paragraphs, lists, strong, emphasis and links of the markdown; the rest as written."""
    blocks = re.split(r"\n\s*\n", source[:MOST].replace("\r\n", "\n").strip())
    return joined(_block(block.split("\n"), inline) for block in blocks if block.strip())


def _parsed(xhtml: str) -> ElementTree.Element | None:
    if len(xhtml) > MOST or "<!" in xhtml or "<?" in xhtml:
        return None
    try:
        # No document type, so no entity can be declared.
        return ElementTree.fromstring(_ENTITY.sub(_character, xhtml))  # noqa: S314 - as said
    except (ElementTree.ParseError, ValueError):
        return None


def _character(found: re.Match[str]) -> str:
    return found[0] if found[1] in _XML_ENTITIES else html5.get(f"{found[1]};", found[0])


def _depth(root: ElementTree.Element) -> int:
    depth, level = 0, [root]
    while level:
        depth, level = depth + 1, [child for element in level for child in element]
    return depth


def _name(element: ElementTree.Element) -> str:
    return str(element.tag).removeprefix(_XHTML)


def _built(element: ElementTree.Element, inline: bool) -> Markup:
    name = _name(element)
    if name in {"script", "style"}:
        return EMPTY
    inner = [element.text or ""]
    for child in element:
        inner += [_built(child, inline), child.tail or ""]
    attributes = {key: value for key, value in element.items() if key in KEPT}
    if name == "a":
        attributes |= _address(element.get("href", ""))
    if name in BLOCKS and inline:
        return tag("span", {"class": "line", **attributes}, *inner)
    if name in BLOCKS | INLINE:
        return tag(name, attributes, *inner)
    return joined(map(escape, inner))


def _address(href: str) -> dict[str, str]:
    if not _SAFE_ADDRESS.fullmatch(href):
        return {}
    return {"href": href, "target": "_blank", "rel": "noopener noreferrer"}


def _unknown(root: ElementTree.Element) -> Iterator[str]:
    for element in root.iter():
        name = _name(element)
        if name not in BLOCKS | INLINE:
            yield name
        for key, value in element.items():
            if key not in KEPT and not (name == "a" and key == "href" and _address(value)):
                yield f"{name}@{key}"


_LINK = re.compile(r"\[([^\[\]]+)\]\((https?://[^\s()<>\"']+|mailto:[^\s()<>\"']+)\)")
_STRONG = re.compile(r"(\*\*|__)(?=\S)([^*_]+?)(?<=\S)\1")
_EMPHASIS = re.compile(r"(?<![\w*])([*_])(?=\S)([^*_]+?)(?<=\S)\1(?![\w*])")
_BULLET = re.compile(r"\s*(?:[-*+]|[0-9]{1,3}[.)])\s+(.*)")


def _block(lines: list[str], inline: bool) -> Markup:
    found = [_BULLET.fullmatch(line) for line in lines]
    texts = [_line(match[1] if match else line) for match, line in zip(found, lines, strict=True)]
    if inline:
        return joined(tag("span", {"class": "line"}, text) for text in texts)
    if all(found):
        name = "ol" if lines[0].strip()[0].isdecimal() else "ul"
        return tag(name, {}, *(tag("li", {}, text) for text in texts))
    return tag("p", {}, tag("br", {}).join(texts))


def _line(text: str) -> Markup:
    """Mark up one line; the text is escaped first, so only our own elements stand in it."""
    safe = str(escape(text.lstrip("#").strip() if text.startswith("#") else text))
    safe = _STRONG.sub(r"<strong>\2</strong>", safe)
    safe = _EMPHASIS.sub(r"<em>\2</em>", safe)
    rel = 'target="_blank" rel="noopener noreferrer"'
    return Markup(_LINK.sub(rf'<a href="\2" {rel}>\1</a>', safe))  # noqa: S704 - escaped above
