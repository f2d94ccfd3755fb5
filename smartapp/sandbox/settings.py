"""How one sandbox EHR is built; every value has a default fit for trying it out."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from smartapp.fhir.ehrs import EhrProfile
from smartapp.sandbox.clients import ALLOWED, Client
from smartapp.sandbox.faults import Faults

TOKEN_LIFE = 570
SEED = 20230103


@dataclass(frozen=True)
class EhrSettings:
    """``data`` is the folder of the data files; ``base`` the public URL without a slash at its end.

    ``upstream`` is the URL of another FHIR R4 server to keep the record in (None: the embedded
    store). ``token_life`` is seconds. ``clock`` gives epoch seconds, ``today`` the day the
    synthetic data is dated by (None: the clock's). ``embed`` is the client the chart launches.
    ``vendor`` is whose manners it has (None: a FHIR-native server's), ``scopes`` what it lists.
    """

    data: Path
    base: str = "http://localhost:8001"
    clients: tuple[Client, ...] = ()
    embed: str = "gsh-private-key"
    upstream: str | None = None
    token_life: int = TOKEN_LIFE
    seed: int = SEED
    today: date | None = None
    clock: Callable[[], float] = time.time
    faults: Faults = field(default_factory=Faults)
    vendor: EhrProfile | None = None
    scopes: str = ALLOWED

    @property
    def fhir_base(self) -> str:
        """The FHIR base URL: the ``iss`` of a launch and the ``aud`` of a request."""
        return f"{self.base}/fhir"

    @property
    def issuer(self) -> str:
        """Who signs identities: ourselves, by another name of this machine where vendors do so."""
        other = self.vendor is not None and self.vendor.manners.other_issuer
        return self.base.replace("//localhost", "//127.0.0.1") if other else self.base

    def dated(self) -> date:
        """The day the synthetic data is relative to."""
        return self.today or datetime.fromtimestamp(self.clock(), UTC).astimezone().date()
