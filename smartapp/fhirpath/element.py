"""From an element to its children, without a model of FHIR: types are told by names.

A choice such as ``value[x]`` is found by its name without the type, and its type is the rest of the
name (FHIR R4 "Choice of Data Types"). Of other elements the type is known where a form needs it.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from smartapp.fhirpath.run import Run, Step
from smartapp.fhirpath.value import QUANTITIES, Items, Node, worked_with

_PRIMITIVE = """
base64Binary boolean canonical code date dateTime decimal id instant integer markdown oid
positiveInt string time unsignedInt uri url uuid
"""
PRIMITIVES = frozenset(_PRIMITIVE.split())
_COMPLEX = """
Address Annotation Attachment CodeableConcept Coding ContactDetail ContactPoint Contributor
DataRequirement Dosage Expression Extension HumanName Identifier Meta Money Narrative
ParameterDefinition Period Range Ratio Reference RelatedArtifact SampledData Signature Timing
TriggerDefinition UsageContext BackboneElement Element
"""
COMPLEX = QUANTITIES | frozenset(_COMPLEX.split())
_CHOICE = """
value answer initial effective onset abatement deceased multipleBirth performed occurrence
asNeeded dose rate medication defaultValue fixed pattern minValue maxValue serviced timing
scheduled product subject definition due detail born age started reported allowed
"""
_CHOICES = frozenset(_CHOICE.split())
_SUFFIXES = {kind[0].upper() + kind[1:]: kind for kind in PRIMITIVES | COMPLEX}
_BY_NAME = {
    "birthDate": "date",
    "authored": "dateTime",
    "authoredOn": "dateTime",
    "issued": "instant",
    "lastUpdated": "instant",
    "recordedDate": "dateTime",
    "recorded": "instant",
    "assertedDate": "dateTime",
    "start": "dateTime",
    "end": "dateTime",
    "approvalDate": "date",
    "lastReviewDate": "date",
    "linkId": "string",
    "prefix": "string",
    "family": "string",
    "given": "string",
    "display": "string",
    "title": "string",
    "text": "string",
    "code": "code",
    "status": "code",
    "gender": "code",
    "system": "uri",
    "url": "uri",
    "coding": "Coding",
    "identifier": "Identifier",
    "extension": "Extension",
    "modifierExtension": "Extension",
    "meta": "Meta",
    "telecom": "ContactPoint",
    "address": "Address",
    "maritalStatus": "CodeableConcept",
    "name": "HumanName",
    "period": "Period",
    "category": "CodeableConcept",
    **dict.fromkeys(("subject", "author", "source", "encounter", "performer"), "Reference"),
}
_BACKBONES = """
item answer answerOption enableWhen component contact communication link
"""
_BACKBONE = frozenset(_BACKBONES.split())


def choice_kind(name: str) -> str:
    """Return the type that a name such as ``valueCoding`` ends with, "" if it is no choice."""
    for end in range(1, len(name)):
        if name[:end] in _CHOICES and name[end:] in _SUFFIXES:
            return _SUFFIXES[name[end:]]
    return ""


def child(name: str) -> Step:
    """Return the step to the children of a name."""
    kind = choice_kind(name) or _BY_NAME.get(name, "")
    is_choice, is_backbone, hidden = name in _CHOICES, name in _BACKBONE, f"_{name}"

    def step(run: Run, items: Items) -> Items:
        found: Items = []
        for item in items:
            held = item.value if type(item) is Node else None
            if type(held) is not dict:
                found += _of_value(item, name)
            elif name in held or hidden in held:
                _add(found, item, name, _kind_of(held.get(name), kind, is_backbone))
            elif is_choice:
                _add_choices(found, item, name)
        run.spend(len(items) + len(found))
        return found

    return step


def _of_value(item: Any, name: str) -> Items:
    """A quantity that was worked out has two parts; every other value has none."""
    parts = {"value": "value", "unit": "unit"} if type(item).__name__ == "Quantity" else {}
    return [getattr(item, parts[name])] if name in parts else []


def _kind_of(value: Any, kind: str, is_backbone: bool) -> str:
    first = value[0] if type(value) is list and value else value
    if type(first) is dict:
        if "resourceType" in first:
            return str(first["resourceType"])
        if is_backbone:
            return "BackboneElement"
        return kind if kind in COMPLEX else "CodeableConcept" if "coding" in first else ""
    if kind in PRIMITIVES:
        return kind
    return ""


def _add(found: Items, parent: Node, name: str, kind: str) -> None:
    """Add the children of exactly this name; values and extensions of primitives are matched."""
    value, extra = parent.value.get(name), parent.value.get(f"_{name}")
    if name == "value" and parent.kind in QUANTITIES:
        kind = "decimal"
    if type(value) is list or type(extra) is list:
        found += _listed(parent, kind, value or [], extra or [])
    elif value is not None or extra is not None:
        found.append(Node(value, kind, parent, extra))


def _listed(parent: Node, kind: str, given: Any, extras: Any) -> Iterator[Node]:
    if not isinstance(given, list) or not isinstance(extras, list):
        return
    for index in range(max(len(given), len(extras))):
        value = given[index] if index < len(given) else None
        extra = extras[index] if index < len(extras) else None
        if value is not None or extra is not None:
            yield Node(value, kind, parent, extra)


def _add_choices(found: Items, parent: Node, name: str) -> None:
    start, seen = len(name), set()
    for key in parent.value:
        bare = key.removeprefix("_")
        if bare.startswith(name) and bare[start:] in _SUFFIXES and bare not in seen:
            seen.add(bare)
            _add(found, parent, bare, _SUFFIXES[bare[start:]])


def children(run: Run, items: Items) -> Items:
    """Return all children of all items, in the order of the JSON."""
    found: Items = []
    for item in items:
        held = item.value if type(item) is Node else None
        if type(held) is dict:
            names = dict.fromkeys(key.removeprefix("_") for key in held if key != "resourceType")
            for name in names:
                kind = choice_kind(name) or _BY_NAME.get(name, "")
                _add(found, item, name, _kind_of(held.get(name), kind, name in _BACKBONE))
    run.spend(len(items) + len(found))
    return found


def root(value: Any) -> Any:
    """Return what a caller gives as an item: an element becomes a Node, a value stays."""
    if isinstance(value, dict):
        return Node(value, str(value.get("resourceType", "")))
    return worked_with(Decimal(str(value)) if isinstance(value, float) else value)


def roots(value: Any) -> Items:
    """Return what a caller gives, one or a list, as a collection."""
    if value is None:
        return []
    return [root(each) for each in value] if isinstance(value, list | tuple) else [root(value)]
