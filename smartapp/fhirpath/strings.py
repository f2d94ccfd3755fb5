"""Functions on texts (FHIRPath 2.0.0, section "String Manipulation").

Regular expressions run in RE2, whose time grows with the text only, so that no pattern of a form
can hang the server; what RE2 has not (look-ahead, back-references) is refused.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import re2

from smartapp.errors import PathFailed
from smartapp.fhirpath.function import Function
from smartapp.fhirpath.run import Run
from smartapp.fhirpath.value import Items, one, text, values, whole

LONGEST_PATTERN = 2_000
_STEPS = 50
"""What a search costs of the budget; the pattern may have to be compiled first."""
_STEPS_OF_A_MATCH = 4


def _of_text(work: Callable[..., Any], arguments: int = 0) -> Function:
    """A function on one text with texts as arguments; empty when any of them is missing."""

    def body(run: Run, items: Items, *others: Items) -> Items:
        texts = [text(each) for each in (items, *others)]
        if None in texts:
            return []
        run.will_build(sum(len(each or "") for each in texts))
        return one(work(run, *texts))

    return Function(body, arguments, arguments)


def _substring(run: Run, items: Items, start: Items, *length: Items) -> Items:
    string, begin = text(items), whole(start)
    if string is None or begin is None or not 0 <= begin < len(string):
        return []
    count = whole(length[0]) if length else None
    end = len(string) if count is None else begin + max(count, 0)
    return [run.built(string[begin:end])]


def _replace(run: Run, string: str, old: str, new: str) -> str:
    run.will_build(len(string) + (string.count(old) if old else len(string) + 1) * len(new))
    return string.replace(old, new)


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.dot_nl = True
    options.max_mem = 1 << 20
    if len(pattern) > LONGEST_PATTERN:
        raise PathFailed("a regular expression of more than 2000 characters")
    try:
        return re2.compile(pattern, options)
    except re2.error:
        raise PathFailed("a regular expression that is not RE2's") from None


def _matches(run: Run, string: str, pattern: str) -> bool:
    run.spend(_STEPS)
    return _compiled(pattern).search(string) is not None


def _replace_matches(run: Run, string: str, pattern: str, new: str) -> str:
    run.spend(_STEPS)
    compiled = _compiled(pattern)
    count = 0
    for _ in compiled.finditer(string):
        run.spend(_STEPS_OF_A_MATCH)
        count += 1
    run.will_build(len(string) + count * (len(new) + len(string) * new.count("$")))
    return str(compiled.sub(lambda match: _filled(match, new), string))


def _filled(match: Any, new: str) -> str:
    """Put the groups that ``$1`` and the like name into what replaces a match."""
    return str(_compiled(r"\$[1-9]").sub(lambda place: _group(match, place[0]), new))


def _group(match: Any, place: str) -> str:
    number = int(place[1:])
    return (match[number] or "") if number <= len(match.groups()) else place


def _split(run: Run, items: Items, separator: Items) -> Items:
    string, between = text(items), text(separator)
    if string is None or between is None:
        return []
    run.spend(len(string))
    return list(string) if between == "" else list(string.split(between))


def _join(run: Run, items: Items, *separator: Items) -> Items:
    between = (text(separator[0]) if separator else "") or ""
    strings = [text([value]) or "" for value in values(items)]
    run.will_build(sum(map(len, strings)) + len(between) * len(strings))
    return [between.join(strings)] if strings else []


def _characters(run: Run, items: Items) -> Items:
    string = text(items) or ""
    run.spend(len(string))
    return list(string)


STRINGS: dict[str, Function] = {
    "indexOf": _of_text(lambda run, string, part: string.find(part), 1),
    "startsWith": _of_text(lambda run, string, part: string.startswith(part), 1),
    "endsWith": _of_text(lambda run, string, part: string.endswith(part), 1),
    "contains": _of_text(lambda run, string, part: part in string, 1),
    "upper": _of_text(lambda run, string: string.upper()),
    "lower": _of_text(lambda run, string: string.lower()),
    "trim": _of_text(lambda run, string: string.strip()),
    "length": _of_text(lambda run, string: len(string)),
    "replace": _of_text(_replace, 2),
    "matches": _of_text(_matches, 1),
    "replaceMatches": _of_text(_replace_matches, 2),
    "substring": Function(_substring, 1, 2),
    "split": Function(_split, 1, 1),
    "join": Function(_join, 0, 1),
    "toChars": Function(_characters),
}
