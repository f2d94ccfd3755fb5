"""The configuration: one TOML file for the whole app, read once at start-up.

Paths in the file are relative to the file. Secrets are never in the file itself, only in files it
points to. Anything wrong stops the start with a ``ConfigError`` whose message is one sentence that
begins with the key at fault, for example ``sites[1].issuer: ...``.
"""

import hashlib
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cryptography.fernet import Fernet

from smartapp.errors import ConfigError

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
Wanted = TypeVar("Wanted")


class ClientAuth(StrEnum):
    """How the app proves itself to a site's token endpoint."""

    PUBLIC = "public"
    SECRET = "secret"  # noqa: S105 - the name of a method, not a secret
    PRIVATE_KEY = "private-key"


@dataclass(frozen=True)
class Site:
    """One EHR installation we are registered with; ``issuer`` is its FHIR base as registered."""

    name: str
    issuer: str
    client_id: str
    client_auth: ClientAuth = ClientAuth.PUBLIC
    secret: str = field(default="", repr=False)
    key_folder: Path | None = None
    scopes: tuple[str, ...] = ()
    frame_ancestors: tuple[str, ...] = ()
    id_token_issuer: str | None = None
    smart_style: bool = True


@dataclass(frozen=True)
class Config:
    """Everything the app can be told; ``encryption_keys`` are Fernet keys, the newest first."""

    public_url: str
    data_dir: Path
    sites: tuple[Site, ...]
    encryption_keys: tuple[bytes, ...] = field(repr=False)
    idle: timedelta = timedelta(minutes=30)
    absolute: timedelta = timedelta(hours=12)
    trusted_proxies: int = 0
    time_zone: tzinfo = UTC

    def today(self, now: datetime) -> date:
        """The date on the clinicians' wall at ``now``, which is aware."""
        return now.astimezone(self.time_zone).date()

    @property
    def redirect_uri(self) -> str:
        """The redirect URI to register with every site."""
        return f"{self.public_url}/callback"

    @property
    def form_key(self) -> str:
        """The key that signs form tokens, derived from the newest encryption key."""
        return hashlib.sha256(b"forms" + self.encryption_keys[0]).hexdigest()

    @property
    def frame_ancestors(self) -> tuple[str, ...]:
        """The origins of all sites, for pages shown before a launch is known."""
        return tuple(dict.fromkeys(o for site in self.sites for o in site.frame_ancestors))

    def site_of(self, issuer: str) -> Site | None:
        """The site with this issuer; one trailing slash more or less does not matter."""
        wanted = issuer.removesuffix("/")
        return next((s for s in self.sites if s.issuer.removesuffix("/") == wanted), None)

    def site_named(self, name: str) -> Site | None:
        """The site with this name."""
        return next((s for s in self.sites if s.name == name), None)


def is_safe(url: str) -> bool:
    """Whether ``url`` is https, or http on this machine, without user information."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - a port that is no number raises here
    except ValueError:
        return False
    if not parts.hostname or "@" in parts.netloc:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def load(path: Path) -> Config:
    """Read and check the file; raises ``ConfigError`` naming the key at fault."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: the configuration file cannot be read.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: this is not valid TOML ({error}).") from error
    return _config(_Table("", raw, path.resolve().parent))


class _Table:
    """A TOML table that remembers where it is and which of its keys were asked for."""

    def __init__(self, where: str, raw: dict[str, Any], folder: Path) -> None:
        self.where, self.raw, self.folder = where, raw, folder
        self.asked: set[str] = set()

    def refuse(self, key: str, why: str) -> ConfigError:
        return ConfigError(f"{self.where}{key}: {why}")

    def get(self, key: str, kind: type[Wanted], default: Wanted | None = None) -> Wanted:
        self.asked.add(key)
        value = self.raw.get(key, default)
        if value is None:
            raise self.refuse(key, "this key is needed and missing.")
        if type(value) is not kind:
            raise self.refuse(key, f"this must be a TOML {_KINDS[kind]}.")
        return value

    def text(self, key: str) -> str:
        value = self.get(key, str)
        if not value.strip():
            raise self.refuse(key, "this must not be empty.")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        values = self.get(key, list, [])
        if not all(isinstance(v, str) and v.strip() for v in values):
            raise self.refuse(key, "this must be an array of non-empty strings.")
        return tuple(values)

    def count(self, key: str, default: int, least: int) -> int:
        value = self.get(key, int, default)
        if value < least:
            raise self.refuse(key, f"this must be at least {least}.")
        return value

    def url(self, key: str) -> str:
        value = self.text(key)
        if not is_safe(value) or set(value) & set("?#"):
            raise self.refuse(key, "this must be an https URL (http only on this machine).")
        return value

    def content(self, key: str, name: str) -> str:
        try:
            return (self.folder / name).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise self.refuse(key, f"the file {name} cannot be read.") from error

    def done(self) -> None:
        for key in sorted(self.raw.keys() - self.asked):
            raise self.refuse(key, "there is no such key.")


