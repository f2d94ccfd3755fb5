"""References inside a transaction, pointed at where their targets are kept."""

from collections.abc import Callable, Mapping
from typing import Any

from smartapp.store.outcome import malformed, unmet

Match = Callable[[str, str], str | None]
"""(type, query string) to the id of the one match, or None."""


def rewrite(value: Any, names: Mapping[str, str], match: Match) -> Any:
    """A copy of JSON with every ``reference`` resolved, everything else the same.

    A reference that is an entry's fullUrl becomes that entry's ``Type/id``; ``Type?query`` becomes
    its one match (412 without one); a ``urn:uuid:`` no entry has is refused with 400.
    """
    if isinstance(value, list):
        return [rewrite(each, names, match) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _resolved(each, names, match)
        if key == "reference" and isinstance(each, str)
        else rewrite(each, names, match)
        for key, each in value.items()
    }


def _resolved(reference: str, names: Mapping[str, str], match: Match) -> str:
    if reference in names:
        return names[reference]
    if reference.startswith(("urn:uuid:", "urn:oid:")):
        raise malformed("A reference names an entry that is not in the transaction.")
    kind, mark, condition = reference.partition("?")
    if not mark or not kind.isalpha():
        return reference
    found = match(kind, condition)
    if found is None:
        raise unmet("Nothing matches a conditional reference.")
    return f"{kind}/{found}"
