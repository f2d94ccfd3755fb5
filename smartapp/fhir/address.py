"""Addresses below one FHIR base: references, ``Location`` headers, ``next`` links, ids.

Everything here answers one question: is this address on the server we were launched from, and what
does it name there? Anything else is None, and the caller neither follows nor believes it.
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote, urljoin, urlsplit

_ID = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9\-.]{1,64}")
_REFERENCE = re.compile(
    r"([A-Z][A-Za-z]+)/((?!\.{1,2}(?:/|$))[A-Za-z0-9\-.]{1,64})"
    r"(?:/_history/([A-Za-z0-9\-.]{1,64}))?"
)
_ANYWHERE = re.compile(rf"(?:^|/){_REFERENCE.pattern}$")


@dataclass(frozen=True)
class Address:
    """A resource on this server: ``type``, ``id`` and, when the address names one, ``version``."""

    type: str
    id: str
    version: str | None = None

    def __str__(self) -> str:
        return f"{self.type}/{self.id}"


def is_id(text: str) -> bool:
    """True for a FHIR id that is safe as one path segment (so not ``.`` or ``..``)."""
    return _ID.fullmatch(text) is not None


def below(base: str, link: str) -> str | None:
    """The absolute form of ``link`` when it lies at or below ``base``, else None.

    Same scheme, host and port, no user part, and the base's path up to a segment boundary; dot
    segments and backslashes are refused because clients and servers disagree on what they mean.
    """
    try:
        absolute = urljoin(base + "/", link)
        there, here = urlsplit(absolute), urlsplit(base)
    except ValueError:
        return None
    path = unquote(there.path)
    if "\\" in path or ".." in path.split("/") or "@" in there.netloc:
        return None
    if (there.scheme, there.netloc.lower()) != (here.scheme, here.netloc.lower()):
        return None
    return absolute if path == here.path or path.startswith(here.path + "/") else None


def local(base: str, reference: str) -> Address | None:
    """What a relative reference, or an absolute one below ``base``, names; else None."""
    if "://" in reference:
        absolute = below(base, reference)
        if absolute is None:
            return None
        reference = absolute[len(base) :].lstrip("/")
    found = _REFERENCE.fullmatch(reference)
    return Address(*found.groups()) if found else None


def named_by(location: str) -> Address | None:
    """Type, id and version at the end of a ``Location``, on whatever host it points to.

    Servers behind a proxy name an internal host here; it is parsed, never followed.
    """
    try:
        found = _ANYWHERE.search(urlsplit(location).path)
    except ValueError:
        return None
    return Address(*found.groups()) if found else None
