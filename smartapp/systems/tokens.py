"""The token endpoint's answers and the access tokens: RFC 6749 section 4.4, five minutes each.

A token is random and opaque, and only its hash is kept. Error answers are those of RFC 6749
section 5.2, with status 400.
"""

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from smartapp.systems import scopes
from smartapp.systems.assertion import TYPE, Assertions, NotProven
from smartapp.systems.records import Records, digest
from smartapp.systems.refusal import unauthorized
from smartapp.systems.registered import SystemClient
from smartapp.systems.scopes import Scope

LIFE = 300
"""Seconds an access token lives; SMART Backend Services recommends five minutes at most."""


class TokenRefused(Exception):
    """No token: ``error`` is RFC 6749's code, ``sentence`` its description."""

    def __init__(self, error: str, sentence: str) -> None:
        super().__init__(error)
        self.error, self.sentence = error, sentence

    def body(self) -> dict[str, str]:
        """The error response's JSON."""
        return {"error": self.error, "error_description": self.sentence}


@dataclass(frozen=True)
class Access:
    """What a live token lets through."""

    client: SystemClient
    scopes: tuple[Scope, ...]

    def allows(self, kind: str, letters: str) -> bool:
        """Whether every one of ``letters`` is allowed on a resource type."""
        return scopes.allow(self.scopes, kind, letters)


class Tokens:
    """Gives out tokens and finds what they allow; ``now`` gives epoch seconds."""

    def __init__(
        self,
        clients: Iterable[SystemClient],
        assertions: Assertions,
        records: Records,
        now: Callable[[], float],
    ) -> None:
        self._clients = {client.client_id: client for client in clients}
        self._assertions, self._records, self._now = assertions, records, now

    def prove(self, form: Mapping[str, list[str]]) -> SystemClient:
        """The system that asks for a token; raises TokenRefused. The assertion is used up."""
        if any(len(values) > 1 for values in form.values()):
            raise TokenRefused("invalid_request", "A parameter is given twice.")
        if _one(form, "grant_type") != "client_credentials":
            raise TokenRefused("unsupported_grant_type", "grant_type must be client_credentials.")
        if _one(form, "client_assertion_type") != TYPE:
            raise TokenRefused("invalid_client", f"client_assertion_type must be {TYPE}.")
        try:
            client = self._assertions.prove(_one(form, "client_assertion"))
        except NotProven as error:
            raise TokenRefused("invalid_client", str(error)) from error
        if _one(form, "client_id") not in ("", client.client_id):
            raise TokenRefused("invalid_client", "client_id is not the assertion's.")
        return client

    def issue(self, client: SystemClient, asked: str) -> dict[str, Any]:
        """A token response for asked ∩ registered; TokenRefused when they share nothing."""
        granted = scopes.granted(asked, client.scopes)
        if not granted:
            sentence = "scope must ask for something this system is registered for."
            raise TokenRefused("invalid_scope", sentence)
        token, listed = secrets.token_urlsafe(32), scopes.text(granted)
        row = (digest(token), client.client_id, listed, self._now() + LIFE)
        with self._records.writing() as connection:
            connection.execute("DELETE FROM token WHERE expires <= ?", (self._now(),))
            connection.execute("INSERT INTO token VALUES (?, ?, ?, ?)", row)
        return {
            "access_token": token,
            "token_type": "bearer",
            "expires_in": LIFE,
            "scope": listed,
        }

    def access(self, authorization: str) -> Access:
        """What the token of an Authorization header allows; Denied with 401 without a live one."""
        scheme, _, token = authorization.partition(" ")
        sql = "SELECT client, scopes FROM token WHERE hash = ? AND expires > ?"
        found = self._records.row(sql, digest(token.strip()), self._now())
        client = self._clients.get(found[0]) if found else None
        if scheme.lower() != "bearer" or found is None or client is None:
            raise unauthorized()
        return Access(client, scopes.granted(found[1], client.scopes))


def _one(form: Mapping[str, list[str]], name: str) -> str:
    return next(iter(form.get(name, [])), "")
