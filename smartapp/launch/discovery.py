"""Where a site's authorization server is and what it can do.

First ``.well-known/smart-configuration`` (SMART App Launch 2.2), else the ``oauth-uris``
extension of the CapabilityStatement (STU 1). ``jwks_uri`` and ``issuer`` may be missing from both:
then OpenID Connect Discovery 1.0 is asked.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from smartapp.config import Site, is_safe
from smartapp.errors import DiscoveryFailed
from smartapp.launch.fetch import fetch_json

KEPT_FOR = timedelta(minutes=5)
FHIR_JSON = "application/fhir+json"


@dataclass(frozen=True)
class SmartConfiguration:
    """What was discovered: endpoints as safe absolute URLs, and what the server lists."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str | None = None
    revocation_endpoint: str | None = None
    scopes: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    sends_issuer: bool = False
    assertion_algorithms: tuple[str, ...] = ()


@dataclass
class Discovery:
    """Discovers sites and remembers each for five minutes; ``now`` gives an aware datetime."""

    now: Callable[[], datetime]
    _kept: dict[str, tuple[datetime, SmartConfiguration]] = field(default_factory=dict)

    def find(self, site: Site) -> SmartConfiguration:
        """The site's configuration; raises DiscoveryFailed."""
        at, kept = self._kept.get(site.name, (None, None))
        if at and kept and self.now() - at < KEPT_FOR:
            return kept
        found = discover(site)
        self._kept[site.name] = (self.now(), found)
        return found


def discover(site: Site) -> SmartConfiguration:
    """Ask the site; raises DiscoveryFailed without an authorization and a token endpoint."""
    base = site.issuer.removesuffix("/")
    found = _smart_configuration(base) or _capability_statement(base)
    authorization, token = (_url(found, f"{k}_endpoint") for k in ("authorization", "token"))
    if not authorization or not token:
        raise DiscoveryFailed
    issuer, jwks_uri = _identity(site, found)
    return SmartConfiguration(
        issuer=issuer,
        authorization_endpoint=authorization,
        token_endpoint=token,
        jwks_uri=jwks_uri,
        revocation_endpoint=_url(found, "revocation_endpoint"),
        scopes=_texts(found, "scopes_supported"),
        capabilities=_texts(found, "capabilities"),
        sends_issuer=found.get("authorization_response_iss_parameter_supported") is True,
        assertion_algorithms=_texts(found, "token_endpoint_auth_signing_alg_values_supported"),
    )


def _smart_configuration(base: str) -> dict[str, Any]:
    found = fetch_json(f"{base}/.well-known/smart-configuration") or {}
    return found if "token_endpoint" in found else {}


def _capability_statement(base: str) -> dict[str, Any]:
    statement = fetch_json(f"{base}/metadata", FHIR_JSON) or {}
    names = {"authorize": "authorization", "token": "token", "revoke": "revocation"}
    return {
        f"{names[uri['url']]}_endpoint": uri.get("valueUri")
        for extension in _security_extensions(statement)
        for uri in _objects(extension.get("extension"))
        if uri.get("url") in names
    }


def _security_extensions(statement: dict[str, Any]) -> Iterable[dict[str, Any]]:
    """The oauth-uris extensions, found by their last word: athenahealth's URL is malformed."""
    for rest in _objects(statement.get("rest")):
        for security in _objects([rest.get("security")]):
            for extension in _objects(security.get("extension")):
                if str(extension.get("url")).endswith("oauth-uris"):
                    yield extension


def _identity(site: Site, found: dict[str, Any]) -> tuple[str, str | None]:
    """The issuer and its key set, from OpenID Connect Discovery where SMART's lacks one."""
    issuer = _text(found, "issuer") or site.id_token_issuer
    jwks_uri = _url(found, "jwks_uri")
    if issuer and jwks_uri:
        return issuer, jwks_uri
    openid = _openid_configuration(site.id_token_issuer or issuer or site.issuer)
    issuer = issuer or _text(openid, "issuer") or site.issuer
    return issuer, jwks_uri or _url(openid, "jwks_uri")


def _openid_configuration(issuer: str) -> dict[str, Any]:
    base = issuer.removesuffix("/")
    return (is_safe(base) and fetch_json(f"{base}/.well-known/openid-configuration")) or {}


def _objects(value: object) -> list[dict[str, Any]]:
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []


def _text(found: dict[str, Any], key: str) -> str | None:
    value = found.get(key)
    return value if isinstance(value, str) and value else None


def _url(found: dict[str, Any], key: str) -> str | None:
    value = _text(found, key)
    return value if value and is_safe(value) else None


def _texts(found: dict[str, Any], key: str) -> tuple[str, ...]:
    value = found.get(key)
    return tuple(v for v in value if isinstance(v, str)) if isinstance(value, list) else ()
