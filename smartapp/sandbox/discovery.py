"""What the sandbox says about itself: SMART and OpenID configuration, JWKS, capabilities.

SMART App Launch 2.2 "Conformance"; OpenID Connect Discovery 1.0; RFC 9207 for the iss parameter.
"""

from typing import Any

import msgspec
from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from smartapp.sandbox import assertion, keys, vendor
from smartapp.sandbox.clients import AUTH_METHODS, SYSTEM
from smartapp.sandbox.keys import SigningKeys
from smartapp.sandbox.settings import EhrSettings
from smartapp.sandbox.upstream import Question, Upstream

CAPABILITIES = (
    "launch-ehr", "launch-standalone", "authorize-post", "client-public",
    "client-confidential-symmetric", "client-confidential-asymmetric", "sso-openid-connect",
    "context-banner", "context-style", "context-ehr-patient", "context-ehr-encounter",
    "context-standalone-patient", "context-standalone-encounter", "permission-offline",
    "permission-online", "permission-patient", "permission-user", "permission-v1", "permission-v2",
)  # fmt: skip
_OAUTH_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"


def smart_configuration(settings: EhrSettings) -> dict[str, Any]:
    """The body of /fhir/.well-known/smart-configuration and of openid-configuration."""
    base = settings.base
    return {
        "issuer": settings.issuer,
        "jwks_uri": f"{base}/jwks.json",
        "authorization_endpoint": f"{base}/authorize",
        "token_endpoint": f"{base}/token",
        "introspection_endpoint": f"{base}/introspect",
        "revocation_endpoint": f"{base}/revoke",
        "token_endpoint_auth_methods_supported": list(AUTH_METHODS),
        "token_endpoint_auth_signing_alg_values_supported": assertion.ALGORITHMS,
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "response_types_supported": ["code"],
        "scopes_supported": [*settings.scopes.split(), *SYSTEM.split()],
        "code_challenge_methods_supported": ["S256"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": list(keys.ALGORITHMS),
        "claims_supported": ["iss", "sub", "aud", "exp", "iat", "nonce", "fhirUser", "name"],
        "authorization_response_iss_parameter_supported": True,
        "capabilities": _capabilities(settings),
    }


def _capabilities(settings: EhrSettings) -> list[str]:
    profile = settings.vendor
    return vendor.capabilities(profile, CAPABILITIES) if profile else list(CAPABILITIES)


def _security(settings: EhrSettings) -> dict[str, Any]:
    ends = {"authorize": "authorize", "token": "token", "introspect": "introspect",
            "revoke": "revoke"}  # fmt: skip
    uris = [{"url": url, "valueUri": f"{settings.base}/{path}"} for url, path in ends.items()]
    system = "http://terminology.hl7.org/CodeSystem/restful-security-service"
    return {
        "extension": [{"url": _OAUTH_URIS, "extension": uris}],
        "service": [{"coding": [{"system": system, "code": "SMART-on-FHIR"}]}],
    }


def secured(statement: dict[str, Any], settings: EhrSettings) -> dict[str, Any]:
    """The upstream's CapabilityStatement with our base and our security section."""
    if settings.vendor is not None:
        statement = vendor.statement(settings.vendor, statement)
    rests = statement.get("rest", [{"mode": "server"}])
    rest = [{**one, "security": _security(settings)} for one in rests]
    place = {"description": "Sandbox EHR: synthetic patients only", "url": settings.fhir_base}
    return {**statement, "implementation": place, "rest": rest}


def blueprint(settings: EhrSettings, signing: SigningKeys, upstream: Upstream) -> Blueprint:
    """The open documents: configuration, keys, capabilities, style."""
    pages = Blueprint("discovery", __name__)

    @pages.get("/fhir/.well-known/smart-configuration")
    @pages.get("/.well-known/openid-configuration")
    def configuration() -> ResponseReturnValue:
        return jsonify(smart_configuration(settings))

    @pages.get("/jwks.json")
    def jwks() -> ResponseReturnValue:
        return jsonify(signing.public())

    @pages.get("/fhir/metadata")
    def metadata() -> ResponseReturnValue:
        reply = upstream.ask(Question("GET", "metadata", headers={"accept": "application/json"}))
        if reply.status != 200:
            return reply.body, reply.status
        body = msgspec.json.encode(secured(msgspec.json.decode(reply.body), settings))
        return body, 200, {"Content-Type": "application/fhir+json"}

    @pages.get("/smart-style.json")
    def style() -> ResponseReturnValue:
        return jsonify(STYLE)

    return pages


STYLE = {
    "color_background": "#f4f7f6",
    "color_error": "#9b1c1c",
    "color_highlight": "#0b5563",
    "color_modal_backdrop": "",
    "color_success": "#1c6b3c",
    "color_text": "#17252a",
    "dim_border_radius": "6px",
    "dim_font_size": "16px",
    "dim_spacing_size": "20px",
    "font_family_body": "system-ui, sans-serif",
    "font_family_heading": "system-ui, sans-serif",
}
