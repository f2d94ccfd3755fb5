"""``smartapp site check``: what a site's EHR says of itself, and where writes will go.

Only documents that need no token are read: discovery and the CapabilityStatement. What a launch
will be granted is not known before one, so the scopes the app would ask for stand in for it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap

from smartapp.config import Site
from smartapp.errors import ConfigError, DiscoveryFailed
from smartapp.fhir.capabilities import Capabilities, read
from smartapp.fhir.ehrs import EhrProfile, profiles
from smartapp.fhir.note import PRINTED, TEXT
from smartapp.fhir.place import Place
from smartapp.fhir.plan import Interaction, Known, Placed, Why, Wish, WritePlan, grants, plan
from smartapp.fhir.refusals import Refusal
from smartapp.launch import scopes
from smartapp.launch.discovery import FHIR_JSON, SmartConfiguration, discover
from smartapp.launch.fetch import fetch_json

WIDTH = 100
NATIVE, STORE, UNUSABLE = 0, 1, 2
"""What ``Check.status`` can be: all goes into the EHR, the store is needed, nothing works."""

_WRITES = tuple(need.type for need in scopes.NEEDS if "c" in need.letters)
_READS = tuple(need.type for need in scopes.NEEDS if not need.optional)
_NOTE = "DocumentReference"
_PLACES = {Place.EHR: "the EHR", Place.STORE: "the program's store"}
_STATUS = {
    NATIVE: "Everything goes into the EHR.",
    STORE: "The program works here, with its own store for what the EHR does not take.",
    UNUSABLE: "The program cannot work here.",
}
_REASONS = {
    Why.ACCEPTED: "scope, profile and statement allow it",
    Why.OVERRIDE: "the configuration says so (sites.writes)",
}


@dataclass(frozen=True)
class Check:
    """What was found out about one site; ``methods`` are the ways its token endpoint takes proof.

    ``server`` is None when discovery failed, ``asked`` the scopes a launch would ask for.
    """

    site: Site
    profile: EhrProfile
    server: SmartConfiguration | None
    methods: tuple[str, ...]
    capabilities: Capabilities
    asked: tuple[str, ...]
    refused: tuple[Refusal, ...]

    @property
    def plan(self) -> WritePlan:
        """Where each type would go."""
        refused = frozenset((one.type, one.interaction) for one in self.refused)
        wishes = {type_: Wish(where) for type_, where in self.site.writes.items()}
        return plan(Known(self.profile, self.capabilities, self.asked, wishes, refused))

    @property
    def status(self) -> int:
        """One of NATIVE, STORE and UNUSABLE; the command's exit status."""
        if self.server is None or not self.reads_patients:
            return UNUSABLE
        native = all(self.plan[type_].place is Place.EHR for type_ in _WRITES)
        return NATIVE if native else STORE

    @property
    def reads_patients(self) -> bool:
        """Whether the page could be shown, as far as the server tells."""
        told = self.capabilities.allows("Patient", "read")
        return told and scopes.can_read_patient(self.asked)


_UNTOLD = "the supervisor finds no task in the EHR, so that people must tell people (the protocol)"


def check(site: Site, refused: Iterable[Refusal] = ()) -> Check:
    """Ask the site; ConfigError when its configuration names an EHR nobody knows."""
    if site.ehr not in profiles():
        raise ConfigError(f"{site.name}: ehr must be one of {', '.join(profiles())}.")
    base = site.issuer.removesuffix("/")
    try:
        server = discover(site)
    except DiscoveryFailed:
        server = None
    told = fetch_json(f"{base}/.well-known/smart-configuration") or {}
    methods = told.get("token_endpoint_auth_methods_supported")
    return Check(
        site=site,
        profile=profiles()[site.ehr],
        server=server,
        methods=tuple(map(str, methods)) if isinstance(methods, list) else (),
        capabilities=read(fetch_json(f"{base}/metadata", FHIR_JSON) or {}),
        asked=scopes.wanted(site, server, standalone=False) if server else site.scopes,
        refused=tuple(refused),
    )


def report(found: Check) -> Iterator[str]:
    """What to tell the administrator, line by line, none longer than WIDTH; no secrets."""
    site = found.site
    yield from _line(f"Site {site.name}, {site.issuer}, set up as {found.profile.title}.")
    yield from _part("Discovery", _discovery(found))
    yield from _part("CapabilityStatement", _interactions(found.capabilities))
    yield from _part("Where each type goes", (_planned(found, type_) for type_ in _WRITES))
    yield from _part("What this means", _meaning(found))
    yield from _part("Ask the vendor or the site for", _asks(found) or [("", "nothing")])
    yield from _part("Good to know", [("", quirk) for quirk in found.profile.quirks])
    yield ""
    yield from _line(f"Result: {_STATUS[found.status]}")


