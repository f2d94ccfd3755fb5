"""Which FHIR interaction an HTTP request is (FHIR R4 "RESTful API")."""

import re
from dataclasses import dataclass

from smartapp.sandbox.access import Refused
from smartapp.sandbox.upstream import Question

_TYPE = re.compile(r"[A-Z][A-Za-z]+")
_ID = re.compile(r"[A-Za-z0-9.\-]{1,64}")


@dataclass(frozen=True)
class Interaction:
    """``name`` read, vread, history, search, page, create, update, delete or bundle.

    ``letter`` is the scope letter it needs ("" for a bundle, whose entries are judged one by one).
    """

    name: str
    letter: str
    type: str = ""
    id: str = ""


_ONE = {"GET": ("read", "r"), "PUT": ("update", "u"), "DELETE": ("delete", "d")}
_MANY = {"GET": ("search", "s"), "POST": ("create", "c"), "PUT": ("update", "u")}


def interaction(question: Question) -> Interaction:
    """The interaction of a request; Refused with 404 or 405 when we offer none like it."""
    parts = question.path.split("/") if question.path else []
    if not parts:
        return _system(question)
    if not _TYPE.fullmatch(parts[0]) or not all(map(_ID.fullmatch, parts[1:2])):
        raise Refused(404, "There is no such place in this FHIR server.")
    return _typed(question.method, parts)


def _system(question: Question) -> Interaction:
    if question.method == "POST":
        return Interaction("bundle", "")
    if question.method == "GET" and any(name == "_getpages" for name, _ in question.query):
        return Interaction("page", "s")
    raise Refused(405, "Only Bundles may be sent to the base.")


def _typed(method: str, parts: list[str]) -> Interaction:
    if (method, len(parts), parts[-1]) == ("GET", 3, "_history"):
        return Interaction("history", "r", parts[0], parts[1])
    if method == "GET" and len(parts) == 4 and parts[2] == "_history":
        return Interaction("vread", "r", parts[0], parts[1])
    offered = {1: _MANY, 2: _ONE}.get(len(parts), {})
    if method not in offered:
        raise Refused(405, "This interaction is not offered.")
    return Interaction(*offered[method], parts[0], *parts[1:])
