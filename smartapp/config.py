"""The configuration: one TOML file for the whole app, read once at start-up.

Paths in the file are relative to the file. Secrets are never in the file itself, only in files it
points to. Anything wrong stops the start with a ``ConfigError`` whose message is one sentence that
begins with the key at fault, for example ``sites[1].issuer: ...``.
"""

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cryptography.fernet import Fernet

from smartapp.access import (
    BackendAccess,
    StoreSettings,
    ascii_content,
    backend_access,
    key_folder,
    store_settings,
)
from smartapp.alerts import configured as safety
from smartapp.errors import ConfigError
from smartapp.program.safety import SiteSafety
from smartapp.systems import registered
from smartapp.table import Table, is_safe

__all__ = [
    "BackendAccess",
    "ClientAuth",
    "Config",
    "Site",
    "StoreSettings",
    "Where",
    "is_safe",
    "load",
]


class ClientAuth(StrEnum):
    """How the app proves itself to a site's token endpoint."""

    PUBLIC = "public"
    SECRET = "secret"  # noqa: S105 - the name of a method, not a secret
    PRIVATE_KEY = "private-key"


class Where(StrEnum):
    """Where an administrator wants a type of resource; ``BOTH`` is the EHR, and a copy."""

    EHR = "ehr"
    STORE = "store"
    BOTH = "both"


@dataclass(frozen=True)
class Site:
    """One EHR installation we are registered with; ``issuer`` is its FHIR base as registered.

    ``ehr`` names the vendor's profile; ``writes`` overrides by resource type where writes go;
    ``backend`` is None where the EHR gives the program no access of its own.
    """

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
    ehr: str = "fhir-native"
    writes: Mapping[str, Where] = field(default_factory=dict)
    backend: BackendAccess | None = None


@dataclass(frozen=True)
class Config:
    """Everything the app can be told; ``encryption_keys`` are Fernet keys, the newest first.

    ``content`` is the folder with the site's own questionnaires, None without one.
    """

    public_url: str
    data_dir: Path
    sites: tuple[Site, ...]
    encryption_keys: tuple[bytes, ...] = field(repr=False)
    idle: timedelta = timedelta(minutes=30)
    absolute: timedelta = timedelta(hours=12)
    trusted_proxies: int = 0
    time_zone: tzinfo = UTC
    store: StoreSettings = field(default_factory=StoreSettings)
    systems: tuple[registered.SystemClient, ...] = ()
    safety: SiteSafety = field(default_factory=SiteSafety)
    content: Path | None = None

    def today(self, now: datetime) -> date:
        """The date on the clinicians' wall at ``now``, which is aware."""
        return now.astimezone(self.time_zone).date()

    @property
    def redirect_uri(self) -> str:
        """The redirect URI to register with every site."""
        return f"{self.public_url}/callback"

    @property
    def form_key(self) -> str:
        """The key that signs form tokens, derived from the oldest encryption key.

        So a new key, put first, refuses no form that is open. Who knows it needs a launch's cookie
        besides (launch/isolation.py).
        """
        return hashlib.sha256(b"forms" + self.encryption_keys[-1]).hexdigest()

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


