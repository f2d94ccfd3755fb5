"""Pages of a search that stay what they were while others write.

What matched is remembered when a search has more than one page: the next pages are of that list, in
that order, so nothing appears twice or is skipped. A page's name is random, works only with the
search it was made for, and ends after an hour.
"""

import secrets
import sqlite3
from hashlib import sha256

import msgspec

from smartapp.store.found import Found
from smartapp.store.outcome import Refused, malformed
from smartapp.store.query import Query

KEPT_MICROSECONDS = 3600 * 1_000_000


def signature(query: Query) -> str:
    """What a page is bound to: the type and everything asked."""
    return sha256(repr((query.type, query.asked)).encode()).hexdigest()


def keep(connection: sqlite3.Connection, query: Query, found: Found, now: int) -> str:
    """Remember the matches not shown yet; returns the opaque name of the next page."""
    connection.execute("DELETE FROM page WHERE made < ?", (now - KEPT_MICROSECONDS,))
    token = secrets.token_urlsafe(24)
    body = msgspec.json.encode([found.total or 0, *found.rest])
    row = (token, signature(query), body, now)
    connection.execute("INSERT INTO page (token, query, rids, made) VALUES (?, ?, ?, ?)", row)
    return token


def find(connection: sqlite3.Connection, token: str, asked: str) -> tuple[int, list[int]]:
    """(total, rids from this page on); 410 when forgotten, 400 when made for another search."""
    sql = "SELECT query, rids FROM page WHERE token = ?"
    row = connection.execute(sql, (token,)).fetchone()
    if row is None:
        raise Refused(410, "expired", "This page is no longer kept. Search again.")
    if row[0] != asked:
        raise malformed("This page belongs to another search.")
    total, *rids = msgspec.json.decode(row[1], type=list[int])
    return total, rids
