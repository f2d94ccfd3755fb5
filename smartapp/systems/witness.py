"""What this part tells of what other systems take, for whoever keeps the audit trail."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Deed(StrEnum):
    """What a system did: asked for resources, had an export made, or fetched a file of one."""

    REQUEST = "system-request"
    EXPORT = "system-export"
    DOWNLOAD = "system-download"


@dataclass(frozen=True)
class Event:
    """One deed of the system ``client``.

    ``status`` is the HTTP answer, of an export 200 or 500; ``types`` the resource types asked for,
    as far as they are known; ``resources`` how many an export holds.
    """

    client: str
    deed: Deed
    status: int
    types: tuple[str, ...] = ()
    resources: int = 0


Witness = Callable[[Event], None]
"""Is told of each deed, from whatever thread it ran in; must not raise."""


def unseen(_: Event) -> None:
    """The witness where nobody keeps a trail."""
