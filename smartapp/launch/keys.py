"""The app's own signing keys: one folder, for each algorithm the current and the previous key.

Files are private JWKs named ``<alg>-current.json`` and ``<alg>-previous.json``, readable by their
owner only. Both are published, so that an EHR which still holds an assertion signed with the
previous key can check it. RS384 and ES384 are what SMART App Launch 2.2 asks clients to support.
"""

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from joserfc.jwk import ECKey, KeyParameters, RSAKey

ALGORITHMS = ("RS384", "ES384")
SigningKey = RSAKey | ECKey


@dataclass(frozen=True)
class KeyListed:
    """One key of a folder as an operator sees it; ``state`` is "current" or "previous"."""

    kid: str
    alg: str
    state: str


def make(folder: Path, alg: str) -> KeyListed:
    """Make the first key of ``alg``; raises ValueError for another algorithm or when one exists."""
    if alg not in ALGORITHMS:
        raise ValueError(f"{alg} is not one of {', '.join(ALGORITHMS)}.")
    if _file(folder, alg, "current").exists():
        raise ValueError(f"There is already a current {alg} key; rotate it instead.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return _make(folder, alg)


def rotate(folder: Path) -> tuple[KeyListed, ...]:
    """Make every current key the previous one and put a new one in its place.

    The key that was previous until now is gone. Raises ValueError when there is nothing to rotate.
    """
    algs = [alg for alg in ALGORITHMS if _file(folder, alg, "current").exists()]
    if not algs:
        raise ValueError("There is no key in this folder; make one first.")
    for alg in algs:
        _write(_file(folder, alg, "previous"), _file(folder, alg, "current").read_text())
    return tuple(_make(folder, alg) for alg in algs)


def list_keys(folder: Path) -> tuple[KeyListed, ...]:
    """Every key of the folder, the current ones first."""
    return tuple(
        KeyListed(str(_read(path).kid), alg, state)
        for state in ("current", "previous")
        for alg in ALGORITHMS
        if (path := _file(folder, alg, state)).exists()
    )


def signing_key(folder: Path, accepted: Sequence[str] = ()) -> SigningKey:
    """The current key of an algorithm the server accepts; any, where it does not say or not match.

    Raises FileNotFoundError when the folder has no current key.
    """
    held = [alg for alg in ALGORITHMS if _file(folder, alg, "current").exists()]
    fitting = [alg for alg in held if alg in accepted] or held or [ALGORITHMS[0]]
    return _read(_file(folder, fitting[0], "current"))


def published(folders: Iterable[Path]) -> dict[str, Any]:
    """The JWKS to publish: the public halves of all keys in ``folders``, each once."""
    paths = (
        _file(folder, key.alg, key.state)
        for folder in dict.fromkeys(folders)
        for key in list_keys(folder)
    )
    return {"keys": [_read(path).as_dict(private=False) for path in paths]}


def make_encryption_key(path: Path) -> None:
    """Write a new Fernet key for ``encryption_key_files``; FileExistsError if there is one."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(Fernet.generate_key())


def _make(folder: Path, alg: str) -> KeyListed:
    parameters: KeyParameters = {"use": "sig", "alg": alg}
    key: SigningKey
    if alg == "RS384":
        key = RSAKey.generate_key(3072, parameters, auto_kid=True)
    else:
        key = ECKey.generate_key("P-384", parameters, auto_kid=True)
    _write(_file(folder, alg, "current"), json.dumps(key.as_dict(private=True)))
    return KeyListed(str(key.kid), alg, "current")


def _file(folder: Path, alg: str, state: str) -> Path:
    return folder / f"{alg}-{state}.json"


def _read(path: Path) -> SigningKey:
    return _parsed(path.read_text())


@lru_cache(maxsize=32)
def _parsed(text: str) -> SigningKey:
    """Remembered, because checking an RSA key takes a tenth of a second."""
    raw = json.loads(text)
    return RSAKey.import_key(raw) if raw["kty"] == "RSA" else ECKey.import_key(raw)


def _write(path: Path, text: str) -> None:
    """Replace the file in one step, so that a reader always finds a whole key."""
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)
