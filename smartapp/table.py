"""A table of a TOML file that refuses what is wrong in it by naming the key."""

from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from smartapp.errors import ConfigError

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
Wanted = TypeVar("Wanted")


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


class Table:
    """A TOML table that remembers where it is and which of its keys were asked for."""

    def __init__(self, where: str, raw: dict[str, Any], folder: Path) -> None:
        self.where, self.raw, self.folder = where, raw, folder
        self.asked: set[str] = set()

    def refuse(self, key: str, why: str) -> ConfigError:
        """The error that names the key."""
        return ConfigError(f"{self.where}{key}: {why}")

    def get(self, key: str, kind: type[Wanted], default: Wanted | None = None) -> Wanted:
        """The value, of exactly this kind; without ``default`` the key is needed."""
        self.asked.add(key)
        value = self.raw.get(key, default)
        if value is None:
            raise self.refuse(key, "this key is needed and missing.")
        if type(value) is not kind:
            raise self.refuse(key, f"this must be a TOML {_KINDS[kind]}.")
        return value

    def text(self, key: str) -> str:
        """A string that says something."""
        value = self.get(key, str)
        if not value.strip():
            raise self.refuse(key, "this must not be empty.")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """An array of such strings, empty when the key is missing."""
        values = self.get(key, list, [])
        if not all(isinstance(v, str) and v.strip() for v in values):
            raise self.refuse(key, "this must be an array of non-empty strings.")
        return tuple(values)

    def count(self, key: str, default: int, least: int) -> int:
        """A whole number of at least ``least``."""
        value = self.get(key, int, default)
        if value < least:
            raise self.refuse(key, f"this must be at least {least}.")
        return value

    def url(self, key: str) -> str:
        """A URL that is safe (``is_safe``), without query and fragment."""
        value = self.text(key)
        if not is_safe(value) or set(value) & set("?#"):
            raise self.refuse(key, "this must be an https URL (http only on this machine).")
        return value

    def content(self, key: str, name: str) -> str:
        """What the file ``name`` holds, which ``key`` points to."""
        try:
            return (self.folder / name).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise self.refuse(key, f"the file {name} cannot be read.") from error

    def done(self) -> None:
        """Refuse whatever was not asked for."""
        for key in sorted(self.raw.keys() - self.asked):
            raise self.refuse(key, "there is no such key.")


_KINDS: dict[type, str] = {
    str: "string", int: "integer", list: "array", bool: "boolean", dict: "table",
}  # fmt: skip
