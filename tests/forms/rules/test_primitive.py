"""How FHIR writes simple values, at their limits (R4, "Data Types")."""

from decimal import Decimal

import pytest

from smartapp.forms.rules import primitive

GOOD = [
    (primitive.boolean, [True, False]),
    (primitive.integer, [0, -(2**31), 2**31 - 1]),
    (primitive.size, [0, 2**31 - 1]),
    (primitive.decimal, [0, -5, Decimal("0.40"), Decimal("1E-10"), 2.5, 10**300]),
    (primitive.day, ["0001", "9999-12", "2000-02-29", "2026-11-23"]),
    (
        primitive.moment,
        [
            "2026",
            "2026-11",
            "2026-11-23",
            "2026-11-23T00:00:00Z",
            "2026-11-23T23:59:60Z",
            "2026-11-23T12:00:00.123456789-13:59",
            "2026-11-23T12:00:00+14:00",
        ],
    ),
    (primitive.time, ["00:00:00", "23:59:60", "12:00:00.5"]),
    (primitive.text, ["a", " a ", "a\tb\r\nc", "😀", "\u00a0a", "a" * primitive.LONGEST]),
    (primitive.uri, ["a", "urn:oid:2.16.840", "#id", "http://example.org/?a=b|c"]),
    (primitive.code, ["a", "a b", "[lb_av]", "ü"]),
    (primitive.base64, ["aGk=", "aGkh", " aG\nk= ", "+/+/"]),
]
BAD = [
    (primitive.boolean, [0, 1, "true", None, []], 27),
    (primitive.integer, [True, 1.0, Decimal(1), "1", None, 2**31, -(2**31) - 1], 27),
    (primitive.size, [-1, "0", True], 27),
    (
        primitive.decimal,
        [True, "1", None, Decimal("NaN"), Decimal("Infinity"), float("inf"), 10**500, {}],
        27,
    ),
    (
        primitive.day,
        [
            "0000",
            "26-11-23",
            "2026-1-1",
            "2026-00",
            "2026-13",
            "2026-11-31",
            "1900-02-29",
            "2026-11-23T00:00:00Z",
            " 2026",
            "2026\n",
            "２０２６",
        ],
        27,
    ),
    (
        primitive.moment,
        [
            "2026-11T10:00:00Z",
            "2026-11-23T10:00:00",
            "2026-11-23 10:00:00Z",
            "2026-11-23T10:00Z",
            "2026-11-23T24:00:00Z",
            "2026-11-23T10:00:00+14:30",
            "2026-11-23T10:00:00z",
            "2026-02-29T10:00:00Z",
        ],
        27,
    ),
    (primitive.time, ["24:00:00", "12:00", "12:00:00Z", "1:00:00", "12:60:00"], 27),
    (primitive.text, [None, 1, ["a"]], 27),
    (primitive.text, ["", " ", "\t\r\n", "\u2003"], 17),
    (primitive.text, ["a\0", "\x07a", "a\x1f", "\udc00a", "a" * (primitive.LONGEST + 1)], 29),
    (primitive.uri, ["a b", "urn:uuid:1", "urn:oid:3.1", "urn:oid:1.", "URN:UUID:1"], 27),
    (primitive.code, [" a", "a ", "a  b", "a\nb"], 27),
    (primitive.base64, [None, "", "a", "aGk", "aGk==", "a$k=", "aGk=aGk=", 7], 27),
]


def listed(table):
    return [(row[0], value, *row[2:]) for row in table for value in row[1]]


def shown(value):
    return None if callable(value) else repr(value)[:40]


@pytest.mark.parametrize(("check", "value"), listed(GOOD), ids=shown)
def test_what_fhir_allows_is_without_fault(check, value):
    assert check(value) is None


@pytest.mark.parametrize(("check", "value", "rule"), listed(BAD), ids=shown)
def test_what_fhir_does_not_allow_is_a_fault(check, value, rule):
    fault = check(value)
    assert fault is not None
    assert fault.rule == rule
    assert fault.sentence.endswith(".")


@pytest.mark.parametrize(
    ("data", "size"), [("aGk=", 2), ("aGkh", 3), ("aG kh\n", 3), ("aGk", None), ("é", None)]
)
def test_the_size_of_a_file_is_that_of_its_bytes(data, size):
    assert primitive.decoded_size(data) == size
