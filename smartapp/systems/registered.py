"""The systems registered in the sites file: its ``[[systems]]`` tables, checked at start-up.

    [[systems]]
    name = "Quality department"
    client_id = "quality"
    jwks_file = "quality-jwks.json"     # or jwks_url = "https://quality.example/jwks.json"
    scopes = ["system/Patient.rs", "system/Observation.rs"]
    requests_per_minute = 120           # 60 when not given

A system has public keys of its own (a JWK Set with a ``kid`` each); a private key in the file is
refused, because it does not belong on this machine.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from smartapp.errors import ConfigError
from smartapp.systems.scopes import Scope
from smartapp.table import Table

USUAL_RATE = 60
MOST_RATE = 60_000


@dataclass(frozen=True)
class SystemClient:
    """One system that may ask: its id, where its public keys are, what it may have, how often.

    Exactly one of ``keys`` (from the file) and ``jwks_url`` (https) is given.
    """

    name: str
    client_id: str
    scopes: tuple[Scope, ...]
    keys: KeySet | None = None
    jwks_url: str = ""
    requests_per_minute: int = USUAL_RATE


def read(tables: Sequence[Any], folder: Path) -> tuple[SystemClient, ...]:
    """The registered systems; ``folder`` is the sites file's, which file names are relative to.

    Raises ConfigError beginning with the key at fault, ``systems[0].scopes: ...``.
    """
    entries = [_entry(number, raw, folder) for number, raw in enumerate(tables)]
    clients = tuple(_client(entry) for entry in entries)
    for key in ("name", "client_id"):
        values = [getattr(client, key) for client in clients]
        for number, entry in enumerate(entries):
            if values[number] in values[:number]:
                raise entry.refuse(key, f"another system has the same {key}.")
    return clients


def key_set(raw: Any) -> KeySet:
    """A JWK Set of public keys, each with a ``kid``; ValueError saying what is wrong with it."""
    try:
        keys = KeySet.import_key_set(raw)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValueError("it is not a JWK Set") from error
    if not raw["keys"] or not all(isinstance(key.get("kid"), str) for key in raw["keys"]):
        raise ValueError("it needs at least one key, and a kid for each")
    if any(key.key_type not in ("RSA", "EC") or key.is_private for key in keys):
        raise ValueError("only public RSA and EC keys belong in it")
    return keys


def _entry(number: int, raw: Any, folder: Path) -> Table:
    if not isinstance(raw, dict):
        raise ConfigError(f"systems[{number}]: this must be a TOML table.")
    return Table(f"systems[{number}].", raw, folder)


def _client(table: Table) -> SystemClient:
    if ("jwks_file" in table.raw) == ("jwks_url" in table.raw):
        raise table.refuse("jwks_file", "exactly one of jwks_file and jwks_url is needed.")
    client = SystemClient(
        name=table.text("name"),
        client_id=table.text("client_id"),
        scopes=_scopes(table),
        keys=_file(table) if "jwks_file" in table.raw else None,
        jwks_url=_url(table) if "jwks_url" in table.raw else "",
        requests_per_minute=_rate(table),
    )
    table.done()
    return client


def _scopes(table: Table) -> tuple[Scope, ...]:
    words = table.texts("scopes")
    scopes = [scope for word in words if (scope := Scope.read(word)) and str(scope) == word]
    if not words or len(scopes) != len(words):
        raise table.refuse("scopes", "each must read, like system/Observation.rs.")
    return tuple(scopes)


def _rate(table: Table) -> int:
    rate = table.count("requests_per_minute", USUAL_RATE, 1)
    if rate > MOST_RATE:
        raise table.refuse("requests_per_minute", f"this must be {MOST_RATE} at most.")
    return rate


def _url(table: Table) -> str:
    value = table.url("jwks_url")
    if not value.startswith("https:"):
        raise table.refuse("jwks_url", "this must be an https URL.")
    return value


def _file(table: Table) -> KeySet:
    name = table.text("jwks_file")
    try:
        return key_set(json.loads(table.content("jwks_file", name)))
    except ValueError as error:
        raise table.refuse("jwks_file", f"the file {name} does not do: {error}.") from error
