"""A search is answered from the index: no table is read from end to end."""

import sqlite3

import pytest

from smartapp.store import query, search


def plan(connection, kind, pairs):
    """SQLite's plan of the candidates' query."""
    where, arguments = search._where(query.read(kind, pairs))
    sql = f"EXPLAIN QUERY PLAN SELECT r.rid FROM resource r WHERE {where}"
    return [row[3] for row in connection.execute(sql, arguments)]


@pytest.fixture
def connection(store, tmp_path):
    opened = sqlite3.connect(tmp_path / "store.sqlite3")
    yield opened
    opened.close()


@pytest.mark.parametrize(
    "pairs",
    [
        [("patient", "1")],
        [("code", "http://loinc.org|91147-9"), ("patient", "1")],
        [("patient", "1"), ("date", "ge2026"), ("status:not", "final")],
        [("identifier", "urn:s|1")],
        [("_id", "1")],
        [("_lastUpdated", "ge2026")],
        [("date", "ge2026")],
    ],
)
def test_no_search_reads_a_whole_table(connection, pairs):
    steps = plan(connection, "Observation", pairs)
    assert not [step for step in steps if step.startswith("SCAN")], steps


def test_the_patient_narrows_before_the_code_is_looked_at(connection):
    steps = plan(connection, "Observation", [("code", "a"), ("patient", "1")])
    first = next(step for step in steps if "index_" in step or "PRIMARY KEY" in step)
    told = " ".join(steps)
    assert told.index("param=? AND target=?") < told.index("index_token_rid"), first
