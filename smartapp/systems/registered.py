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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from smartapp.errors import ConfigError
from smartapp.systems.scopes import Scope

KEYS = frozenset({"name", "client_id", "jwks_file", "jwks_url", "scopes", "requests_per_minute"})
USUAL_RATE = 60
MOST_RATE = 60_000
Wanted = TypeVar("Wanted")


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


def read(tables: Sequence[Mapping[str, Any]], folder: Path) -> tuple[SystemClient, ...]:
    """The registered systems; ``folder`` is the sites file's, which file names are relative to.

    Raises ConfigError beginning with the key at fault, ``systems[0].scopes: ...``.
    """
    clients = tuple(_client(number, table, folder) for number, table in enumerate(tables))
    for key in ("name", "client_id"):
        values = [getattr(client, key) for client in clients]
        for number, value in enumerate(values):
            if value in values[:number]:
                raise _refuse(number, key, f"another system has the same {key}.")
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


def _client(number: int, table: Mapping[str, Any], folder: Path) -> SystemClient:
    if not isinstance(table, Mapping):
        raise ConfigError(f"systems[{number}]: this must be a TOML table.")
    for key in sorted(table.keys() - KEYS):
        raise _refuse(number, key, "there is no such key.")
    if ("jwks_file" in table) == ("jwks_url" in table):
        raise _refuse(number, "jwks_file", "exactly one of jwks_file and jwks_url is needed.")
    return SystemClient(
        name=_text(number, table, "name"),
        client_id=_text(number, table, "client_id"),
        scopes=_scopes(number, table),
        keys=_file(number, table, folder) if "jwks_file" in table else None,
        jwks_url=_url(number, table) if "jwks_url" in table else "",
        requests_per_minute=_rate(number, table),
    )


def _refuse(number: int, key: str, why: str) -> ConfigError:
    return ConfigError(f"systems[{number}].{key}: {why}")


def _get(number: int, table: Mapping[str, Any], key: str, kind: type[Wanted]) -> Wanted:
    value = table.get(key)
    if type(value) is not kind or not value:
        raise _refuse(number, key, f"this is needed and must be a {_KINDS[kind]}.")
    return value


_KINDS: dict[type, str] = {str: "string", int: "whole number above zero", list: "list of strings"}


def _text(number: int, table: Mapping[str, Any], key: str) -> str:
    return _get(number, table, key, str)


def _scopes(number: int, table: Mapping[str, Any]) -> tuple[Scope, ...]:
    found = []
    for word in _get(number, table, "scopes", list):
        scope = Scope.read(word) if isinstance(word, str) else None
        if scope is None or str(scope) != word:
            raise _refuse(number, "scopes", "each must read, like system/Observation.rs.")
        found.append(scope)
    return tuple(found)


def _rate(number: int, table: Mapping[str, Any]) -> int:
    if "requests_per_minute" not in table:
        return USUAL_RATE
    rate = _get(number, table, "requests_per_minute", int)
    if not 1 <= rate <= MOST_RATE:
        raise _refuse(number, "requests_per_minute", f"this must be from 1 to {MOST_RATE}.")
    return rate


def _url(number: int, table: Mapping[str, Any]) -> str:
    value = _text(number, table, "jwks_url")
    try:
        parts = urlsplit(value)
        sound = parts.scheme == "https" and parts.hostname and "@" not in parts.netloc
    except ValueError:
        sound = False
    if not sound:
        raise _refuse(number, "jwks_url", "this must be an https URL.")
    return value


def _file(number: int, table: Mapping[str, Any], folder: Path) -> KeySet:
    name = _text(number, table, "jwks_file")
    try:
        return key_set(json.loads((folder / name).read_text(encoding="utf-8")))
    except OSError as error:
        raise _refuse(number, "jwks_file", f"the file {name} cannot be read.") from error
    except ValueError as error:
        raise _refuse(number, "jwks_file", f"the file {name} does not do: {error}.") from error
