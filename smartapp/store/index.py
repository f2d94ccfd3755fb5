"""What of a resource can be found: the rows of the index, taken from it when it is written."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from smartapp.store import moments
from smartapp.store.outcome import Refused
from smartapp.store.parameters import Parameter, parameters

Row = tuple[Any, ...]

COLUMNS = {
    "token": ("code", "system"),
    "reference": ("target",),
    "date": ("low", "high"),
    "string": ("folded", "exact"),
    "uri": ("url", "version"),
}
"""The tables of the index (``index_token``...) and the columns each adds to param and rid."""

_VERSIONED = re.compile(r"/_history/[^/]+$")
_NAME_PARTS = ("text", "family", "given", "prefix", "suffix")


def table(parameter: Parameter) -> str:
    """The index table that keeps a parameter's values; canonical ones share the uri table."""
    return "uri" if parameter.kind == "canonical" else parameter.kind


def rows(resource: Mapping[str, Any]) -> Iterator[tuple[str, Row]]:
    """Each value as (table, (param, *columns)); a date that cannot be one is refused with 422."""
    for parameter in parameters(resource["resourceType"]).values():
        for path in parameter.paths:
            try:
                found = set(_rows(parameter, path, resource))
            except (ValueError, OverflowError) as error:
                raise Refused(422, "value", f"{path} is not a date of the calendar.") from error
            yield from ((table(parameter), (parameter.key, *row)) for row in found)


def fold(text: str) -> str:
    """Text as strings are compared: without accents, case and repeated white space."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())


def walk(value: Any, path: str) -> Iterator[Any]:
    """Every value at a dotted path, through arrays; absent steps yield nothing."""
    if isinstance(value, list):
        for each in value:
            yield from walk(each, path)
    elif not path:
        yield from () if value is None else (value,)
    elif isinstance(value, dict):
        step, _, rest = path.partition(".")
        yield from walk(value.get(step), rest)


def _rows(parameter: Parameter, path: str, resource: Mapping[str, Any]) -> Iterator[Row]:
    values = walk(dict(resource), path)
    if parameter.kind == "reference":
        yield from _references(values, parameter.targets)
    elif parameter.kind == "uri":
        version = str(resource.get("version", ""))
        yield from ((url, version) for url in values if isinstance(url, str))
    else:
        for value in values:
            yield from _READERS[parameter.kind](value)


def _references(values: Iterable[Any], targets: frozenset[str]) -> Iterator[Row]:
    for value in values:
        target = value.get("reference") if isinstance(value, dict) else None
        if isinstance(target, str) and not target.startswith("#"):
            target = _VERSIONED.sub("", target)
            if not targets or pointed_type(target) in (targets | {""}):
                yield (target,)


def pointed_type(target: str) -> str:
    """The resource type a reference names; empty when it names none (``urn:uuid:...``)."""
    steps = target.split("/")
    return steps[-2] if len(steps) > 1 else ""


def _tokens(value: Any) -> Iterator[Row]:
    if isinstance(value, bool):
        yield ("true" if value else "false", "")
    elif isinstance(value, str):
        yield (value, "")
    elif isinstance(value, dict):
        for coding in value.get("coding", [value]):
            code = coding.get("code", coding.get("value"))
            if isinstance(code, str):
                yield (code, coding.get("system", ""))


def _dates(value: Any) -> Iterator[Row]:
    found = moments.range_of(value)
    if found:
        yield found


def _strings(value: Any) -> Iterator[Row]:
    texts = [value] if isinstance(value, str) else list(_name(value))
    for text in texts:
        yield (fold(text), text)


def _name(value: Any) -> Iterator[str]:
    """The parts of a HumanName, and given and family together as people type them."""
    for part in _NAME_PARTS:
        yield from walk(value, part)
    whole = " ".join([*walk(value, "given"), *walk(value, "family")])
    if whole:
        yield whole


def _canonicals(value: Any) -> Iterator[Row]:
    if isinstance(value, str):
        url, _, version = value.partition("#")[0].partition("|")
        yield (url, version)


_READERS: Mapping[str, Callable[[Any], Iterator[Row]]] = {
    "token": _tokens,
    "date": _dates,
    "string": _strings,
    "canonical": _canonicals,
}
