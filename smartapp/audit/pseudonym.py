"""Patients and lines under keys derived from the app's encryption keys.

Nobody without the key can tell a patient from a line, or make a line that fits the chain. An
administrator who retires an encryption key keeps it (last) in the list for as long as lines made
under it have to be found again.
"""

import hashlib
import hmac
from collections.abc import Sequence


class Keys:
    """The keys of one app; ``encryption`` are its Fernet keys, the newest first."""

    def __init__(self, encryption: Sequence[bytes]) -> None:
        self._patients = [_derived(key, b"audit pseudonym") for key in encryption]
        self._chains = [_derived(key, b"audit chain") for key in encryption]

    def pseudonym(self, issuer: str, patient: str) -> str:
        """The patient's name in new lines: HMAC-SHA256 of ``issuer|patient`` in hexadecimal."""
        return self.pseudonyms(issuer, patient)[0]

    def pseudonyms(self, issuer: str, patient: str) -> list[str]:
        """Every name the patient may have in lines, under the newest key first."""
        named = f"{issuer.rstrip('/')}|{patient}".encode()
        return [_mac(key, named) for key in self._patients]

    def link(self, line: bytes) -> str:
        """What the line after ``line`` carries; of no line at all for the first of a file."""
        return _mac(self._chains[0], line)

    def links(self, line: bytes, told: str) -> bool:
        """Whether ``told`` is the link of ``line``, under any of the keys."""
        return any(hmac.compare_digest(_mac(key, line), told) for key in self._chains)


def _derived(key: bytes, purpose: bytes) -> bytes:
    return hmac.digest(key, purpose, hashlib.sha256)


def _mac(key: bytes, told: bytes) -> str:
    return hmac.new(key, told, hashlib.sha256).hexdigest()
