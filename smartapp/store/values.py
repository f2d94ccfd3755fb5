"""Search values as they are typed in a URL: escapes, alternatives, tokens, references, dates.

Each parser refuses what it cannot read with 400: a filter that is ignored would answer with other
people's rows. Rules: https://hl7.org/fhir/R4/search.html.
"""

import re

from smartapp.store import moments
from smartapp.store.outcome import malformed

_PIECE = re.compile(r"\\(.)|([^\\])", re.DOTALL)
_REFERENCE = re.compile(r"([A-Z][A-Za-z]+)/([A-Za-z0-9.-]{1,64})")
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
_PREFIX = re.compile(r"(eq|ne|gt|lt|ge|le|sa|eb)?(\d.*)")


def unescape(text: str) -> str:
    r"""Undo ``\,`` ``\|`` ``\$`` and ``\\``; any other backslash is refused."""
    return "".join(_plain(piece) for piece in _pieces(text))


def alternatives(text: str) -> list[str]:
    """The comma-separated values of which one must hold, none of them empty."""
    values = _cut(text, ",")
    if not all(values):
        raise malformed("A search value is empty.")
    return values


def token(text: str) -> tuple[str | None, str | None]:
    """(system, code) of a token; None where it does not matter, "" for explicitly no system."""
    parts = [unescape(part) for part in _cut(text, "|")]
    if len(parts) == 1:
        return None, parts[0]
    if len(parts) > 2 or parts == ["", ""]:
        raise malformed("A token is code, system|code, |code or system|.")
    return parts[0], parts[1] or None


def references(text: str, targets: frozenset[str], types: tuple[str, ...], base: str) -> list[str]:
    """The stored forms a reference value may have: relative, and absolute below ``base``.

    A bare id stands for every type the parameter may point at.
    """
    value = unescape(text)
    below = value.removeprefix(f"{base}/") if base else value
    if _ID.fullmatch(below):
        return _forms([f"{kind}/{below}" for kind in sorted(targets or types)], base)
    found = _REFERENCE.fullmatch(below)
    if found and (not targets or found[1] in targets):
        return _forms([below], base)
    if found or ":" not in value or re.search(r"\s", value):
        raise malformed(
            "A reference is Type/id of a type this parameter points at, a URL or an id."
        )
    return [value]


def date(text: str) -> tuple[str, moments.Range]:
    """(prefix, range) of a date value, the prefix ``eq`` when none is given."""
    found = _PREFIX.fullmatch(text)
    try:
        if found:
            return found[1] or "eq", moments.span(found[2])
    except (ValueError, OverflowError):
        pass
    raise malformed("A date is [eq|ne|gt|lt|ge|le|sa|eb]YYYY[-MM[-DD[Thh:mm[:ss]Z]]].")


def canonical(text: str) -> tuple[str, str | None]:
    """(url, version) of a canonical; version None when any will do."""
    parts = [unescape(part) for part in _cut(text, "|")]
    if len(parts) > 2 or not all(parts) or re.search(r"\s", text):
        raise malformed("A canonical is url or url|version.")
    return parts[0], parts[1] if len(parts) == 2 else None


def _forms(relative: list[str], base: str) -> list[str]:
    return relative + [f"{base}/{each}" for each in relative if base]


def _pieces(text: str) -> list[str]:
    pieces = [found[0] for found in _PIECE.finditer(text)]
    if sum(map(len, pieces)) != len(text):
        raise malformed("A search value ends in a backslash.")
    return pieces


def _plain(piece: str) -> str:
    if len(piece) == 1:
        return piece
    if piece[1] not in ",|$\\":
        raise malformed("A backslash in a search value escapes , | $ or another backslash.")
    return piece[1]


def _cut(text: str, separator: str) -> list[str]:
    parts = [""]
    for piece in _pieces(text):
        if piece == separator:
            parts.append("")
        else:
            parts[-1] += piece
    return parts
