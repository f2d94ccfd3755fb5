"""What a search found."""

from dataclasses import dataclass

from smartapp.store.kept import Kept


@dataclass
class Found:
    """One page: ``total`` counts every match (None when not asked for), ``rest`` the pages after.

    ``next_page`` is the opaque name of the next page, "" when this is the last.
    """

    total: int | None
    matches: list[Kept]
    included: list[Kept]
    rest: list[int]
    next_page: str = ""
