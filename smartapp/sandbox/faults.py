"""Faults a test can build into the sandbox: an EHR that fails at the wrong moment.

Nothing here is reachable over HTTP; without a Faults given to ``create_ehr`` nothing ever fails.
"""

import threading
import time
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Faults:
    """What shall go wrong; counts go down as faults happen and may be set at any time.

    ``fail_writes``: that many writes answer 500 with nothing written. ``drop_writes``: that many
    writes are done, then the connection is cut with no answer. ``delay``: seconds before every
    FHIR answer. ``denied_scopes``: words struck from whatever is granted.
    """

    fail_writes: int = 0
    drop_writes: int = 0
    delay: float = 0.0
    denied_scopes: frozenset[str] = frozenset()
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def wait(self) -> None:
        """Sleep the configured delay."""
        time.sleep(self.delay)

    def fails_now(self) -> bool:
        """Whether this write is one to answer with 500; counts it."""
        return self._count("fail_writes")

    def drops_now(self) -> bool:
        """Whether this write's answer is to be swallowed; counts it."""
        return self._count("drop_writes")

    def _count(self, name: str) -> bool:
        with self._lock:
            left: int = getattr(self, name)
            setattr(self, name, max(0, left - 1))
            return left > 0

    def strike(self, scope: str) -> str:
        """The scope list without the denied words."""
        return " ".join(word for word in scope.split() if word not in self.denied_scopes)


def cut(environ: dict[str, Any]) -> None:
    """Cut the connection a request came over, when the server shows its socket (werkzeug does)."""
    connection = environ.get("werkzeug.socket")
    if connection is not None:
        connection.shutdown(2)
