"""One version of one resource, as the store keeps it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from smartapp.fhir import wire

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Kept:
    """A version: ``body`` is the JSON with id and meta set, empty when this version is a deletion.

    ``updated`` counts microseconds since 1970 UTC, in whole milliseconds; ``method`` is the HTTP
    method that made the version.
    """

    type: str
    id: str
    version: int
    updated: int
    method: str
    body: bytes

    @property
    def deleted(self) -> bool:
        """Whether this version is a deletion."""
        return self.method == "DELETE"

    @property
    def reference(self) -> str:
        """The relative reference, ``Patient/1``."""
        return f"{self.type}/{self.id}"

    @property
    def etag(self) -> str:
        """The version as HTTP says it, ``W/"3"``."""
        return f'W/"{self.version}"'

    @property
    def modified(self) -> datetime:
        """The moment this version was made."""
        return EPOCH + timedelta(microseconds=self.updated)

    @property
    def resource(self) -> dict[str, Any]:
        """The resource, read afresh from the bytes: the caller's to change."""
        return wire.decode(self.body)


def instant(microseconds: int) -> str:
    """A FHIR instant of millisecond precision in UTC from microseconds since 1970."""
    moment = EPOCH + timedelta(microseconds=microseconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
