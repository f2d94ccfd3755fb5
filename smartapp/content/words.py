"""The program's own words, one file a language; a site adds a language, or has its own wording.

``words/<language>.json`` has ``language``, ``name``, ``notice`` and ``words``: a template by key.
The English file is the source: others have its keys and no more, with the same names in braces.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from smartapp.content.jsonfile import read_json
from smartapp.errors import ContentError
from smartapp.forms.dates import ORDERS, kept, written
from smartapp.forms.words import SOURCE, Vocabulary, Words, names

WORDS = "words"
LONGEST = 1000
"""Characters of one text."""
_TAG = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?")
_PARTS = {"language", "name", "notice", "words"}
_MONTHS = 12
_NAMED = 5
"""Keys that a warning names."""
Raw = Mapping[str, Any]


def read_words(folder: Path) -> Vocabulary:
    """Read the program's own; raise ContentError ``words/<file>: <element>: <reason>``."""
    found = {}
    for path in sorted(folder.glob("*.json")):
        try:
            found[path.stem] = read_json(path)
        except ContentError as error:
            raise ContentError(f"{WORDS}/{path.name}: {error}") from None
    if SOURCE not in found:
        raise ContentError(f"{WORDS}/{SOURCE}.json: file: is missing")
    source = found[SOURCE].get(WORDS)
    for tag, raw in found.items():
        for element, reason in faults(tag, raw, source if isinstance(source, dict) else {}):
            raise ContentError(f"{WORDS}/{tag}.json: {element}: {reason}")
    return together(found, {})


def faults(tag: str, raw: Raw, source: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Give what makes the file of a language unsound, as element and reason."""
    if not _TAG.fullmatch(tag) or raw.get("language") != tag:
        yield "language", "is not the file's name, a language tag such as es or pt-BR"
    if not isinstance(raw.get("name"), str) or not raw["name"].strip():
        yield "name", "is missing: what the language calls itself"
    yield from ((part, "is not a part of this file") for part in raw if part not in _PARTS)
    texts = raw.get(WORDS)
    if not isinstance(texts, dict):
        yield WORDS, "is missing"
        return
    for key, text in texts.items():
        reason = _fault(key, text, source)
        if reason:
            yield f"{WORDS}.{key}", reason
            return
    yield from _unread({**source, **texts})


def _fault(key: str, text: object, source: Mapping[str, str]) -> str:
    if key not in source:
        return "is no key of the program's words"
    if not isinstance(text, str) or not text.strip() or len(text) > LONGEST:
        return f"is not a text of 1 to {LONGEST} characters"
    try:
        given, wanted = names(text), names(source[key])
    except ValueError:
        return "has braces that are not around a plain name"
    if given != wanted:
        listed = ", ".join(f"{{{name}}}" for name in sorted(wanted)) or "none"
        return f"has not the names in braces that the English has: {listed}"
    return _unlike(key, text)


def _unlike(key: str, text: str) -> str:
    if key == "decimal-mark" and text not in {".", ","}:
        return "is neither a point nor a comma"
    if key == "date-order" and text not in ORDERS:
        return f"is none of {', '.join(ORDERS)}"
    if key == "months" and len({*text.split()}) != _MONTHS:
        return "is not twelve names with blanks between them"
    return ""


def _unread(texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Give the patterns by which a day would be written as nobody can read it back."""
    for key, day in (("day", "2026-{:02}-23"), ("month", "2026-{:02}")):
        for each in (day.format(month) for month in range(1, _MONTHS + 1)):
            if not _is_read(each, texts):
                yield f"{WORDS}.{key}", f"{written(each, texts)} is not read as {each} again"
                break


def _is_read(day: str, texts: Mapping[str, str]) -> bool:
    try:
        return kept(written(day, texts), texts) == day
    except ValueError:
        return False


def missing(tag: str, raw: Raw, ours: Vocabulary) -> str:
    """Return what a site's language leaves in English, "" where that is nothing."""
    known = ours.of(tag)
    there = raw[WORDS].keys() | (set() if known.language == SOURCE else known.texts.keys())
    left = [key for key in known.texts if key not in there]
    if not left or tag == SOURCE:
        return ""
    more = f" and {len(left) - _NAMED} more" if len(left) > _NAMED else ""
    return f"{len(left)} texts are missing and shown in English: {', '.join(left[:_NAMED])}{more}"


def with_site(ours: Vocabulary, files: Iterable[Raw]) -> Vocabulary:
    """Return the program's words with a site's sound files over them."""
    theirs = {str(raw["language"]): raw for raw in files}
    before = {
        tag: {"name": words.name, WORDS: _own(words)} for tag, words in ours.languages.items()
    }
    return together(before, theirs)


def _own(words: Words) -> dict[str, str]:
    return {key: text for key, text in words.texts.items() if key not in words.lacking}


def together(ours: Mapping[str, Raw], theirs: Mapping[str, Raw]) -> Vocabulary:
    """Put sound files together: a region's words over its language's, a site's over ours."""
    keys = {text: key for key, text in ours[SOURCE][WORDS].items()}
    source = {**ours[SOURCE][WORDS], **theirs.get(SOURCE, {}).get(WORDS, {})}
    made = {}
    for tag in {**ours, **theirs}:
        tags = dict.fromkeys((tag.partition("-")[0], tag))
        held = [by[one] for one in tags for by in (ours, theirs) if one in by]
        own = {key: text for raw in held for key, text in raw[WORDS].items()}
        lacking = frozenset(source.keys() - own.keys())
        made[tag] = Words(tag, held[-1]["name"], {**source, **own}, keys, lacking)
    return Vocabulary(made)
