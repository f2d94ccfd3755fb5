"""The versions of one resource as pages of a history Bundle."""

from base64 import urlsafe_b64decode
from typing import Any
from urllib.parse import urlencode

from smartapp.store import answers, query
from smartapp.store.outcome import Refused, malformed
from smartapp.store.storage import FhirStore


def page(
    store: FhirStore, kind: str, id: str, pairs: list[tuple[str, str]], base: str
) -> dict[str, Any]:
    """One page (``_count``, ``_page``), newest first; 404 when never kept, 400 for other pairs."""
    asked = dict(pairs)
    if len(asked) < len(pairs) or not asked.keys() <= {"_count", "_page", "_format"}:
        raise malformed("A history takes _count and nothing else.")
    everything = store.history(kind, id)
    first = _before(asked["_page"]) if "_page" in asked else everything[0].version + 1
    versions = [kept for kept in everything if kept.version < first]
    count = _count(asked.get("_count"))
    here = f"{base}/{kind}/{id}/_history"
    links = [("self", here + (f"?{urlencode(pairs)}" if pairs else ""))]
    if len(versions) > count > 0:
        following = answers.before(versions[count - 1].version)
        links.append(("next", f"{here}?{urlencode({'_count': count, '_page': following})}"))
    return answers.history(versions[:count], len(everything), links)


def _count(text: str | None) -> int:
    """As many to a page as a search gives, unless told."""
    read = query.Query("", "")
    if text is not None:
        query.take_count(read, text)
    return read.count


def _before(token: str) -> int:
    try:
        word, _, version = urlsafe_b64decode(token.encode()).decode().partition(" ")
        if word == "before":
            return int(version)
    except ValueError:
        pass
    raise Refused(400, "invalid", "There is no such page.")
