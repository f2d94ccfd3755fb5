"""Which encryption keys are still needed: what lies in ``data_dir``, by the key that opens it.

A key that is taken out of the configuration takes with it whatever is sealed under it. The
pseudonyms in the choices of users (picks.sqlite3) and in the audit trail do not tell their key.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

NO_KEY, UNREADABLE = -1, -2
"""The places of what no key opens, and of what is in a file that cannot be read."""
WARNING = "Warning: "
_SEAL = b"gAAAAA"
"""What every Fernet token begins with: version 0x80 and the upper bytes of a 64-bit time."""


@dataclass(frozen=True)
class Sealed:
    """How many entries of a file open with the key at a ``place`` in the configuration."""

    file: str
    place: int
    count: int


def sealed(folder: Path, keys: Sequence[bytes]) -> list[Sealed]:
    """All that is sealed in the SQLite files of ``folder``; what is there is only read.

    A file that cannot be read counts 0 under ``UNREADABLE``.
    """
    return [one for file in sorted(folder.glob("*.sqlite3")) for one in _sealed(file, keys)]


def report(folder: Path, keys: Sequence[bytes]) -> Iterator[str]:
    """The same in a line for each key, and a warning of what none of them opens."""
    told = sealed(folder, keys)
    for place in range(len(keys)):
        which = "newest" if place == 0 else "retired"
        yield f"Encryption key {place + 1} ({which}): {_counted(told, place) or 'nothing'}"
    for one in told:
        if one.place == UNREADABLE:
            yield f"{WARNING}{one.file} cannot be read."
    lost = _counted(told, NO_KEY)
    if lost:
        yield (
            f"{WARNING}no key in encryption_key_files opens {lost}. Put the key back that was"
            " taken out: until then nobody sees these."
        )


def _sealed(file: Path, keys: Sequence[bytes]) -> list[Sealed]:
    try:
        counts = Counter(_place(body, keys) for body in _bodies(file))
    except sqlite3.Error:
        return [Sealed(file.name, UNREADABLE, 0)]
    return [Sealed(file.name, place, count) for place, count in sorted(counts.items())]


def _counted(told: Sequence[Sealed], place: int) -> str:
    return ", ".join(f"{one.file} {one.count}" for one in told if one.place == place)


def _place(body: bytes, keys: Sequence[bytes]) -> int:
    for place, key in enumerate(keys):
        try:
            Fernet(key).decrypt(body)
        except InvalidToken:
            continue
        return place
    return NO_KEY


def _bodies(file: Path) -> Iterator[bytes]:
    """Every sealed value in a file, whatever its table."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        columns = database.execute(
            "select t.name, c.name from sqlite_master t, pragma_table_info(t.name) c"
            " where t.type = 'table' and lower(c.type) = 'blob'"
        ).fetchall()
        for table, column in columns:
            for (value,) in database.execute(f'select "{column}" from "{table}"'):  # noqa: S608 - names out of the schema
                if isinstance(value, bytes) and value.startswith(_SEAL):
                    yield value
