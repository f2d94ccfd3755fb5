"""What can be done with resources inside one database transaction."""

import sqlite3
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from smartapp.fhir import wire
from smartapp.store import index, pages, query, search
from smartapp.store.check import check
from smartapp.store.found import Found
from smartapp.store.kept import Kept, instant
from smartapp.store.outcome import gone, malformed, missing, unmet
from smartapp.store.search import COLUMNS

_VERSION = f"SELECT {COLUMNS} FROM version v WHERE v.type = ? AND v.id = ?"  # noqa: S608 - constant text


@dataclass
class Work:
    """One unit of work at the moment ``now`` (microseconds since 1970): all of it or none.

    ``base`` is the absolute URL references may be written with, "" when there is none.
    ``client_ids``: whether an update may create, under the id it names.
    """

    connection: sqlite3.Connection
    now: int
    base: str = ""
    client_ids: bool = False

    def read(self, kind: str, id: str) -> Kept:
        """The current version; 404 when never kept, 410 when deleted."""
        kept = self.newest(kind, id)
        if kept is None:
            raise missing(kind, id)
        if kept.deleted:
            raise gone(kind, id)
        return kept

    def vread(self, kind: str, id: str, version: int) -> Kept:
        """One version; 404 when there is none, 410 when that version is a deletion."""
        row = self.connection.execute(_VERSION + " AND v.version = ?", (kind, id, version))
        found = row.fetchone()
        if found is None:
            raise missing(kind, f"{id}/_history/{version}")
        kept = Kept(*found)
        if kept.deleted:
            raise gone(kind, id)
        return kept

    def history(self, kind: str, id: str, before: int | None = None) -> list[Kept]:
        """Every version, deletions too, newest first (below version ``before``); 404 when none."""
        sql = _VERSION + " AND v.version < ? ORDER BY v.version DESC"
        rows = self.connection.execute(sql, (kind, id, before or 2**62)).fetchall()
        if not rows and before is None:
            raise missing(kind, id)
        return [Kept(*row) for row in rows]

    def search(self, kind: str, pairs: query.Pairs) -> Found:
        """One page of matches; needs a writing connection, which keeps the pages after it."""
        asked = query.read(kind, pairs, self.base)
        found = search.run(self.connection, asked)
        self.keep_rest(asked, found)
        return found

    def keep_rest(self, asked: query.Query, found: Found) -> None:
        """Remember what is not on this page, if anything, and name the next page."""
        if found.rest:
            found.next_page = pages.keep(self.connection, asked, found, self.now)

    def matching(self, kind: str, condition: str) -> str | None:
        """The id of the one match of a query string; None without any, 412 with several."""
        pairs = parse_qsl(condition.removeprefix("?"), keep_blank_values=True)
        asked = query.read(kind, pairs, self.base)
        if not asked.conditions:
            raise malformed("A condition has at least one search parameter.")
        ids = search.ids(self.connection, asked)
        if len(ids) > 1:
            raise unmet(f"{len(ids)} resources match the condition; one may.")
        return ids[0] if ids else None

    def create(
        self, resource: Mapping[str, Any], if_none_exist: str = "", id: str = ""
    ) -> tuple[Kept, bool]:
        """(kept, whether it is new): an existing one when the condition matches exactly one."""
        check(resource)
        kind = resource["resourceType"]
        existing = self.matching(kind, if_none_exist) if if_none_exist else None
        if existing:
            return self.read(kind, existing), False
        return self._write(resource, id or str(uuid.uuid4()), 1, "POST"), True

    def update(self, resource: Mapping[str, Any], if_match: int | None = None) -> tuple[Kept, bool]:
        """(kept, whether it is new); 412 when ``if_match`` is not the current version."""
        check(resource)
        kind, id = resource["resourceType"], resource.get("id")
        if not isinstance(id, str):
            raise malformed("An update's resource has the id it is kept under.")
        newest = self.newest(kind, id)
        self._may_update(kind, id, newest, if_match)
        version = newest.version + 1 if newest else 1
        return self._write(resource, id, version, "PUT"), newest is None or newest.deleted

    def delete(self, kind: str, id: str, if_match: int | None = None) -> Kept:
        """Delete softly: history stays; 404 when never kept, and again the same when deleted."""
        newest = self.newest(kind, id)
        if newest is None:
            raise missing(kind, id)
        _matches(newest, if_match)
        if newest.deleted:
            return newest
        kept = Kept(kind, id, newest.version + 1, self._moment(newest), "DELETE", b"")
        self._keep(kept, None)
        return kept

    def newest(self, kind: str, id: str) -> Kept | None:
        """The newest version even if a deletion; None when never kept."""
        sql = (
            f"SELECT {COLUMNS} FROM resource r JOIN version v ON v.seq = r.seq"  # noqa: S608 - constant text
            " WHERE r.type = ? AND r.id = ?"
        )
        row = self.connection.execute(sql, (kind, id)).fetchone()
        return Kept(*row) if row else None

    def _may_update(self, kind: str, id: str, newest: Kept | None, if_match: int | None) -> None:
        if newest and not newest.deleted:
            return _matches(newest, if_match)
        if if_match is not None or not self.client_ids:
            raise gone(kind, id) if newest else missing(kind, id)
        return None

    def _moment(self, newest: Kept | None) -> int:
        """Now, but never before the version it follows, however the clock was set."""
        return max(self.now, newest.updated) if newest else self.now

    def _write(self, resource: Mapping[str, Any], id: str, version: int, method: str) -> Kept:
        kind = resource["resourceType"]
        updated = self._moment(self.newest(kind, id))
        stamped = stamp(resource, id, version, updated)
        kept = Kept(kind, id, version, updated, method, wire.encode(stamped))
        self._keep(kept, stamped)
        return kept

    def _keep(self, kept: Kept, resource: Mapping[str, Any] | None) -> None:
        """Add the version, point the resource at it, and index it anew."""
        row = (kept.type, kept.id, kept.version, kept.updated, kept.method, kept.body)
        seq = self.connection.execute(
            "INSERT INTO version (type, id, version, updated, method, body)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            row,
        ).lastrowid
        rid = self.connection.execute(
            "INSERT INTO resource (type, id, seq, updated, deleted) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (type, id) DO UPDATE SET"
            " seq = excluded.seq, updated = excluded.updated, deleted = excluded.deleted"
            " RETURNING rid",
            (kept.type, kept.id, seq, kept.updated, kept.deleted),
        ).fetchone()[0]
        if kept.version > 1:
            unindex(self.connection, rid)
        if resource is not None:
            add_to_index(self.connection, rid, resource)


