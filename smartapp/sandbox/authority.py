"""The authorization server: Authlib's, wired to the sandbox's clients, tickets and keys."""

# Authlib ships no types, so its base classes are Any to mypy.
# mypy: disable-error-code="misc"

from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from flask import Flask

from smartapp.sandbox import clients
from smartapp.sandbox.assertion import ClientAssertion, PublicKeys
from smartapp.sandbox.clients import Client
from smartapp.sandbox.grants import (
    CodeGrant,
    Introspection,
    RequiredPkce,
    Revocation,
    RotatingRefresh,
    SystemAccess,
)
from smartapp.sandbox.hospital import Hospital
from smartapp.sandbox.keys import SigningKeys
from smartapp.sandbox.settings import EhrSettings
from smartapp.sandbox.staff import Clinician
from smartapp.sandbox.tickets import Permission, Tickets

SYSTEM_LIFE = 300
"""Seconds a token without a user lasts at most (SMART Backend Services)."""


class Authority(AuthorizationServer):
    """Authlib's authorization server carrying what the sandbox's grants need."""

    def __init__(
        self,
        app: Flask,
        settings: EhrSettings,
        tickets: Tickets,
        keys: SigningKeys,
        hospital: Hospital,
    ) -> None:
        super().__init__()
        self.issuer, self.fhir_base = settings.issuer, settings.fhir_base
        self.faults, self.tickets, self.keys = settings.faults, tickets, keys
        self._vendor = settings.vendor
        self._clients, self._hospital = settings.clients, hospital
        lives = dict.fromkeys(("authorization_code", "refresh_token"), settings.token_life)
        lives["client_credentials"] = min(settings.token_life, SYSTEM_LIFE)
        app.config.update(OAUTH2_REFRESH_TOKEN_GENERATOR=True, OAUTH2_TOKEN_EXPIRES_IN=lives)
        self.init_app(app)
        assertion = ClientAssertion(f"{settings.base}/token", tickets, PublicKeys(), settings.clock)
        self.register_client_auth_method("private_key_jwt", assertion)
        self.register_grant(CodeGrant, [RequiredPkce(required=True)])
        self.register_grant(RotatingRefresh)
        self.register_grant(SystemAccess)
        self.register_endpoint(Introspection)
        self.register_endpoint(Revocation)

    def query_client(self, client_id: str) -> Client | None:
        """The registered client, or None."""
        return clients.find(self._clients, client_id)

    def save_token(self, token: dict[str, Any], request: Any) -> None:
        """Keep an issued token with the permission it grew from."""
        permission = getattr(request, "system", None) or request.authorization_code
        permission = permission or request.refresh_token.permission
        self.tickets.keep_token(token, permission.narrowed(token["scope"]))

    def told(self, token: dict[str, Any]) -> dict[str, Any]:
        """A token response as it is told; not every vendor names offline_access in it."""
        if self._vendor is None or self._vendor.manners.echoes_offline:
            return token
        words = [word for word in token["scope"].split() if word != "offline_access"]
        return {**token, "scope": " ".join(words)}

    def user_url(self, key: str) -> str:
        """The absolute URL of the clinician's Practitioner, the value of fhirUser."""
        return f"{self.fhir_base}/{self._hospital.reference(f'Practitioner/{key}')}"

    def identity(self, permission: Permission) -> dict[str, str]:
        """The id_token of a token response; nothing unless openid was granted."""
        words = permission.scope.split()
        if "openid" not in words:
            return {}
        claims = {
            "iss": self.issuer,
            "sub": permission.user,
            "aud": permission.client_id,
            "auth_time": permission.signed_in,
            **({"nonce": permission.nonce} if permission.nonce else {}),
        }
        if "fhirUser" in words:
            claims["fhirUser"] = self.user_url(permission.user)
        if "profile" in words and (user := Clinician.of(permission.user)):
            claims["name"] = user.name
        client = self.query_client(permission.client_id)
        return {"id_token": self.keys.identity(claims, client.id_token_alg if client else "RS256")}
