"""The sandbox in a vendor's profile: what that vendor's server offers, and how it answers.

Everything here is read off the ``EhrProfile``; there is no vendor in it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from smartapp.fhir import wire
from smartapp.fhir.ehrs import EhrProfile
from smartapp.sandbox.access import Refused
from smartapp.sandbox.clients import CLINICAL, PLAIN
from smartapp.sandbox.interaction import Interaction, interaction
from smartapp.sandbox.upstream import Question, Reply

_CODES = {"search": "search-type", "history": "history-instance"}
_REFRESHING = {"offline_access": False, "online_access": True}
_PERMISSIONS = {"permission-offline": False, "permission-online": True}


def offered(profile: EhrProfile, type_: str) -> tuple[str, ...]:
    """The interactions on one resource type, in the words of a CapabilityStatement."""
    if type_ in profile.manners.absent:
        return ()
    writes = (name for name in ("create", "update") if profile.allows(type_, name))
    return (*profile.manners.reads, *writes)


def admitted(profile: EhrProfile, question: Question) -> Question:
    """The question as the vendor understands it; Refused when it offers nothing like it."""
    if question.path.endswith("/_search"):
        return question
    what = interaction(question)
    if what.name == "bundle":
        _admit_bundle(profile, question)
    elif what.name != "page":
        _admit(profile, question, what)
    # No surveyed vendor knows conditional creates; a header that is not known is passed over.
    kept = {name: value for name, value in question.headers.items() if name != "if-none-exist"}
    return replace(question, headers=kept)


def _admit(profile: EhrProfile, question: Question, what: Interaction) -> None:
    if what.type in profile.manners.absent:
        raise Refused(404, f"This server has no {what.type}.")
    code = _CODES.get(what.name, what.name)
    if code not in offered(profile, what.type) or (code == "update" and not what.id):
        raise Refused(profile.manners.unoffered, f"This server does not offer {code} here.")
    if (what.type, code) == ("Observation", "create"):
        _admit_observation(profile.manners.observations, wire.decode(question.body))


def _admit_observation(taken: frozenset[str], observation: Mapping[str, Any]) -> None:
    if taken and taken.isdisjoint(_categories(observation)):
        raise Refused(422, f"Only observations of {', '.join(sorted(taken))} are taken.")


def _categories(observation: Mapping[str, Any]) -> set[str]:
    concepts = observation.get("category", [])
    return {coding.get("code") for one in concepts for coding in one.get("coding", [])}


def _admit_bundle(profile: EhrProfile, question: Question) -> None:
    bundle = wire.decode(question.body)
    methods = {entry.get("request", {}).get("method") for entry in bundle.get("entry", [])}
    if bundle.get("type") not in profile.manners.bundles or methods != {"GET"}:
        raise Refused(profile.manners.unoffered, "This server takes no such Bundle.")


def dressed(profile: EhrProfile, question: Question, reply: Reply) -> Reply:
    """The reply as the vendor gives it."""
    if question.method == "PUT" and reply.status == 412:
        return replace(reply, status=profile.manners.stale)
    if question.method == "POST" and reply.status == 201 and profile.manners.empty_creates:
        return replace(reply, body=b"")
    return reply


def statement(profile: EhrProfile, told: Mapping[str, Any]) -> dict[str, Any]:
    """A CapabilityStatement that offers what the vendor does."""
    return {**told, "rest": [_rest(profile, one) for one in told.get("rest", [])]}


def _rest(profile: EhrProfile, rest: Mapping[str, Any]) -> dict[str, Any]:
    resources = [
        {
            **one,
            "interaction": [{"code": code} for code in offered(profile, one["type"])],
            "readHistory": False,
            "conditionalCreate": False,
        }
        for one in rest.get("resource", [])
        if one["type"] not in profile.manners.absent
    ]
    bundles = [{"code": code} for code in sorted(profile.manners.bundles)]
    return {**rest, "resource": resources, "interaction": bundles}


def scopes(profile: EhrProfile) -> str:
    """The scopes the vendor lists, which may be more than its server offers."""
    words = _fitting(profile, PLAIN.split(), _REFRESHING)
    return " ".join([*words, *(s for type_ in CLINICAL if (s := _scope(profile, type_)))])


def _scope(profile: EhrProfile, type_: str) -> str:
    told = offered(profile, type_)
    if not told:
        return ""
    creates = "c" if "create" in told or type_ in profile.manners.overstated else ""
    return f"patient/{type_}.{creates}r{'u' if 'update' in told else ''}s"


def capabilities(profile: EhrProfile, words: Iterable[str]) -> list[str]:
    """SMART's capabilities, with the one way of refreshing the vendor knows."""
    return _fitting(profile, words, _PERMISSIONS)


def _fitting(profile: EhrProfile, words: Iterable[str], online: Mapping[str, bool]) -> list[str]:
    mine = profile.manners.online
    return [word for word in words if online.get(word, mine) == mine]