def _discovery(found: Check) -> list[tuple[str, str]]:
    server = found.server
    if server is None:
        where = ".well-known/smart-configuration and the CapabilityStatement"
        return [("failed", f"{where} name no authorization and token endpoint.")]
    return [
        ("authorization", server.authorization_endpoint),
        ("token", server.token_endpoint),
        ("key set", server.jwks_uri or "none: identities cannot be verified"),
        ("issuer", server.issuer),
        ("revocation", server.revocation_endpoint or "none"),
        ("proof taken", f"{_listed(found.methods)}; ours: {found.site.client_auth.value}"),
        ("algorithms", _listed(server.assertion_algorithms)),
        ("capabilities", _listed(server.capabilities)),
        ("scopes listed", _listed(server.scopes)),
        ("scopes asked", _listed(found.asked)),
    ]


def _interactions(told: Capabilities) -> Iterator[tuple[str, str]]:
    if not told.known:
        yield "none", "It could not be read; the profile and what the EHR answers decide."
        return
    yield "transaction", "yes" if told.transaction else "no"
    for type_ in dict.fromkeys((*_READS, *_WRITES)):
        yield type_, _listed(sorted(told.interactions.get(type_, ())))


def _planned(found: Check, type_: str) -> tuple[str, str]:
    placed = found.plan[type_]
    if type_ == _NOTE and placed.place is Place.STORE:
        return type_, f"not written: {_reason(found, placed)}"
    copy = ", with a copy in the program's store" if found.plan.copies(type_) else ""
    return type_, f"{_PLACES[placed.place]}{copy}: {_reason(found, placed)}"


def _reason(found: Check, placed: Placed) -> str:
    if placed.why is Why.REFUSED:
        tried = (one for one in found.refused if one.type == placed.type)
        told = (
            f"{one.interaction} was refused with {one.status}, {one.at.date()}" for one in tried
        )
        return "; ".join(told)
    if placed.why in _REASONS:
        return _REASONS[placed.why]
    return "; ".join(_objections(found, placed.type))


def _objections(found: Check, type_: str) -> Iterator[str]:
    """Each of what stands against it by itself, so that nobody asks for half of what is needed."""
    for known, words in (
        (Known(granted=found.asked), "no scope for it would be granted"),
        (Known(profile=found.profile), f"{found.profile.title} lets apps write none"),
        (Known(capabilities=found.capabilities), "the server's statement does not list it"),
    ):
        if plan(known)[type_].place is Place.STORE:
            yield words


def _meaning(found: Check) -> Iterator[tuple[str, str]]:
    note = found.plan[_NOTE].place is Place.EHR
    rest = [type_ for type_ in _WRITES if type_ != _NOTE]
    for place, words in _PLACES.items():
        yield words, _listed([t for t in rest if found.plan[t].place is place])
    form = next((f for f in found.profile.note_formats if f in PRINTED), TEXT)
    yield "readable note", f"can go into the chart, as {form}" if note else "can only be copied"
    if found.plan["Task"].place is Place.STORE:
        yield "safety alerts", _UNTOLD


def _asks(found: Check) -> list[tuple[str, str]]:
    """What is missing of what the vendor offers; there is no use in asking for what none does."""
    asks: list[tuple[str, str]] = []
    if found.server is None:
        asks.append(("", "its discovery document, and that this machine may reach it"))
    for type_, interaction in _needed(found.profile):
        asks += [(type_, what) for what in _lacking(found, type_, interaction)]
    taken = {type_ for type_ in _WRITES if found.profile.allows(type_, "create")}
    return asks + [(t, words) for t, words in found.profile.asks.items() if t in taken]


def _needed(profile: EhrProfile) -> Iterator[Interaction]:
    yield "Patient", "read"
    yield from ((type_, "search-type") for type_ in _READS if type_ != "Patient")
    for type_ in _WRITES:
        yield from ((type_, i) for i in ("create", "update") if profile.allows(type_, i))


def _lacking(found: Check, type_: str, interaction: str) -> Iterator[str]:
    if found.server and not _granted(found.asked, type_, interaction):
        yield f"a scope for {interaction}, which is not listed"
    if not found.capabilities.allows(type_, interaction):
        yield f"the interaction {interaction}, which its statement does not list"


def _granted(asked: Sequence[str], type_: str, interaction: str) -> bool:
    if interaction in ("create", "update"):
        return grants(asked, type_, interaction)
    letter = "r" if interaction == "read" else "s"
    return any(g.type in (type_, "*") and letter in g.letters for g in scopes.parse(asked))


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words) or "none"


def _part(title: str, pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    rows = list(pairs)
    if not rows:
        return
    yield ""
    yield title
    for name, text in rows:
        start, hanging = (f"  {name:<22} ", 25) if name else ("  - ", 4)
        yield from _line(start + text, " " * hanging)


def _line(text: str, hanging: str = "") -> Iterator[str]:
    yield from wrap(text, WIDTH, subsequent_indent=hanging, break_on_hyphens=False)
