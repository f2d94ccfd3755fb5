"""The apps registered with the sandbox EHR, as Authlib's client interface wants them.

Registrations are plain data: the three demo clients of ``demo_clients`` or a TOML file with one
``[[client]]`` table an app (keys: id, name, redirect_uris, launch_uri, auth, and where they apply
secret, jwks_uri, scopes, auto_approve, id_token_alg).
"""

import hmac
import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smartapp.errors import ConfigError
from smartapp.sandbox.scopes import granted

BACKEND = "gsh-backend"
AUTH_METHODS = ("none", "client_secret_basic", "private_key_jwt")
CLINICAL = (
    "AuditEvent",
    "CarePlan",
    "CareTeam",
    "Communication",
    "Condition",
    "DetectedIssue",
    "DocumentReference",
    "Encounter",
    "Flag",
    "Goal",
    "Observation",
    "Procedure",
    "Provenance",
    "QuestionnaireResponse",
    "ServiceRequest",
    "Task",
)
PLAIN = (
    "openid fhirUser profile launch launch/patient launch/encounter offline_access online_access "
    "patient/Patient.rs user/Practitioner.rs user/PractitionerRole.rs user/Organization.rs "
)
SYSTEM = "system/Patient.rs " + " ".join(f"system/{kind}.cruds" for kind in CLINICAL)
ALLOWED = PLAIN + " ".join(f"patient/{kind}.cruds" for kind in CLINICAL)


@dataclass(frozen=True)
class Client:
    """One registered app; ``auth`` is one of AUTH_METHODS, ``scopes`` a space-separated list."""

    id: str
    name: str
    redirect_uris: tuple[str, ...]
    launch_uri: str
    auth: str = "none"
    secret: str = ""
    jwks_uri: str = ""
    scopes: str = ALLOWED
    auto_approve: bool = True
    id_token_alg: str = "RS256"  # noqa: S105  an algorithm, not a password

    @property
    def client_id(self) -> str:
        """The id, under the name Authlib reads."""
        return self.id

    def get_client_id(self) -> str:
        """The id."""
        return self.id

    def get_default_redirect_uri(self) -> None:
        """No default: a request must name its redirect URI."""

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """Asked ∩ allowed, None when nothing is left (Authlib makes that invalid_scope)."""
        return granted(scope or "", self.scopes) or None

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Exact string comparison, as RFC 9700 section 2.1 wants."""
        return redirect_uri in self.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        """Whether the secret is this client's, compared in constant time."""
        return bool(self.secret) and hmac.compare_digest(self.secret, client_secret)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:  # noqa: ARG002  Authlib's interface
        """Every endpoint takes only the method the client is registered with."""
        return method == self.auth

    def check_response_type(self, response_type: str) -> bool:
        """Only the code flow."""
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        """Code and refresh, whose issue the scopes decide; without a redirect URI, neither.

        Such a client is a system of its own (SMART Backend Services).
        """
        people = {"authorization_code", "refresh_token"}
        return grant_type in (people if self.redirect_uris else {"client_credentials"})


def demo_clients(app_url: str, secret: str, scopes: str = ALLOWED) -> tuple[Client, ...]:
    """Three registrations of the app at ``app_url``, one for each way of authenticating.

    Each may have ``scopes``, a space-separated list. A fourth is the app's own, without a user.
    """
    callbacks, launch = (f"{app_url}/callback",), f"{app_url}/launch"
    jwks = f"{app_url}/.well-known/jwks.json"
    return (
        Client(
            "gsh-private-key",
            "Guided self-help",
            callbacks,
            launch,
            "private_key_jwt",
            jwks_uri=jwks,
            scopes=scopes,
        ),
        Client(
            "gsh-secret",
            "Guided self-help (secret)",
            callbacks,
            launch,
            "client_secret_basic",
            secret,
            scopes=scopes,
        ),
        Client("gsh-public", "Guided self-help (public)", callbacks, launch, scopes=scopes),
        Client(
            BACKEND,
            "Guided self-help (system)",
            (),
            launch,
            "private_key_jwt",
            jwks_uri=jwks,
            scopes=SYSTEM,
        ),
    )


def load_clients(path: Path) -> tuple[Client, ...]:
    """The registrations of a TOML file; ConfigError names the key that is wrong."""
    tables = tomllib.loads(path.read_text("utf-8")).get("client", [])
    return tuple(_client(number, table) for number, table in enumerate(tables, 1))


def _client(number: int, table: dict[str, Any]) -> Client:
    unknown = set(table) - set(Client.__dataclass_fields__)
    _require(not unknown, number, f"{', '.join(sorted(unknown))} is not a key we know")
    for key in ("id", "name", "redirect_uris", "launch_uri"):
        _require(bool(table.get(key)), number, f"{key} is missing")
    auth = table.get("auth", "none")
    _require(auth in AUTH_METHODS, number, f"auth must be one of {', '.join(AUTH_METHODS)}")
    _require(auth != "private_key_jwt" or "jwks_uri" in table, number, "jwks_uri is missing")
    _require(auth != "client_secret_basic" or "secret" in table, number, "secret is missing")
    return Client(**{**table, "redirect_uris": tuple(table["redirect_uris"])})


def _require(holds: bool, number: int, reason: str) -> None:
    if not holds:
        raise ConfigError(f"client {number}: {reason}.")


def find(clients: Collection[Client], client_id: str) -> Client | None:
    """The client registered under this id, or None."""
    return next((client for client in clients if client.id == client_id), None)
