"""Attached files (rules 49 and 50): their type, also by their first bytes, and their real size."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from smartapp.forms.issue import Issue
from smartapp.forms.questionnaire import ItemType
from smartapp.forms.rules.case import Case
from smartapp.forms.rules.found import Answer, Found
from smartapp.forms.rules.primitive import decoded, decoded_size
from smartapp.forms.said import either, said

BEGINNINGS = {
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
    "image/gif": b"GIF8",
    "application/pdf": b"%PDF-",
}
"""How files of these types begin."""
_FIRST = 16
"""Characters of base64 that tell the beginning: 12 bytes."""


def problems(case: Case) -> Iterator[Issue]:
    """Return the issues of all files."""
    for found in case.every():
        if found.item.type is ItemType.ATTACHMENT:
            for answer in found.answers:
                if answer.kind:
                    yield from _type(found, answer)
                    yield from _size(found, answer)


def _type(found: Found, answer: Answer) -> Iterator[Issue]:
    allowed, at = found.item.limits.mime_types, f"{answer.at}.value.contentType"
    given = _media_type(answer.value.get("contentType", ""))
    if not given and (allowed or "data" in answer.value):
        yield found.issue(49, "This file does not say of what type it is. Attach it again.", at)
    elif allowed and not any(_is_of(given, _media_type(one)) for one in allowed):
        wanted = said("Attach a file of type {types}.", types=either(allowed))
        yield found.issue(49, wanted, at)
    elif not _begins_as(given, answer.value):
        yield found.issue(49, "This file is not of the type that it says. Attach another.", at)


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _is_of(given: str, allowed: str) -> bool:
    """Tell whether a type is the allowed one, or of its family (``image/*``)."""
    if allowed.endswith("/*"):
        return given.startswith(allowed[:-1])
    return allowed in {given, "*"}


def _begins_as(media_type: str, attachment: Mapping[str, Any]) -> bool:
    if "data" not in attachment or media_type not in BEGINNINGS:
        return True
    first = decoded("".join(attachment["data"][: 4 * _FIRST].split())[:_FIRST])
    return first is not None and first.startswith(BEGINNINGS[media_type])


def _size(found: Found, answer: Answer) -> Iterator[Issue]:
    stated = answer.value.get("size")
    real = decoded_size(answer.value["data"]) if "data" in answer.value else None
    most = found.item.limits.max_size
    if None not in (stated, real) and stated != real:
        cut = "This file did not arrive whole. Attach it again."
        yield found.issue(50, cut, f"{answer.at}.value.size")
    if most is not None and max(stated or 0, real or 0) > most:
        smaller = said("Attach a file of at most {size} MB.", size=_megabytes(most))
        yield found.issue(50, smaller, answer.at)


def _megabytes(size: Decimal) -> Decimal:
    return Decimal(f"{(size / 1_000_000).normalize():f}")
