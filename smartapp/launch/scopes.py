"""Which scopes to ask for, and what the granted ones allow.

Both grammars of SMART App Launch 2.2 are spoken: v1 (``patient/Goal.read``) and v2
(``patient/Goal.crus``, also with ``?category=...``). A scope a server lists with a query counts as
access: what it leaves out shows as fewer search results, never as a refused launch.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from smartapp.config import Site
from smartapp.launch.discovery import SmartConfiguration

LETTERS = "cruds"
V1 = {"read": "rs", "write": "cud", "*": "cruds"}
SCOPE = re.compile(
    r"(?P<level>patient|user)/(?P<type>\*|[A-Za-z]+)\.(?P<verb>read|write|\*|c?r?u?d?s?)(\?.+)?"
)


@dataclass(frozen=True)
class Need:
    """What the program does with one resource type; ``words`` is its name in plain words."""

    level: str
    type: str
    words: str
    letters: str = "rs"
    optional: bool = False


NEEDS = (
    Need("patient", "Patient", "the patient's details"),
    Need("patient", "Condition", "problems"),
    Need("patient", "CarePlan", "care plans", "crus"),
    Need("patient", "CareTeam", "care teams", "crus"),
    Need("patient", "Goal", "goals", "crus"),
    Need("patient", "QuestionnaireResponse", "questionnaire answers", "crus"),
    Need("patient", "Observation", "scores", "crus"),
    Need("patient", "Encounter", "visits"),
    Need("patient", "Provenance", "records of who did what", "crus"),
    Need("patient", "DocumentReference", "notes", "crus", optional=True),
    Need("patient", "Flag", "safety flags", "crus", optional=True),
    Need("patient", "Task", "tasks", "crus", optional=True),
    Need("patient", "Communication", "records of who was told", "crus", optional=True),
    Need("user", "Practitioner", "practitioners"),
    Need("user", "PractitionerRole", "practitioners' roles", optional=True),
    Need("user", "Organization", "organizations", optional=True),
)
"""Everything the program reads and writes. An optional need is asked for and never missed."""

VERBS = (("read", "rs"), ("create", "c"), ("update", "u"))


@dataclass(frozen=True)
class Grant:
    """One resource scope taken apart; ``letters`` is a subset of ``cruds`` whatever the grammar."""

    level: str
    type: str
    letters: frozenset[str]
    v1: bool

    def reaches(self, level: str, type_: str) -> bool:
        """Whether this scope is about that type at that level; ``*`` is about every type."""
        return self.level == level and self.type in (type_, "*")


def parse(scopes: Iterable[str]) -> tuple[Grant, ...]:
    """The resource scopes among ``scopes``; others (openid, launch, system/...) are left out."""
    found = (SCOPE.fullmatch(scope) for scope in scopes)
    return tuple(_grant(match) for match in found if match and match["verb"])


def _grant(match: re.Match[str]) -> Grant:
    v1 = match["verb"] in V1
    return Grant(match["level"], match["type"], frozenset(V1.get(match["verb"], match["verb"])), v1)


def wanted(site: Site, server: SmartConfiguration, *, standalone: bool) -> tuple[str, ...]:
    """The scopes to ask this server for; the site's own list replaces ours where it has one."""
    context = "launch/patient" if standalone else "launch"
    resources = site.scopes or (*_resources(server), lasting(server))
    rest = (s for s in resources if s not in ("launch", "launch/patient"))
    return tuple(dict.fromkeys((context, *_identity(server), *rest)))


def lasting(server: SmartConfiguration) -> str:
    """The scope that asks for a refresh token: one of two, never both.

    Oracle Health lists ``permission-online`` and trims ``offline_access`` from clinicians' apps;
    everyone else knows ``offline_access`` only.
    """
    online = "permission-online" in server.capabilities
    listed = not server.scopes or "online_access" in server.scopes
    return "online_access" if online and listed else "offline_access"


def _identity(server: SmartConfiguration) -> tuple[str, ...]:
    """``fhirUser``, or its older name ``profile`` where only that is listed."""
    old = "profile" in server.scopes and "fhirUser" not in server.scopes
    return ("openid", "profile") if old else ("openid", "fhirUser")


def _resources(server: SmartConfiguration) -> tuple[str, ...]:
    """Resource scopes, each in a grammar the server lists for its type.

    A server that lists resource scopes is asked only for what they cover, because some refuse the
    whole launch over one unknown scope. What it does not list at patient level is asked at user
    level (Medplum lists ``patient/*.rs`` and ``user/*.cruds``).
    """
    listed = parse(server.scopes)
    if not listed:
        v1 = "permission-v2" not in server.capabilities
        listed = tuple(Grant(level, "*", frozenset(LETTERS), v1) for level in ("patient", "user"))
    return tuple(scope for need in NEEDS for scope in _asked(need, listed))


def _asked(need: Need, listed: Sequence[Grant]) -> Iterable[str]:
    lacking = frozenset(need.letters)
    for level in dict.fromkeys((need.level, "user")):
        about = [grant for grant in listed if grant.reaches(level, need.type)]
        v2 = lacking & _letters(grant for grant in about if not grant.v1)
        if v2:
            yield f"{level}/{need.type}.{''.join(x for x in LETTERS if x in v2)}"
        v1 = (lacking - v2) & _letters(grant for grant in about if grant.v1)
        yield from (f"{level}/{need.type}.{verb}" for verb in _v1_verbs(v1))
        lacking -= v2 | v1


def _v1_verbs(letters: frozenset[str]) -> Iterable[str]:
    return (verb for verb in ("read", "write") if letters & set(V1[verb]))


def _letters(grants: Iterable[Grant]) -> frozenset[str]:
    return frozenset().union(*(grant.letters for grant in grants))


def missing(granted: Iterable[str]) -> tuple[str, ...]:
    """What the program needs and was not granted, in plain words such as "create goals"."""
    grants = parse(granted)
    return tuple(
        f"{verb} {need.words}"
        for need in NEEDS
        for verb, letters in VERBS
        if not need.optional and not set(need.letters).isdisjoint(letters)
        if not _allowed(grants, need, letters)
    )


def can_read_patient(granted: Iterable[str]) -> bool:
    """Whether the program page can be shown at all."""
    return _allowed(parse(granted), NEEDS[0], "r")


def _allowed(grants: Iterable[Grant], need: Need, letters: str) -> bool:
    """User level reaches whatever patient level would, for this user."""
    levels = {need.level, "user"}
    about = (g for g in grants if any(g.reaches(level, need.type) for level in levels))
    return set(letters) <= _letters(about)
