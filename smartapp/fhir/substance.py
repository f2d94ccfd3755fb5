"""What a person would miss: whether the record says the same as what was sent.

A form sent again finds what its first sending saved. If anything that was typed or chosen was
changed in between, that must be noticed; that a server adds, drops or reorders elements, or makes
references absolute, must not matter.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from smartapp.fhir import names
from smartapp.fhir.kept import codes, moment
from smartapp.fhir.translation import mapped

_Resource = Mapping[str, Any]
Said = Iterator[tuple[str, Any]]
"""Each thing said: what it is about, and what it says."""


def says_otherwise(kept: _Resource, sent: _Resource) -> bool:
    """True when ``kept`` lacks, or says otherwise, anything a person put into ``sent``."""
    told = _together(_said(kept))
    return any(told.get(about) != what for about, what in _together(_said(sent)).items())


def arrived(now: _Resource, before: _Resource, changed: _Resource) -> bool:
    """True when the record says by ``now`` everything that ``changed`` says otherwise.

    When a note was typed does not matter: a form sent twice says the same.
    """
    was, wanted, kept = plain(before), plain(changed), plain(now)
    touched = [name for name in wanted if wanted[name] != was.get(name)]
    return all(kept.get(name) == wanted[name] for name in touched)


def plain(resource: _Resource) -> dict[str, Any]:
    """Without what servers stamp and when notes were made; references by their last two parts."""
    said = {name: value for name, value in resource.items() if name not in ("id", "meta", "text")}
    if "note" in said:
        said["note"] = [{k: v for k, v in note.items() if k != "time"} for note in said["note"]]
    found: dict[str, Any] = mapped(said, lambda r: "/".join(r.split("/")[-2:]))
    return found


def _together(said: Said) -> dict[str, list[Any]]:
    """All that is said about each thing: one extension may be there more than once."""
    found: dict[str, list[Any]] = {}
    for about, what in said:
        found.setdefault(about, []).append(what)
    return found


def _said(resource: _Resource) -> Said:
    yield from _extended(resource)
    yield from _SAYS.get(resource["resourceType"], _nothing)(resource)


def _extended(holder: _Resource, above: str = "") -> Said:
    """The values of our own extensions; of a coding only its code, the words are the server's.

    A moment is the same in every notation.
    """
    for extension in holder.get("extension") or ():
        about = f"{above}{extension.get('url')}"
        if not about.startswith(names.BASE):
            continue
        yield from _extended(extension, f"{about}#")
        for name, value in extension.items():
            if name.startswith("value"):
                told = value.get("code", value) if isinstance(value, Mapping) else value
                yield about, moment(told) or told if name == "valueDateTime" else told


def _goal(goal: _Resource) -> Said:
    yield "text", (goal.get("description") or {}).get("text")
    yield "due", [t.get("dueDate") for t in goal.get("target") or ()]


def _response(holder: _Resource, above: str = "") -> Said:
    """Every answer, by its way from the root; of a coding only its code."""
    for place, item in enumerate(holder.get("item") or ()):
        about = f"{above}{place} {item.get('linkId')}"
        answers = item.get("answer") or ()
        yield about, [_value(answer) for answer in answers]
        for below, inner in enumerate((item, *answers)):
            yield from _response(inner, f"{about} {below} ")


def _value(answer: _Resource) -> Any:
    value = next((v for name, v in answer.items() if name.startswith("value")), None)
    return value.get("code", value) if isinstance(value, Mapping) else value


def _plan(plan: _Resource) -> Said:
    yield "start", (plan.get("period") or {}).get("start")
    yield "about", [_named(condition) for condition in plan.get("addresses") or ()]


def _team(team: _Resource) -> Said:
    for participant in team.get("participant") or ():
        for role in codes(participant.get("role"), names.PROGRAM_ROLE):
            yield f"role {role}", _named(participant.get("member") or {})


def _nothing(_: _Resource) -> Said:
    yield from ()


def _named(reference: _Resource) -> str:
    return "/".join(str(reference.get("reference", "")).split("/")[-2:])


_SAYS: Mapping[str, Callable[[_Resource], Said]] = {
    "Goal": _goal,
    "QuestionnaireResponse": _response,
    "CarePlan": _plan,
    "CareTeam": _team,
}
