"""How what is kept of patients is sealed: nobody without the keys reads it, or whose it is."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


@dataclass(frozen=True)
class Whose:
    """One patient of one EHR: the FHIR base and the id there."""

    issuer: str
    patient: str


class Sealing:
    """Encryption and pseudonyms under the app's ``keys`` (Fernet keys, the newest first).

    ``label`` keeps the pseudonyms of one file apart from those of another.
    """

    def __init__(self, keys: Sequence[bytes], label: bytes) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        self._named = [hmac.digest(key, label, hashlib.sha256) for key in keys]

    def names(self, whose: Whose) -> list[str]:
        """The pseudonyms the patient may have, under the newest key first."""
        told = f"{whose.issuer.rstrip('/')}|{whose.patient}".encode()
        return [hmac.new(key, told, hashlib.sha256).hexdigest() for key in self._named]

    def shut(self, told: bytes) -> bytes:
        """Bytes, sealed."""
        return self._fernet.encrypt(told)

    def reveal(self, body: bytes) -> bytes | None:
        """What was sealed; None for what was wiped, or sealed under a key that is gone."""
        try:
            return self._fernet.decrypt(body) if body else None
        except InvalidToken:
            return None