def stamp(resource: Mapping[str, Any], id: str, version: int, updated: int) -> dict[str, Any]:
    """A copy with id, meta.versionId and meta.lastUpdated set and nothing else disturbed."""
    stamps = {"versionId": str(version), "lastUpdated": instant(updated)}
    meta = {**(resource.get("meta") or {}), **stamps}
    first = {"resourceType": resource["resourceType"]}
    return {**first, "id": id, "meta": meta, **resource, **{"id": id, "meta": meta}}


def unindex(connection: sqlite3.Connection, rid: int) -> None:
    """Forget what a resource could be found by."""
    for name in index.COLUMNS:
        connection.execute(f"DELETE FROM index_{name} WHERE rid = ?", (rid,))  # noqa: S608 - own names


def add_to_index(connection: sqlite3.Connection, rid: int, resource: Mapping[str, Any]) -> None:
    """Add what a resource can be found by."""
    for name, row in index.rows(resource):
        marks = ", ".join("?" * (len(row) + 1))
        connection.execute(f"INSERT OR IGNORE INTO index_{name} VALUES ({marks})", (*row, rid))  # noqa: S608 - own names


def if_match(header: str | None) -> int | None:
    """The version an If-Match names (``W/"3"``); None without one, 400 when it names none."""
    if not header:
        return None
    text = header.strip().removeprefix("W/").strip('"')
    if not text.isdecimal():
        raise malformed('If-Match is one version: W/"3".')
    return int(text)


def _matches(newest: Kept, if_match: int | None) -> None:
    if if_match not in (None, newest.version):
        raise unmet(f"{newest.reference} is at version {newest.version} now.")
