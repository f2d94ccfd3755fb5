"""What the authorization server hands out: launch tokens, codes, access and refresh tokens.

Lives: launch 10 minutes, code 60 seconds (RFC 6749 section 4.1.2 recommends at most ten minutes),
access token as configured, refresh token 30 days. A code or a refresh token works once; using one
twice ends every token that grew from the same authorization (RFC 9700 sections 2.1.1 and 4.14).
"""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

import msgspec

from smartapp.sandbox.records import Records, digest

LAUNCH_LIFE = 600
CODE_LIFE = 60
REFRESH_LIFE = 30 * 24 * 3600


@dataclass(frozen=True)
class Context:
    """The launch context of one authorization, named as the token response names it."""

    patient: str | None = None
    encounter: str | None = None
    intent: str | None = None
    need_patient_banner: bool | None = None
    smart_style_url: str | None = None
    tenant: str | None = None
    fhirContext: tuple[dict[str, str], ...] = ()

    def parameters(self) -> dict[str, Any]:
        """The token response parameters that have a value."""
        found: dict[str, Any] = msgspec.to_builtins(self) | {"fhirContext": list(self.fhirContext)}
        return {name: value for name, value in found.items() if value not in (None, [])}


@dataclass(frozen=True)
class Permission:
    """What one clinician let one client do: the content of a code and of its tokens.

    ``family`` ties every token of one authorization together; ``signed_in`` is epoch seconds.
    """

    client_id: str
    user: str
    scope: str
    context: Context
    redirect_uri: str
    code_challenge: str
    nonce: str | None
    signed_in: int
    family: str = field(default_factory=lambda: secrets.token_hex(16))
    code_challenge_method: str = "S256"

    def get_redirect_uri(self) -> str:
        """Where the code was sent (Authlib's interface)."""
        return self.redirect_uri

    def get_scope(self) -> str:
        """The granted scopes (Authlib's interface)."""
        return self.scope

    def narrowed(self, scope: str) -> Self:
        """The same permission with fewer scopes."""
        return replace(self, scope=scope)


@dataclass(frozen=True)
class Token:
    """A row of the token table, as found by an access or a refresh token."""

    permission: Permission
    issued: int
    expires: int
    active: bool
    is_refresh: bool
    key: str

    def check_client(self, client: Any) -> bool:
        """Whether it was issued to this client (Authlib's interface)."""
        return bool(self.permission.client_id == client.get_client_id())

    def get_scope(self) -> str:
        """The granted scopes (Authlib's interface)."""
        return self.permission.scope

    def is_expired(self) -> bool:
        """Folded into ``active`` when the row was read (Authlib's interface)."""
        return not self.active

    def is_revoked(self) -> bool:
        """Folded into ``active`` when the row was read (Authlib's interface)."""
        return not self.active


class Tickets:
    """Issues, finds, consumes and revokes; ``clock`` gives epoch seconds."""

    def __init__(self, records: Records, clock: Callable[[], float] = time.time) -> None:
        self._records = records
        self._clock = clock

    def open_launch(self, user: str, context: Context) -> str:
        """A new opaque launch token of this user for this context."""
        token = secrets.token_urlsafe(24)
        expires = self._clock() + LAUNCH_LIFE
        values = (digest(token), user, msgspec.json.encode(context), expires)
        self._records.run("INSERT INTO launch VALUES (?, ?, ?, ?)", *values)
        return token

    def launch(self, token: str, user: str) -> Context | None:
        """The context of a live launch token of this user; may be asked more than once."""
        sql = "SELECT context FROM launch WHERE hash = ? AND user = ? AND expires > ?"
        found = self._records.row(sql, digest(token), user, self._clock())
        return msgspec.json.decode(found[0], type=Context) if found else None

    def keep_code(self, code: str, permission: Permission) -> None:
        """Keep a fresh authorization code."""
        sql = "INSERT INTO code (hash, permission, expires) VALUES (?, ?, ?)"
        body = msgspec.json.encode(permission)
        self._records.run(sql, digest(code), body, self._clock() + CODE_LIFE)

    def use_code(self, code: str, client_id: str) -> Permission | None:
        """The permission behind a code, once; a second use revokes what the first one gave."""
        sql = "SELECT permission, expires FROM code WHERE hash = ?"
        found = self._records.row(sql, digest(code))
        if found is None:
            return None
        permission = msgspec.json.decode(found[0], type=Permission)
        if permission.client_id != client_id or found[1] <= self._clock():
            return None
        sql = "UPDATE code SET used = 1 WHERE hash = ? AND used = 0"
        if self._records.run(sql, digest(code)):
            return permission
        self.revoke_family(permission.family)
        return None

    def keep_token(self, token: Mapping[str, Any], permission: Permission) -> None:
        """Keep a token response's access token and, where it has one, its refresh token."""
        now = self._clock()
        refresh = token.get("refresh_token")
        sql = "INSERT INTO token VALUES (?, ?, ?, ?, ?, ?, 0, 0)"
        self._records.run(
            sql, digest(token["access_token"]), digest(refresh) if refresh else None,
            permission.family, msgspec.json.encode(permission), now, now + token["expires_in"],
        )  # fmt: skip

    def token(self, value: str) -> Token | None:
        """The row an access or refresh token belongs to, active or not."""
        key = digest(value)
        sql = (
            "SELECT permission, issued, expires, revoked, refreshed, access = ? FROM token "
            "WHERE access = ? OR refresh = ?"
        )
        found = self._records.row(sql, key, key, key)
        if found is None:
            return None
        permission = msgspec.json.decode(found[0], type=Permission)
        issued, expires, revoked, refreshed, is_access = found[1:]
        end = expires if is_access else issued + REFRESH_LIFE
        active = not revoked and end > self._clock() and bool(is_access or not refreshed)
        return Token(permission, int(issued), int(end), active, not is_access, key)

    def use_refresh(self, token: Token) -> bool:
        """Consume a refresh token; False (and the family revoked) when somebody was faster."""
        sql = "UPDATE token SET refreshed = 1 WHERE refresh = ? AND refreshed = 0 AND revoked = 0"
        if self._records.run(sql, token.key):
            return True
        self.revoke_family(token.permission.family)
        return False

    def revoke_family(self, family: str) -> None:
        """End every token of one authorization."""
        self._records.run("UPDATE token SET revoked = 1 WHERE family = ?", family)

    def revoke(self, token: Token) -> None:
        """RFC 7009: a refresh token ends its family, an access token its own pair."""
        if token.is_refresh:
            self.revoke_family(token.permission.family)
        self._records.run("UPDATE token SET revoked = 1 WHERE access = ?", token.key)

    def first_use(self, client_id: str, jti: str, expires: float) -> bool:
        """Whether this client never used this assertion id before; remembers it until expiry."""
        self._records.run("DELETE FROM assertion WHERE expires < ?", self._clock())
        sql = "INSERT OR IGNORE INTO assertion VALUES (?, ?, ?)"
        return self._records.run(sql, client_id, jti, expires) == 1
