"""The parts of the configuration about access without a user, and about the program's own store."""

from dataclasses import dataclass, field
from pathlib import Path

from smartapp.table import Table


@dataclass(frozen=True)
class BackendAccess:
    """What an EHR lets the program do without a user (SMART Backend Services).

    ``client_id`` is proved with the keys in ``key_folder``; ``token_url`` is discovered where it
    is empty; ``scopes`` are system scopes, empty for all the program needs.
    """

    client_id: str
    key_folder: Path
    token_url: str = ""
    scopes: tuple[str, ...] = ()


def backend_access(table: Table) -> BackendAccess | None:
    """What the table ``backend`` of a site says; None without one."""
    if "backend" not in table.raw:
        return None
    inner = Table(f"{table.where}backend.", table.get("backend", dict), table.folder)
    scopes = inner.texts("scopes")
    if not all(scope.startswith("system/") for scope in scopes):
        raise inner.refuse("scopes", "each must be a system scope such as system/Goal.cruds.")
    found = BackendAccess(
        client_id=inner.text("client_id"),
        key_folder=key_folder(inner),
        token_url=inner.url("token_url") if "token_url" in inner.raw else "",
        scopes=scopes,
    )
    inner.done()
    return found


def key_folder(table: Table) -> Path:
    """The folder ``key_folder`` names, which must hold a current key."""
    folder = table.folder / table.text("key_folder")
    if not any(folder.glob("*-current.json")):
        raise table.refuse("key_folder", "there is no key in this folder; make one first.")
    return folder


@dataclass(frozen=True)
class StoreSettings:
    """The program's own store: embedded, or the FHIR server at ``url``.

    The server is shown ``token``, or a token from ``token_url`` (Backend Services) for which
    ``client_id`` is proved with the keys in ``key_folder``.
    """

    url: str = ""
    token: str = field(default="", repr=False)
    token_url: str = ""
    client_id: str = ""
    key_folder: Path | None = None


def store_settings(table: Table) -> StoreSettings:
    """The table ``store``, embedded where it is not there; raises ``ConfigError``."""
    inner = Table("store.", table.get("store", dict, {}), table.folder)
    kind = inner.get("kind", str, "server" if "url" in inner.raw else "embedded")
    if kind not in ("embedded", "server"):
        raise inner.refuse("kind", 'this must be "embedded" or "server".')
    found = _server(inner) if kind == "server" else StoreSettings()
    inner.done()
    return found


def _server(table: Table) -> StoreSettings:
    url = table.url("url").removesuffix("/")
    if "token_file" in table.raw:
        return StoreSettings(url, token=ascii_content(table, "token_file", "token"))
    return StoreSettings(
        url,
        token_url=table.url("token_url"),
        client_id=table.text("client_id"),
        key_folder=key_folder(table),
    )


def ascii_content(table: Table, key: str, what: str) -> str:
    """What the file named by the key holds; ``what`` says what is wanted, for the refusal."""
    value = table.content(key, table.text(key))
    if not value or not value.isascii():
        raise table.refuse(key, f"the file must hold the {what} in ASCII characters.")
    return value
