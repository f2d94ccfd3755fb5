"""How often a system may ask: a token bucket each, kept in SQLite and so shared by all workers.

A bucket holds a minute's requests and fills evenly; a system may spend them in one go.
"""

import math

from smartapp.systems.records import Records
from smartapp.systems.refusal import too_fast
from smartapp.systems.registered import SystemClient


def take(records: Records, client: SystemClient, now: float) -> None:
    """Count one request at ``now`` (epoch seconds); Denied with 429 when the bucket is empty."""
    most = client.requests_per_minute
    with records.writing(durable=False) as connection:
        sql = "SELECT level, at FROM rate WHERE client = ?"
        level, at = connection.execute(sql, (client.client_id,)).fetchone() or (most, now)
        level = min(most, level + max(0.0, now - at) * most / 60)
        left = level - 1 if level >= 1 else level
        row = (client.client_id, left, now)
        connection.execute("INSERT OR REPLACE INTO rate (client, level, at) VALUES (?, ?, ?)", row)
    if level < 1:
        raise too_fast(math.ceil((1 - level) * 60 / most))
