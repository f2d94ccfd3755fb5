"""What our engine answers to a table of expressions of forms, each row checked by a peer too.

``expected`` is what fhirpath.js answers (tests/servers/test_fhirpath.py asks it), except in the
rows that say under ``differs`` why ours is another.
"""

import json
import re
from decimal import Decimal
from pathlib import Path

import pytest

from smartapp.errors import ContentError
from smartapp.fhirpath import compile
from smartapp.fhirpath.catalogue import FUNCTIONS
from smartapp.fhirpath.logic import LOGIC
from smartapp.fhirpath.operator import OPERATORS

TABLE = json.loads(
    Path(__file__).with_name("agreement.json").read_text("utf-8"), parse_float=Decimal
)
ROWS = TABLE["rows"]
NEAR = Decimal("1e-9")
"""FHIRPath's decimals have eight places."""


def named(value):
    return TABLE["inputs"].get(value, value) if isinstance(value, str) else value


def answer(row, now):
    """Return the row's answer as JSON has it, "error" if the expression is refused or fails."""
    variables = {name: named(value) for name, value in row.get("variables", {}).items()}
    try:
        path = compile(row["expression"], variables)
        found = path.evaluate(named(row["input"]), variables, now=now)
    except ContentError:
        return "error"
    return [value if isinstance(value, dict | int | Decimal) else str(value) for value in found]


def is_near(found, expected):
    """Compare two answers, numbers to the precision of FHIRPath's decimals."""
    if "error" in (found, expected) or len(found) != len(expected):
        return found == expected
    return all(map(_is_near, found, expected))


def _is_near(found, expected):
    if isinstance(found, int | Decimal) and isinstance(expected, int | Decimal):
        kinds = {type(found) is bool, type(expected) is bool}
        return len(kinds) == 1 and abs(Decimal(found) - Decimal(expected)) < NEAR
    return found == expected


@pytest.mark.parametrize("row", ROWS, ids=[row["name"] for row in ROWS])
def test_an_expression_yields_what_the_table_says(row, now):
    found = answer(row, now)
    assert is_near(found, row["expected"]), f"{row['expression']}: {found}"


def test_the_table_has_every_function_and_operator_that_we_have():
    written = " ".join(row["expression"] for row in ROWS)
    missing = [name for name in FUNCTIONS if not re.search(rf"\b{name}\(", written)]
    missing += [sign for sign in OPERATORS | LOGIC if f" {sign} " not in written]
    assert not missing


def test_every_row_has_a_name_of_its_own():
    assert len({row["name"] for row in ROWS}) == len(ROWS) >= 150


def test_few_rows_differ_from_the_peer():
    assert sum("differs" in row for row in ROWS) <= len(ROWS) / 20
