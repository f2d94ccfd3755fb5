"""The public keys of registered systems: from their file, or fetched from their JWKS URL.

Fetched keys are kept as long as the answer's Cache-Control allows, an hour at most, and fetched
again once on an unknown ``kid``, but not more often than every ten seconds, so that nonsense sent
here is not passed on as traffic to the system.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

import msgspec
import requests
from joserfc.jwk import ECKey, KeySet, RSAKey

from smartapp.systems.registered import SystemClient, key_set

TIMEOUT = (3.05, 5)
LARGEST = 256 * 1024
LONGEST_LIFE = 3600.0
USUAL_LIFE = 300.0
PAUSE = 10.0

Key = RSAKey | ECKey


class KeysUnreadable(Exception):
    """The JWK Set of a system could not be had."""


@dataclass(frozen=True)
class _Fetched:
    keys: KeySet
    at: float
    life: float


class PublicKeys:
    """Keys by system and ``kid``; ``clock`` counts seconds and never goes back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[str, _Fetched] = {}

    def find(self, client: SystemClient, kid: str) -> tuple[Key, ...]:
        """The system's RSA and EC keys of this ``kid``; raises KeysUnreadable."""
        if client.keys is not None:
            return _named(client.keys, kid)
        kept = self._kept.get(client.jwks_url)
        found = _named(kept.keys, kid) if kept else ()
        if kept and self._age(kept) < (kept.life if found else PAUSE):
            return found
        fresh = self._kept[client.jwks_url] = fetch(client.jwks_url, self._clock())
        return _named(fresh.keys, kid)

    def _age(self, kept: _Fetched) -> float:
        return self._clock() - kept.at


def fetch(url: str, at: float) -> _Fetched:
    """The JWK Set at an https URL, without redirects; raises KeysUnreadable."""
    try:
        with requests.Session() as session:
            session.trust_env = False
            with session.get(url, timeout=TIMEOUT, allow_redirects=False, stream=True) as answer:
                body = next(answer.iter_content(LARGEST + 1), b"")
    except requests.RequestException as error:
        raise KeysUnreadable from error
    if answer.status_code != requests.codes.ok or len(body) > LARGEST:
        raise KeysUnreadable
    try:
        keys = key_set(msgspec.json.decode(body))
    except ValueError as error:
        raise KeysUnreadable from error
    return _Fetched(keys, at, _life(answer.headers.get("Cache-Control", "")))


def _life(cache_control: str) -> float:
    if "no-store" in cache_control or "no-cache" in cache_control:
        return 0.0
    found = re.search(r"\bmax-age=(\d{1,9})", cache_control)
    return min(LONGEST_LIFE, float(found[1])) if found else USUAL_LIFE


def _named(keys: KeySet, kid: str) -> tuple[Key, ...]:
    return tuple(key for key in keys if key.kid == kid and isinstance(key, RSAKey | ECKey))
