"""The part of the configuration about access without a user: whose keys, and what for."""

from dataclasses import dataclass
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
