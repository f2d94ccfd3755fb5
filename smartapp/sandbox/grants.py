"""Authlib's grants with SMART's rules: PKCE S256 from everybody, aud, state, rotation.

SMART App Launch 2.2; RFC 6749, 7636, 7009, 7662; RFC 9700 for single use and rotation. Every grant
finds its collaborators on ``self.server``, an ``authority.Authority``.
"""

# Authlib ships no types, so its base classes are Any to mypy.
# mypy: disable-error-code="misc"

from typing import Any

from authlib.oauth2.rfc6749.errors import InvalidGrantError, InvalidRequestError, InvalidScopeError
from authlib.oauth2.rfc6749.grants import (
    AuthorizationCodeGrant,
    ClientCredentialsGrant,
    RefreshTokenGrant,
)
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc7662 import IntrospectionEndpoint

from smartapp.sandbox.staff import Clinician
from smartapp.sandbox.tickets import Context, Permission, Token

CONFIDENTIAL = ["client_secret_basic", "private_key_jwt"]
EVERY_CLIENT = [*CONFIDENTIAL, "none"]
REFRESHING = {"offline_access", "online_access"}


class RequiredPkce(CodeChallenge):
    """PKCE with S256, required of public and confidential clients alike; plain is refused."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]  # noqa: RUF012  Authlib's class attribute

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        """Refuse an authorization request that does not say S256, then check it as Authlib does."""
        if grant.request.payload.data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("PKCE with code_challenge_method S256 is required.")
        super().validate_code_challenge(grant, redirect_uri)


class CodeGrant(AuthorizationCodeGrant):
    """The authorization code flow of a SMART launch."""

    TOKEN_ENDPOINT_AUTH_METHODS = EVERY_CLIENT

    def validate_authorization_request(self) -> str:
        """Authlib's checks, then SMART's: ``state`` present, ``aud`` our FHIR base exactly."""
        redirect_uri: str = super().validate_authorization_request()
        if not self.request.payload.state:
            raise InvalidRequestError("Missing 'state' in request.", redirect_uri=redirect_uri)
        if self.request.payload.data.get("aud") != self.server.fhir_base:
            raise InvalidRequestError("aud is not this FHIR server.", redirect_uri=redirect_uri)
        return redirect_uri

    def save_authorization_code(self, code: str, request: Any) -> None:
        """Keep the code with everything its tokens will need."""
        data = request.payload.data
        permission = Permission(
            client_id=request.client.id,
            user=request.user.key,
            scope=self.server.faults.strike(request.scope),
            context=request.launch_context,
            redirect_uri=request.payload.redirect_uri,
            code_challenge=data["code_challenge"],
            nonce=data.get("nonce"),
            signed_in=request.signed_in,
        )
        self.server.tickets.keep_code(code, permission)

    def query_authorization_code(self, code: str, client: Any) -> Permission | None:
        """The code's permission, at its first use only."""
        found: Permission | None = self.server.tickets.use_code(code, client.id)
        return found

    def delete_authorization_code(self, authorization_code: Permission) -> None:
        """Nothing: the code was spent when it was found, and its row detects replay."""

    def authenticate_user(self, authorization_code: Permission) -> Clinician | None:
        """The clinician who allowed it."""
        return Clinician.of(authorization_code.user)

    def generate_token(self, **options: Any) -> dict[str, Any]:
        """A token with a refresh token only where offline or online access was granted."""
        refreshing = not REFRESHING.isdisjoint(options["scope"].split())
        token = super().generate_token(**{**options, "include_refresh_token": refreshing})
        return dict(token)

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        """Authlib's response with the launch context and, for openid, the id_token."""
        status, token, headers = super().create_token_response()
        permission = self.request.authorization_code
        extra = {**permission.context.parameters(), **self.server.identity(permission)}
        return status, self.server.told({**token, **extra}), headers


class RotatingRefresh(RefreshTokenGrant):
    """Refresh with rotation: each refresh token works once, a second use ends the family."""

    TOKEN_ENDPOINT_AUTH_METHODS = EVERY_CLIENT
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> Token | None:
        """The live refresh token; a dead one revokes everything of its authorization."""
        token: Token | None = self.server.tickets.token(refresh_token)
        if token is None or not token.is_refresh or not token.check_client(self.request.client):
            return None
        if not token.active:
            self.server.tickets.revoke_family(token.permission.family)
            return None
        return token

    def authenticate_user(self, refresh_token: Token) -> Clinician | None:
        """The clinician who allowed it."""
        return Clinician.of(refresh_token.permission.user)

    def issue_token(self, user: Clinician, refresh_token: Token) -> dict[str, Any]:
        """Consume the old refresh token, then issue; InvalidGrantError when it was just used."""
        if not self.server.tickets.use_refresh(refresh_token):
            raise InvalidGrantError()
        return dict(super().issue_token(user, refresh_token))

    def revoke_old_credential(self, refresh_token: Token) -> None:
        """Nothing: it was consumed before the new one was issued."""

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        """Authlib's response with the launch context once more."""
        status, token, headers = super().create_token_response()
        context = self.request.refresh_token.permission.context
        return status, self.server.told({**token, **context.parameters()}), headers


class SystemAccess(ClientCredentialsGrant):
    """SMART Backend Services: a signed assertion for a short token with system scopes only."""

    TOKEN_ENDPOINT_AUTH_METHODS = ["private_key_jwt"]  # noqa: RUF012  Authlib's class attribute

    def validate_token_request(self) -> None:
        """Authlib's checks; what the token will permit is known then."""
        super().validate_token_request()
        client = self.request.client
        scope = client.get_allowed_scope(self.request.payload.scope)
        if not scope:
            raise InvalidScopeError()
        self.request.system = Permission(client.id, "", scope, Context(), "", "", None, 0)


class Introspection(IntrospectionEndpoint):
    """RFC 7662 with SMART's launch context; a client may ask about its own tokens only."""

    CLIENT_AUTH_METHODS = CONFIDENTIAL

    def query_token(self, token_string: str, token_type_hint: str | None) -> Token | None:  # noqa: ARG002  Authlib's interface
        """The row of an access or refresh token."""
        found: Token | None = self.server.tickets.token(token_string)
        return found

    def check_permission(self, token: Token, client: Any, request: Any) -> bool:  # noqa: ARG002  Authlib's interface
        """Whether the token was issued to the client that asks."""
        return token.check_client(client)

    def introspect_token(self, token: Token) -> dict[str, Any]:
        """The response for a live token."""
        permission = token.permission
        about = {
            "active": True,
            "client_id": permission.client_id,
            "scope": permission.scope,
            "iss": self.server.issuer,
            "sub": permission.user,
            "aud": self.server.fhir_base,
            "exp": token.expires,
            "iat": token.issued,
            "fhirUser": self.server.user_url(permission.user),
        }
        return {**about, **permission.context.parameters()}


class Revocation(RevocationEndpoint):
    """RFC 7009 for every kind of client."""

    CLIENT_AUTH_METHODS = EVERY_CLIENT

    def query_token(self, token_string: str, token_type_hint: str | None) -> Token | None:  # noqa: ARG002  Authlib's interface
        """The row of an access or refresh token."""
        found: Token | None = self.server.tickets.token(token_string)
        return found

    def revoke_token(self, token: Token, request: Any) -> None:  # noqa: ARG002  Authlib's interface
        """End the token; a refresh token takes its family with it."""
        self.server.tickets.revoke(token)
