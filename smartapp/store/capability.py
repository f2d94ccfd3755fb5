"""What this server can do, as a CapabilityStatement that says no more than is true."""

from collections.abc import Mapping
from typing import Any

from smartapp.store.parameters import TYPES, Parameter, parameters

_INTERACTIONS = ("read", "vread", "update", "delete", "history-instance", "create", "search-type")
_COMMON = (("_id", "token"), ("_lastUpdated", "date"))
_MADE = "2026-11-23"


def statement(base: str, security: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The statement; ``security`` is ``rest.security`` (where SMART puts ``oauth-uris``)."""
    rest: dict[str, Any] = {"mode": "server"}
    if security:
        rest["security"] = dict(security)
    rest["resource"] = [_resource(kind) for kind in TYPES]
    rest["interaction"] = [{"code": "transaction"}, {"code": "batch"}]
    implementation = {"description": "An embedded FHIR R4 store"}
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": _MADE,
        "kind": "instance",
        "implementation": implementation | ({"url": base} if base else {}),
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "rest": [rest],
    }


def _resource(kind: str) -> dict[str, Any]:
    declared = list(parameters(kind).values())
    return {
        "type": kind,
        "interaction": [{"code": code} for code in _INTERACTIONS],
        "versioning": "versioned",
        "readHistory": True,
        "updateCreate": False,
        "conditionalCreate": True,
        "conditionalUpdate": False,
        "conditionalDelete": "not-supported",
        "searchInclude": sorted(_links(declared)),
        "searchRevInclude": sorted(_links_to(kind)),
        "searchParam": [{"name": name, "type": type_} for name, type_ in _COMMON]
        + [{"name": each.name, "type": _type(each)} for each in declared],
    }


def _links(declared: list[Parameter]) -> list[str]:
    return [f"{each.resource}:{each.name}" for each in declared if each.kind == "reference"]


def _links_to(kind: str) -> list[str]:
    every = [each for source in TYPES for each in parameters(source).values()]
    pointing = [each for each in every if not each.targets or kind in each.targets]
    return _links(pointing)


def _type(parameter: Parameter) -> str:
    return "reference" if parameter.kind == "canonical" else parameter.kind
