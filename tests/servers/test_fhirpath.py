"""The table of expressions says what fhirpath.js answers, except where it says why it differs."""

import json
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest

FOLDER = Path(__file__).with_name("fhirpathjs")
TABLE = Path(__file__).parents[1] / "fhirpath" / "agreement.json"

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def answered(node_modules):
    """Each row of the table with the answer of fhirpath.js."""
    node_modules(FOLDER)
    command = ["node", str(FOLDER / "answers.mjs"), str(TABLE)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    rows = json.loads(TABLE.read_text("utf-8"), parse_float=Decimal)["rows"]
    return list(zip(rows, json.loads(done.stdout, parse_float=Decimal), strict=True))


def agree(expected, answer):
    if "error" in (expected, answer) or len(expected) != len(answer):
        return expected == answer
    return all(map(same, expected, answer))


def same(expected, answer):
    """Compare to eight places, FHIRPath's; a boolean is no number."""
    if isinstance(expected, int | Decimal) and isinstance(answer, int | Decimal):
        near = abs(Decimal(expected) - Decimal(answer)) < Decimal("1e-8")
        return near and isinstance(expected, bool) == isinstance(answer, bool)
    return expected == answer


def test_the_peer_answers_what_the_table_expects(answered):
    wrong = [
        f"{row['expression']}: {answer}, not {row['expected']}"
        for row, answer in answered
        if "differs" not in row and not agree(row["expected"], answer)
    ]
    assert not wrong, "\n" + "\n".join(wrong)


def test_a_row_that_says_it_differs_does(answered):
    """Once the peer agrees, the excuse must go."""
    told = [(row, answer) for row, answer in answered if "differs" in row]
    assert not [row["expression"] for row, answer in told if agree(row["expected"], answer)]
