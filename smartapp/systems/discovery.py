"""What a system can find out before it asks: SMART configuration and CapabilityStatement.

Both are open, and say no more than is true: this API reads, searches and exports.
"""

from collections.abc import Mapping
from typing import Any

from smartapp.store import capability
from smartapp.store.parameters import TYPES
from smartapp.systems.assertion import ALGORITHMS

_BULK = "http://hl7.org/fhir/uv/bulkdata"
_SECURITY = "http://terminology.hl7.org/CodeSystem/restful-security-service"
_OAUTH = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
_INTERACTIONS = ("read", "vread", "history-instance", "search-type")
_WRITING = ("updateCreate", "conditionalCreate", "conditionalUpdate", "conditionalDelete")
_EXPORTS = {"Patient": "patient-export", "Group": "group-export"}


def configuration(token_url: str) -> dict[str, Any]:
    """``.well-known/smart-configuration`` (SMART App Launch 2.2, "Conformance")."""
    return {
        "token_endpoint": token_url,
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "scopes_supported": ["system/*.rs", "system/*.read"]
        + [f"system/{kind}.rs" for kind in TYPES],
        # There is no authorization endpoint to use it at, but the specification requires the key.
        "code_challenge_methods_supported": ["S256"],
        "capabilities": ["client-confidential-asymmetric", "permission-v1", "permission-v2"],
    }


def statement(base: str, token_url: str) -> dict[str, Any]:
    """``metadata``: the store's own statement without anything that writes, and with exports."""
    found = capability.statement(base, _security(token_url))
    (rest,) = found["rest"]
    rest.pop("interaction")
    rest["resource"] = [_resource(each) for each in rest["resource"]]
    rest["operation"] = [_operation("export")]
    found["implementation"]["description"] = "The program's own FHIR store, for reading"
    return {**found, "instantiates": [f"{_BULK}/CapabilityStatement/bulk-data"]}


def _resource(resource: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in resource.items() if name not in _WRITING}
    kept["interaction"] = [{"code": code} for code in _INTERACTIONS]
    export = _EXPORTS.get(resource["type"])
    return kept | ({"operation": [_operation(export)]} if export else {})


def _operation(code: str) -> dict[str, str]:
    return {"name": "export", "definition": f"{_BULK}/OperationDefinition/{code}"}


def _security(token_url: str) -> dict[str, Any]:
    coding = {"system": _SECURITY, "code": "SMART-on-FHIR"}
    uris = {"url": _OAUTH, "extension": [{"url": "token", "valueUri": token_url}]}
    return {"extension": [uris], "service": [{"coding": [coding]}]}