_KINDS: dict[type, str] = {
    str: "string", int: "integer", list: "array", bool: "boolean", dict: "table",
}  # fmt: skip


def _config(table: _Table) -> Config:
    config = Config(
        public_url=table.url("public_url").removesuffix("/"),
        data_dir=table.folder / table.text("data_dir"),
        sites=_sites(table),
        encryption_keys=_encryption_keys(table),
        idle=timedelta(minutes=table.count("idle_minutes", 30, 1)),
        absolute=timedelta(hours=table.count("absolute_hours", 12, 1)),
        trusted_proxies=table.count("trusted_proxies", 0, 0),
        time_zone=_time_zone(table),
    )
    table.done()
    return config


def _time_zone(table: _Table) -> tzinfo:
    name = table.get("time_zone", str, "UTC")
    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        why = "this must be a time zone such as America/Denver."
        raise table.refuse("time_zone", why) from error


def _encryption_keys(table: _Table) -> tuple[bytes, ...]:
    key = "encryption_key_files"
    names = table.texts(key)
    if not names:
        raise table.refuse(key, "at least one file with an encryption key is needed.")
    return tuple(_encryption_key(table, key, name) for name in names)


def _encryption_key(table: _Table, key: str, name: str) -> bytes:
    value = table.content(key, name).encode()
    try:
        Fernet(value)
    except ValueError as error:
        raise table.refuse(key, f"the file {name} does not hold a Fernet key.") from error
    return value


def _sites(table: _Table) -> tuple[Site, ...]:
    raw = table.get("sites", list, [])
    if not raw:
        raise table.refuse("sites", "at least one site is needed.")
    sites = tuple(_site(_entry(table, number, entry)) for number, entry in enumerate(raw))
    _refuse_twice("issuer", (site.issuer.removesuffix("/") for site in sites))
    _refuse_twice("name", (site.name for site in sites))
    return sites


def _entry(table: _Table, number: int, entry: object) -> _Table:
    if not isinstance(entry, dict):
        raise table.refuse(f"sites[{number}]", "this must be a TOML table.")
    return _Table(f"sites[{number}].", entry, table.folder)


def _refuse_twice(key: str, values: Iterable[str]) -> None:
    seen: set[str] = set()
    for number, value in enumerate(values):
        if value in seen:
            raise ConfigError(f"sites[{number}].{key}: another site has the same {key}.")
        seen.add(value)


def _site(table: _Table) -> Site:
    auth = _client_auth(table)
    site = Site(
        name=table.text("name"),
        issuer=table.url("issuer"),
        client_id=table.text("client_id"),
        client_auth=auth,
        secret=_secret(table) if auth is ClientAuth.SECRET else "",
        key_folder=_key_folder(table) if auth is ClientAuth.PRIVATE_KEY else None,
        scopes=table.texts("scopes"),
        frame_ancestors=_origins(table),
        id_token_issuer=table.url("id_token_issuer") if "id_token_issuer" in table.raw else None,
        smart_style=table.get("smart_style", bool, True),
    )
    table.done()
    return site


def _client_auth(table: _Table) -> ClientAuth:
    value = table.get("client_auth", str, ClientAuth.PUBLIC.value)
    if value not in set(ClientAuth):
        raise table.refuse("client_auth", 'this must be "public", "secret" or "private-key".')
    return ClientAuth(value)


def _secret(table: _Table) -> str:
    secret = table.content("secret_file", table.text("secret_file"))
    if not secret or not secret.isascii():
        raise table.refuse("secret_file", "the file must hold the secret in ASCII characters.")
    return secret


def _key_folder(table: _Table) -> Path:
    folder = table.folder / table.text("key_folder")
    if not any(folder.glob("*-current.json")):
        raise table.refuse("key_folder", "there is no key in this folder; make one first.")
    return folder


def _origins(table: _Table) -> tuple[str, ...]:
    origins = table.texts("frame_ancestors")
    for origin in origins:
        if not is_safe(origin) or set(origin) & set("?#;, '*") or urlsplit(origin).path:
            raise table.refuse("frame_ancestors", "each must be an origin, without a path.")
    return origins
