"""What one bearer token lets through: scopes by type and interaction, and the launch patient.

A patient/ scope reaches only resources about the launch patient, and shared ones (Practitioner,
Questionnaire ...) for reading; a user/ scope reaches every resource of its type.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from smartapp.sandbox.compartment import SHARED, Compartment
from smartapp.sandbox.scopes import Scope, permitting

READING = frozenset("rs")


class Refused(Exception):
    """The request is not let through: ``status`` and a ``reason`` without patient data."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


@dataclass(frozen=True)
class Access:
    """The resource scopes of a token and the patient it was launched for (None: no patient)."""

    scopes: tuple[Scope, ...]
    patient: str | None

    def confined(self, kind: str, letter: str) -> bool:
        """Whether the interaction must be kept to the launch patient; Refused when not allowed."""
        allowing = permitting(self.scopes, kind, letter)
        if not allowing:
            raise Refused(403, f"The token's scopes do not allow this on {kind}.")
        wide = any(scope.context != "patient" for scope in allowing)
        if not wide and self.patient is None:
            raise Refused(403, "A patient scope without a patient in context allows nothing.")
        return not wide

    def sees(self, resource: Mapping[str, Any], letter: str, where: Compartment) -> bool:
        """Whether this very resource may be read or written with the interaction letter."""
        kind = str(resource.get("resourceType"))
        return any(
            scope.fits(resource)
            and (scope.context != "patient" or self._reaches(resource, letter, where))
            for scope in permitting(self.scopes, kind, letter)
        )

    def _reaches(self, resource: Mapping[str, Any], letter: str, where: Compartment) -> bool:
        if resource.get("resourceType") in SHARED:
            return letter in READING
        return self.patient is not None and where.patients(resource) == {self.patient}