def load(path: Path) -> Config:
    """Read and check the file; raises ``ConfigError`` naming the key at fault."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: the configuration file cannot be read.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: this is not valid TOML ({error}).") from error
    return _config(Table("", raw, path.resolve().parent))


def _config(table: Table) -> Config:
    config = Config(
        public_url=table.url("public_url").removesuffix("/"),
        data_dir=table.folder / table.text("data_dir"),
        sites=_sites(table),
        encryption_keys=_encryption_keys(table),
        idle=timedelta(minutes=table.count("idle_minutes", 30, 1)),
        absolute=timedelta(hours=table.count("absolute_hours", 12, 1)),
        trusted_proxies=table.count("trusted_proxies", 0, 0),
        time_zone=_time_zone(table),
        store=store_settings(table),
        systems=registered.read(table.get("systems", list, []), table.folder),
        content=_content(table),
        safety=safety.read(Table("safety.", table.get("safety", dict, {}), table.folder)),
    )
    table.done()
    return config


def _content(table: Table) -> Path | None:
    inner = Table("content.", table.get("content", dict, {}), table.folder)
    found = inner.folder / inner.text("folder") if inner.raw else None
    inner.done()
    if found and not found.is_dir():
        raise inner.refuse("folder", "there is no such folder.")
    return found


def _writes(table: Table) -> dict[str, Where]:
    raw = table.get("writes", dict, {})
    for type_, where in raw.items():
        if where not in [*Where]:
            raise table.refuse(f"writes.{type_}", 'this must be "ehr", "store" or "both".')
    return {type_: Where(where) for type_, where in raw.items()}


def _time_zone(table: Table) -> tzinfo:
    name = table.get("time_zone", str, "UTC")
    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        why = "this must be a time zone such as America/Denver."
        raise table.refuse("time_zone", why) from error


def _encryption_keys(table: Table) -> tuple[bytes, ...]:
    key = "encryption_key_files"
    names = table.texts(key)
    if not names:
        raise table.refuse(key, "at least one file with an encryption key is needed.")
    return tuple(_encryption_key(table, key, name) for name in names)


def _encryption_key(table: Table, key: str, name: str) -> bytes:
    value = table.content(key, name).encode()
    try:
        Fernet(value)
    except ValueError as error:
        raise table.refuse(key, f"the file {name} does not hold a Fernet key.") from error
    return value


def _sites(table: Table) -> tuple[Site, ...]:
    raw = table.get("sites", list, [])
    if not raw:
        raise table.refuse("sites", "at least one site is needed.")
    sites = tuple(_site(_entry(table, number, entry)) for number, entry in enumerate(raw))
    _refuse_twice("issuer", (site.issuer.removesuffix("/") for site in sites))
    _refuse_twice("name", (site.name for site in sites))
    return sites


def _entry(table: Table, number: int, entry: object) -> Table:
    if not isinstance(entry, dict):
        raise table.refuse(f"sites[{number}]", "this must be a TOML table.")
    return Table(f"sites[{number}].", entry, table.folder)


def _refuse_twice(key: str, values: Iterable[str]) -> None:
    seen: set[str] = set()
    for number, value in enumerate(values):
        if value in seen:
            raise ConfigError(f"sites[{number}].{key}: another site has the same {key}.")
        seen.add(value)


def _site(table: Table) -> Site:
    auth = _client_auth(table)
    site = Site(
        name=table.text("name"),
        issuer=table.url("issuer"),
        client_id=table.text("client_id"),
        client_auth=auth,
        secret=_secret(table) if auth is ClientAuth.SECRET else "",
        key_folder=key_folder(table) if auth is ClientAuth.PRIVATE_KEY else None,
        scopes=table.texts("scopes"),
        frame_ancestors=_origins(table),
        id_token_issuer=table.url("id_token_issuer") if "id_token_issuer" in table.raw else None,
        smart_style=table.get("smart_style", bool, True),
        ehr=table.text("ehr") if "ehr" in table.raw else Site.ehr,
        writes=_writes(table),
        backend=backend_access(table),
    )
    table.done()
    return site


def _client_auth(table: Table) -> ClientAuth:
    value = table.get("client_auth", str, ClientAuth.PUBLIC.value)
    if value not in set(ClientAuth):
        raise table.refuse("client_auth", 'this must be "public", "secret" or "private-key".')
    return ClientAuth(value)


def _secret(table: Table) -> str:
    return ascii_content(table, "secret_file", "secret")


def _origins(table: Table) -> tuple[str, ...]:
    origins = table.texts("frame_ancestors")
    for origin in origins:
        if not is_safe(origin) or set(origin) & set("?#;, '*") or urlsplit(origin).path:
            raise table.refuse("frame_ancestors", "each must be an origin, without a path.")
    return origins
